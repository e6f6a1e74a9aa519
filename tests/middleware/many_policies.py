"""One app with many policies, in FastAPI and in Starlette, and the table of which policy each request gets.

Each policy lets in the one page that has its name, so whoever gets in tells which policy answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Host, Mount, Router

from crossorigin import CORSMiddleware, Policy, cors, cors_router, install

NAMES: Final = (
    "default",
    "rule",
    "later-rule",
    "router",
    "inner-router",
    "endpoint",
    "mount",
    "sub-app",
    "sub-app-rule",
    "host",
)
API: Final = "http://api.test:8000"


def page(name: str) -> str:
    return f"http://{name}.test:3000"


POLICIES: Final = {it: Policy(allow_origins=[page(it)], allow_methods=["*"], allow_headers=["*"]) for it in NAMES}
ROUTES: Final[Mapping[str, Policy | None]] = MappingProxyType(
    {
        "/ruled/*": POLICIES["rule"],
        "/ruled/{rest:path}": POLICIES["later-rule"],
        "/closed/*": None,
        "/ruled-{kind}/{rest:path}": POLICIES["rule"],
    }
)


@dataclass(frozen=True)
class Ask:
    """One kind of request: what a page asks for under a place's path, and the status that it gets."""

    method: str
    path: str
    status: int


ASKS: Final = {
    "actual": Ask("GET", "/ok", 200),
    "preflight": Ask("PUT", "/ok", 200),
    "plain OPTIONS": Ask("OPTIONS", "/ok", 405),
    "HEAD": Ask("HEAD", "/ok", 200),
    "404": Ask("GET", "/nothing", 404),
    "405": Ask("POST", "/ok", 405),
    "307": Ask("GET", "/slash", 200),
    "500": Ask("GET", "/crash", 500),
}

# Place: the policy that answers there, and the one that answers 404 there, where no route takes the path.
PLACES: Final = {
    "/plain": ("default", "default"),
    "/ruled": ("rule", "rule"),
    "/closed": ("", ""),
    "/router": ("router", "default"),
    "/router/inner": ("inner-router", "default"),
    "/router/unsaid": ("router", "default"),
    "/ruled-router": ("router", "rule"),
    "/endpoint": ("endpoint", "default"),
    "/endpoint/closed": ("", "default"),
    "/router/endpoint": ("endpoint", "default"),
    "/ruled/endpoint": ("endpoint", "rule"),
    "/mount": ("mount", "mount"),
    "/mount/endpoint": ("endpoint", "mount"),
    "/installed": ("sub-app", "sub-app"),
    "/installed/ruled": ("sub-app-rule", "sub-app-rule"),
    "/installed/router": ("router", "sub-app"),
    "/layered": ("sub-app", "sub-app"),
    "/wrapped": ("sub-app", "sub-app"),
    "/silent": ("default", "default"),
    "/ruled-silent": ("rule", "rule"),
    "/mount/installed": ("sub-app", "sub-app"),
}


Add = Callable[[str, Callable[..., Any], list[str]], None]


def _fill(add: Add, prefix: str, mark: Callable[[Any], Any] = lambda it: it) -> None:
    """Three endpoints under a prefix."""

    async def ok(request: Any = None) -> JSONResponse:
        return JSONResponse({"here": prefix})

    async def slash(request: Any = None) -> JSONResponse:
        return JSONResponse({"here": prefix})

    async def crash(request: Any = None) -> None:
        raise RuntimeError("boom")

    add(prefix + "/ok", mark(ok), ["GET", "HEAD", "PUT"])
    add(prefix + "/slash/", mark(slash), ["GET"])
    add(prefix + "/crash", mark(crash), ["GET"])


def _adds(routed: Any) -> Add:
    """How FastAPI's and Starlette's apps and routers take a route."""
    if hasattr(routed, "add_api_route"):
        return lambda path, endpoint, methods: routed.add_api_route(path, endpoint, methods=methods)
    return lambda path, endpoint, methods: routed.add_route(path, endpoint, methods=methods)


def _sub_app(make: Callable[[], Any], prefix: str = "") -> Any:
    app = make()
    _fill(_adds(app), prefix)
    return app


def _installed(make: Callable[[], Any]) -> Any:
    app = _sub_app(make)
    _fill(_adds(app), "/ruled")
    if isinstance(app, FastAPI):
        router = cors_router(APIRouter(), POLICIES["router"])
        _fill(_adds(router), "")
        app.include_router(router, prefix="/router")
    else:
        router = Router()
        _fill(_adds(router), "")
        app.router.routes.append(cors_router(Mount("/router", router), POLICIES["router"]))
    install(app, POLICIES["sub-app"], routes={"/ruled/*": POLICIES["sub-app-rule"]})
    return app


def _layered(make: Callable[[], Any]) -> Any:
    app = _sub_app(make)
    app.add_middleware(CORSMiddleware, policy=POLICIES["sub-app"])
    return app


def _mounts(make: Callable[[], Any]) -> list[Any]:
    inside = _sub_app(make)
    _fill(_adds(inside), "/endpoint", cors(POLICIES["endpoint"]))
    inside.mount("/installed", _installed(make))
    return [
        cors_router(Mount("/mount", inside), POLICIES["mount"]),
        Mount("/installed", _installed(make)),
        Mount("/layered", _layered(make)),
        Mount("/wrapped", CORSMiddleware(_sub_app(make), policy=POLICIES["sub-app"])),
        Mount("/silent", _sub_app(make)),
        Mount("/ruled-silent", _sub_app(make)),
        cors_router(Host("host.test", _sub_app(make, "/hosted")), POLICIES["host"]),
    ]


def _endpoints(app: Any) -> None:
    add = _adds(app)
    _fill(add, "/ruled/endpoint", cors(POLICIES["endpoint"]))
    for place in ("/plain", "/ruled", "/closed"):
        _fill(add, place)
    _fill(add, "/endpoint/closed", cors(None))
    _fill(add, "/endpoint", cors(POLICIES["endpoint"]))


def fastapi() -> FastAPI:
    app = FastAPI()
    install(app, POLICIES["default"], routes=ROUTES)
    router = cors_router(APIRouter(), POLICIES["router"])
    inner, unsaid = cors_router(APIRouter(), POLICIES["inner-router"]), APIRouter()
    for it in (router, inner, unsaid):
        _fill(_adds(it), "")
    _fill(_adds(router), "/endpoint", cors(POLICIES["endpoint"]))
    router.include_router(inner, prefix="/inner")
    router.include_router(unsaid, prefix="/unsaid")
    app.include_router(router, prefix="/router")
    app.include_router(router, prefix="/ruled-router")
    _endpoints(app)
    app.router.routes += _mounts(FastAPI)
    return app


def starlette() -> Starlette:
    def routed(*more: Any) -> Router:
        router = Router(routes=list(more))
        _fill(_adds(router), "")
        return router

    inner = cors_router(Mount("/inner", routed()), POLICIES["inner-router"])
    router = routed(inner, Mount("/unsaid", routed()))
    _fill(_adds(router), "/endpoint", cors(POLICIES["endpoint"]))
    cors_router(router, POLICIES["router"])
    app = Starlette(routes=[Mount("/router", router), Mount("/ruled-router", router), *_mounts(Starlette)])
    _endpoints(app)
    install(app, POLICIES["default"], routes=ROUTES)
    return app


# Starlette knows no included routers: a mounted one takes all paths below it, those that it has no route for too.
STARLETTE_PLACES: Final = PLACES | {
    "/router": ("router", "router"),
    "/router/inner": ("inner-router", "inner-router"),
    "/router/unsaid": ("router", "router"),
    "/ruled-router": ("router", "router"),
    "/router/endpoint": ("endpoint", "router"),
    "/installed/router": ("router", "router"),
}

TABLE: Final = [
    (make, place, kind, policies[kind == "404"])
    for make, places in ((fastapi, PLACES), (starlette, STARLETTE_PLACES))
    for place, policies in places.items()
    for kind in ASKS
]
