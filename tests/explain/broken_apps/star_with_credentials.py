"""Every origin is allowed, and then the call brings cookies."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

CAUSE = "star-for-credentials"
CALL = {"credentials": "include"}


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["*"])
fixed = build(allow_origins=["http://localhost:3000"], allow_credentials=True)
