"""The list of trusted hosts has the name of production only."""

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from crossorigin import CORSMiddleware, Policy, install

CAUSE = "response-from-middleware"
NAMED = "TrustedHostMiddleware"


def build() -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["api.example"])

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


POLICY = Policy(allow_origins=["http://localhost:3000"], allow_methods=["*"], allow_headers=["*"])
app, fixed = build(), build()
install(fixed, POLICY)
