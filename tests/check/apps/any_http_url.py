"""Settings with pydantic's URL type, which adds a slash."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from pydantic import AnyHttpUrl, BaseModel


class Settings(BaseModel):
    cors_origins: list[AnyHttpUrl] = [AnyHttpUrl("https://app.example.com"), AnyHttpUrl("http://localhost:3000")]


settings = Settings()
app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=settings.cors_origins,  #: no-effect no-effect
    allow_credentials=True,
)
