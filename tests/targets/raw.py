"""Plain ASGI functions that answer CORS by hand, as people write them."""

from __future__ import annotations

from typing import Any

from .target import APP, ASGIApp, app


def answering(choose: Any) -> ASGIApp:
    """An API whose CORS headers are what `choose(origin, scope)` says: name and value, as text."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        known = scope["path"] == "/items"
        headers = [("content-type", "application/json"), *choose(asked.get("origin"), scope)]
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": 200 if known else 404, "headers": raw})
        await send({"type": "http.response.body", "body": b"[1, 2, 3]"})

    return serve


@app("asgi", "reflected-origin", "null-origin")
def reflects_everything() -> ASGIApp:
    """Whatever Origin says comes back, with credentials."""

    def choose(origin: str | None, scope: Any) -> list[tuple[str, str]]:
        if origin is None:
            return [("vary", "origin")]
        return [
            ("vary", "origin"),
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-methods", "GET, PUT"),
            ("access-control-allow-headers", "content-type"),
        ]

    return answering(choose)


@app("asgi")
def sound_list() -> ASGIApp:
    """One origin, compared whole, and `Vary: Origin` on every answer."""

    def choose(origin: str | None, scope: Any) -> list[tuple[str, str]]:
        if origin != APP:
            return [("vary", "origin")]
        return [
            ("vary", "origin"),
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-methods", "GET, PUT"),
            ("access-control-allow-headers", "content-type"),
        ]

    return answering(choose)
