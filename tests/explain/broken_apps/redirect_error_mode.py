"""The call forbids redirects, and the path wants no slash."""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "redirect-mode"
PATH = "/items/"
CALL = {"redirect": "error"}
FIXED = {"CALL": {}}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])


@app.get("/items")
def items() -> list[str]:
    return ["a"]
