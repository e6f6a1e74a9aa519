"""`str()` of an AnyHttpUrl, which ends with a slash."""

from fastapi import FastAPI
from pydantic import AnyHttpUrl, BaseModel
from starlette.middleware.cors import CORSMiddleware


class Settings(BaseModel):
    CORS_ORIGINS: list[AnyHttpUrl] = ["http://127.0.0.1:3000", "https://app.example.com"]
    model_config = {"validate_default": True}


settings = Settings()


def configure_cors(app: FastAPI) -> None:
    if not settings.CORS_ORIGINS:
        return
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[str(origin) for origin in settings.CORS_ORIGINS],  #: no-effect no-effect
        allow_credentials=True,
        allow_methods=["*"],
        allow_headers=["*"],
    )


def create_app() -> FastAPI:
    app = FastAPI()
    configure_cors(app)
    return app


app = create_app()
