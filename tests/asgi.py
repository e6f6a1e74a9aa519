"""Driving an ASGI app by hand: one request in, its messages out. No framework, so that nothing is smoothed over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """What an app sent for one request, and what it raised after that."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    raised: BaseException | None = None

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        return [(bytes(name), bytes(value)) for name, value in self.messages[0]["headers"]]

    @property
    def body(self) -> bytes:
        return b"".join(it.get("body", b"") for it in self.messages[1:])

    @property
    def cors(self) -> dict[str, str]:
        """The CORS headers and Vary; each may stand there once only."""
        mine = [
            (name.decode().lower(), value.decode())
            for name, value in self.raw
            if name.lower().startswith((b"access-control-", b"vary"))
        ]
        assert len(dict(mine)) == len(mine), mine
        return dict(mine)


def request(
    app: Any,
    method: str,
    path: str = "/",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    host: str = "api.example.com",
) -> Answer:
    """Sends one request, without lifespan."""
    return asyncio.run(arequest(app, method, path, headers, body, host))


async def arequest(
    app: Any,
    method: str,
    path: str = "/",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    host: str = "api.example.com",
) -> Answer:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", host.encode()), *((n.lower().encode(), v.encode()) for n, v in headers)],
        "client": ("127.0.0.1", 1),
        "server": ("api.example.com", 80),
    }
    answer = Answer()
    received = False

    async def receive() -> dict[str, Any]:
        nonlocal received
        if received:
            return {"type": "http.disconnect"}
        received = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        answer.messages.append(message)

    try:
        await app(scope, receive, send)
    except Exception as error:
        answer.raised = error
    return answer


def lifespan(app: Any) -> Answer:
    """Starts an app up, as a server does, and shuts it down."""
    answer = Answer()
    inbox = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> dict[str, Any]:
        return inbox.pop(0)

    async def send(message: dict[str, Any]) -> None:
        answer.messages.append(message)

    try:
        asyncio.run(app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send))
    except Exception as error:
        answer.raised = error
    return answer
