"""The bare example, and the added routes."""

from __future__ import annotations

from typing import Any

from examples.frameworks.bare import api, app
from tests.e2e.served import parts

__all__ = ["app"]

PLAIN = (b"content-type", b"text/plain")


async def routes(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    path = scope["path"]
    if path == "/stream":
        await send({"type": "http.response.start", "status": 200, "headers": [PLAIN]})
        async for piece in parts.stream():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    if path == "/crash":
        parts.crash()
    if path not in ("/about", "/release", "/cookies"):
        await api(scope, receive, send)
        return
    text = "baked"
    if path == "/about":
        text = parts.about(scope["http_version"])
    elif path == "/release":
        text = parts.release()
    cookies = [(b"set-cookie", it.encode()) for it in parts.COOKIES if path == "/cookies"]
    await send({"type": "http.response.start", "status": 200, "headers": [PLAIN, *cookies]})
    await send({"type": "http.response.body", "body": text.encode()})


async def lifespan(receive: Any, send: Any) -> None:
    assert (await receive())["type"] == "lifespan.startup"
    parts.start()
    await send({"type": "lifespan.startup.complete"})
    assert (await receive())["type"] == "lifespan.shutdown"
    parts.stop()
    await send({"type": "lifespan.shutdown.complete"})


app.app = routes
