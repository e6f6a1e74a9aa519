"""The pattern covers every name below the domain; the page is on the domain itself."""

from typing import Any

from fastapi import FastAPI

from crossorigin import CORSMiddleware

PAGE = "http://app.test:3000"
CAUSE = "mismatch-apex"


def build(**cors: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **cors)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(allow_origins=["http://*.app.test:3000"])
fixed = build(allow_origins=["http://*.app.test:3000", "http://app.test:3000"])
