"""`*` in place of a list, made in a factory."""

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware

cors_origins = "*"


def create_app():
    app = FastAPI()
    origins = cors_origins
    if isinstance(origins, str) and origins != "*":
        origins = [origins]
    app.add_middleware(  #: middleware-order
        CORSMiddleware,
        allow_origins=origins,  #: star-with-credentials
        allow_credentials=True,
        allow_methods="*",  #: not-a-list
        allow_headers="*",  #: not-a-list
    )

    @app.middleware("http")
    async def check_boundary(request: Request, call_next):
        return await call_next(request)

    return app


app = create_app()
