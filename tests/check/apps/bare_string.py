"""One origin, and so no list."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins="https://app.example.com",  #: not-a-list
    allow_methods="GET, POST",  #: not-a-list
    allow_headers="Authorization",  #: not-a-list
)
