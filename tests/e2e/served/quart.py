"""The Quart example, and the added routes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from quart import Response, request

from examples.frameworks.quart import app
from tests.e2e.served import parts


@app.get("/about")
async def about() -> str:
    return parts.about(request.http_version)


@app.get("/crash")
async def crash() -> str:
    parts.crash()
    return ""


@app.get("/stream")
async def stream() -> AsyncIterator[bytes]:
    return parts.stream()


@app.get("/release")
async def release() -> str:
    return parts.release()


@app.get("/cookies")
async def cookies() -> Response:
    response = Response("baked")
    for cookie in parts.COOKIES:
        response.headers.add("Set-Cookie", cookie)
    return response


app.before_serving(parts.start)
app.after_serving(parts.stop)
