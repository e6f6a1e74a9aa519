"""A tracing library adds a header to every call."""

from typing import Any

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "header-not-listed"
CALL = {"headers": {"Authorization": "Bearer x", "traceparent": "00-1-1-01"}}


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://localhost:3000"], allow_headers=["Authorization"])
fixed = build(allow_origins=["http://localhost:3000"], allow_headers=["Authorization", "Traceparent"])
