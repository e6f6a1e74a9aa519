"""The list says https; the development server speaks http."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

CAUSE = "mismatch-scheme"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["https://localhost:3000"])
fixed = build(allow_origins=["https://localhost:3000", "http://localhost:3000"])
