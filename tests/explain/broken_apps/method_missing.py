"""Methods were never said, so GET is all there is."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

CAUSE = "method-not-listed"
CALL = {"method": "PUT"}


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.put("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://localhost:3000"])
fixed = build(allow_origins=["http://localhost:3000"], allow_methods=["GET", "PUT"])
