"""The regular expression that the FastAPI docs still show."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origin_regex=r"https://.*\.example\.org",  #: regex-any
    allow_methods=["*"],
)
