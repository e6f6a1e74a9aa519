"""Patterns of ours, which Starlette compares as they are written."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=[
        "https://*.example.com",  #: no-effect
        "https://app-*.example.com",  #: no-effect
        "http://localhost:*",  #: no-effect
    ],
)
