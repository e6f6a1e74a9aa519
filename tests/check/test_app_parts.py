"""The policies of parts of an app: which are found, and what names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.routing import Host, Mount, Route, Router

from crossorigin import CORSMiddleware, Policy, cors, cors_router, install
from crossorigin.check import inspect_app
from crossorigin.report.findings import Place

DEFAULT = Policy(allow_origins=["https://app.example.com"])
STAR = Policy(allow_origins=["*"])


def home(request: Any) -> None: ...


def routed(app: Any) -> Any:
    install(app, DEFAULT, routes={"/a": STAR, "/b": STAR, "/c": STAR, "/d": STAR, "/e": None})
    return app


def endpoint() -> Any:
    return Starlette(routes=[Route("/", cors(STAR)(lambda request: None))])


def included() -> Any:
    app, outer, inner = FastAPI(), APIRouter(prefix="/outer"), cors_router(APIRouter(prefix="/inner"), STAR)
    inner.get("/")(home)
    outer.include_router(inner)
    app.include_router(outer)
    return app


def looped() -> Any:
    app = Starlette(routes=[cors_router(Mount("/sub", Router(routes=[Route("/", home)])), STAR)])
    app.mount("/again", app)
    return app


@pytest.mark.parametrize(
    ("app", "who"),
    [
        (routed(Starlette()), "routes['/a'], routes['/b'], routes['/c'] and 1 more"),
        (CORSMiddleware(endpoint(), policy=DEFAULT), "@cors on <lambda>()"),
        (CORSMiddleware(included(), policy=DEFAULT), "cors_router on /inner"),
        (CORSMiddleware(looped(), policy=DEFAULT), "cors_router on /sub"),
        (
            CORSMiddleware(Starlette(routes=[cors_router(Host("a.example", endpoint()), STAR)]), policy=DEFAULT),
            "cors_router on a.example, @cors on <lambda>()",
        ),
        (CORSMiddleware(cors_router(Starlette(), STAR), policy=DEFAULT), "cors_router on a Starlette"),
    ],
)
def test_each_is_judged_with_what_says_it(app: Any, who: str) -> None:
    (finding,) = [it for it in inspect_app(app, "main:app").findings if it.code == "star-in-production"]
    assert finding.evidence == f"{who}: allow_origins = '*'"


def test_what_nothing_reads() -> None:
    star, finding = inspect_app(included(), "main:app").findings
    assert star.code == "star-in-production"
    assert (finding.code, finding.place and finding.place.name) == ("no-effect", "main:app")
    assert finding.evidence.startswith("cors_router on /inner: no CORSMiddleware of crossorigin")
    assert finding.remedy == "install(app, policy)"


def test_an_app_without_routes_has_no_parts() -> None:
    async def bare(scope: Any, receive: Any, send: Any) -> None: ...

    assert inspect_app(CORSMiddleware(bare, policy=DEFAULT), "main:app").findings == []


def test_a_policy_that_no_call_says_has_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop.py").write_text(
        "from crossorigin import Policy\n" + 2 * "Policy(allow_origins=['https://a.example'])\n"
    )
    monkeypatch.chdir(tmp_path)
    app = Starlette()
    install(app, DEFAULT, routes={"/orders": Policy(allow_origins=["https://other.example"], max_age=8000)})
    (finding,) = inspect_app(app, "shop:app").findings
    assert finding.place == Place(name="shop:app")
