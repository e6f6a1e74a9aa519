"""A report as text for a terminal.

Here belong the layout and the colours. Not here: the words, which are the findings' own, and every other
format (`report.formats`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..catalogue import Severity
from ..findings import Finding, Report
from .escaping import cut, visible
from .groups import Group as Findings
from .groups import counted, groups, plural, summary

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
        console.print(_head(group.first))
        console.print(Padding(Group(*_body(group, told)), (0, 0, 0, 2), expand=False))
    for note in report.notes:
        console.print()
        console.print(Text(_text(note), style=""))
    console.print()
    if report.error:
        what = "stopped" if report.findings else "could not run"
        console.print(Text.assemble((f"✗ {what}: ", "bold red"), _text(report.error)))
    if report.findings or not report.error:
        console.print(_last(report))


def _head(first: Finding) -> Text:
    return Text.assemble(
        (first.severity, _STYLES[first.severity]), "  ", (_text(first.title), "bold"), "  ", (first.code, "dim")
    )


def _body(group: Findings, told: set[str]) -> Iterator[Table]:
    """The rows of a group. A story is told once, and named where it would come again."""
    first, advisory = group.first, group.advisory
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for finding in group.findings[:_SHOWN]:
        if finding.place is not None:
            rows.add_row("where", Text.assemble((_text(str(finding.place)), "underline")))
        if finding.evidence:
            rows.add_row("seen", Text(_text(finding.evidence)))
    if len(group.findings) > _SHOWN:
        rows.add_row("", Text(f"and {len(group.findings) - _SHOWN} more; --format json has all", style="dim"))
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
    cost = f"{plural(report.requests, 'request')} in {report.seconds:.1f} s"
    line = Text("✓ ", "bold green") if report.exit_code == 0 else Text("✗ ", "bold red")
    counts = counted([report])
    if not counts:
        line.append("no findings")
    else:
        total = sum(counts.values())
        line.append(f"{plural(total, 'finding')}: ")
        for place, (severity, number) in enumerate(counts.items()):
            if place:
                line.append(", ")
            line.append(f"{number} {severity}", style=_STYLES[severity])
    if report.requests:
        line.append(f"   {cost}", style="dim")
    return line


def _text(text: str) -> str:
    return visible(cut(text))
