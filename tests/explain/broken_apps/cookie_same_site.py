"""The session's cookie is SameSite=Lax; the page is of another site."""

from typing import Literal

from fastapi import Cookie, FastAPI, HTTPException, Response

from crossorigin import CORSMiddleware, Policy

PAGE = "https://app.test:3443"
BASE = "https://api.test:8443"
CALL = {"credentials": "include"}
VISIT = "/login"
CAUSE = "cookie-same-site"
POLICY = Policy(allow_origins=[PAGE], allow_credentials=True)


def build(same_site: Literal["lax", "none"]) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, policy=POLICY)

    @app.get("/login")
    def login(response: Response) -> None:
        response.set_cookie("session", "1", samesite=same_site, secure=same_site == "none")

    @app.get("/items")
    def items(session: str | None = Cookie(None)) -> str:
        if session is None:
            raise HTTPException(401)
        return session

    return app


STATUS = 200
app = build("lax")
fixed = build("none")
