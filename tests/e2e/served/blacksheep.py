"""The BlackSheep example, and the added routes."""

from __future__ import annotations

from blacksheep import Application, Request, Response, StreamedContent, text

from examples.frameworks.blacksheep import api, app
from tests.e2e.served import parts

__all__ = ["app"]


@api.router.get("/about")
async def about(request: Request) -> Response:
    return text(parts.about(request.scope["http_version"]))


@api.router.get("/crash")
async def crash() -> Response:
    parts.crash()
    return text("")


@api.router.get("/stream")
async def stream() -> Response:
    return Response(200, content=StreamedContent(b"text/plain", parts.stream))


@api.router.get("/release")
async def release() -> Response:
    return text(parts.release())


@api.router.get("/cookies")
async def cookies() -> Response:
    response = text("baked")
    for cookie in parts.COOKIES:
        response.headers.add(b"set-cookie", cookie.encode())
    return response


async def start(_: Application) -> None:
    parts.start()


async def stop(_: Application) -> None:
    parts.stop()


api.on_start += start
api.on_stop += stop
