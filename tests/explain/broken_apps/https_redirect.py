"""Everything is redirected to https, the preflight too."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware

BASE = "http://api.test:8000"
CALL = {"method": "PUT"}
CAUSE = "preflight-redirect-https"
NAMED = "HTTPSRedirectMiddleware"
FIXED = {"BASE": "https://api.test:8443"}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"], allow_methods=["PUT"])
app.add_middleware(HTTPSRedirectMiddleware)


@app.put("/items")
def items() -> list[str]:
    return ["a"]
