"""What is read of an app's routers: all that is in it, and the way of one request, each as an exact list."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute

from crossorigin import CORSMiddleware, Policy
from crossorigin.middleware import routing


class Items(HTTPEndpoint):
    async def get(self, request: Any) -> PlainTextResponse:
        return PlainTextResponse("")

    async def post(self, request: Any) -> PlainTextResponse:
        return PlainTextResponse("")


async def home(request: Any) -> PlainTextResponse:
    return PlainTextResponse("")


async def live(socket: Any) -> None: ...


async def opaque(scope: Any, receive: Any, send: Any) -> None: ...


def item(number: int) -> int:
    return number


def other() -> int:
    return 0


WRAPPED = GZipMiddleware(opaque)
ROUTES = {
    "home": Route("/", home),
    "items": Route("/items", Items),
    "live": WebSocketRoute("/live", live),
    "files": Mount("/files", WRAPPED),
    "old": Mount("/old", GZipMiddleware(Router([Route("/home", home, name="old home")]))),
    "host": Host("{name}.shop.example", Router([Route("/", home, name="shop")])),
}
STARLETTE = Starlette(routes=[*ROUTES.values()])
OLD: Any = ROUTES["old"].app.app  # type: ignore[attr-defined]
SHOP: Any = ROUTES["host"].app  # type: ignore[attr-defined]


def test_all_that_can_say_a_policy() -> None:
    assert [*routing.carriers(STARLETTE)] == [
        STARLETTE,
        ROUTES["home"],
        home,
        ROUTES["items"],
        Items,
        Items.get,
        Items.post,
        ROUTES["live"],
        live,
        ROUTES["files"],
        opaque,
        ROUTES["old"],
        OLD,
        OLD.routes[0],
        ROUTES["host"],
        SHOP,
        SHOP.routes[0],
    ]


def test_all_that_can_say_a_policy_in_routers_that_are_included() -> None:
    deep, middle, app = APIRouter(prefix="/deep"), APIRouter(prefix="/middle"), FastAPI(openapi_url=None)
    deep.get("/items/{number}")(item)
    middle.include_router(deep)
    middle.get("/other")(other)
    app.include_router(middle)
    app.get("/last")(home)
    found = [*routing.carriers(app)]
    assert found[0] is app
    assert [each for each in found if each in (deep, middle)] == [middle, deep]
    assert [each for each in found if each in (item, other, home)] == [item, other, home]
    assert [each.path for each in found if hasattr(each, "path")] == ["/deep/items/{number}", "/middle/other", "/last"]


def test_what_cannot_be_seen_into() -> None:
    assert [*routing.ends(STARLETTE)] == [opaque]
    assert [*routing.ends(Starlette(routes=[Mount("/all", STARLETTE), Mount("/none", opaque)]))] == [opaque, opaque]
    assert [*routing.ends(Router([ROUTES["home"], ROUTES["old"]]))] == []


def test_what_is_mounted() -> None:
    assert [*routing.mounted_in(STARLETTE)] == [
        ("/files", WRAPPED),
        ("/old", ROUTES["old"].app),  # type: ignore[attr-defined]
        ("{name}.shop.example", SHOP),
    ]
    outer = Starlette(routes=[Mount("/v1", STARLETTE), Mount("/v2", Mount("/x", OLD))])
    assert [*routing.mounts(outer)] == [
        ("/v1", STARLETTE),
        ("/v1/files", WRAPPED),
        ("/v1/old", ROUTES["old"].app),  # type: ignore[attr-defined]
        ("/v2", outer.routes[1].app),  # type: ignore[attr-defined]
    ]
    assert {id(each) for each in routing.mounted_apps(outer)} >= {id(STARLETTE), id(OLD), id(SHOP)}


def test_an_app_that_contains_itself_ends() -> None:
    app = Starlette(routes=[ROUTES["home"]])
    app.mount("/again", app)
    assert [*routing.carriers(app)] == [app, ROUTES["home"], home, app.routes[1]]
    assert [*routing.ends(app)] == []
    assert [*routing.mounted_apps(app)] == []
    assert [*routing.mounts(app)] == [("/again", app)]
    scope = {"type": "http", "method": "GET", "path": "/again" * 100, "root_path": "", "headers": []}
    assert len([*routing.resolve_route(app, scope)]) == 128
    assert routing.methods(app, scope) == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
    assert routing.route_template(app, scope) is None


def _step(step: routing.RouteStep) -> Any:
    return (step.carrier, "opaque") if step.opaque else step.carrier


def asked(method: str, path: str, **others: Any) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": [], **others}


@pytest.mark.parametrize(
    ("method", "path", "way", "served", "template"),
    [
        ("GET", "/", [STARLETTE, ROUTES["home"], home, None], {"GET", "HEAD"}, "/"),
        ("POST", "/", [STARLETTE, ROUTES["home"], home, None], {"GET", "HEAD"}, "/"),
        ("GET", "/nowhere", [STARLETTE], set(), None),
        ("GET", "/items", [STARLETTE, ROUTES["items"], Items, Items.get], {"GET", "HEAD", "POST"}, "/items"),
        ("HEAD", "/items", [STARLETTE, ROUTES["items"], Items, Items.get], {"GET", "HEAD", "POST"}, "/items"),
        ("POST", "/items/", [STARLETTE, ROUTES["items"], Items, Items.post], {"GET", "HEAD", "POST"}, "/items"),
        ("PUT", "/items", [STARLETTE, ROUTES["items"], Items, None], {"GET", "HEAD", "POST"}, "/items"),
        ("GET", "/old/home", [STARLETTE, ROUTES["old"], OLD, OLD.routes[0], home, None], {"GET", "HEAD"}, "/old/home"),
        ("GET", "/old/else", [STARLETTE, ROUTES["old"], OLD], set(), None),
        (
            "GET",
            "/files/a",
            [STARLETTE, ROUTES["files"], (opaque, "opaque")],
            {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"},
            "/files",
        ),
    ],
)
def test_the_way_of_a_request(method: str, path: str, way: list[Any], served: set[str], template: str | None) -> None:
    scope = asked(method, path)
    before = dict(scope)
    assert [_step(each) for each in routing.resolve_route(STARLETTE, scope)] == way
    assert routing.methods(STARLETTE, scope) == served
    assert routing.route_template(STARLETTE, scope) == template
    assert scope == before


def test_a_router_searches_its_path_once_for_several_methods() -> None:
    class Counting(Route):
        asked = 0

        def matches(self, scope: Any) -> Any:
            Counting.asked += 1
            return super().matches(scope)

    Counting.matches.__module__ = "starlette.routing"
    app = Router([*(Counting(f"/{number}", home) for number in range(5)), Route("/this", home)])
    scope = routing.remembering(asked("GET", "/this"))
    for method in ("GET", "PUT", "DELETE"):
        assert routing.methods(app, {**scope, "method": method}) == {"GET", "HEAD"}
    assert Counting.asked == 5


INNERMOST = Router([])


@pytest.mark.parametrize(
    ("app", "inside", "core"),
    [
        (opaque, [opaque], None),
        (WRAPPED, [WRAPPED, opaque], None),
        (STARLETTE, [STARLETTE], STARLETTE),
        (INNERMOST.app, [INNERMOST], INNERMOST),
        (None, [], None),
    ],
    ids=["opaque", "wrapped", "app", "method", "nothing"],
)
def test_what_an_app_wraps(app: Any, inside: list[Any], core: Any) -> None:
    assert [*routing.layers(app)] == inside
    assert routing.innermost_app(app) is core


def test_layers_that_contain_themselves_end() -> None:
    layer = GZipMiddleware(opaque)
    layer.app = layer
    assert len([*routing.layers(layer)]) == 64


def test_the_endpoint_in_what_a_route_made_of_it() -> None:
    assert routing.endpoint_inside(Route("/", home).app) is home
    assert routing.endpoint_inside(Route("/", lambda request: None).app).__name__ == "<lambda>"
    assert routing.endpoint_inside(opaque) is None
    assert routing.endpoint_inside(None) is None


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ({"path": "/a/b", "root_path": "/a"}, "/b"),
        ({"path": "/a", "root_path": "/a"}, ""),
        ({"path": "/ab", "root_path": "/a"}, "/ab"),
        ({"path": "/b/a", "root_path": "/a"}, "/b/a"),
        ({"path": "/b"}, "/b"),
        ({}, ""),
    ],
)
def test_the_path_that_a_router_compares(scope: dict[str, str], path: str) -> None:
    assert routing.route_path(scope) == path


def test_our_middleware_inside_a_core() -> None:
    policy = Policy(allow_origins=["https://app.example"])
    around = CORSMiddleware(opaque, policy=policy)
    nested = CORSMiddleware(Router([Route("/", home)]), policy=policy)
    inner = Starlette(routes=[Mount("/nested", nested)])
    app = Starlette(routes=[Mount("/around", GZipMiddleware(around)), Mount("/inner", inner)])
    assert [*routing.middleware(app)] == [around, nested]
    assert routing.installed_on(app) is None
