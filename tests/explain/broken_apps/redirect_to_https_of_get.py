"""A GET is redirected to https: the request there says `Origin: null`, so CORS around the redirect changes nothing."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware

BASE = "http://api.test:8000"
CAUSE = "redirect-without-cors"
FIXED = {"BASE": "https://api.test:8443"}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])
app.add_middleware(HTTPSRedirectMiddleware)


@app.get("/items")
def items() -> list[str]:
    return []
