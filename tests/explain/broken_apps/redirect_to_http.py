"""Behind TLS, the redirect for a slash leads to http."""

from fastapi import FastAPI
from starlette.responses import RedirectResponse

from crossorigin import CORSMiddleware

PAGE = "https://app.test:3443"
BASE = "https://api.test:8443"
CAUSE = "redirect-to-http"
FIXED = {"PATH": "/items/"}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.test:3443"])


@app.get("/items")
def without_slash() -> RedirectResponse:
    return RedirectResponse("http://api.test:8000/items/")


@app.get("/items/")
def items() -> list[str]:
    return ["a"]
