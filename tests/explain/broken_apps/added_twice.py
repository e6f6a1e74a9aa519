"""A proxy adds CORS headers to those of the app."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from crossorigin import CORSMiddleware

CAUSE = "allow-origin-repeated"


def build(proxy_adds: bool) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])

    @app.middleware("http")
    async def proxy(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        if proxy_adds:
            response.headers.append("Access-Control-Allow-Origin", "*")
        return response

    @app.get("/items")
    def items() -> list[str]:
        return ["a"]

    return app


app = build(proxy_adds=True)
fixed = build(proxy_adds=False)
