"""What `explain` found, as text for people: the exchange in the style of `curl -v`, then the verdict and the remedy.

Here belong the layout and the colours. Not here: what is said (`explain`).

A request's lines begin with `>`, a response's with `<`, and what is known besides with `*`. Header values are never cut
or wrapped, and whatever a server sent is escaped.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final, NamedTuple

from rich.console import Console
from rich.text import Text

from ..browser import Exchange, Failure, Outcome
from ..report.formats.escaping import visible, visible_line
from .explain_json import Explanation

_YES, _NO, _QUIET = "bold green", "bold red", "dim"

# What CORS looks at; `--json` has every header.
_REQUEST_HEADERS: Final = ("origin", "access-control-request-method", "access-control-request-headers", "cookie")
_RESPONSE_HEADERS: Final = ("access-control-", "location", "vary")


# Causes that leave open whether the browser blocked anything.
_NOT_KNOWN: Final = (
    "not-recorded",
    "page-not-recorded",
    "credentials-not-recorded",
    "script-error",
    "report-only-policy",
    "answered-by-another",
)


class Line(NamedTuple):
    """A line of text, and its style in rich's words."""

    text: str = ""
    style: str = ""


def not_known(finding: Explanation) -> bool:
    """Whether it is open whether the browser blocked anything."""
    return finding.diagnosis.cause in _NOT_KNOWN


def draw(finding: Explanation, console: Console) -> None:
    """The exchange, the verdict, the cause, the evidence and the remedy."""
    lines = [*_exchanges(finding), *_words(finding, console.width)]
    for text, style in lines:
        # A terminal wraps a long line itself, and what is copied or piped stays whole.
        console.print(Text(text, style=style), soft_wrap=True)


def _exchanges(finding: Explanation) -> Iterator[Line]:
    """What was sent and what came back. Nothing, if all that is known is a message of the console."""
    outcome = finding.outcome
    if not outcome.steps:
        return
    where = ", ".join(part for part in (finding.server, finding.engine) if part)
    for note in finding.notes:
        yield Line(visible_line(f"  * {note}"), _QUIET)
    yield Line(visible_line(f"A page with the origin {finding.page} calls {finding.call} ({where})"), "bold")
    yield Line()
    for exchange in outcome.requests:
        yield from _request(exchange)
        yield from _response(exchange, stopped=not outcome.allowed and exchange is outcome.requests[-1])
        yield Line()
    if not outcome.requests:
        yield Line("  * nothing is sent", _NO)
    yield _result(outcome)
    yield Line()


def _request(exchange: Exchange) -> Iterator[Line]:
    request = exchange.request
    if exchange.preflight:
        yield Line("  * preflight", _QUIET)
    yield Line(visible_line(f"  > {request.method} {request.url}"), "bold")
    for name, value in request.headers:
        if name.decode("latin-1").lower() in _REQUEST_HEADERS:
            yield Line(f"  > {_header(name, value)}")


def _response(exchange: Exchange, *, stopped: bool) -> Iterator[Line]:
    response = exchange.response
    style = _NO if stopped else _YES
    if isinstance(response, Failure):
        yield Line(visible_line(f"  * no response: {response.message}"), _NO)
        return
    yield Line(f"  < {response.status or 'unknown status'}", style)
    allow_origin = False
    for name, value in response.headers:
        lower = name.decode("latin-1").lower()
        allow_origin = allow_origin or lower == "access-control-allow-origin"
        if lower.startswith(_RESPONSE_HEADERS):
            yield Line(f"  < {_header(name, value)}")
    if not allow_origin:
        style = _NO if stopped else _QUIET
        yield Line("  * no Access-Control-Allow-Origin", style)


def _header(name: bytes, value: bytes) -> str:
    words = name.decode("latin-1").split("-")
    shown = "-".join(word.capitalize() for word in words)
    return visible_line(f"{shown}: {value.decode('latin-1')}")


def _result(outcome: Outcome) -> Line:
    if not outcome.allowed:
        return Line("  * the page gets a TypeError", _NO)
    return Line(f"  * the page gets {outcome.status or outcome.type}", _YES)


def _words(finding: Explanation, width: int) -> Iterator[Line]:
    """The verdict, and below it one paragraph for each thing to know."""
    outcome = finding.outcome
    failed = [f"{step.text} ({step.section})" for step in outcome.steps if not step.ok]
    if not_known(finding):
        yield Line(f"? not known: {finding.diagnosis.cause}", _NO)
    elif outcome.allowed:
        yield Line("✓ allowed", _YES)
    else:
        yield Line(f"✗ blocked: {_reason(finding)}", _NO)
    yield from _indented(failed, width)
    for label, style, paragraphs in _paragraphs(finding):
        yield Line()
        yield Line(visible_line(label), style)
        yield from _indented(paragraphs, width)


def _reason(finding: Explanation) -> str:
    """Why it is blocked, in the words that JSON has; each cause, if there is more than one."""
    if finding.candidates:
        return " or ".join(candidate.cause for candidate in finding.candidates)
    return finding.outcome.reason or finding.diagnosis.cause


def _paragraphs(finding: Explanation) -> Iterator[tuple[str, str, list[str]]]:
    diagnosis = finding.diagnosis
    if finding.message is not None and finding.message.misleading:
        yield "What the message hides", "bold yellow", [finding.message.misleading]
    if finding.message is not None and finding.message.more:
        yield "Not explained here", "bold yellow", [f"lines about other requests: {finding.message.more}"]
    if diagnosis.cause == "allowed":
        return
    yield f"Why: {diagnosis.title}", "bold", [diagnosis.explanation]
    evidence = [fact for fact in (diagnosis.near_miss, *diagnosis.evidence) if fact]
    if evidence:
        yield "Seen", "bold", [f"· {fact}" for fact in evidence]
    yield "Do this", "bold cyan", [diagnosis.remedy]


def _indented(paragraphs: list[str], width: int) -> Iterator[Line]:
    """Paragraphs, wrapped between words: a URL or an origin is never broken."""
    for paragraph in paragraphs:
        hanging = "    " if paragraph.startswith("· ") else "  "
        for line in visible(paragraph).splitlines():
            wrapped = textwrap.wrap(
                line,
                width,
                initial_indent="  ",
                subsequent_indent=hanging,
                break_long_words=False,
                break_on_hyphens=False,
                replace_whitespace=False,
                drop_whitespace=True,
            )
            for part in wrapped or [""]:
                yield Line(part)
