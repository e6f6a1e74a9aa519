"""Methods as fetch() takes them."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["get", "put"],  #: no-effect no-effect
    allow_headers=["X-Request-Id "],  #: no-effect
    max_age=604800,  #: max-age-range
)
