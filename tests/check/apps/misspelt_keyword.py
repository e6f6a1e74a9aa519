"""A keyword too many letters long: Starlette says so at the first request."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins_regex=r"https://([a-z0-9-]+\.)?example\.com",  #: unknown-keyword
)
