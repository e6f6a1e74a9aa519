"""The call includes credentials; the policy never said so."""

from typing import Any

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "credentials-not-allowed"
CALL = {"credentials": "include"}


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://localhost:3000"])
fixed = build(allow_origins=["http://localhost:3000"], allow_credentials=True)
