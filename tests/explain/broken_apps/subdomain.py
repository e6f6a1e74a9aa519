"""The site is reached with www and without; the list has one of the two."""

from typing import Any

from fastapi import FastAPI

from crossorigin import CORSMiddleware

PAGE = "http://www.app.test:3000"
CAUSE = "mismatch-subdomain"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://app.test:3000"])
fixed = build(allow_origins=["http://app.test:3000", "http://www.app.test:3000"])
