"""A middleware outside CORS removes a header of it: the policy already allows the page."""

from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from crossorigin import Policy, install

CAUSE = "headers-rewritten"
NAMED = "outside it: NoServerHeaders"


class NoServerHeaders(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next) -> Response:  # type: ignore[no-untyped-def]
        response = await call_next(request)
        for name in [name for name in response.headers if name.startswith("access-")]:
            del response.headers[name]
        return response  # type: ignore[no-any-return]


def build() -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])
    app.add_middleware(NoServerHeaders)

    @app.get("/items")
    def items() -> list[str]:
        return []

    return app


app = build()
fixed = build()
install(fixed, Policy(allow_origins=["http://localhost:3000"]))
