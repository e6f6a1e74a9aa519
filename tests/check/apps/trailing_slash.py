"""Origins as they stand in the address bar."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()

origins = [
    "http://localhost:3000/",  #: no-effect
    "https://app.example.com",
    "https://Admin.Example.com:443",  #: no-effect
]

app.add_middleware(CORSMiddleware, allow_origins=origins, allow_credentials=True, allow_methods=["*"])
