"""The route raises; the 500 is written outside all middleware."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from crossorigin import Policy, install

CAUSE = "crash-outside-cors"
NAMED = "ZeroDivisionError"


def build() -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])

    @app.get("/items")
    def items() -> float:
        return 1 / 0

    return app


app, fixed = build(), build()
install(fixed, Policy(allow_origins=["http://localhost:3000"]))
