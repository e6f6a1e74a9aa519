"""CORS added first, and so inside everything that is added after it."""

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"])  #: middleware-order


@app.middleware("http")
async def check_token(request: Request, call_next):
    if "authorization" not in request.headers:
        return Response(status_code=401)
    return await call_next(request)


app.add_middleware(GZipMiddleware)
