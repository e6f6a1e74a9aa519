"""No CORS at all."""

from fastapi import FastAPI

app = FastAPI()
