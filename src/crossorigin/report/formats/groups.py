"""The findings of a report as people read them: those that say the same stand together.

Here belong the grouping, the counting and the words for both. Not here: any format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..advisories import ADVISORIES, Advisory
from ..catalogue import SEVERITIES, Severity
from ..findings import Finding, Report, gravest_first


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
        """How the same mistake was exploited elsewhere, where it was."""
        return ADVISORIES.get(self.first.advisory)


def groups(report: Report) -> list[Group]:
    """The findings of a report, the gravest first, each group where its first member stood."""
    found: dict[tuple[str, ...], list[Finding]] = {}
    for it in gravest_first(report.findings):
        found.setdefault((it.severity, it.code, it.title, it.why, it.remedy, it.advisory), []).append(it)
    return [Group(tuple(it)) for it in found.values()]


def counted(reports: Iterable[Report]) -> dict[Severity, int]:
    """How many findings there are of each severity, the gravest first; none that is 0."""
    all_of_them = [it.severity for report in reports for it in report.findings]
    return {it: all_of_them.count(it) for it in reversed(SEVERITIES) if it in all_of_them}


def summary(reports: Sequence[Report]) -> str:
    """One line: what was found, or that nothing was, and how many targets could not be looked at."""
    counts = counted(reports)
    parts = ", ".join(f"{number} {severity}" for severity, number in counts.items())
    total = sum(counts.values())
    words = f"{total} finding{'s' if total != 1 else ''}: {parts}" if total else "no findings"
    failed = sum(bool(it.error) for it in reports)
    if not failed:
        return words
    failure = "could not run" if len(reports) == 1 else f"{failed} could not be looked at"
    return failure if failed == len(reports) and not total else f"{words}; {failure}"
