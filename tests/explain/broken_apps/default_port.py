"""The list names port 80, which no browser writes."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

PAGE = "http://app.test"
CAUSE = "mismatch-default-port"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://app.test:80"])
fixed = build(allow_origins=["http://app.test"])
