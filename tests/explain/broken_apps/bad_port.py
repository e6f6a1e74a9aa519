"""The API was put on a port that belongs to X11."""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "blocked-port"
BASE = "http://localhost:6000"
FIXED = {"BASE": "http://localhost:8000"}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])


@app.get("/items")
def items() -> list[str]:
    return ["a"]
