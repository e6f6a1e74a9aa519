"""The diagnosis of an app with many policies: the settings of the route that was meant, not the app's default."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.routing import Host, Route

from crossorigin import CORSMiddleware, Policy, cors, cors_router, install
from crossorigin.browser import Browser
from crossorigin.explain import diagnose
from crossorigin.middleware.app_layers import CorsSettings, look
from crossorigin.transport.asgi import ASGITransport

PAGE, PARTNER = "https://app.example.com", "https://shop.partner.example"
DEFAULT = Policy(allow_origins=[PAGE], allow_methods="routes")
OWN = Policy(allow_origins=[PARTNER], allow_methods=["GET", "PUT"], allow_headers=["X-Token"])
ROUTES: dict[str, Policy | None] = {"/public/*": Policy.public(), "/internal/*": None}


def application(**options: Any) -> FastAPI:
    app = FastAPI(**options)
    router = cors_router(APIRouter(prefix="/partners"), OWN)

    @app.get("/items")
    @app.get("/public/items")
    @app.get("/internal/items")
    @router.get("/orders")
    def items() -> list[int]:
        return []

    @app.put("/items")
    @cors(OWN)
    def put() -> list[int]:
        return []

    app.include_router(router)
    return app


def installed() -> Any:
    app = application()
    install(app, DEFAULT, routes=ROUTES)
    return app


def added() -> Any:
    app = application()
    app.add_middleware(CORSMiddleware, policy=DEFAULT, routes=ROUTES, watch=False)
    return app


def wrapped() -> Any:
    return CORSMiddleware(application(), policy=DEFAULT, routes=ROUTES)


def of(policy: Policy, methods: tuple[str, ...] | None = None, *, own: bool, served: bool = False) -> CorsSettings:
    return CorsSettings(
        policy.allow_origins,
        policy.allow_origin_regex,
        policy.allow_methods if methods is None else methods,
        policy.allow_headers,
        policy.allow_credentials,
        True,
        own,
        served,
    )


@pytest.mark.parametrize("make", [installed, added, wrapped])
@pytest.mark.parametrize(
    ("method", "path", "rules"),
    [
        ("GET", "/items", of(DEFAULT, ("GET", "PUT"), own=False, served=True)),
        ("PUT", "/items", of(OWN, own=True)),
        ("GET", "/partners/orders", of(OWN, own=True)),
        ("GET", "/public/items", of(Policy.public(), own=True)),
        ("GET", "/internal/items", of(Policy.closed(), own=True)),
        ("GET", "/nothing", of(DEFAULT, (), own=False, served=True)),
    ],
)
def test_the_settings_of_the_route(make: Any, method: str, path: str, rules: CorsSettings) -> None:
    assert look(make(), path, method).cors == (rules,)


def test_the_host_counts_where_routes_ask_for_it() -> None:
    def items(request: Any) -> None: ...

    inner = cors_router(Starlette(routes=[Route("/", items)]), OWN)
    app = CORSMiddleware(Starlette(routes=[Host("api.example.com", inner)]), policy=Policy(allow_origins=[PAGE]))
    assert look(app, "/", host="api.example.com").cors[0].origins == (PARTNER,)
    assert look(app, "/", host="www.example.com").cors[0].origins == (PAGE,)


OWN_POLICY = "this path has a policy of its own, by @cors, cors_router() or a path rule"


@pytest.mark.parametrize(
    ("method", "path", "cause", "seen", "remedy"),
    [
        (
            "PUT",
            "/items",
            "origin-not-listed",
            (OWN_POLICY, f"allow_origins = ['{PARTNER}']"),
            f'allow_origins=["{PARTNER}", "{PAGE}"]',
        ),
        (
            "GET",
            "/internal/items",
            "origin-not-listed",
            (OWN_POLICY, "allow_origins = []"),
            f'allow_origins=["{PAGE}"]',
        ),
        (
            "DELETE",
            "/items",
            "method-not-listed",
            ("allowed: GET, PUT",),
            'serve DELETE at /items; allow_methods="routes" then names it',
        ),
    ],
)
def test_what_is_said_of_it(method: str, path: str, cause: str, seen: tuple[str, ...], remedy: str) -> None:
    app = installed()
    with ASGITransport(app) as transport:
        outcome = Browser(page=PAGE, transport=transport).fetch(f"https://api.example.com{path}", method=method)
    found = diagnose(outcome, app)
    assert (found.cause, found.evidence[1:], found.remedy) == (cause, seen, remedy)


@pytest.mark.parametrize(
    ("page", "base", "method", "cause", "remedy"),
    [
        (
            PAGE,
            "https://www.example.com",
            "GET",
            "host-rejected",
            'call it by its name; or trusted_hosts=["www.example.com"], if it goes by that one',
        ),
        (PARTNER, "https://api.example.com", "POST", "origin-not-listed", f'allow_origins=["{PAGE}", "{PARTNER}"]'),
    ],
)
def test_what_enforcement_refuses(page: str, base: str, method: str, cause: str, remedy: str) -> None:
    app = application()
    policy = Policy(allow_origins=[PAGE], allow_methods=["PUT"], enforce=True, trusted_hosts=["api.example.com"])
    install(app, policy)
    with ASGITransport(app) as transport:
        outcome = Browser(page=page, transport=transport).fetch(f"{base}/items", method=method)
    found = diagnose(outcome, app)
    assert (found.cause, found.remedy) == (cause, remedy)
