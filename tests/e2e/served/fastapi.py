"""The FastAPI example, and the added routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse

from examples.frameworks.fastapi import app
from tests.e2e.served import parts


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    parts.start()
    yield
    parts.stop()


app.router.lifespan_context = lifespan


@app.get("/about")
async def about(request: Request) -> PlainTextResponse:
    return PlainTextResponse(parts.about(request.scope["http_version"]))


@app.get("/crash")
async def crash() -> None:
    parts.crash()


@app.get("/stream")
async def stream() -> StreamingResponse:
    return StreamingResponse(parts.stream(), media_type="text/plain")


@app.get("/release")
async def release() -> PlainTextResponse:
    return PlainTextResponse(parts.release())


@app.get("/cookies")
async def cookies() -> PlainTextResponse:
    response = PlainTextResponse("baked")
    for cookie in parts.COOKIES:
        response.headers.append("set-cookie", cookie)
    return response
