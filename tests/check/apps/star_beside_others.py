"""A named origin beside `*`: Starlette gives credentials to everybody."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()

app.add_middleware(
    CORSMiddleware,
    allow_origins=[
        "https://app.example.com",
        "*",  #: star-with-credentials
    ],
    allow_credentials=True,
)
