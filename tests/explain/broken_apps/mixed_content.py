"""The site moved to https, the API did not."""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "insecure-call"
PAGE = "https://app.test:3443"
BASE = "http://api.test:8000"
FIXED = {"BASE": "https://api.test:8443"}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.test:3443"])


@app.get("/items")
def items() -> list[str]:
    return ["a"]
