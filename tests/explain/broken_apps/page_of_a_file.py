"""The page was opened as a file, or comes from a data: URL."""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "page-sends-null"
PAGE = "null"
FIXED = {"PAGE": "http://localhost:3000"}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])


@app.get("/items")
def items() -> list[str]:
    return ["a"]
