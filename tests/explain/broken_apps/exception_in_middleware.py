"""An HTTPException raised in an http middleware is a crash, not a 401."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, HTTPException, Request, Response
from starlette.middleware.cors import CORSMiddleware

from crossorigin import Policy, install

CAUSE = "crash-outside-cors"
NAMED = "HTTPException"


def build() -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def check(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        raise HTTPException(401)

    app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])
    return app


app, fixed = build(), build()
install(fixed, Policy(allow_origins=["http://localhost:3000"]))
