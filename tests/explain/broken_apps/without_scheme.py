"""The list has host and port alone."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

CAUSE = "mismatch-without-scheme"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["localhost:3000"])
fixed = build(allow_origins=["http://localhost:3000"])
