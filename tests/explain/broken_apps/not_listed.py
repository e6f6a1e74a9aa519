"""A new front end, and nobody told the API."""

from typing import Any

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "origin-not-listed"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["https://shop.example"])
fixed = build(allow_origins=["https://shop.example", "http://localhost:3000"])
