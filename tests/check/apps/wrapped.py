"""The whole app wrapped, as Starlette's docs have it since 2025; and one policy inside it."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

api = FastAPI()
api.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_credentials=True)  #: stacked-cors
app = CORSMiddleware(
    api,
    allow_origins=["https://app.example.com/"],  #: no-effect
    allow_methods=["GET", "PUT"],
    allow_headers=["X-Request-Id"],
    expose_headers=["X-Total-Count"],
)
