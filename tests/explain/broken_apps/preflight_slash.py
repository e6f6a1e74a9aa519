"""The path ends in a slash, the call does not, and OPTIONS is redirected."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

CAUSE = "preflight-redirect-slash"
CALL = {"method": "PUT"}
FIXED = {"PATH": "/items/"}

app = FastAPI()


@app.middleware("http")
async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "PUT"
    return response


@app.api_route("/items/", methods=["PUT", "OPTIONS"])
def items() -> list[str]:
    return ["a"]
