"""The demo's API: one small FastAPI application for each policy, mounted side by side.

Here belong its endpoints, and how each application gets its policy. Not here: the policies themselves
(`policies`), and the recorder that stands around all of them (`record`).
"""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware as StarletteCORSMiddleware
from starlette.routing import Mount

from ..middleware.starlette import install
from ..middleware.types import ASGIApp
from .policies import Served, served
from .record import COOKIE, Crash, Log, recorded


def api(front: str, log: Log) -> ASGIApp:
    """The whole API, for a front end of this origin.

    The application outside has no CORS of its own, so that a preflight reaches the one it is meant for.
    """
    apis = served(front)
    mounts = [Mount(f"/{one.name}", _guarded(one)) for one in apis]
    policies = {one.name: policy for one in apis if (policy := one.policy)}
    return recorded(Starlette(routes=mounts), policies, log)


def _guarded(served: Served) -> FastAPI:
    app = _shop()
    if served.policy:
        install(app, served.policy)
    else:
        app.add_middleware(StarletteCORSMiddleware, **served.keywords)
    return app


def _shop() -> FastAPI:
    app = FastAPI(title="The demo's API", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/items")
    async def items(response: Response) -> list[dict[str, object]]:
        response.headers["X-Total-Count"] = "2"
        return [{"id": 1, "name": "Tea"}, {"id": 2, "name": "Cake"}]

    @app.post("/items", status_code=201)
    async def create(request: Request) -> dict[str, str]:
        kind = request.headers.get("content-type", "nothing")
        return {"created": "Tea", "sent as": kind.partition(";")[0]}

    @app.put("/items/1")
    async def replace() -> dict[str, str]:
        return {"replaced": "Tea"}

    @app.delete("/items/1")
    async def remove() -> dict[str, str]:
        return {"deleted": "Tea"}

    @app.patch("/items/1")
    async def change() -> dict[str, str]:
        return {"changed": "Tea"}  # no browser gets here: no policy of the demo that is asked lists PATCH

    @app.post("/login")
    async def login(response: Response) -> dict[str, str]:
        response.set_cookie(COOKIE, "ada", httponly=True, samesite="lax", max_age=3600)
        return {"welcome": "Ada"}

    @app.get("/me")
    async def me(request: Request) -> dict[str, str]:
        known = "authorization" in request.headers or COOKIE in request.cookies
        return {"you are": "Ada" if known else "nobody"}

    @app.get("/crash")
    async def crash() -> None:
        raise Crash("on purpose")

    return app
