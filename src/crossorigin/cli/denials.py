"""`crossorigin denials`: what a server's log says about who was turned away, and what to write.

Here belong the options and the text. Not here: reading the log (`explain.denial_log`).
"""

from __future__ import annotations

import json as json_module
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ..explain.denial_log import DenialGroup, DenialReport, read_denials
from ..report.formats.escaping import visible_line
from .report_options import JSONOption, TextOrJSON, TextOrJSONOption
from .stderr import say

_MOST_SHOWN: Final = 5


def command(
    log: Annotated[str, typer.Argument(help="A log of the server, as text or as JSON; - for standard input.")],
    format: TextOrJSONOption = TextOrJSON.TEXT,
    json: JSONOption = False,
) -> None:
    """List who was denied, by cause, with the line to write for each, from a server's log.

    `crossorigin denials server.log`

    `journalctl -u api | crossorigin denials -`

    What a stricter policy would deny (`report_only=`, `enforce="report-only"`) is listed by itself.

    Exit status: 0 if nothing was denied, 1 if something was, 2 if the log cannot be read.
    """
    try:
        report = _read(log)
    except OSError as error:
        say(f"crossorigin denials: {log}: {error.strerror or error}")
        raise typer.Exit(2) from None
    if json or format is TextOrJSON.JSON:
        typer.echo(json_module.dumps(_as_data(report), indent=2))
    else:
        typer.echo(_text(report))
    if report.unread:
        raise typer.Exit(2)
    denied = bool(report.denied or report.unnamed)
    raise typer.Exit(int(denied))


def _read(log: str) -> DenialReport:
    if log == "-":
        return read_denials(sys.stdin)
    with Path(log).open(encoding="utf-8", errors="backslashreplace") as lines:
        return read_denials(lines)


def _text(report: DenialReport) -> str:
    parts = ["Denied", *_groups(report.denied)] if report.denied else ["Nothing was denied."]
    if report.would_deny:
        parts += ["A stricter policy would deny", *_groups(report.would_deny)]
    if report.unnamed:
        parts.append(f"{report.unnamed} more denials were counted without their origins.")
    if report.unread:
        parts.append(f"{report.unread} records could not be read: these are not in the list.")
    return "\n\n".join(parts)


def _groups(groups: list[DenialGroup]) -> list[str]:
    return [_group(each) for each in groups]


def _group(group: DenialGroup) -> str:
    lines = [
        f"{group.count} × {visible_line(group.title)} [{visible_line(group.cause)}]",
        f"    from {_most(group.origins)}",
        f"    at   {_most(group.routes)}",
    ]
    if group.remedy:
        lines.append(f"    → {visible_line(group.remedy)}")
    return "\n".join(lines)


def _most(counted: Counter[str]) -> str:
    shown = ", ".join(visible_line(name) for name, _ in counted.most_common(_MOST_SHOWN))
    more = len(counted) - _MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _as_data(report: DenialReport) -> dict[str, Any]:
    return {
        "denied": [_group_data(each) for each in report.denied],
        "would_deny": [_group_data(each) for each in report.would_deny],
        "unnamed": report.unnamed,
        "unread": report.unread,
    }


def _group_data(group: DenialGroup) -> dict[str, Any]:
    return {
        "cause": group.cause,
        "title": group.title,
        "remedy": group.remedy,
        "count": group.count,
        "origins": dict(group.origins),
        "routes": dict(group.routes),
        "reasons": dict(group.reasons),
    }
