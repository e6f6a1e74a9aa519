"""An environment variable went into the list unsplit."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

CAUSE = "mismatch-several-in-one"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://localhost:3000,http://localhost:5173"])
fixed = build(allow_origins=["http://localhost:3000", "http://localhost:5173"])
