"""A report as SARIF 2.1.0, for code scanning: one run, with an invocation for each target.

Here belongs where everything goes in that format. Not here: the words, which are the findings' own. Plain
dictionaries, since the tests hold them against the schema of the standard.
Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ..advisories import Advisory
from ..catalogue import RUN_TIME, RUN_TIME_CODE, NotJudgedRow, Severity
from ..findings import Finding, NotJudged, Place, Report, gravest_first
from .escaping import cut, visible
from .groups import Group, groups

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# SARIF § 3.27.10, level; and the number by which GitHub sorts security findings.
_LEVELS: Final[dict[Severity, tuple[str, str]]] = {
    "critical": ("error", "9.5"),
    "high": ("error", "8.0"),
    "medium": ("warning", "5.5"),
    "low": ("note", "3.0"),
    "info": ("note", "0.0"),
}


def as_sarif(reports: Sequence[Report]) -> str:
    """The reports as one log."""
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(reports)]}, indent=2) + "\n"


def _run(reports: Sequence[Report]) -> dict[str, Any]:
    """All targets: code scanning takes 20 runs and no more, and an audit has hundreds of targets."""
    rules: dict[str, dict[str, Any]] = {}
    for report in reports:
        _add_rules(report, rules)
    kinds = dict.fromkeys(report.kind for report in reports)
    results: list[dict[str, Any]] = []
    for report in reports:
        results += _results(report, list(rules))
    return {
        "tool": {
            "driver": {
                "name": "crossorigin",
                "version": version("crossorigin"),
                "rules": list(rules.values()),
            }
        },
        # SARIF § 3.17.3: keeps the alerts of `check` and of `audit` apart.
        "automationDetails": {"id": " ".join(["crossorigin", *kinds]) + "/"},
        "invocations": [_invocation(report, list(rules)) for report in reports],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }


def _add_rules(report: Report, rules: dict[str, dict[str, Any]]) -> None:
    """The rules of a report's results, by their code, after those that are there."""
    for group in groups(report):
        if group.first.code not in rules:
            rules[group.first.code] = _rule_of_finding(group)
    for unknown in report.not_judged:
        row = NotJudgedRow(unknown.title, unknown.why, unknown.remedy)
        rules.setdefault(unknown.code, _rule_without_level(unknown.code, row))
    if report.run_time:
        rules.setdefault(RUN_TIME_CODE, _rule_without_level(RUN_TIME_CODE, RUN_TIME))


def _rule_of_finding(group: Group) -> dict[str, Any]:
    finding, advisory = group.first, group.advisory
    rule = _rule(finding.code, NotJudgedRow(finding.title, finding.why, finding.remedy), advisory)
    rule["defaultConfiguration"] = {"level": _LEVELS[finding.severity][0]}
    rule["properties"] = {
        "tags": ["security", "cors", *(advisory.ids if advisory else ())],
        "security-severity": _LEVELS[finding.severity][1],
    }
    return rule


def _rule_without_level(code: str, row: NotJudgedRow) -> dict[str, Any]:
    """The rule of what is not a finding."""
    return _rule(code, row, None) | {"defaultConfiguration": {"level": "none"}, "properties": {"tags": ["cors"]}}


def _rule(code: str, row: NotJudgedRow, advisory: Advisory | None) -> dict[str, Any]:
    words = [row.why, f"Do this: {row.remedy}"]
    lines = [row.why, f"**Do this:** {row.remedy}"]
    if advisory is not None:
        words += [advisory.story, " ".join(advisory.links)]
        lines += [advisory.story, " ".join(f"<{link}>" for link in advisory.links)]
    rule: dict[str, Any] = {
        "id": code,
        "name": "".join(word.capitalize() for word in code.split("-")),
        "shortDescription": {"text": visible(row.title)},
        "fullDescription": {"text": visible(row.why)},
        "help": {"text": visible("\n\n".join(words)), "markdown": visible("\n\n".join(lines))},
    }
    if advisory is not None:
        rule["helpUri"] = advisory.links[0]
    return rule


def _invocation(report: Report, rules: list[str]) -> dict[str, Any]:
    said: list[dict[str, Any]] = []
    for note in report.notes:
        said.append({"level": "note", "message": {"text": visible(cut(note))}})
    said += [_notification(unknown, report, rules) for unknown in report.not_judged]
    for ignored in report.ignored:
        what = f"{ignored.result.title}. {cut(ignored.result.evidence)}"
        text = f"Ignored by {ignored.entry} ({ignored.reason}): {what}"
        place = _location(ignored.result.place, report)
        said.append({"level": "note", "message": {"text": visible(text)}, "locations": [place]})
    if report.error:
        said.append({"level": "error", "message": {"text": visible(cut(report.error))}})
    return {"executionSuccessful": not report.error, "toolExecutionNotifications": said}


def _notification(unknown: NotJudged, report: Report, rules: list[str]) -> dict[str, Any]:
    """What was not judged, as the tool says it of itself (SARIF § 3.58)."""
    return {
        "level": "warning",
        "message": {"text": visible(f"Not judged: {unknown.title}. {cut(unknown.evidence)}")},
        "associatedRule": {"id": unknown.code, "index": rules.index(unknown.code)},
        "locations": [_location(place, report) for place in unknown.places or (None,)],
    }


def _results(report: Report, rules: list[str]) -> list[dict[str, Any]]:
    """SARIF § 3.27.9: a finding fails, what was not judged is open, a value of run time is informational."""
    results = []
    prints = _Fingerprints(report)
    for finding in gravest_first(report.findings):
        result = _result(report, finding.code, rules, _message(finding), finding.places)
        result["level"] = _LEVELS[finding.severity][0]
        result["partialFingerprints"] = prints.of(finding.code, finding.place)
        result["properties"] = {"severity": finding.severity, "remedy": visible(finding.remedy)}
        results.append(result)
    for unknown in report.not_judged:
        result = _result(report, unknown.code, rules, _message(unknown), unknown.places)
        result |= {"kind": "open", "level": "none"}
        result["partialFingerprints"] = prints.of(unknown.code, unknown.place)
        result["properties"] = {"remedy": visible(unknown.remedy)}
        results.append(result)
    for value in report.run_time:
        message = f"{RUN_TIME.title}. {value.setting} = {cut(value.expression)}"
        places = () if value.place is None else (value.place,)
        result = _result(report, RUN_TIME_CODE, rules, message, places)
        result |= {"kind": "informational", "level": "none"}
        result["partialFingerprints"] = prints.of(RUN_TIME_CODE, value.place)
        results.append(result)
    return results


def _message(result: Finding | NotJudged) -> str:
    return f"{result.title}. {cut(result.evidence)}"


def _result(report: Report, code: str, rules: list[str], message: str, places: Sequence[Place]) -> dict[str, Any]:
    first, others = (places[0], places[1:]) if places else (None, ())
    result = {
        "ruleId": code,
        "ruleIndex": rules.index(code),
        "message": {"text": visible(message)},
        "locations": [_location(first, report)],
    }
    if others:
        # SARIF § 3.27.12 keeps `locations` for what has to be changed at all of them at once.
        result["relatedLocations"] = [_location(place, report) for place in others]
    return result


class _Fingerprints:
    """A result keeps its fingerprint when its line moves or its evidence is worded anew. Equal ones are numbered."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._seen: Counter[str] = Counter()

    def of(self, code: str, place: Place | None) -> dict[str, str]:
        """The `partialFingerprints` of one more result."""
        place = place or Place()
        identity = "\n".join((self._report.kind, self._report.target, code, place.file, place.name))
        self._seen[identity] += 1
        numbered = f"{identity}\n{self._seen[identity]}".encode("utf-8", "surrogatepass")
        return {"crossorigin/v1": hashlib.sha256(numbered).hexdigest()}


def _location(place: Place | None, report: Report) -> dict[str, Any]:
    """The file, or if there is none what was looked at: code scanning shows nothing without a place and a line.

    It rejects every URL that is not of a file, so https://api.example.com/items is written as a path.
    """
    place = place or Place()
    logical = place.name or report.target
    path = _relative(place.file) if place.file else report.target.rpartition("://")[2]
    return {
        "logicalLocations": [{"fullyQualifiedName": visible(logical)}],
        "physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": {"startLine": max(place.line, 1)}},
    }


def _relative(file: str) -> str:
    """A file below the working directory without it: code scanning looks for the file in the repository."""
    try:
        return Path(file).resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return Path(file).as_posix()


def _uri(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="/~+,;!$'()*.-_@=&")
