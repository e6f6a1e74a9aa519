"""The redirect's Location holds a user name and a password."""

from fastapi import FastAPI
from starlette.responses import RedirectResponse

from crossorigin import CORSMiddleware

PATH = "/old"
CAUSE = "redirect-with-password"


def build(location: str) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])

    @app.get("/old")
    def old() -> RedirectResponse:
        return RedirectResponse(location)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build("http://user:password@localhost:8000/items")
fixed = build("http://localhost:8000/items")
