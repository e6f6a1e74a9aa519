"""SARIF: what the standard's schema takes, and what code scanning needs besides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crossorigin import __version__
from crossorigin.report.advisories import ADVISORIES
from crossorigin.report.catalogue import FINDINGS, NOT_JUDGED, RUN_TIME, SEVERITIES
from crossorigin.report.findings import Finding, Place, Report, finding
from crossorigin.report.formats import render

from .samples import ALL, AUDIT, CLEAN, FAILED, KINDS, REFLECTED, SHOWN, STOPPED, STRANGE, VARY
from .sarif_schema import sarif_validator

RUN_TIME_TITLE = RUN_TIME.title


def log(*reports: Report) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(render(reports, "sarif"))
    return data


@pytest.mark.parametrize("reports", ALL.values(), ids=ALL.keys())
def test_the_schema_of_the_standard_takes_it(reports: Sequence[Report]) -> None:
    assert [it.message for it in sarif_validator().iter_errors(log(*reports))] == []


def test_the_schema_is_one_that_can_refuse() -> None:
    data = log(AUDIT)
    result = data["runs"][0]["results"][0]
    result["level"] = "grave"
    result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "a b"
    where = {".".join(map(str, it.path)) for it in sarif_validator().iter_errors(data)}
    uri = "runs.0.results.0.locations.0.physicalLocation.artifactLocation.uri"
    assert where == {"runs.0.results.0.level", uri}


def test_a_clean_target_is_a_run_without_results() -> None:
    assert log(CLEAN) == {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "crossorigin", "version": __version__, "rules": []}},
                "automationDetails": {"id": "crossorigin check/"},
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": []}],
                "columnKind": "unicodeCodePoints",
                "results": [],
            }
        ],
    }


def test_a_rule_says_what_the_catalogue_and_the_story_say() -> None:
    (rule,) = log(Report("audit", "https://a.example", (VARY,)))["runs"][0]["tool"]["driver"]["rules"]
    row, story = FINDINGS["missing-vary"], ADVISORIES["vary"]
    assert rule == {
        "id": "missing-vary",
        "name": "MissingVary",
        "shortDescription": {"text": row.title},
        "fullDescription": {"text": row.why},
        "help": {
            "text": f"{row.why}\n\nDo this: {row.remedy}\n\n{story.story}\n\n{' '.join(story.links)}",
            "markdown": f"{row.why}\n\n**Do this:** {row.remedy}\n\n{story.story}\n\n"
            + " ".join(f"<{it}>" for it in story.links),
        },
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["security", "cors", *story.ids], "security-severity": "5.5"},
        "helpUri": story.links[0],
    }


def test_results_point_to_their_rules_and_places() -> None:
    (run,) = log(AUDIT)["runs"]
    assert [it["id"] for it in run["tool"]["driver"]["rules"]] == [
        "accepts-any-origin",
        "missing-vary",
        "accepts-any-port",
        "sends-star",
    ]
    url, path = "https://api.example.com/items?page=2", "api.example.com/items%3Fpage=2"
    assert [(it["ruleIndex"], it["ruleId"], it["level"], it["locations"]) for it in run["results"]] == [
        (0, "accepts-any-origin", "error", [place(path, url)]),
        (1, "missing-vary", "warning", [place("deploy/nginx.conf", url, 7)]),
        (1, "missing-vary", "warning", [place("deploy/nginx.conf", url, 9)]),
        (2, "accepts-any-port", "note", [place("main.py", url)]),
        (3, "sends-star", "note", [place(path, "app.routes[2]")]),
    ]
    assert run["results"][0]["message"]["text"] == f"{REFLECTED.title}. {REFLECTED.evidence}"
    assert run["results"][0]["properties"] == {"severity": "critical", "remedy": REFLECTED.remedy}
    assert [it["message"]["text"] for it in run["invocations"][0]["toolExecutionNotifications"]] == list(AUDIT.notes)


def place(uri: str, name: str, line: int = 1) -> dict[str, Any]:
    return {
        "logicalLocations": [{"fullyQualifiedName": name}],
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line}},
    }


@pytest.mark.parametrize(
    ("severity", "level", "number"),
    [
        ("critical", "error", "9.5"),
        ("high", "error", "8.0"),
        ("medium", "warning", "5.5"),
        ("low", "note", "3.0"),
        ("info", "note", "0.0"),
    ],
)
def test_levels(severity: Any, level: str, number: str) -> None:
    (run,) = log(Report("check", "x", (finding("no-effect", "e", severity=severity),)))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert severity in SEVERITIES
    assert run["results"][0]["level"] == rule["defaultConfiguration"]["level"] == level
    assert rule["properties"]["security-severity"] == number
    assert "helpUri" not in rule


def test_what_was_not_judged_is_open_and_a_value_of_run_time_informational() -> None:
    (run,) = log(KINDS)["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert list(rules) == ["missing-vary", "sends-star", "unread-include", "template", "decided-at-run-time"]
    levels = [rule["defaultConfiguration"]["level"] for rule in rules.values()]
    assert levels == ["warning", "note", "none", "none", "none"]
    row = NOT_JUDGED["template"]
    assert rules["template"]["fullDescription"] == {"text": row.why}
    assert rules["template"]["properties"] == {"tags": ["cors"]}
    seen = [(it["ruleId"], it.get("kind"), it["level"], it["message"]["text"]) for it in run["results"]]
    assert seen[2:] == [
        ("unread-include", "open", "none", "An included file was not read. include cors.conf;"),
        ("unread-include", "open", "none", "An included file was not read. include more.conf;"),
        ("template", "open", "none", "The file is a template. {% if cors %}"),
        ("decided-at-run-time", "informational", "none", f"{RUN_TIME_TITLE}. allow_origins = settings.ORIGINS"),
        ("decided-at-run-time", "informational", "none", f'{RUN_TIME_TITLE}. max_age = os.environ["MAX_AGE"]'),
    ]
    assert run["results"][4]["locations"] == [place("Caddyfile.j2", "deploy")]
    assert run["results"][6]["locations"] == [place("deploy", "deploy")]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["toolExecutionNotifications"][2] == {
        "level": "warning",
        "message": {"text": "Not judged: The file is a template. {% if cors %}"},
        "associatedRule": {"id": "template", "index": 3},
        "locations": [place("Caddyfile.j2", "deploy")],
    }
    assert len(invocation["toolExecutionNotifications"]) == 3


def test_the_other_places_of_one_cause() -> None:
    found = replace(VARY, other_places=(Place("a.conf", 2), Place("b.conf", 5)))
    ((result,),) = [run["results"] for run in log(Report("check", "x", (found,)))["runs"]]
    assert result["locations"] == [place("deploy/nginx.conf", "x", 7)]
    assert result["relatedLocations"] == [place("a.conf", "x", 2), place("b.conf", "x", 5)]


@pytest.mark.parametrize("report", [FAILED, STOPPED], ids=["failed", "stopped"])
def test_a_target_that_could_not_be_looked_at(report: Report) -> None:
    (invocation,) = log(report)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][-1] == {"level": "error", "message": {"text": report.error}}


def test_several_targets_are_one_run_with_an_invocation_for_each() -> None:
    (run,) = log(AUDIT, CLEAN, FAILED, STOPPED)["runs"]
    assert run["automationDetails"] == {"id": "crossorigin audit check/"}
    assert [it["executionSuccessful"] for it in run["invocations"]] == [True, True, False, False]
    ids = [it["id"] for it in run["tool"]["driver"]["rules"]]
    assert len(set(ids)) == len(ids) == 4
    assert all(ids[it["ruleIndex"]] == it["ruleId"] for it in run["results"])
    assert len({it["partialFingerprints"]["crossorigin/v1"] for it in run["results"]}) == len(run["results"]) == 6


def prints(*findings: Finding) -> list[str]:
    (run,) = log(Report("check", "x", findings))["runs"]
    return [it["partialFingerprints"]["crossorigin/v1"] for it in run["results"]]


def test_a_finding_is_the_same_when_its_line_or_its_words_change() -> None:
    first = finding("missing-vary", "one", place=Place("a.conf", 1))
    moved = finding("missing-vary", "other", place=Place("a.conf", 8))
    elsewhere = finding("missing-vary", "one", place=Place("b.conf", 1))
    assert prints(first) == prints(moved) != prints(elsewhere)
    twice = prints(first, moved)
    assert twice[0] == prints(first)[0] != twice[1]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("deploy/nginx.conf", "deploy/nginx.conf"),
        ("{here}/a b.conf", "a%20b.conf"),
        ("/etc/nginx/#1.conf", "/etc/nginx/%231.conf"),
        ("a:b.conf", "a%3Ab.conf"),
        ("é\ud800", "%C3%A9%ED%A0%80"),
    ],
)
def test_files_are_named_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, uri: str
) -> None:
    monkeypatch.chdir(tmp_path)
    place = Place(file.format(here=tmp_path), 1)
    (run,) = log(Report("check", "x", (finding("no-effect", "e", place=place),)))["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_what_a_server_says_is_made_visible() -> None:
    (run,) = log(STRANGE)["runs"]
    assert run["results"][0]["message"]["text"] == f"title {SHOWN}. seen {SHOWN}"
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].isascii()
