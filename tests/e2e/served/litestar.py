"""The Litestar example, and the added routes."""

from __future__ import annotations

from litestar import MediaType, Request, Response, get
from litestar.datastructures import Cookie
from litestar.response import Stream

from examples.frameworks.litestar import api, app
from tests.e2e.served import parts

__all__ = ["app"]


@get("/about", media_type=MediaType.TEXT)
async def about(request: Request) -> str:
    return parts.about(request.scope["http_version"])


@get("/crash")
async def crash() -> None:
    parts.crash()


@get("/stream", media_type=MediaType.TEXT)
async def stream() -> Stream:
    return Stream(parts.stream())


@get("/release", media_type=MediaType.TEXT)
async def release() -> str:
    return parts.release()


@get("/cookies", media_type=MediaType.TEXT)
async def cookies() -> Response[str]:
    a, b = Cookie("a", value="1", samesite=None), Cookie("b", value="2", secure=True, samesite="none")
    return Response("baked", cookies=[a, b])


for route in (about, crash, stream, release, cookies):
    api.register(route)
api.on_startup.append(parts.start)
api.on_shutdown.append(parts.stop)
