"""A subclass that brings its own settings."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware


class OwnSettings(CORSMiddleware):
    def __init__(self, app: object) -> None:
        super().__init__(
            app,
            allow_origins=["*"],  #: star-with-credentials
            allow_methods=["*"],
            allow_headers=["*"],
            allow_credentials=True,
        )


app = FastAPI()
app.add_middleware(OwnSettings)


@app.get("/items")
def items() -> list[str]:
    return []
