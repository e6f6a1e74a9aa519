"""Nobody thought of CORS."""

from fastapi import FastAPI

from crossorigin import Policy, install

CAUSE = "no-cors-middleware"
CALL = {"method": "POST", "json": {"name": "x"}}

app, fixed = FastAPI(), FastAPI()
install(fixed, Policy(allow_origins=["http://localhost:3000"]))


@app.post("/items")
@fixed.post("/items")
def items() -> list[str]:
    return ["a"]
