"""Headers by hand, and nobody answers OPTIONS."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from crossorigin import CORSMiddleware

CAUSE = "preflight-not-answered"
CALL = {"method": "PUT"}

app = FastAPI()
fixed = FastAPI()
fixed.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"], allow_methods=["PUT"])


@app.middleware("http")
async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@app.put("/items")
@fixed.put("/items")
def items() -> list[str]:
    return ["a"]
