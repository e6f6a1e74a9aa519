"""The regular expression that the FastAPI docs show: no origin has a slash, so it takes names below example.org."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origin_regex=r"https://.*\.example\.org",
    allow_methods=["*"],
)
