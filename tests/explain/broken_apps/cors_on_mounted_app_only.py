"""CORS was added to the mounted app; the call goes to the outer one."""

from fastapi import FastAPI

from crossorigin import CORSMiddleware, Policy, install

CAUSE = "no-cors-middleware"
POLICY = Policy(allow_origins=["http://localhost:3000"])


def build() -> FastAPI:
    inner, app = FastAPI(), FastAPI()
    inner.add_middleware(CORSMiddleware, policy=POLICY)
    app.mount("/v2", inner)

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app, fixed = build(), build()
install(fixed, POLICY)
