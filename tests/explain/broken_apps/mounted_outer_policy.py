"""The mounted app allows PUT; the outer app's policy, of Starlette's middleware, answers for it."""

from collections.abc import Collection

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

PATH = "/v2/items"
CALL = {"method": "PUT"}
CAUSE = "mounted-app-outer-policy"
PAGES = ["http://localhost:3000"]


def build(methods: Collection[str]) -> FastAPI:
    inner, app = FastAPI(), FastAPI()
    inner.add_middleware(CORSMiddleware, allow_origins=PAGES, allow_methods=["PUT"])
    app.add_middleware(CORSMiddleware, allow_origins=PAGES, allow_methods=methods)

    @inner.put("/items")
    def items() -> list[str]:
        return ["a"]

    app.mount("/v2", inner)
    return app


app = build(["GET"])
fixed = build(["GET", "PUT"])
