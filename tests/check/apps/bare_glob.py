"""A text with a star in it: Starlette finds the star."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins="https://*.example.com")  #: not-a-list
