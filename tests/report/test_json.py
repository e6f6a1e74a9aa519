"""JSON: one shape for `check`, `audit` and `verify`, whose keys stay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from crossorigin.report.advisories import ADVISORIES
from crossorigin.report.catalogue import FINDINGS, NOT_JUDGED
from crossorigin.report.findings import Place, Report, finding, not_judged
from crossorigin.report.formats import FORMATS, render

from .samples import ALL, AUDIT, CLEAN, FAILED, HOSTILE, KINDS, MILD, STRANGE


def row(code: str, **more: Any) -> dict[str, Any]:
    """What the catalogue says of a code, as JSON has it, and what one finding says besides."""
    it = FINDINGS[code]
    story = ADVISORIES[it.advisory] if it.advisory else None
    known = story and {"name": story.name, "ids": [*story.ids], "story": story.story, "links": [*story.links]}
    words = {"code": code, "severity": it.severity, "title": it.title, "remedy": it.remedy, "why": it.why}
    places = [more["place"]] if "place" in more else []
    return {**words, "evidence": "", "place": None, "places": places, "advisory": known, "details": {}, **more}


WILDCARD = row(
    "sends-star",
    evidence="Access-Control-Allow-Origin: *",
    place={"file": None, "line": None, "name": "app.routes[2]"},
)
AS_DATA: list[tuple[Report, dict[str, Any]]] = [
    (
        CLEAN,
        {
            "target": "main:app",
            "kind": "check",
            "findings": [],
            "not_judged": [],
            "run_time": [],
            "ignored": [],
            "notes": [],
            "requests": 0,
            "seconds": 0.01,
            "error": None,
        },
    ),
    (
        AUDIT,
        {
            "target": "https://api.example.com/items?page=2",
            "kind": "audit",
            "findings": [
                row(
                    "accepts-any-origin",
                    severity="critical",
                    evidence="Origin: https://evil.example → 200, Access-Control-Allow-Origin: https://evil.example",
                    details={"origin": "https://evil.example", "engines": ["chromium", "firefox"]},
                ),
                *(
                    row(
                        "missing-vary",
                        evidence="add_header …",
                        place={"file": "deploy/nginx.conf", "line": line, "name": None},
                    )
                    for line in (7, 9)
                ),
                row("accepts-any-port", place={"file": "main.py", "line": None, "name": None}),
                WILDCARD,
            ],
            "not_judged": [],
            "run_time": [],
            "ignored": [],
            "notes": ["WebSockets were not tried: no handshake", "the same with crossorigin:\n\ninstall(app, policy)"],
            "requests": 87,
            "seconds": 1.235,
            "error": None,
        },
    ),
    (
        MILD,
        {
            "target": "https://api.example.com/",
            "kind": "verify",
            "findings": [WILDCARD],
            "not_judged": [],
            "run_time": [],
            "ignored": [],
            "notes": [],
            "requests": 1,
            "seconds": 0.26,
            "error": None,
        },
    ),
    (
        FAILED,
        {
            "target": "https://gone.example/",
            "kind": "audit",
            "findings": [],
            "not_judged": [],
            "run_time": [],
            "ignored": [],
            "notes": [],
            "requests": 1,
            "seconds": 5.0,
            "error": "no answer: timed out after 5 s",
        },
    ),
]


@pytest.mark.parametrize(("report", "expected"), AS_DATA, ids=lambda it: getattr(it, "kind", ""))
def test_a_report(report: Report, expected: dict[str, Any]) -> None:
    assert json.loads(render([report], "json")) == expected


def test_what_was_not_judged_and_what_is_decided_at_run_time() -> None:
    data = json.loads(render([KINDS], "json"))
    assert [found["code"] for found in data["findings"]] == ["missing-vary", "sends-star"]
    row = NOT_JUDGED["template"]
    assert data["not_judged"][2] == {
        "code": "template",
        "title": row.title,
        "evidence": "{% if cors %}",
        "remedy": row.remedy,
        "why": row.why,
        "place": {"file": "Caddyfile.j2", "line": 1, "name": None},
        "places": [{"file": "Caddyfile.j2", "line": 1, "name": None}],
        "details": {"by": "jinja"},
    }
    assert data["run_time"] == [
        {
            "setting": "allow_origins",
            "expression": "settings.ORIGINS",
            "place": {"file": "main.py", "line": 8, "name": None},
        },
        {"setting": "max_age", "expression": 'os.environ["MAX_AGE"]', "place": None},
    ]


def test_one_cause_is_one_result_with_all_its_places() -> None:
    places = [Place("nginx.conf", line) for line in (3, 8, 3)]
    same = [finding("missing-vary", "add_header …", place=place, names=["a"]) for place in places]
    other = finding("missing-vary", "add_header …", place=Place("nginx.conf", 9), names=["b"])
    unread = [not_judged("unread-include", "include x;", place=place) for place in places]
    data = json.loads(render([Report.of("check", "x", [*same, other, *unread])], "json"))
    spots = [{"file": "nginx.conf", "line": line, "name": None} for line in (3, 8, 9)]
    assert [(found["place"], found["places"]) for found in data["findings"]] == [
        (spots[0], spots[:2]),
        (spots[2], spots[2:]),
    ]
    assert [(found["place"], found["places"]) for found in data["not_judged"]] == [(spots[0], spots[:2])]


def test_one_target_is_an_object_and_any_other_number_a_list() -> None:
    assert json.loads(render([], "json")) == []
    several = [it for it, _ in AS_DATA]
    assert json.loads(render(several, "json")) == [it for _, it in AS_DATA]


def test_what_a_server_says_comes_back_as_it_was_and_repaints_no_terminal() -> None:
    text = render([STRANGE], "json")
    assert text.isascii()
    assert set(text) & {chr(it) for it in (*range(32), 127)} == {"\n"}
    data = json.loads(text)
    assert data["findings"][0]["evidence"] == f"seen {HOSTILE}"
    assert data["findings"][0]["details"] == {f"name {HOSTILE}": HOSTILE, "list": [HOSTILE]}


def test_details_that_json_does_not_know_are_written_as_text() -> None:
    (only,) = MILD.findings
    report = Report("check", "x", (type(only)("c", "low", "t", "w", "e", "r", details={"origins": {"one"}}),))
    assert json.loads(render([report], "json"))["findings"][0]["details"] == {"origins": "{'one'}"}


@pytest.mark.parametrize("reports", ALL.values(), ids=ALL.keys())
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_takes_every_report(reports: Sequence[Report], format: str) -> None:
    text = render(reports, format)
    assert text.endswith("\n")
    assert text.encode().decode() == text
