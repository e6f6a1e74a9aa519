"""The exchange as a picture of 80 columns: page, browser and server, an arrow for each message.

Here belong the lanes, the colours and the words around them. Not here: what is said (`diagnosis`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from ..browser import Exchange, Failure, Outcome
from .explain_json import Explanation

_LEFT: Final = 22  # between the lanes of page and browser
_RIGHT: Final = 50  # between browser and server
_YES, _NO, _QUIET = "bold green", "bold red", "dim"

_ASKED: Final = ("origin", "access-control-request-method", "access-control-request-headers", "cookie")
_ANSWERED: Final = ("access-control-", "location", "vary")


def draw(finding: Explanation, console: Console) -> None:
    """The whole picture: lanes, verdict, cause, evidence, remedy."""
    if finding.outcome.steps:  # a message alone tells of no exchange
        for line in _lanes(finding):
            console.print(line, no_wrap=True, overflow="ellipsis", highlight=False, crop=True)
    for label, text, style in _words(finding):
        console.print()
        console.print(Text(label, style=style))
        for words in text:
            console.print(Padding(Text(words), (0, 0, 0, 2), expand=False), highlight=False)


def _lanes(finding: Explanation) -> Iterator[Text]:
    outcome = finding.outcome
    yield _row("page", f"browser ({finding.engine})", "server", style="bold", lines=False)
    yield _row(_cut(finding.page, _LEFT), "", _cut(finding.server, 24), style=_QUIET, lines=False)
    yield _row()
    yield _row(_cut(finding.call, _LEFT - 1))
    yield _arrow_left("─", "▶")
    for exchange in outcome.requests:
        yield from _exchange(exchange, outcome)
    if not outcome.requests:
        yield _row("", Text("✗ nothing is sent", style=_NO))
    yield from _result(outcome)


def _exchange(exchange: Exchange, outcome: Outcome) -> Iterator[Text]:
    request, answer = exchange.request, exchange.response
    url = urlsplit(request.url)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    head = f"{request.method} {path}" + ("  (preflight)" if exchange.preflight else "")
    yield _row("", Text(_cut(head, _RIGHT - 2), style="bold"))
    for name, value in request.headers:
        if name.decode("latin-1").lower() in _ASKED:
            yield _header(name, value)
    yield _arrow_right("─", "▶", "")
    stopped = not outcome.allowed and exchange is outcome.requests[-1]
    mark, style = ("✗", _NO) if stopped else ("✓", _YES)
    if isinstance(answer, Failure):
        yield _row("", Text(_cut(f"✗ no response: {answer.message}", _RIGHT - 2), style=_NO))
        return
    yield _row("", Text(f"{mark} {answer.status or ''}".rstrip(), style=style))
    shown = [it for it in answer.headers if it[0].decode("latin-1").lower().startswith(_ANSWERED)]
    for name, value in shown:
        yield _header(name, value)
    if not any(name.lower() == b"access-control-allow-origin" for name, _ in shown):
        yield _row("", Text("  no Access-Control-Allow-Origin", style=_NO if stopped else _QUIET))
    yield _arrow_right("◀", "─", style)


def _result(outcome: Outcome) -> Iterator[Text]:
    if outcome.allowed:
        shown = f"✓ {outcome.type if not outcome.status else outcome.status}"
        yield _row(Text(shown, style=_YES))
        yield _arrow_left("◀", "─", _YES)
    else:
        yield _row(Text("✗ TypeError", style=_NO))
        yield _arrow_left("◀", "─", _NO)


def _words(finding: Explanation) -> Iterator[tuple[str, list[str], str]]:
    outcome, diagnosis = finding.outcome, finding.diagnosis
    verdict = "✓ allowed" if outcome.allowed else f"✗ blocked: {outcome.reason}"
    failed = [f"{it.text} ({it.section})" for it in outcome.steps if not it.ok]
    yield verdict, failed, _YES if outcome.allowed else _NO
    if finding.message is not None and finding.message.misleading:
        yield "What the message hides", [finding.message.misleading], "bold yellow"
    fine = diagnosis.cause == "allowed"
    if fine:
        return
    yield f"Why: {diagnosis.title}", [diagnosis.explanation], "bold"
    evidence = [*([diagnosis.near_miss] if diagnosis.near_miss else []), *diagnosis.evidence]
    if evidence:
        yield "Seen", [f"· {it}" for it in evidence], "bold"
    yield "Do this", [diagnosis.remedy], "bold cyan"


def _header(name: bytes, value: bytes) -> Text:
    shown = "-".join(it.capitalize() for it in name.decode("latin-1").split("-"))
    line = Text("  ")
    line.append(f"{shown}: ", style=_QUIET)
    line.append(value.decode("latin-1"))
    line.truncate(_RIGHT - 2, overflow="ellipsis")
    return _row("", line)


def _row(left: str | Text = "", middle: str | Text = "", right: str = "", style: str = "", lines: bool = True) -> Text:
    """One line: what stands beside the page's lane, beside the browser's, and beside the server's."""
    bar = "│" if lines else " "
    line = Text(" " + bar if lines else "  ")
    for part, width in ((left, _LEFT), (middle, _RIGHT)):
        cell = part if isinstance(part, Text) else Text(part, style=style)
        cell.truncate(width, overflow="ellipsis")
        if lines:
            line.append(" ")
            line.append_text(cell)
            line.append(" " * (width - cell.cell_len - 1) + bar)
        else:
            line.append_text(cell)
            line.append(" " * (width - cell.cell_len + 1))
    if right:
        line.right_crop(max(0, line.cell_len + len(right) - 76))
        line.append(right, style=style)
    return line


def _arrow_left(begin: str, end: str, style: str = "") -> Text:
    line = Text(" │")
    line.append(begin + "─" * (_LEFT - 2) + end, style=style)
    line.append("│" + " " * _RIGHT + "│")
    return line


def _arrow_right(begin: str, end: str, style: str) -> Text:
    line = Text(" │" + " " * _LEFT + "│")
    line.append(begin + "─" * (_RIGHT - 2) + end, style=style)
    line.append("│")
    return line


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
