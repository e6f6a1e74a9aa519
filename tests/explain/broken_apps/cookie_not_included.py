"""The call does not say that cookies go with it."""

from fastapi import Cookie, FastAPI, HTTPException, Response

from crossorigin import CORSMiddleware

VISIT = "/login"
STATUS = 200
CAUSE = "cookie-not-included"
FIXED = {"CALL": {"credentials": "include"}}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"], allow_credentials=True)


@app.get("/login")
def login(response: Response) -> None:
    response.set_cookie("session", "1")


@app.get("/items")
def items(session: str | None = Cookie(None)) -> str:
    if session is None:
        raise HTTPException(401)
    return session
