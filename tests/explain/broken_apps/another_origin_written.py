"""A middleware outside CORS writes an origin of its own."""

from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from crossorigin import Policy, install

CAUSE = "headers-rewritten"


class Fixed(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next) -> Response:  # type: ignore[no-untyped-def]
        response = await call_next(request)
        response.headers["access-control-allow-origin"] = "https://shop.example"
        return response  # type: ignore[no-any-return]


def build() -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])
    app.add_middleware(Fixed)

    @app.get("/items")
    def items() -> list[str]:
        return []

    return app


app = build()
fixed = build()
install(fixed, Policy(allow_origins=["http://localhost:3000"]))
