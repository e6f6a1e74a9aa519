"""Headers by hand: methods without commas."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

CAUSE = "malformed-allow-methods"
CALL = {"method": "PUT"}


def build(cors: dict[str, str]) -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = Response() if request.method == "OPTIONS" else await call_next(request)
        response.headers.update(cors)
        return response

    @app.put("/items")
    def items() -> list[str]:
        return ["a"]

    return app


PAGE = "http://localhost:3000"
app = build({"Access-Control-Allow-Origin": PAGE, "Access-Control-Allow-Methods": "GET PUT"})
fixed = build({"Access-Control-Allow-Origin": PAGE, "Access-Control-Allow-Methods": "GET, PUT"})
