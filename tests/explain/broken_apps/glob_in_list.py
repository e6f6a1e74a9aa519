"""A pattern in the list of a middleware that compares letter by letter."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware as StarlettesCORSMiddleware

from crossorigin import CORSMiddleware

PAGE = "http://shop.app.test:3000"
CAUSE = "mismatch-glob"


def build(middleware: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(middleware, allow_origins=["http://*.app.test:3000"])

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(StarlettesCORSMiddleware)
fixed = build(CORSMiddleware)
