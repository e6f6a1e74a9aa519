"""The list has the port of another development server."""

from typing import Any

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "mismatch-port"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://localhost:5173"])
fixed = build(allow_origins=["http://localhost:5173", "http://localhost:3000"])
