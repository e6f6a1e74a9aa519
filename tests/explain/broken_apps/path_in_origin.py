"""The list has the URL of a page, not its origin."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

CAUSE = "mismatch-path"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://localhost:3000/app"])
fixed = build(allow_origins=["http://localhost:3000"])
