"""A middleware outside CORS keeps the headers that it knows: Access-Control-Allow-Credentials is none of them."""

from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from crossorigin import Policy, install

CAUSE = "headers-rewritten"
CALL = {"credentials": "include"}
NAMED = "outside it: Known"


class Known(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next) -> Response:  # type: ignore[no-untyped-def]
        response = await call_next(request)
        del response.headers["access-control-allow-credentials"]
        return response  # type: ignore[no-any-return]


def build() -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"], allow_credentials=True)
    app.add_middleware(Known)

    @app.get("/items")
    def items() -> list[str]:
        return []

    return app


app = build()
fixed = build()
install(fixed, Policy(allow_origins=["http://localhost:3000"], allow_credentials=True))
