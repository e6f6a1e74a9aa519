"""Findings as values: their order, their grade, the exit code that they come to; and the catalogue's words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crossorigin.report.advisories import ADVISORIES
from crossorigin.report.catalogue import FINDINGS, NOT_JUDGED, SEVERITIES, NotJudgedRow, Row
from crossorigin.report.findings import (
    Finding,
    NotJudged,
    Place,
    Report,
    Result,
    RunTimeValue,
    exit_code,
    finding,
    gravest_first,
    not_judged,
)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place("a.conf"), "a.conf"),
        (Place("a.conf", 3), "a.conf:3"),
        (Place("a.conf", 3, "server"), "a.conf:3 (server)"),
        (Place("a.conf", name="server"), "a.conf (server)"),
        (Place(name="app.routes[2]"), "app.routes[2]"),
    ],
)
def test_places(place: Place, text: str) -> None:
    assert str(place) == text


def found(severity: Any, evidence: str = "") -> Finding:
    return finding("no-effect", evidence, severity=severity)


@pytest.mark.parametrize(
    ("severities", "error", "worst", "code"),
    [
        ([], "", None, 0),
        (["info"], "", "info", 0),
        (["info", "low"], "", "low", 1),
        (["medium", "high", "low"], "", "high", 1),
        (["high", "critical"], "", "critical", 1),
        ([], "no answer", None, 2),
        (["critical"], "no answer", "critical", 2),
    ],
)
def test_what_a_report_comes_to(severities: list[str], error: str, worst: str | None, code: int) -> None:
    report = Report("audit", "x", tuple(map(found, severities)), error=error)
    assert (report.worst, report.exit_code()) == (worst, code)


UNREAD = not_judged("unread-include", "include cors.conf;", place=Place("nginx.conf", 3))
AT_RUN_TIME = RunTimeValue("allow_origins", "settings.CORS_ORIGINS", Place("main.py", 8))
FAIL_ON = ("critical", "high", "medium", "low", "info", "never")


@pytest.mark.parametrize(
    ("results", "codes", "allowed"),
    [
        ([], "000000", "000000"),
        ([found("info")], "000010", "000010"),
        ([found("low")], "000110", "000110"),
        ([found("medium")], "001110", "001110"),
        ([found("high")], "011110", "011110"),
        ([found("critical"), found("info")], "111110", "111110"),
        ([AT_RUN_TIME], "000000", "000000"),
        ([UNREAD], "222222", "000000"),
        ([UNREAD, AT_RUN_TIME, found("medium")], "221112", "001110"),
    ],
)
def test_the_exit_status(results: list[Result], codes: str, allowed: str) -> None:
    """One digit for each value of FAIL_ON; `allowed` with what was not judged allowed."""
    report = Report.of("check", "x", results)
    statuses = [report.exit_code(fail_on) for fail_on in FAIL_ON]  # type: ignore[arg-type]
    assert "".join(map(str, statuses)) == codes
    statuses = [report.exit_code(fail_on, allow_not_judged=True) for fail_on in FAIL_ON]  # type: ignore[arg-type]
    assert "".join(map(str, statuses)) == allowed
    failed = Report.of("check", "x", results, error="no answer")
    assert {failed.exit_code(fail_on, allow_not_judged=True) for fail_on in FAIL_ON} == {2}  # type: ignore[arg-type]


def of(*results: Result, error: str = "") -> Report:
    return Report.of("check", "x", results, error=error)


@pytest.mark.parametrize(
    ("reports", "code"),
    [
        ([], 0),
        ([of(), of()], 0),
        ([of(), of(found("low"))], 1),
        ([of(), of(UNREAD)], 2),
        ([of(UNREAD), of(found("low"))], 1),
        ([of(found("low")), of(error="no answer"), of(UNREAD)], 2),
    ],
)
def test_the_exit_status_of_several(reports: list[Report], code: int) -> None:
    assert exit_code(reports) == code


def test_a_report_sorts_its_results() -> None:
    report = Report.of("check", "x", [AT_RUN_TIME, found("low"), UNREAD, found("high")], ["a note"], seconds=1.5)
    assert report == Report(
        "check", "x", (found("high"), found("low")), ("a note",), 0, 1.5, "", (UNREAD,), (AT_RUN_TIME,)
    )


def test_what_was_not_judged_has_the_catalogue_s_words_unless_it_is_given_others() -> None:
    row = NOT_JUDGED["unknown-kind"]
    words = ("unknown-kind", row.title, row.why, "kind: Ingress")
    assert not_judged("unknown-kind", "kind: Ingress", of="Ingress") == NotJudged(
        *words, row.remedy, None, {"of": "Ingress"}
    )
    other = not_judged("unknown-kind", "kind: Ingress", remedy="do it", place=Place("a", 1))
    assert other == NotJudged(*words, "do it", Place("a", 1), {})


@pytest.mark.parametrize(("code", "row"), NOT_JUDGED.items(), ids=NOT_JUDGED)
def test_the_catalogue_of_what_is_not_judged(code: str, row: NotJudgedRow) -> None:
    assert re.fullmatch("[a-z]+(-[a-z]+)*", code)
    assert not row.title.endswith(".")
    assert row.why.endswith(".")
    assert row.remedy
    assert not row.remedy.endswith(".")
    assert (row.title + row.why + row.remedy).count("`") % 2 == 0


def test_the_gravest_first_and_then_as_they_were_found() -> None:
    graded = ["info", "high", "low", "high", "critical", "medium"]
    order = gravest_first(found(severity, str(number)) for number, severity in enumerate(graded))
    assert [(it.severity, it.evidence) for it in order] == [
        ("critical", "4"),
        ("high", "1"),
        ("high", "3"),
        ("medium", "5"),
        ("low", "2"),
        ("info", "0"),
    ]


def test_a_finding_has_the_catalogue_s_words_unless_it_is_given_others() -> None:
    row = FINDINGS["accepts-null"]
    assert finding("accepts-null", "seen", origin="null") == Finding(
        "accepts-null", row.severity, row.title, row.why, "seen", row.remedy, None, row.advisory, {"origin": "null"}
    )
    other = finding("accepts-null", "seen", severity="low", remedy="do it", place=Place("a", 1))
    assert (other.severity, other.remedy, other.place, other.details) == ("low", "do it", Place("a", 1), {})


@pytest.mark.parametrize(("code", "row"), FINDINGS.items(), ids=FINDINGS)
def test_the_catalogue(code: str, row: Row) -> None:
    assert re.fullmatch("[a-z]+(-[a-z]+)*", code)
    assert row.severity in SEVERITIES
    assert row.severity != "critical", "only what is exposed makes it so"
    assert not row.title.endswith(".")
    assert row.why.endswith(".")
    assert row.remedy
    assert not row.remedy.endswith(".")
    assert (row.title + row.why + row.remedy).count("`") % 2 == 0
    assert not row.advisory or row.advisory in ADVISORIES


def test_no_two_rows_say_the_same() -> None:
    titles = [row.title for row in (*FINDINGS.values(), *NOT_JUDGED.values())]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(("why", "told"), [("No end.", True), ("No end", True), ("No end. Nor a start.", False)])
def test_what_the_title_tells_is_not_told_again(why: str, told: bool) -> None:
    assert Finding("accepts-prefix", "high", "No end", why, "", "").told_by_title is told
