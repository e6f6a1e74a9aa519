"""A report as text for a terminal.

Here belong the layout and the colours. Not here: the words, which are the findings' own, and every other
format (`report.formats`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..catalogue import Severity
from ..findings import Finding, NotJudged, Report
from .escaping import cut, visible
from .groups import Group as Findings
from .groups import counted, groups, not_judged_groups, plural, summary

_STYLES: Final[dict[Severity, str]] = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "bold yellow",
    "low": "bold cyan",
    "info": "bold blue",
}
_SHOWN: Final = 8  # of the findings that say the same


def draw(reports: Sequence[Report], console: Console) -> None:
    """All reports, one below the other, and what they come to."""
    told: set[str] = set()
    for number, report in enumerate(reports):
        if number:
            console.print()
        _draw(report, console, told)
    if len(reports) > 1:
        console.print()
        console.print(Text(f"{len(reports)} targets, {summary(reports)}", style="bold"))


def _draw(report: Report, console: Console, told: set[str]) -> None:
    head = Text.assemble((f"crossorigin {report.kind}", "dim"), "  ", (_text(report.target), "bold"))
    console.print(head)
    for group in groups(report):
        console.print()
        console.print(_title(group.first.severity, _STYLES[group.first.severity], group.first.title, group.first.code))
        console.print(Padding(Group(*_body(group, told)), (0, 0, 0, 2), expand=False))
    for unknown in not_judged_groups(report):
        first, rows = unknown.first, _rows(unknown.results)
        rows.add_row("why", Text(_text(first.why)))
        rows.add_row("do this", Text(_text(first.remedy), style="cyan"))
        console.print()
        console.print(_title("not judged", "bold magenta", first.title, first.code))
        console.print(Padding(rows, (0, 0, 0, 2), expand=False))
    if report.run_time:
        console.print()
        console.print(Text("decided at run time", style="bold blue"))
        console.print(Padding(_values(report), (0, 0, 0, 2), expand=False))
    for note in report.notes:
        console.print()
        console.print(Text(_text(note), style=""))
    console.print()
    if report.error:
        what = "stopped" if report.findings else "could not run"
        console.print(Text.assemble((f"✗ {what}: ", "bold red"), _text(report.error)))
    if report.findings or report.not_judged or report.run_time or not report.error:
        console.print(_last(report))


def _title(kind: str, style: str, title: str, code: str) -> Text:
    return Text.assemble((kind, style), "  ", (_text(title), "bold"), "  ", (code, "dim"))


def _rows(results: Sequence[Finding | NotJudged]) -> Table:
    """Where each result is, and what was seen there."""
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for result in results[:_SHOWN]:
        if result.place is not None:
            rows.add_row("where", Text.assemble((_text(str(result.place)), "underline")))
        if result.evidence:
            rows.add_row("seen", Text(_text(result.evidence)))
    if len(results) > _SHOWN:
        rows.add_row("", Text(f"and {len(results) - _SHOWN} more; --format json has all", style="dim"))
    return rows


def _values(report: Report) -> Table:
    """The settings that the program takes from elsewhere, each at its place."""
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for value in report.run_time:
        place = Text() if value.place is None else Text(_text(str(value.place)), style="underline")
        rows.add_row(place, Text(_text(f"{value.setting} = {value.expression}")))
    return rows


def _body(group: Findings, told: set[str]) -> Iterator[Table]:
    """The rows of a group. A story is told once, and named where it would come again."""
    first, advisory = group.first, group.advisory
    rows = _rows(group.findings)
    if not first.told_by_title:
        rows.add_row("why", Text(_text(first.why)))
    rows.add_row("do this", Text(_text(first.remedy), style="cyan"))
    if advisory is not None and first.advisory in told:
        rows.add_row("known", Text(f"as above: {advisory.name}"))
    elif advisory is not None:
        told.add(first.advisory)
        rows.add_row("known", Text.assemble(advisory.story, " ", (", ".join(advisory.ids), "dim")))
    yield rows


def _last(report: Report) -> Text:
    """What the report comes to: the mark, the summary, and what it cost."""
    line = Text()
    line.append(*_mark(report))
    line.append(summary([replace(report, error="")]))
    for severity in counted([report]):
        line.highlight_regex(rf"\d+ {severity}\b", _STYLES[severity])
    if report.requests:
        line.append(f"   {plural(report.requests, 'request')} in {report.seconds:.1f} s", style="dim")
    return line


def _mark(report: Report) -> tuple[str, str]:
    if report.exit_code(allow_not_judged=True):
        return "✗ ", "bold red"
    return ("? ", "bold magenta") if report.not_judged else ("✓ ", "bold green")


def _text(text: str) -> str:
    return visible(cut(text))
