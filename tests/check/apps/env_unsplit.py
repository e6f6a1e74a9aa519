"""Origins from a variable that nobody splits."""

import os

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=[os.getenv("CORS_ORIGINS", "https://app.example.com,https://admin.example.com")],  #: origin-invalid
)
