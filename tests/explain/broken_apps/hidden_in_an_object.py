"""The app is inside an object of which nobody can tell what it wraps; inside, the list ends in a slash."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

CAUSE = "origin-not-listed"
NAMED = "Vary: Origin"


class Traced:
    def __init__(self, inner: Any) -> None:
        self.traced = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.traced(scope, receive, send)


def build(origin: str) -> Traced:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=[origin])

    @app.get("/items")
    def items() -> list[str]:
        return []

    return Traced(app)


app = build("http://localhost:3000/")
fixed = build("http://localhost:3000")
