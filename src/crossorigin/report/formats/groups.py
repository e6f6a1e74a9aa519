"""The findings of a report as people read them: those that say the same stand together.

Here belong the grouping, the counting and the words for both. Not here: any format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

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
    for each in gravest_first(report.findings):
        key = (each.severity, each.code, each.title, each.why, each.remedy, each.advisory)
        found.setdefault(key, []).append(each)
    return [Group(tuple(members)) for members in found.values()]


def counted(reports: Iterable[Report]) -> dict[Severity, int]:
    """How many findings there are of each severity, the gravest first; none that is 0."""
    counts = Counter(each.severity for each in chain.from_iterable(report.findings for report in reports))
    return {severity: counts[severity] for severity in reversed(SEVERITIES) if counts[severity]}


def plural(number: int, noun: str) -> str:
    """A number with its noun: `1 finding`, `2 findings`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def summary(reports: Sequence[Report]) -> str:
    """One line: what was found, or that nothing was, and how many targets could not be looked at."""
    counts = counted(reports)
    parts = ", ".join(f"{number} {severity}" for severity, number in counts.items())
    total = sum(counts.values())
    words = f"{plural(total, 'finding')}: {parts}" if total else "no findings"
    failed = sum(bool(report.error) for report in reports)
    if not failed:
        return words
    failure = "could not run" if len(reports) == 1 else f"{failed} could not be looked at"
    return failure if failed == len(reports) and not total else f"{words}; {failure}"
