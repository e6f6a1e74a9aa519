"""A redirect that leads back to itself."""

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.middleware.cors import CORSMiddleware

CAUSE = "redirect-loop"
FIXED = {"PATH": "/list"}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])


@app.get("/items")
def items() -> RedirectResponse:
    return RedirectResponse("/items")


@app.get("/list")
def listed() -> list[str]:
    return []
