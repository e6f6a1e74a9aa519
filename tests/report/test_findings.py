"""Findings as values: their order, their grade, the exit code that they come to; and the catalogue's words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crossorigin.report.advisories import ADVISORIES
from crossorigin.report.catalogue import FINDINGS, SEVERITIES, Row
from crossorigin.report.findings import Finding, Place, Report, finding, gravest_first


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
    assert (report.worst, report.exit_code) == (worst, code)


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
    titles = [row.title for row in FINDINGS.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(("why", "told"), [("No end.", True), ("No end", True), ("No end. Nor a start.", False)])
def test_what_the_title_tells_is_not_told_again(why: str, told: bool) -> None:
    assert Finding("accepts-prefix", "high", "No end", why, "", "").told_by_title is told
