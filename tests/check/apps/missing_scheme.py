"""Hosts, as in a firewall."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=(
        "localhost:3000",  #: origin-scheme
        "app.example.com",  #: origin-scheme
        "null",  #: lists-null
    ),
)
