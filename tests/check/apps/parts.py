"""Policies of parts of an app: each is judged, wherever it is said."""

from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from crossorigin import Policy, cors, cors_router, install

partners = Policy(
    allow_origins=["https://app.example.com"],
    max_age=80000,  #: max-age-capped
)
app = FastAPI()
install(
    app,
    Policy(allow_origins=["https://app.example.com"]),
    routes={
        "/public/*": Policy(allow_origins=["*"]),  #: star-in-production
        "/internal/*": None,
    },
)
router = cors_router(APIRouter(prefix="/partners"), partners)


@router.get("/orders")
@app.get("/embed.js")
@cors(partners)
def embed() -> Response:
    return Response("")


@app.get("/closed")
@cors(None)
def closed() -> None: ...


app.include_router(router)
