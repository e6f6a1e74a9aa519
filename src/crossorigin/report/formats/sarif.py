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

from ..catalogue import Severity
from ..findings import Finding, Report, gravest_first
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
    rules: dict[str, Group] = {}
    for report in reports:
        for group in groups(report):
            rules.setdefault(group.first.code, group)
    kinds = dict.fromkeys(report.kind for report in reports)
    results: list[dict[str, Any]] = []
    for report in reports:
        results += _results(report, list(rules))
    return {
        "tool": {
            "driver": {
                "name": "crossorigin",
                "semanticVersion": version("crossorigin"),
                "rules": [_rule(group) for group in rules.values()],
            }
        },
        # SARIF § 3.17.3: keeps the alerts of `check` and of `audit` apart.
        "automationDetails": {"id": " ".join(["crossorigin", *kinds]) + "/"},
        "invocations": [_invocation(report) for report in reports],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }


def _rule(group: Group) -> dict[str, Any]:
    finding, advisory = group.first, group.advisory
    words = [finding.why, f"Do this: {finding.remedy}"]
    lines = [finding.why, f"**Do this:** {finding.remedy}"]
    if advisory is not None:
        words += [advisory.story, " ".join(advisory.links)]
        lines += [advisory.story, " ".join(f"<{link}>" for link in advisory.links)]
    rule: dict[str, Any] = {
        "id": finding.code,
        "name": "".join(word.capitalize() for word in finding.code.split("-")),
        "shortDescription": {"text": visible(finding.title)},
        "fullDescription": {"text": visible(finding.why)},
        "help": {"text": visible("\n\n".join(words)), "markdown": visible("\n\n".join(lines))},
        "defaultConfiguration": {"level": _LEVELS[finding.severity][0]},
        "properties": {
            "tags": ["security", "cors", *(advisory.ids if advisory else ())],
            "security-severity": _LEVELS[finding.severity][1],
        },
    }
    if advisory is not None:
        rule["helpUri"] = advisory.links[0]
    return rule


def _invocation(report: Report) -> dict[str, Any]:
    said = [{"level": "note", "message": {"text": visible(cut(note))}} for note in report.notes]
    if report.error:
        said.append({"level": "error", "message": {"text": visible(cut(report.error))}})
    return {"executionSuccessful": not report.error, "toolExecutionNotifications": said}


def _results(report: Report, rules: list[str]) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    results = []
    for finding in gravest_first(report.findings):
        # The same finding keeps its fingerprint when its evidence is worded anew, or when a line moves.
        place = (finding.place.file, finding.place.name) if finding.place is not None else ("", "")
        identity = "\n".join((report.kind, report.target, finding.code, *place))
        seen[identity] += 1
        digest = hashlib.sha256(f"{identity}\n{seen[identity]}".encode("utf-8", "surrogatepass")).hexdigest()
        results.append(
            {
                "ruleId": finding.code,
                "ruleIndex": rules.index(finding.code),
                "level": _LEVELS[finding.severity][0],
                "message": {"text": visible(f"{finding.title}. {cut(finding.evidence)}")},
                "locations": [_location(finding, report)],
                "partialFingerprints": {"crossorigin/v1": digest},
                "properties": {"severity": finding.severity, "remedy": visible(finding.remedy)},
            }
        )
    return results


def _location(finding: Finding, report: Report) -> dict[str, Any]:
    """The file, or where there is none what was looked at: code scanning shows nothing without a place and a line.

    It rejects every URL that is not of a file, so https://api.example.com/items is written as a path.
    """
    logical = (finding.place.name if finding.place is not None else "") or report.target
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": visible(logical)}]}
    file = finding.place.file if finding.place is not None else ""
    path = _relative(file) if file else report.target.rpartition("://")[2]
    line = finding.place.line if finding.place is not None else 0
    location["physicalLocation"] = {"artifactLocation": {"uri": _uri(path)}, "region": {"startLine": max(line, 1)}}
    return location


def _relative(file: str) -> str:
    """A file below the working directory without it: code scanning looks for the file in the repository."""
    try:
        return Path(file).resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return Path(file).as_posix()


def _uri(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="/~+,;!$'()*.-_@=&")
