"""A report as text for a terminal.

Here belong the layout and the colours. Not here: the words, which are the findings' own, and every other
format (`report.formats`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from rich.console import Console, OverflowMethod
from rich.text import Text

from ..catalogue import Severity
from ..findings import Finding, NotJudged, Place, Report, RunTimeValue
from .escaping import cut, visible, visible_line
from .groups import Group as Findings
from .groups import counted, groups, not_judged_groups, plural, summary

_STYLES: Final[dict[Severity, str]] = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "bold yellow",
    "low": "bold cyan",
    "info": "bold blue",
}
_SHOWN: Final = 8  # of the findings that say the same, and of the places of one
_LABEL: Final = len("  do this  ")
_PLACE: Final = re.compile(r"\S:\d")  # the end of a path and a line in it


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
    head = Text.assemble((f"crossorigin {report.kind}", "dim"), "  ", (visible_line(cut(report.target)), "bold"))
    console.print(head, soft_wrap=True)
    for group in groups(report):
        first = group.first
        console.print()
        console.print(_title(first.severity, _STYLES[first.severity], first.title, first.code))
        _print_seen(group.findings, console)
        if not first.told_by_title:
            _print_row("why", Text(_text(first.why)), console)
        _print_row("do this", Text(_text(first.remedy), "cyan"), console)
        _print_known(group, console, told)
    for unknown in not_judged_groups(report):
        console.print()
        console.print(_title("not judged", "bold magenta", unknown.first.title, unknown.first.code))
        _print_seen(unknown.results, console)
        _print_row("why", Text(_text(unknown.first.why)), console)
        _print_row("do this", Text(_text(unknown.first.remedy), "cyan"), console)
    if report.run_time:
        console.print()
        console.print(Text("decided at run time", style="bold blue"))
    for value in report.run_time:
        _print_value(value, console)
    for note in report.notes:
        console.print()
        _print_lines(_wrapped(Text(_text(note)), console, console.width), console)
    console.print()
    if report.error:
        what = "stopped" if report.findings or report.not_judged else "could not run"
        line = Text.assemble((f"✗ {what}: ", "bold red"), _text(report.error))
        _print_lines(_wrapped(line, console, console.width), console)
    if report.findings or report.not_judged or report.run_time or not report.error:
        console.print(_last(report))


def _title(kind: str, style: str, title: str, code: str) -> Text:
    return Text.assemble((kind, style), "  ", (_text(title), "bold"), "  ", (code, "dim"))


def _print_seen(results: Sequence[Finding | NotJudged], console: Console) -> None:
    """Where each result is, and what was seen there."""
    for result in results[:_SHOWN]:
        for place in result.places[:_SHOWN]:
            _print_place(place, console)
        if len(result.places) > _SHOWN:
            _print_more(len(result.places) - _SHOWN, console)
        if result.evidence:
            _print_row("seen", Text(_text(result.evidence)), console)
    if len(results) > _SHOWN:
        _print_more(len(results) - _SHOWN, console)


def _print_more(number: int, console: Console) -> None:
    _print_row("", Text(f"and {number} more; --format json has all", "dim"), console)


def _print_place(place: Place, console: Console) -> None:
    """One line, however long: editors and terminals open `path:line` only if it is whole."""
    line = Text.assemble(_label("where"), (_place(place), "underline"))
    console.print(line, soft_wrap=True)


def _print_value(value: RunTimeValue, console: Console) -> None:
    """A setting that the program takes from elsewhere, after its place; below it, if both do not fit in one line."""
    said = Text(_text(f"{value.setting} = {value.expression}"))
    if value.place is None:
        _print_lines(_wrapped(said, console, console.width - 2), console, "  ")
        return
    place = Text(_place(value.place), "underline")
    if place.cell_len + said.cell_len + 4 <= console.width:
        console.print(Text.assemble("  ", place, "  ", said), soft_wrap=True)
        return
    console.print(Text.assemble("  ", place), soft_wrap=True)
    _print_lines(_wrapped(said, console, console.width - 4), console, "    ")


def _print_known(group: Findings, console: Console, told: set[str]) -> None:
    """How the same mistake was exploited elsewhere: told once, and named if it comes again."""
    key, advisory = group.first.advisory, group.advisory
    if advisory is not None and key in told:
        _print_row("known", Text(f"as above: {advisory.name}"), console)
    elif advisory is not None:
        told.add(key)
        _print_row("known", Text.assemble(advisory.story, " ", (", ".join(advisory.ids), "dim")), console)


def _print_row(label: str, text: Text, console: Console) -> None:
    """A label, and the text beside it."""
    first, *others = _wrapped(text, console, console.width - _LABEL)
    console.print(Text.assemble(_label(label), first), soft_wrap=True)
    _print_lines(others, console, " " * _LABEL)


def _label(label: str) -> tuple[str, str]:
    return f"  {label:{_LABEL - 2}}", "dim"


def _wrapped(text: Text, console: Console, width: int) -> list[Text]:
    """The text in lines of a width. A word that is too long is broken, unless it has a place in it."""
    lines: list[Text] = []
    for line in text.split("\n", allow_blank=True):
        long_words = [word for word in line.plain.split() if len(word) > width]
        has_place = any(_PLACE.search(word) for word in long_words)
        overflow: OverflowMethod = "ignore" if has_place else "fold"
        lines += line.wrap(console, max(width, 1), overflow=overflow) or [line]
    return lines


def _print_lines(lines: Iterable[Text], console: Console, margin: str = "") -> None:
    for line in lines:
        line.rstrip()
        console.print(Text.assemble(margin, line), soft_wrap=True)


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


def _place(place: Place) -> str:
    return visible_line(cut(str(place)))
