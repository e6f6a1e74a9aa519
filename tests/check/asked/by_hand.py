"""CORS written by hand, with a comparison whose end is open."""

import re

from fastapi import FastAPI, Request, Response
from starlette.middleware.base import BaseHTTPMiddleware


class PreviewPages(BaseHTTPMiddleware):  #: accepts-prefix accepts-shared-platform missing-vary
    async def dispatch(self, request: Request, call_next):
        origin = request.headers.get("origin")
        if origin and re.match(r"https://shop.*\.(pages\.dev|fly\.dev)|http://localhost:3000", origin):
            if request.method == "OPTIONS":
                response = Response()
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers["Access-Control-Allow-Credentials"] = "true"
                response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
                return response
            response = await call_next(request)
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
            return response
        return await call_next(request)


app = FastAPI()
app.add_middleware(PreviewPages)


@app.get("/items")
def items() -> list[str]:
    return []
