"""Where an audit of an app in this process begins: the origins that it declares. And correct apps have no finding."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware as Starlettes
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from crossorigin import CORSMiddleware, Policy, install
from crossorigin.audit import Options, audit
from crossorigin.audit.declared import declared_origins
from crossorigin.report.findings import Report
from crossorigin.transport.asgi import ASGITransport

APP, ADMIN, LOCAL = "https://app.example.com", "https://admin.example.com", "http://localhost:5173"


def api(**keywords: Any) -> FastAPI:
    """A FastAPI app behind Starlette's middleware, as its documentation adds it."""
    app = bare()
    app.add_middleware(Starlettes, **keywords)
    return app


def bare() -> FastAPI:
    app = FastAPI()

    @app.get("/items/{number}")
    async def item(number: int) -> int:
        return number

    @app.get("/me")
    async def me() -> None:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    return app


def ours(policy: Policy, **keywords: Any) -> FastAPI:
    app = bare()
    install(app, policy, **keywords)
    return app


def mounted() -> Starlette:
    inner = Middleware(Starlettes, allow_origins=[ADMIN])
    return Starlette(routes=[Mount("/v1", Starlette(middleware=[inner]))], middleware=[Middleware(Starlettes)])


MANY = [f"https://shop{number}.example.com" for number in range(40)]
DECLARED: list[tuple[Any, str, tuple[str, ...]]] = [
    (bare(), "/", ()),
    (object(), "/", ()),
    (api(allow_origins=[APP, LOCAL]), "/", (APP, LOCAL)),
    (api(allow_origins=["*"]), "/", ()),
    (api(allow_origins=[f"{APP}/", "null", APP]), "/", (APP,)),
    (api(allow_origins=APP), "/", (APP,)),
    (api(allow_origin_regex=r"https://.*\.example\.org"), "/", ("https://a.example.org",)),
    (api(allow_origin_regex=r"https://(?=x).*"), "/", ()),  # which nobody here can read
    (api(allow_origins=MANY), "/", tuple(MANY[:20])),
    (Starlettes(bare(), allow_origins=[APP]), "/", (APP,)),
    (CORSMiddleware(bare(), allow_origins=[APP]), "/", (APP,)),
    (ours(Policy(allow_origins=[APP, "https://*.example.com"])), "/", (APP, "https://front.example.com")),
    (ours(Policy(allow_origins=["https://preview-*.example.com"])), "/", ("https://preview-front.example.com",)),
    (ours(Policy(allow_origins=["*"])), "/", ()),
    (ours(Policy.closed(), routes={"/admin/*": Policy(allow_origins=[ADMIN])}), "/admin/x", (ADMIN,)),
    (ours(Policy.closed(), routes={"/admin/*": Policy(allow_origins=[ADMIN])}), "/", ()),
    (mounted(), "/v1/items", (ADMIN,)),
]


@pytest.mark.parametrize(("app", "path", "expected"), DECLARED)
def test_what_an_app_declares(app: Any, path: str, expected: tuple[str, ...]) -> None:
    assert declared_origins(app, path) == expected


def audited(app: Any, url: str, origins: tuple[str, ...]) -> Report:
    async def run() -> Report:
        async with ASGITransport(app) as transport:
            return await audit(url, options=Options(origins=origins), client=transport)

    return asyncio.run(run())


# Correct settings of Starlette's middleware, as people write them, and the origins that are told to an audit over HTTP.
DOCS = ["http://localhost.tiangolo.com", "https://localhost.tiangolo.com", "http://localhost", "http://localhost:8080"]
EVERYTHING = {"allow_methods": ["*"], "allow_headers": ["*"]}
CORRECT: list[dict[str, Any]] = [
    {"allow_origins": DOCS, "allow_credentials": True, **EVERYTHING},  # FastAPI's documentation
    {"allow_origins": [APP], "allow_credentials": True, **EVERYTHING},
    {"allow_origins": [APP, ADMIN], "allow_methods": ["GET", "POST"], "allow_headers": ["authorization"]},
    {"allow_origins": [APP, LOCAL], "allow_credentials": True},
    {"allow_origins": ["*"]},
    {"allow_origins": ["*"], **EVERYTHING},
    {"allow_origin_regex": r"https://.*\.example\.org", "allow_credentials": True},
    {"allow_origins": []},
]
PATHS = ("/items/1", "/me", "/missing")


@pytest.mark.parametrize("keywords", CORRECT)
@pytest.mark.parametrize("path", PATHS)
def test_a_correct_app_has_no_finding(keywords: dict[str, Any], path: str) -> None:
    app = api(**keywords)
    declared = declared_origins(app, path)
    for base, origins in (
        ("https://api.example.com", declared),
        ("http://127.0.0.1:8000", declared),
        ("http://127.0.0.1:8000", ()),
    ):
        report = audited(app, base + path, origins)
        assert report.exit_code() == 0, (base, [(found.code, found.severity) for found in report.findings])
        assert report.requests < 200
        assert report.error == ""


def test_its_own_origins_are_where_the_search_begins() -> None:
    """An expression with a mistake is found, because it is known what it is for."""
    app = api(allow_origin_regex=r"https://(www|shop)\.tenant.org", allow_credentials=True)
    declared = declared_origins(app, "/items/1")
    found = audited(app, "https://api.example.com/items/1", declared)
    assert [each.code for each in found.findings if each.severity != "info"] == ["accepts-other-character"]
    assert audited(app, "https://api.example.com/items/1", ()).exit_code() == 0


# Servers that spare some names, as one does whose authors know the tests: all but these are allowed.
RESERVED = (".example", ".test", ".invalid", ".localhost", "example.com", "example.org")


def reflecting(spares: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
            return
        origin = dict(scope["headers"]).get(b"origin", b"").decode()
        headers = [(b"vary", b"origin")]
        if origin and not spares(origin):
            headers += [
                (b"access-control-allow-origin", origin.encode()),
                (b"access-control-allow-credentials", b"true"),
            ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"[1]"})

    return app


def host(origin: str) -> str:
    return origin.partition("://")[2].partition(":")[0]


SPARING: list[tuple[str, Any, str]] = [
    ("reserved names", lambda origin: origin == "null" or host(origin).endswith(RESERVED), "accepts-any-origin"),
    ("all but reserved names", lambda origin: not host(origin).endswith(".example"), "accepts-any-origin"),
    ("all but one suffix", lambda origin: not host(origin).endswith(".co.uk"), "accepts-any-origin"),
    ("all but names on a port", lambda origin: origin.count(":") < 2 or "localhost" in origin, "accepts-any-origin"),
    ("all but addresses", lambda origin: not host(origin).replace(".", "").isdigit(), "accepts-any-origin"),
    ("what looks like an attack", lambda origin: "evil" in origin or "attack" in origin, "accepts-any-origin"),
    (
        "reserved names, by a start",
        lambda origin: not origin.startswith(APP) or host(origin).endswith(RESERVED[:4]),
        "accepts-prefix",
    ),
]


@pytest.mark.parametrize(("spares", "code"), [row[1:] for row in SPARING], ids=[row[0] for row in SPARING])
def test_a_server_that_spares_some_names_is_found(spares: Any, code: str) -> None:
    report = audited(reflecting(spares), "https://api.example.com/items", (APP,))
    assert code in {found.code for found in report.findings if found.severity in ("high", "critical")}
    assert report.requests < 200
