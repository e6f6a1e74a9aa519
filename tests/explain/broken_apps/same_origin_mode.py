"""A helper function always says mode: same-origin."""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "same-origin-call"
CALL = {"mode": "same-origin"}
FIXED = {"CALL": {}}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])


@app.get("/items")
def items() -> list[str]:
    return ["a"]
