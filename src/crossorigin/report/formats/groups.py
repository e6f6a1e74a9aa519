"""The results of a report as people read them: those that say the same stand together.

Here belong the grouping, the counting and the words for both. Not here: any format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from ..advisories import ADVISORIES, Advisory
from ..catalogue import SEVERITIES, Severity
from ..findings import Finding, NotJudged, Report, gravest_first


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that share everything but evidence and place; at least one."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The one that speaks for all."""
        return self.findings[0]

    @property
    def advisory(self) -> Advisory | None:
        """How the same mistake was exploited elsewhere, if it was."""
        return ADVISORIES.get(self.first.advisory)


@dataclass(frozen=True, slots=True)
class NotJudgedGroup:
    """What was not judged for the same reason: everything but evidence and place is equal. At least one."""

    results: tuple[NotJudged, ...]

    @property
    def first(self) -> NotJudged:
        """The one that speaks for all."""
        return self.results[0]


def groups(report: Report) -> list[Group]:
    """The findings of a report, the gravest first, each group where its first member stood."""
    found: dict[tuple[str, ...], list[Finding]] = {}
    for each in gravest_first(report.findings):
        key = (each.severity, each.code, each.title, each.why, each.remedy, each.advisory)
        found.setdefault(key, []).append(each)
    return [Group(tuple(members)) for members in found.values()]


def not_judged_groups(report: Report) -> list[NotJudgedGroup]:
    """What was not judged in a report, each group where its first member stood."""
    found: dict[tuple[str, ...], list[NotJudged]] = {}
    for each in report.not_judged:
        found.setdefault((each.code, each.title, each.why, each.remedy), []).append(each)
    return [NotJudgedGroup(tuple(members)) for members in found.values()]


def counted(reports: Iterable[Report]) -> dict[Severity, int]:
    """How many findings there are of each severity, the gravest first; none that is 0."""
    counts = Counter(each.severity for each in chain.from_iterable(report.findings for report in reports))
    return {severity: counts[severity] for severity in reversed(SEVERITIES) if counts[severity]}


def plural(number: int, noun: str) -> str:
    """A number with its noun: `1 finding`, `2 findings`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def summary(reports: Sequence[Report]) -> str:
    """One line: what was found, or that nothing was, what was not judged, and what could not be looked at."""
    counts = counted(reports)
    total = sum(counts.values())
    failed = sum(bool(report.error) for report in reports)
    unknown = sum(len(report.not_judged) for report in reports)
    values = sum(len(report.run_time) for report in reports)
    parts = []
    if total:
        by_severity = ", ".join(f"{number} {severity}" for severity, number in counts.items())
        parts.append(f"{plural(total, 'finding')}: {by_severity}")
    elif not unknown and failed < max(1, len(reports)):
        parts.append("no findings")
    if unknown:
        parts.append(f"{unknown} not judged")
    if unknown and not total:
        parts.append("no findings in the rest")
    if values:
        parts.append(f"{values} decided at run time")
    ignored = sum(len(report.ignored) for report in reports)
    if ignored:
        parts.append(f"{ignored} ignored")
    if failed and len(reports) == 1:
        parts.append("could not run")
    elif failed:
        parts.append(f"{failed} could not be looked at")
    return "; ".join(parts)
