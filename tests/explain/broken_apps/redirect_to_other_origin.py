"""The old address redirects to another origin, and the page becomes nobody."""

from fastapi import FastAPI
from starlette.responses import RedirectResponse

from crossorigin import CORSMiddleware

PATH = "/old"
CAUSE = "redirect-origin-null"
FIXED = {"BASE": "http://127.0.0.1:8000", "PATH": "/items"}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])


@app.get("/old")
def old() -> RedirectResponse:
    return RedirectResponse("http://127.0.0.1:8000/items")


@app.get("/items")
def items() -> list[str]:
    return ["a"]
