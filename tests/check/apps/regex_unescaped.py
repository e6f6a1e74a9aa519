"""A dot that stands for any character, and a port that may be a name."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origin_regex="https://app.example.com")  #: regex-dot
