"""What stands beside reading: preflights, WebSockets, writes, names.

Here belong the questions that are asked once, and what their answers mean. Not here: hostile origins (`origins`).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

from ..browser import Failure, Response
from ..probes.headers import Answered
from ..probes.origins import Names, around
from ..report.findings import Finding, finding
from ..standards.header_lists import get
from .purpose import speaks_mcp
from .session import TargetSession

_LONG = ",".join(f"x-crossorigin-audit-{number:04}" for number in range(300))  # 7.5 KB, which servers take
# What a page sends without a preflight. A Blob without a type has no Content-Type, and FastAPI may read it as JSON.
_SIMPLE_BODIES: Final = (
    ("application/x-www-form-urlencoded", b"audit=1"),
    ("text/plain", b'{"audit": 1}'),
    ("", b'{"audit": 1}'),
)
_ABSENT: Final = (400, 404, 410, 426)  # the same to GET and its preflight: nothing to ask here, a WebSocket perhaps
_LOOSE: Final = ("accepts-prefix", "accepts-suffix", "accepts-infix", "accepts-other-character")
_BROKEN = 'x-"<script>alert(1)</script>'


async def preflights(
    asker: TargetSession, origin: str, fine: Answered | None, seen: list[Answered]
) -> AsyncIterator[Finding]:
    """The preflights of one origin: of an allowed one, where any is known.

    `fine` is what it got without one. Where it may not read that, a refusal is no news, a login or a redirect is.
    """
    answer = await asker.preflight(origin, "GET", "content-type")
    if isinstance(answer, Response):
        seen.append(Answered(f"preflight of {origin}", origin, answer, preflight=True))
        absent = fine is not None and answer.status == fine.answer.status and answer.status in _ABSENT
        if fine is not None and not absent:
            for found in _refused(origin, answer):
                if fine.reads or found.code != "preflight-refused":
                    yield found
    private = await asker.preflight(origin, "GET", more=[("Access-Control-Request-Private-Network", "true")])
    if isinstance(private, Response):
        seen.append(Answered(f"preflight of {origin} for a private network", origin, private, preflight=True))
    # A method that no policy lists by chance, and that a denied preflight does not show.
    long = await asker.preflight(origin, "GET", _LONG)
    if isinstance(long, Response) and len(get(long.headers, "access-control-allow-headers") or "") >= len(_LONG):
        yield finding(
            "request-headers-unbounded", f"{len(_LONG)} bytes of Access-Control-Request-Headers come back whole"
        )
    broken = await asker.preflight(origin, "GET", _BROKEN)
    if isinstance(broken, Response) and _BROKEN in (get(broken.headers, "access-control-allow-headers") or ""):
        yield finding("header-injection", f"Access-Control-Request-Headers: {_BROKEN} comes back in the response")


def _refused(origin: str, answer: Response) -> list[Finding]:
    words = f"OPTIONS with Origin: {origin} and Access-Control-Request-Method: GET → {answer.status}"
    if 300 <= answer.status < 400:
        return [finding("preflight-redirected", f"{words}, Location: {get(answer.headers, 'location')}")]
    if answer.status in (401, 407):
        return [finding("preflight-behind-auth", words)]
    if answer.status == 403 and get(answer.headers, "www-authenticate") is not None:
        return [finding("preflight-behind-auth", words)]
    allow = get(answer.headers, "access-control-allow-origin")
    if answer.status >= 400 or allow not in ("*", origin):
        return [finding("preflight-refused", f"{words}, Access-Control-Allow-Origin: {allow}")]
    return []


async def preflight_only(
    asker: TargetSession, origin: str, answer: Response | Failure, seen: list[Answered]
) -> list[Finding]:
    """Whether the preflight of an origin is granted, where its request, which got `answer`, is not."""
    granted = await asker.preflight(origin, "PUT", "content-type")
    if isinstance(granted, Response):
        seen.append(Answered(f"preflight of {origin}", origin, granted, preflight=True))
    if isinstance(granted, Failure) or isinstance(answer, Failure) or not 200 <= granted.status < 300:
        return []
    allow = get(answer.headers, "access-control-allow-origin")
    if get(granted.headers, "access-control-allow-origin") in (origin, "*") and allow not in (origin, "*"):
        return [finding("preflight-only", f"the preflight of {origin} is granted ({granted.status}), its GET is not")]
    return []


async def websocket(asker: TargetSession, stranger: str, likely: str, names: Names) -> list[Finding]:
    """Whether a stranger's page can open a WebSocket here, or one whose origin is much like an allowed one's."""
    if await _opens(asker, stranger):
        return [_opened(stranger)]
    if not await _opens(asker, likely):
        return []
    alike: dict[str, str] = {"": "null"}
    for probe in around(likely, names):
        if probe.code in _LOOSE:
            alike.setdefault(probe.code, probe.origin)
    for origin in alike.values():
        if await _opens(asker, origin):
            return [_opened(origin)]
    return []


async def _opens(asker: TargetSession, origin: str) -> bool:
    answer = await asker.handshake(origin)
    return isinstance(answer, Response) and answer.status == 101


def _opened(origin: str) -> Finding:
    return finding("websocket-foreign-origin", f"WebSocket handshake with Origin: {origin} → 101", origin=origin)


async def rebinding(asker: TargetSession, name: str, baseline: Response) -> list[Finding]:
    """Whether a loopback server answers to a stranger's name as it does to its own."""
    port = urlsplit(asker.url).port
    host = f"{name}:{port}" if port is not None else name
    answer = await asker.get(headers=[("Host", host)])
    if not isinstance(answer, Response) or (baseline.body and not answer.body):
        return []  # Caddy answers a name that it does not serve with 200 and nothing
    # An error is the gateway's as often as the server's own; that of an MCP server is its own.
    answers = baseline.status < 400 or speaks_mcp(asker.url, answer)
    if answers and answer.status == baseline.status:
        return [finding("dns-rebinding", f"GET with Host: {host} → {answer.status}, as with its own name", host=host)]
    return []


async def writes(asker: TargetSession, stranger: str) -> list[Finding]:
    """Whether a stranger's form reaches the endpoint. It may change something: only where that is allowed."""
    for content_type, body in _SIMPLE_BODIES:
        more = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")]
        if content_type:
            more.append(("Content-Type", content_type))
        answer = await asker.ask("POST", origin=stranger, headers=more, body=body)
        if isinstance(answer, Response) and answer.status < 400 and not _to_login(answer):
            body_type = content_type or "no Content-Type"
            words = f"POST with Origin: {stranger}, Sec-Fetch-Site: cross-site and {body_type} → {answer.status}"
            return [finding("cross-site-write", words, origin=stranger, status=answer.status)]
    return []


def _to_login(answer: Response) -> bool:
    """Whether it only leads to where one logs in."""
    there = urlsplit(get(answer.headers, "location") or "").path
    return 300 <= answer.status < 400 and re.search(r"(?i)\b(log|sign)[-_]?(in|on)\b|/(auth|sso)\b", there) is not None
