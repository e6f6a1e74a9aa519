"""The page sends the header that the server should send."""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "header-of-responses"
CALL = {"headers": {"Access-Control-Allow-Origin": "*"}}
FIXED = {"CALL": {}}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])


@app.get("/items")
def items() -> list[str]:
    return ["a"]
