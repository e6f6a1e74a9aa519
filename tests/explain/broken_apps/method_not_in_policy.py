"""The list of methods was written before DELETE came."""

from typing import Any

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "method-not-listed"
CALL = {"method": "DELETE"}


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.delete("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://localhost:3000"], allow_methods=["GET", "PUT"])
fixed = build(allow_origins=["http://localhost:3000"], allow_methods=["GET", "PUT", "DELETE"])
