"""Headers by hand: * for headers, and a call that includes credentials."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

CAUSE = "header-star-with-credentials"
CALL = {"credentials": "include", "headers": {"X-Request-Id": "1"}}


def build(cors: dict[str, str]) -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = Response() if request.method == "OPTIONS" else await call_next(request)
        response.headers.update(cors)
        return response

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


PAGE = "http://localhost:3000"
app = build(
    {
        "Access-Control-Allow-Origin": PAGE,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Headers": "*",
    }
)
fixed = build(
    {
        "Access-Control-Allow-Origin": PAGE,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Headers": "X-Request-Id",
    }
)
