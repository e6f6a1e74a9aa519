"""A size limit outside CORS: 413 reads as a CORS error."""

from fastapi import FastAPI, Request, Response
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from crossorigin import CORSMiddleware, Policy, install

CAUSE = "response-from-middleware"
CALL = {"method": "POST", "body": "more than ten bytes"}
NAMED = "BodyLimit"


class BodyLimit(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if int(request.headers.get("content-length", 0)) > 10:
            return Response("too large", status_code=413)
        return await call_next(request)


def build() -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    app.add_middleware(BodyLimit)

    @app.post("/items")
    def items() -> list[str]:
        return ["a"]

    return app


POLICY = Policy(allow_origins=["http://localhost:3000"], allow_methods=["*"], allow_headers=["*"])
app, fixed = build(), build()
install(fixed, POLICY)
