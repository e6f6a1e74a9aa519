"""What is sent over ASGI before the app sees anything: the answer to a preflight, or a rejection.

What is answered is decided in `server.preflight`, what is rejected in `server.enforce`; the record of it is in
`denials`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from ..server.decision import Decision

Scope = MutableMapping[str, Any]

ORIGIN_BODY: Final = b"Refused: this server does not take this request from another origin.\n"
HOST_BODY: Final = b"Refused: this server does not go by that name.\n"
_POLICY_VIOLATION: Final = 1008  # RFC 6455 § 7.4.1


async def answer_preflight(decision: Decision, send: Callable[[Any], Awaitable[None]]) -> None:
    """Answers a preflight before the app sees it."""
    headers = decision.answer()
    if decision.status != 204:
        headers.append((b"content-length", b"0"))  # RFC 9110 § 8.6: never on a 204
    await send({"type": "http.response.start", "status": decision.status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def refuse(
    rejection: Decision,
    scope: Scope,
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[Any], Awaitable[None]],
) -> None:
    """Refuses an HTTP request, or a WebSocket handshake before it is accepted."""
    body = HOST_BODY if rejection.reason == "host-not-trusted" else ORIGIN_BODY
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    if rejection.vary:
        headers.append((b"vary", rejection.vary))
    if scope["type"] == "http":
        kind = "http.response"
    elif "websocket.http.response" in (scope.get("extensions") or {}):
        kind = "websocket.http.response"
    else:  # ASGI § WebSocket close: before the handshake is accepted, servers answer it with 403
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "cross-origin"})
        return
    await send({"type": f"{kind}.start", "status": 403, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
