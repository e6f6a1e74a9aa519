"""The FastAPI tutorial's settings, opened up."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()

app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],  #: star-with-credentials
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)
