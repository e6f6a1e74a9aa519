"""JUnit: what a test runner's dashboard counts, and what it shows."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import replace

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from crossorigin.report.advisories import ADVISORIES
from crossorigin.report.catalogue import NOT_JUDGED
from crossorigin.report.findings import Place, Report
from crossorigin.report.formats import render

from .samples import (
    ALL,
    AUDIT,
    CLEAN,
    FAILED,
    KINDS,
    LONG,
    MILD,
    REFLECTED,
    RUN_TIME,
    SHOWN,
    STOPPED,
    STRANGE,
    UNREAD,
    VARY,
    WILDCARD,
)


def test_a_clean_target_is_a_test_that_passes() -> None:
    written = render([CLEAN], "junit").replace('" />', '"/>')  # junitparser writes by lxml, if that is installed
    assert written == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<testsuites name="crossorigin" tests="1" failures="0" errors="0" skipped="0" time="0.01">'
        '<testsuite name="crossorigin check main:app" tests="1" errors="0" failures="0" skipped="0" time="0.01">'
        '<testcase name="no findings" classname="crossorigin.check" time="0.0"/>'
        "</testsuite></testsuites>\n"
    )


@pytest.mark.parametrize(
    ("report", "tests"),
    [
        (
            AUDIT,
            [
                ("accepts-any-origin", Failure, "critical"),
                ("missing-vary at deploy/nginx.conf:7", Failure, "medium"),
                ("missing-vary at deploy/nginx.conf:9", Failure, "medium"),
                ("accepts-any-port at main.py", Failure, "low"),
                ("sends-star at app.routes[2]", None, None),
            ],
        ),
        (MILD, [("sends-star at app.routes[2]", None, None)]),
        (FAILED, [("could not run", Error, None)]),
        (STOPPED, [("missing-vary at deploy/nginx.conf:7", Failure, "medium"), ("could not run", Error, None)]),
    ],
    ids=["audit", "mild", "failed", "stopped"],
)
def test_findings_are_failures_and_targets_that_failed_are_errors(
    report: Report, tests: list[tuple[str, type | None, str | None]]
) -> None:
    (suite,) = JUnitXml.fromstring(render([report], "junit").encode())
    found = [(it.name, *((type(x), x.type) for x in it.result), it.classname) for it in suite]
    assert found == [
        (name, *([(kind, type_)] if kind else []), f"crossorigin.{report.kind}") for name, kind, type_ in tests
    ]


@pytest.mark.parametrize("reports", ALL.values(), ids=ALL.keys())
def test_the_counts_are_those_of_the_tests(reports: Sequence[Report]) -> None:
    root = ElementTree.fromstring(render(reports, "junit"))
    assert root.tag == "testsuites"
    assert [it.get("name") for it in root] == [f"crossorigin {it.kind} {shown(it.target)}" for it in reports]
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        assert element.get("failures") == str(sum(it.find("failure") is not None for it in cases))
        assert element.get("errors") == str(sum(it.find("error") is not None for it in cases))
        assert element.get("skipped") == str(sum(it.find("skipped") is not None for it in cases))
    faults = sum(found.severity != "info" for it in reports for found in it.findings)
    assert root.get("failures") == str(faults)
    assert root.get("skipped") == str(sum(len(it.not_judged) + len(it.ignored) for it in reports))
    assert root.get("errors") == str(sum(bool(it.error) for it in reports))
    assert root.get("time") == str(round(sum(it.seconds for it in reports), 3))


def shown(target: str) -> str:
    return f"https://api.example.com/{SHOWN}" if target == STRANGE.target else target


def test_a_failure_says_everything() -> None:
    root = ElementTree.fromstring(render([AUDIT], "junit"))
    failure, story = root.find(".//failure"), ADVISORIES["reflection"]
    assert failure is not None
    assert failure.attrib == {"message": "Any origin is reflected", "type": "critical"}
    assert failure.text == (
        f"{REFLECTED.evidence}\n\nWhy: {REFLECTED.why}\n\nDo this: {REFLECTED.remedy}\n\n"
        f"Known: {story.story} {' '.join(story.ids)}"
    )


def test_information_passes_and_is_still_said() -> None:
    root = ElementTree.fromstring(render([MILD], "junit"))
    assert [it.tag for it in root.iter()] == ["testsuites", "testsuite", "testcase", "system-out"]
    assert root.findtext(".//system-out") == (
        f"{WILDCARD.title}\n\n{WILDCARD.evidence}\n\nWhy: {WILDCARD.why}\n\nDo this: {WILDCARD.remedy}"
    )


def test_what_was_not_judged_is_skipped_and_a_value_of_run_time_passes() -> None:
    (suite,) = JUnitXml.fromstring(render([KINDS], "junit").encode())
    row = NOT_JUDGED["unread-include"]
    assert [(test.name, [(type(result), result.message) for result in test.result]) for test in list(suite)[2:]] == [
        ("unread-include at nginx.conf:3", [(Skipped, f"not judged: {row.title}")]),
        ("unread-include at nginx.conf:9", [(Skipped, f"not judged: {row.title}")]),
        ("template at Caddyfile.j2:1", [(Skipped, "not judged: The file is a template")]),
        ("decided-at-run-time allow_origins at main.py:8", []),
        ("decided-at-run-time max_age", []),
    ]
    tests = list(suite)
    assert tests[2].result[0].text == f"include cors.conf;\n\nWhy: {row.why}\n\nDo this: {row.remedy}"
    assert tests[5].system_out == "A setting gets its value when the program runs\n\nallow_origins = settings.ORIGINS"


@pytest.mark.parametrize("report", [UNREAD, RUN_TIME], ids=["not judged", "run time"])
def test_what_is_not_clean_has_no_test_that_says_so(report: Report) -> None:
    assert "no findings" not in render([report], "junit")


def test_the_other_places_of_a_finding() -> None:
    found = replace(VARY, other_places=(Place("a.conf", 2), Place("b.conf", 5)))
    failure = ElementTree.fromstring(render([Report("check", "x", (found,))], "junit")).find(".//failure")
    assert failure is not None
    assert (failure.text or "").startswith("add_header …\n\nAlso at:\na.conf:2\nb.conf:5\n\nWhy: ")


def test_what_a_server_says_is_text() -> None:
    root = ElementTree.fromstring(render([STRANGE], "junit"))
    assert sorted({it.tag for it in root.iter()}) == [
        *("error", "failure", "skipped", "system-out", "testcase", "testsuite", "testsuites")
    ]
    failure, error = root.find(".//failure"), root.find(".//error")
    assert failure is not None
    assert error is not None
    assert failure.get("message") == f"title {SHOWN}"
    assert (failure.text or "").startswith(f"seen {SHOWN}\n\nWhy: why {SHOWN}\n\nDo this: do {SHOWN}\n\nKnown: ")
    assert error.get("message") == f"error {SHOWN}"
    skipped = root.find(".//skipped")
    assert skipped is not None
    assert skipped.get("message") == f"not judged: unknown {SHOWN}"
    assert skipped.text == f"unknown seen {SHOWN}\n\nWhy: unknown why {SHOWN}\n\nDo this: unknown do {SHOWN}"
    assert (root.findtext(".//system-out") or "").endswith(f"setting {SHOWN} = value {SHOWN}")


def test_a_long_evidence_is_cut_and_says_so() -> None:
    root = ElementTree.fromstring(render([LONG], "junit"))
    assert "… (1013 more characters)" in "".join(root.itertext())


@pytest.mark.parametrize("reports", [[CLEAN, CLEAN], [MILD, FAILED, replace(MILD, seconds=2.0)]])
def test_a_target_that_is_given_twice_is_two_suites(reports: Sequence[Report]) -> None:
    document = ElementTree.fromstring(render(reports, "junit").encode())
    found = [(suite.get("name"), float(suite.get("time", "-1"))) for suite in document]
    assert found == [(f"crossorigin {one.kind} {one.target}", round(one.seconds, 3)) for one in reports]
