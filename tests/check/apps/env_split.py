"""Origins from a variable, by split(",")."""

import os

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

DEFAULT = "https://app.example.com, https://admin.example.com/,"
ORIGINS = os.getenv("ALLOWED_ORIGINS", DEFAULT).split(",")  #: no-effect origin-invalid

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=ORIGINS,
    allow_methods=["GET"],
)
