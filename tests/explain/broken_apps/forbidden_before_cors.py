"""A check that lets preflights pass, and answers 403 without CORS headers."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from starlette.responses import JSONResponse

from crossorigin import CORSMiddleware, Policy, install

CAUSE = "response-from-middleware"
CALL = {"headers": {"Authorization": "Bearer x"}}
NAMED = "check_token()"


async def check_token(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    if request.method != "OPTIONS" and request.headers.get("authorization") != "Bearer good":
        return JSONResponse({"detail": "wrong token"}, status_code=403)
    return await call_next(request)


def build() -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    app.middleware("http")(check_token)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


POLICY = Policy(allow_origins=["http://localhost:3000"], allow_methods=["*"], allow_headers=["*"])
app, fixed = build(), build()
install(fixed, POLICY)
