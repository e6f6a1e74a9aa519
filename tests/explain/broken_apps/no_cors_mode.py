"""The page switched CORS off, and reads nothing now."""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "opaque-response"
CALL = {"mode": "no-cors"}
FIXED = {"CALL": {}}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])


@app.get("/items")
def items() -> list[str]:
    return ["a"]
