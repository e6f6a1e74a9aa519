"""FastAPI as its users write it: CORS in dependencies and `@app.middleware`, crashes, and bodies of any type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware

from crossorigin import Policy, cors, cors_router, install

from .starlette import ECHO, WELL
from .target import APP, ASGIApp, app

Next = Callable[[Request], Awaitable[Response]]


def api(**options: Any) -> FastAPI:
    """An API with an endpoint, and one that crashes over what is no number."""
    made = FastAPI(**options)

    @made.get("/items")
    def items() -> list[int]:
        return [1, 2, 3]

    @made.post("/items")
    def add(item: Annotated[dict[str, Any], Body()]) -> int:
        return len(item)

    return made


def with_cors(made: FastAPI, **options: Any) -> FastAPI:
    """The same behind CORSMiddleware, well set up but for the options."""
    made.add_middleware(CORSMiddleware, **WELL | options)
    return made


def by_hand(answer: Callable[[Request, Response], None], *, preflights: bool = True) -> FastAPI:
    """An API with an `@app.middleware("http")` that sets headers, and perhaps answers OPTIONS."""
    made = api()

    @made.middleware("http")
    async def headers(request: Request, call_next: Next) -> Response:
        response = Response() if preflights and request.method == "OPTIONS" else await call_next(request)
        answer(request, response)
        return response

    return made


def reflect(request: Request, response: Response) -> None:
    """The recipe of a thousand answers."""
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("origin", "*")
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Allow-Headers"] = "content-type"


@app("fastapi", "accepts-any-origin", "accepts-null", *ECHO)
def tutorial() -> ASGIApp:
    """The tutorial's list exchanged for `*`, its credentials kept."""
    return with_cors(api(), allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])


@app(
    "fastapi", "accepts-any-origin", "accepts-null", "missing-vary", "preflight-refused", "sends-star-with-credentials"
)
def middleware_by_hand() -> ASGIApp:
    """`@app.middleware("http")` reflects the origin, or says `*`, and leaves OPTIONS to a router without it."""
    return by_hand(reflect, preflights=False)


@app("fastapi", "cacheable-reflection")
def cached_for_a_minute() -> ASGIApp:
    """One list, right, and a Cache-Control for the CDN, but no Vary."""

    def answer(request: Request, response: Response) -> None:
        response.headers["Cache-Control"] = "public, s-maxage=60"
        if request.headers.get("origin") == APP:
            response.headers["Access-Control-Allow-Origin"] = APP

    return by_hand(answer)


@app("fastapi", "preflight-refused", "errors-without-cors")
def dependency() -> ASGIApp:
    """A dependency sets the headers: not on errors, and never on OPTIONS."""

    def headers(request: Request, response: Response) -> None:
        response.headers["Vary"] = "Origin"
        if request.headers.get("origin") == APP:
            response.headers["Access-Control-Allow-Origin"] = APP

    return api(dependencies=[Depends(headers)])


@app("fastapi", "errors-without-cors")
def crash() -> ASGIApp:
    """CORSMiddleware is right; a crash is answered outside it."""
    made = api()

    @made.get("/items/{number}")
    def item(number: str) -> int:
        return int(number)

    return with_cors(made)


@app("fastapi", "errors-without-cors", path="/pages?page=1")
def crash_over_a_parameter() -> ASGIApp:
    """CORSMiddleware is right; a parameter that is no number crashes outside it."""
    made = api()

    @made.get("/pages")
    def pages(page: str) -> int:
        return int(page)

    return with_cors(made)


@app("fastapi", path="/pages/1")
def ours_over_a_crash() -> ASGIApp:
    """crossorigin's install: a crash carries the headers too."""
    made = api()

    @made.get("/pages/{page}")
    def pages(page: str) -> int:
        return int(page)

    install(made, Policy(allow_origins=[APP], allow_credentials=True))
    return made


@app("fastapi", "cors-on-errors-only")
def handler_only() -> ASGIApp:
    """The handler of HTTPException sets the headers, in the hope of readable errors."""
    made = api()

    @made.exception_handler(404)
    async def missing(request: Request, error: Exception) -> Response:
        return Response("{}", 404, {"Access-Control-Allow-Origin": APP, "Vary": "Origin"})

    return made


@app("fastapi", "cross-site-write", write=True)
def any_content_type() -> ASGIApp:
    """JSON is read from a body without a Content-Type, which any page may send (a Blob)."""
    return with_cors(api(strict_content_type=False))


# Sound.


@app("fastapi", write=True)
def json_only() -> ASGIApp:
    """CORSMiddleware well set up, and bodies are JSON by their Content-Type, which needs a preflight."""
    return with_cors(api())


@app("fastapi", write=True)
def ours_enforced() -> ASGIApp:
    """`install` with `enforce`, around an API that crashes and reads anything."""
    made = api(strict_content_type=False)

    @made.get("/items/{number}")
    def item(number: str) -> int:
        return int(number)

    install(made, Policy(**WELL, enforce=True))
    return made


@app("fastapi", path="/v1/items")
def ours_by_router() -> ASGIApp:
    """A router with a policy, and an endpoint with another."""
    router = APIRouter(prefix="/v1")

    @router.get("/items")
    def items() -> list[int]:
        return [1, 2, 3]

    made = FastAPI()

    @made.get("/status")
    @cors(Policy.public())
    def status() -> str:
        return "well"

    made.include_router(cors_router(router, Policy(**WELL)))
    install(made, Policy(allow_origins=[APP, "https://www.example.com"]))
    return made
