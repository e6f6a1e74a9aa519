"""A report as JSON: one shape for `check`, `audit` and `verify`.

Here belong the keys, which stay as they are. Not here: what they say.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..advisories import ADVISORIES
from ..findings import Finding, Ignored, NotJudged, Place, Report, RunTimeValue


def as_json(reports: Sequence[Report]) -> str:
    """One target as one object, several, or none, as a list of them. ASCII, so that no terminal can be repainted."""
    data = [as_data(report) for report in reports]
    document = data[0] if len(data) == 1 else data
    return json.dumps(document, indent=2, default=str) + "\n"


def as_data(report: Report) -> dict[str, Any]:
    """One report as a dictionary."""
    return {
        "target": report.target,
        "kind": report.kind,
        "findings": [_finding(finding) for finding in report.findings],
        "not_judged": [_not_judged(unknown) for unknown in report.not_judged],
        "run_time": [_run_time(value) for value in report.run_time],
        "ignored": [_ignored(ignored) for ignored in report.ignored],
        "notes": list(report.notes),
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
        "error": report.error or None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "title": finding.title,
        "evidence": finding.evidence,
        "remedy": finding.remedy,
        "why": finding.why,
        "place": _place(finding.place),
        "places": [_place(place) for place in finding.places],
        "advisory": _advisory(finding.advisory),
        "details": dict(finding.details),
    }


def _not_judged(unknown: NotJudged) -> dict[str, Any]:
    return {
        "code": unknown.code,
        "title": unknown.title,
        "evidence": unknown.evidence,
        "remedy": unknown.remedy,
        "why": unknown.why,
        "place": _place(unknown.place),
        "places": [_place(place) for place in unknown.places],
        "details": dict(unknown.details),
    }


def _run_time(value: RunTimeValue) -> dict[str, Any]:
    return {"setting": value.setting, "expression": value.expression, "place": _place(value.place)}


def _ignored(ignored: Ignored) -> dict[str, Any]:
    result = ignored.result
    return {
        "code": result.code,
        "evidence": result.evidence,
        "place": _place(result.place),
        "reason": ignored.reason,
        "entry": _place(ignored.entry),
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": place.file or None, "line": place.line or None, "name": place.name or None}


def _advisory(key: str) -> dict[str, Any] | None:
    row = ADVISORIES.get(key)
    if row is None:
        return None
    return {"name": row.name, "ids": list(row.ids), "story": row.story, "links": list(row.links)}
