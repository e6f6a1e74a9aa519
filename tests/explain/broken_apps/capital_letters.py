"""The list has the name as the brochure writes it."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

PAGE = "http://app.test:3000"
CAUSE = "mismatch-case"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://App.Test:3000"])
fixed = build(allow_origins=["http://app.test:3000"])
