"""Globs: one that our patterns have, and one that nobody has."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=[
        "https://*.example.com",  #: no-effect
        "https://app-*.example.com",  #: origin-glob
        "http://localhost:*",  #: no-effect
    ],
)
