"""Findings: what `check`, `audit` and `verify` say, as values.

Here belong the shape of a finding and of a report. Not here: the codes and their words (`catalogue`), finding
anything (`check`, `audit`, `verify`), and how a report is written down (`report.formats`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .catalogue import FINDINGS, SEVERITIES, Severity

Kind = Literal["check", "audit", "verify"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding stands: a file and a line from 1 on, or only what the code is called."""

    file: str = ""
    line: int = 0
    name: str = ""

    def __str__(self) -> str:
        spot = f"{self.file}:{self.line}" if self.line else self.file
        return f"{spot} ({self.name})" if spot and self.name else spot or self.name


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    `code` is a key of `mistakes.FINDINGS`, or for `check` of `problems.FINDINGS`, and never changes its meaning.
    `evidence` is what was seen, in one line or a few: the request and the header that answered it, or the
    line of the file. `details` holds the same for machines (strings, numbers, lists of them).
    """

    code: str
    severity: Severity
    title: str
    why: str
    evidence: str
    remedy: str
    place: Place | None = None
    advisory: str = ""
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def told_by_title(self) -> bool:
        """Whether `why` says again what the title says, and need not be shown beside it."""
        return self.why.rstrip(".") == self.title


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run of one command found about one target, the gravest first.

    `notes` are what is worth saying and no finding: the equivalent `install(...)`, what was not tried and
    why. `error` says in one line why the target could not be looked at, or not to the end; `requests` were sent.
    """

    kind: Kind
    target: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    error: str = ""

    @property
    def worst(self) -> Severity | None:
        """The gravest severity in it; None where nothing was found."""
        return max((found.severity for found in self.findings), key=SEVERITIES.index, default=None)

    @property
    def exit_code(self) -> int:
        """0 clean (information is no fault), 1 findings, 2 could not run."""
        if self.error:
            return 2
        return 1 if any(found.severity != "info" for found in self.findings) else 0


def finding(
    code: str,
    evidence: str,
    *,
    severity: Severity | None = None,
    remedy: str = "",
    place: Place | None = None,
    **details: object,
) -> Finding:
    """A finding of this code, with the catalogue's own words and grade where none are given."""
    row = FINDINGS[code]
    return Finding(
        code,
        severity or row.severity,
        row.title,
        row.why,
        evidence,
        remedy or row.remedy,
        place,
        row.advisory,
        details,
    )


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """In the order of a report: by severity, then as they were found."""
    return tuple(sorted(findings, key=lambda found: -SEVERITIES.index(found.severity)))
