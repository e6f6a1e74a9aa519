"""A rate limit outside CORS: 429 reads as a CORS error."""

from fastapi import FastAPI, Request, Response
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from crossorigin import CORSMiddleware, Policy, install

CAUSE = "response-from-middleware"
NAMED = "RateLimit"


class RateLimit(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        return Response("slow down", status_code=429)


def build() -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    app.add_middleware(RateLimit)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


POLICY = Policy(allow_origins=["http://localhost:3000"], allow_methods=["*"], allow_headers=["*"])
app, fixed = build(), build()
install(fixed, POLICY)
