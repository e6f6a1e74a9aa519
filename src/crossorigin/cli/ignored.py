"""What `crossorigin check` does with the project's entries of `[[check.ignore]]`.

Here belong applying them to the reports of a run, and `--add-ignores`. Not here: what an entry is (`check.ignores`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from ..check import Ignores, add_ignores, read_ignores
from ..report.findings import FailOn, Finding, Report, fails, gravest_first
from .stderr import say


def without_ignored(reports: Sequence[Report], targets: Iterable[str]) -> list[Report]:
    """The reports without what the project ignores. The last one says what is wrong with the entries, if anything is.

    `targets` are what was asked for, folders too.
    """
    ignores = _read()
    left = [ignores.apply(report) for report in reports]
    said = list(ignores.problems)
    if not any(report.error for report in reports):  # an entry may be for what could not be looked at
        said += ignores.unused([*targets, *(report.target for report in reports)])
    return _with_findings(left, said)


def ignore_the_rest(reports: Sequence[Report], *, fail_on: FailOn, allow_not_judged: bool) -> None:
    """Write entries for the results that would make the command fail and are not ignored yet. Raises CannotRun."""
    ignores = _read()
    failing = []
    for report in reports:
        left = ignores.apply(report)
        findings = tuple(found for found in left.findings if fails(found.severity, fail_on))
        unknown = () if allow_not_judged else left.not_judged
        failing.append(replace(left, findings=findings, not_judged=unknown))
    file, count = add_ignores(ignores, failing, date.today())
    if not count:
        say(f"{file}: nothing to add")
        return
    entries = "1 entry" if count == 1 else f"{count} entries"
    say(f"{file}: {entries} added; look at each, and write its reason")


def _read() -> Ignores:
    ignores, unread = read_ignores(Path.cwd())
    for why in unread:
        say(f"crossorigin: {why}")
    return ignores


def _with_findings(reports: list[Report], findings: Sequence[Finding]) -> list[Report]:
    if not reports or not findings:
        return reports
    *others, last = reports
    return [*others, replace(last, findings=gravest_first([*last.findings, *findings]))]
