"""What `check`, `audit` and `verify` say, as values.

Here belong the shapes of a result and of a report. Not here: the codes and their words (`catalogue`), finding
anything (`check`, `audit`, `verify`), and how a report is written down (`report.formats`).

There are three kinds of result. A finding is a mistake, or something worth knowing. Not judged is what concerns CORS
and could not be read. A value of run time is a setting that the program takes from its settings or environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from .catalogue import FINDINGS, NOT_JUDGED, SEVERITIES, Severity

Kind = Literal["check", "audit", "verify"]
FailOn = Literal["critical", "high", "medium", "low", "info", "never"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a result is: a file and a line from 1 on, or only what the code is called."""

    file: str = ""
    line: int = 0
    name: str = ""

    def __str__(self) -> str:
        spot = f"{self.file}:{self.line}" if self.line else self.file
        return f"{spot} ({self.name})" if spot and self.name else spot or self.name


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    `code` is a key of `catalogue.FINDINGS`, or for a policy of `problems.CATALOGUE`, and never changes its meaning.
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
    other_places: tuple[Place, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Everywhere that the same cause is seen."""
        return _places(self)

    def at_each_place(self) -> Iterable[Finding]:
        """The same, once for each of its places."""
        return [replace(self, place=place, other_places=()) for place in self.places or (None,)]

    @property
    def told_by_title(self) -> bool:
        """Whether `why` says again what the title says, and need not be shown beside it."""
        return self.why.rstrip(".") == self.title


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Something that concerns CORS and could not be read, so that nothing is said of it.

    `code` is a key of `catalogue.NOT_JUDGED`. `evidence` is the line of the file, or what was met; `remedy` is what
    to do next. `details` holds the same for machines (strings, numbers, lists of them).
    """

    code: str
    title: str
    why: str
    evidence: str
    remedy: str
    place: Place | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    other_places: tuple[Place, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Everywhere that the same cause is seen."""
        return _places(self)

    def at_each_place(self) -> Iterable[NotJudged]:
        """The same, once for each of its places."""
        return [replace(self, place=place, other_places=()) for place in self.places or (None,)]


@dataclass(frozen=True, slots=True)
class RunTimeValue:
    """A setting that the program takes from its settings or environment when it runs.

    `setting` is the policy's field or the header, such as `allow_origins`; `expression` is what the source says, such
    as `settings.CORS_ORIGINS`.
    """

    setting: str
    expression: str
    place: Place | None = None


Result = Finding | NotJudged | RunTimeValue


@dataclass(frozen=True, slots=True)
class Ignored:
    """A result that does not count, because an entry of the project's file says so, with its reason."""

    result: Finding | NotJudged
    reason: str
    entry: Place


_Caused = TypeVar("_Caused", bound=Finding | NotJudged)


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run of one command found about one target, the gravest findings first.

    `notes` are what else is worth saying: the equivalent `install(...)`, what was not tried and why. `error` says in
    one line why the target could not be looked at, or not to the end; `requests` were sent.
    """

    kind: Kind
    target: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    error: str = ""
    not_judged: tuple[NotJudged, ...] = ()
    run_time: tuple[RunTimeValue, ...] = ()
    ignored: tuple[Ignored, ...] = ()

    @classmethod
    def of(
        cls,
        kind: Kind,
        target: str,
        results: Iterable[Result],
        notes: Iterable[str] = (),
        *,
        requests: int = 0,
        seconds: float = 0.0,
        error: str = "",
        ignored: Iterable[Ignored] = (),
    ) -> Report:
        """A report of these results, sorted by their kind. One cause is one result, with all its places."""
        results = list(results)
        findings = [result for result in results if isinstance(result, Finding)]
        unknown = [result for result in results if isinstance(result, NotJudged)]
        values = [result for result in results if isinstance(result, RunTimeValue)]
        return cls(
            kind,
            target,
            gravest_first(one_for_each_cause(findings)),
            tuple(notes),
            requests,
            seconds,
            error,
            tuple(one_for_each_cause(unknown)),
            tuple(dict.fromkeys(values)),
            tuple(ignored),
        )

    @property
    def worst(self) -> Severity | None:
        """The gravest severity in it; None if nothing was found."""
        return max((found.severity for found in self.findings), key=SEVERITIES.index, default=None)

    def exit_code(self, fail_on: FailOn = "low", *, allow_not_judged: bool = False) -> int:
        """The exit status of a command that ends with this report."""
        return exit_code([self], fail_on, allow_not_judged=allow_not_judged)


def exit_code(reports: Sequence[Report], fail_on: FailOn = "low", *, allow_not_judged: bool = False) -> int:
    """The exit status of a command that ends with these reports.

    2 if a target could not be looked at; otherwise 1 if a finding is at or above `fail_on`; otherwise 2 if something
    was not judged, unless that is allowed; otherwise 0.
    """
    if any(report.error for report in reports):
        return 2
    worst = [report.worst for report in reports]
    if any(severity is not None and fails(severity, fail_on) for severity in worst):
        return 1
    unknown = any(report.not_judged for report in reports) and not allow_not_judged
    return 2 if unknown else 0


def fails(severity: Severity, fail_on: FailOn) -> bool:
    """Whether a finding of this severity makes a command fail."""
    return fail_on != "never" and SEVERITIES.index(severity) >= SEVERITIES.index(fail_on)


def finding(
    code: str,
    evidence: str,
    *,
    severity: Severity | None = None,
    remedy: str = "",
    place: Place | None = None,
    **details: object,
) -> Finding:
    """A finding of this code, with the catalogue's own words and grade if none are given."""
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


def not_judged(
    code: str, evidence: str, *, remedy: str = "", place: Place | None = None, **details: object
) -> NotJudged:
    """What was not judged, with the catalogue's own words if none are given."""
    row = NOT_JUDGED[code]
    return NotJudged(code, row.title, row.why, evidence, remedy or row.remedy, place, details)


def one_for_each_cause(results: Iterable[_Caused]) -> list[_Caused]:
    """Results that differ in nothing but their place as one, which has all the places."""
    merged: dict[str, _Caused] = {}
    for result in results:
        cause = repr(replace(result, place=None, other_places=()))  # details may hold lists, which have no hash
        first = merged.setdefault(cause, result)
        if first is not result:
            places = tuple(dict.fromkeys([*first.places, *result.places]))
            merged[cause] = replace(first, place=next(iter(places), None), other_places=places[1:])
    return list(merged.values())


def _places(result: Finding | NotJudged) -> tuple[Place, ...]:
    return () if result.place is None else (result.place, *result.other_places)


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """In the order of a report: by severity, then as they were found."""
    return tuple(sorted(findings, key=lambda found: -SEVERITIES.index(found.severity)))
