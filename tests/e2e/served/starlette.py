"""The Starlette example, and the added routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from examples.frameworks.starlette import app
from tests.e2e.served import parts


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    parts.start()
    yield
    parts.stop()


async def about(request: Request) -> PlainTextResponse:
    return PlainTextResponse(parts.about(request.scope["http_version"]))


async def crash(request: Request) -> PlainTextResponse:
    parts.crash()
    return PlainTextResponse()


async def stream(request: Request) -> StreamingResponse:
    return StreamingResponse(parts.stream(), media_type="text/plain")


async def release(request: Request) -> PlainTextResponse:
    return PlainTextResponse(parts.release())


async def cookies(request: Request) -> PlainTextResponse:
    response = PlainTextResponse("baked")
    for cookie in parts.COOKIES:
        response.headers.append("set-cookie", cookie)
    return response


app.router.lifespan_context = lifespan
app.router.routes += [Route(f"/{it.__name__}", it) for it in (about, crash, stream, release, cookies)]
