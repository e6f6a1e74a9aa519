"""The developer opened 127.0.0.1; the list says localhost."""

from typing import Any

from fastapi import FastAPI

from crossorigin import CORSMiddleware

PAGE = "http://127.0.0.1:3000"
CAUSE = "mismatch-loopback-name"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://localhost:3000"])
fixed = build(allow_origins=["http://localhost:3000", "http://127.0.0.1:3000"])
