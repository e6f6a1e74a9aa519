"""Policies for routes: precedence by hand, paths as the router sees them, methods from the routes, stacks."""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import FastAPIDeprecationWarning
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware as StarletteCORS
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Host, Match, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles

from crossorigin import (
    AllowMiddleware,
    ASGITransport,
    Browser,
    CORSMiddleware,
    Policy,
    PolicyError,
    cors,
    cors_router,
    install,
)
from crossorigin.middleware import marks, routing
from tests.asgi import arequest, request
from tests.middleware.many_policies import POLICIES, page

DEFAULT, RULE, ROUTER, ENDPOINT, MOUNT, HOST, SUB = (
    POLICIES[it] for it in ("default", "rule", "router", "endpoint", "mount", "host", "sub-app")
)
ALLOW_ORIGIN = "access-control-allow-origin"


async def ok(request: Any) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def raw(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("raw")(scope, receive, send)


def let_in(
    app: Any, path: str, name: str, method: str = "GET", headers: tuple[tuple[str, str], ...] = (), **scope: Any
) -> bool:
    """Whether a GET of this page may read the answer, and whether it may send it: both must agree."""
    origin = ("origin", page(name))
    read = request(app, method, path, [origin, *headers])
    asks = request(app, "OPTIONS", path, [origin, ("access-control-request-method", method), *headers])
    found = {answer.cors.get(ALLOW_ORIGIN) == page(name) for answer in (read, asks)}
    assert len(found) == 1, found
    return found.pop()


def refused_by_all(app: Any, path: str) -> bool:
    return not any(let_in(app, path, it) for it in POLICIES)


class OlderRouter(Router):
    """What FastAPI's APIRouter looked like while include_router() copied its routes."""

    def include_router(self, router: Any) -> None:
        """Only its name is looked at."""


# -- carriers of a mark --------------------------------------------------------------------------------------


@cors(ENDPOINT)
class Resource(HTTPEndpoint):
    async def get(self, request: Any) -> JSONResponse:
        return JSONResponse({})


@cors(ENDPOINT)
async def with_name(request: Any, name: str) -> PlainTextResponse:
    return PlainTextResponse(name)


class Controller:
    @cors(ENDPOINT)
    async def method(self, request: Any) -> PlainTextResponse:
        return PlainTextResponse("ok")


@pytest.mark.parametrize(
    "endpoint",
    [Resource, functools.partial(with_name, name="a"), Controller().method, cors(ENDPOINT)(functools.partial(ok))],
    ids=["class", "partial", "method", "a marked partial"],
)
def test_an_endpoint_of_any_kind_carries_its_policy(endpoint: Any) -> None:
    app = Starlette(routes=[Route("/a", endpoint), Route("/b", ok)])
    install(app, DEFAULT)
    assert let_in(app, "/a", "endpoint")
    assert not let_in(app, "/a", "default")
    assert let_in(app, "/b", "default")


@pytest.mark.parametrize("outside", [True, False])
def test_the_decorator_stands_on_either_side_of_fastapis(outside: bool) -> None:
    app = FastAPI()
    install(app, DEFAULT)

    async def home() -> str:
        return "ok"

    if outside:
        cors(ENDPOINT)(app.get("/")(home))
    else:
        app.get("/")(cors(ENDPOINT)(home))
    assert let_in(app, "/", "endpoint")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cors("*")(ok), "a Policy or None is due here, not str"),  # type: ignore[arg-type]
        (lambda: cors_router(ok, ENDPOINT), "cors_router() takes an APIRouter, a Router or a Mount, not function"),
        (lambda: cors_router(APIRouter(), []), "a Policy or None is due here, not list"),  # type: ignore[arg-type]
        (
            lambda: cors_router(OlderRouter(), ENDPOINT),
            "this FastAPI copies the routes of an included router, and loses what is said of it: upgrade FastAPI, "
            "or give install() a path rule",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(call: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == message


# -- the way of a request ------------------------------------------------------------------------------------


def test_a_host_route_is_told_by_its_host() -> None:
    inside = Starlette(routes=[Route("/a", ok)])
    app = Starlette(routes=[cors_router(Host("{name}.hosted.test", inside), HOST), Route("/a", ok)])
    install(app, DEFAULT)
    assert let_in(app, "/a", "default")

    async def ask() -> Any:
        scope = _scope("/a", host="x.hosted.test", origin=page("host"))
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await app(scope, _nothing, send)
        return dict(sent[0]["headers"])

    assert asyncio.run(ask())[ALLOW_ORIGIN.encode()] == page("host").encode()


async def _nothing() -> Any:
    return {"type": "http.request", "body": b""}


def _scope(path: str, *, host: str = "api.test", origin: str, root_path: str = "", method: str = "GET") -> Any:
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": root_path,
        "headers": headers,
        "query_string": b"",
        "scheme": "http",
        "server": ("api.test", 80),
        "http_version": "1.1",
    }


def _reads(app: Any, scope: Any) -> bool:
    """Whether the page in the scope may read the answer."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, _nothing, send))
    return (ALLOW_ORIGIN.encode(), dict(scope["headers"])[b"origin"]) in sent[0]["headers"]


def test_a_rule_for_a_path_that_cannot_be_read() -> None:
    for path in ("public", "", "/a{", "/a*b", "/{x:color}", "/a?b=1", "/a#b", 7):
        with pytest.raises(PolicyError) as caught:
            install(Starlette(), DEFAULT, routes={path: RULE})  # type: ignore[dict-item]
        assert [(it.code, it.value) for it in caught.value.problems] == [("path-invalid", path)]


@pytest.mark.parametrize(
    ("path", "root_path", "name"),
    [
        ("/ruled/a", "", "rule"),
        ("/RULED/a", "", "default"),  # CVE-2024-6866
        ("/ruled%2Fa", "", "default"),  # CVE-2024-6844: the server has decoded it once; nobody does it again
        ("/ruled", "", "default"),
        ("/v1/ruled/a", "/v1", "rule"),
        ("/v1/ruled/a", "", "default"),
        ("/v1ruled/a", "/v1", "default"),
        ("/v1", "/v1", "default"),
        ("/ruled/a\nb", "", "rule"),
    ],
)
def test_rules_read_the_path_as_the_router_does(path: str, root_path: str, name: str) -> None:
    app = Starlette()
    install(app, DEFAULT, routes={"/ruled/*": RULE})
    assert _reads(app, _scope(path, root_path=root_path, origin=page(name)))


# CVE-2020-25032: what reads files folds these, the router does not. The last were decoded by the server, once.
@pytest.mark.parametrize(
    "path", ["/x/../ruled/a", "/ruled/../x", "//ruled/a", "/ruled/./a", "/ruled//a", "/ruled/..%2fx", "/%2e%2e/ruled/a"]
)
def test_a_path_that_may_be_another_is_closed_if_there_are_rules(path: str) -> None:
    for name in POLICIES:
        app = Starlette()
        install(app, DEFAULT, routes={"/ruled/*": RULE})
        assert not _reads(app, _scope(path, origin=page(name)))
        preflight = _scope(path, origin=page(name), method="OPTIONS")
        preflight["headers"].append((b"access-control-request-method", b"GET"))
        assert not _reads(app, preflight)
    app = Starlette()
    install(app, DEFAULT)
    assert _reads(app, _scope(path, origin=page("default")))


def test_a_path_that_may_be_another_keeps_the_policy_of_its_endpoint() -> None:
    app = Starlette(routes=[Mount("/files", cors(ENDPOINT)(functools.partial(raw)))])
    install(app, DEFAULT, routes={"/ruled/*": RULE})
    assert _reads(app, _scope("/files/../ruled/a", origin=page("endpoint")))


@pytest.mark.parametrize("path", ["/files/%2e%2e/x", "/files/../x", "/files//x", "//files/x"])
def test_a_path_that_may_be_another_is_never_exempt(path: str) -> None:
    policy = Policy(allow_origins=["https://app.example.com"], enforce=True, exempt=["/files/*", "//*"])
    app = CORSMiddleware(raw, policy=policy)
    foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]
    assert request(app, "POST", "/files/x", foreign).status == 200
    assert request(app, "POST", path, foreign).status == 403


def test_a_mounted_fastapi_with_a_root_path_of_its_own() -> None:
    with pytest.warns(FastAPIDeprecationWarning):
        sub = FastAPI(root_path="/other")
    sub.add_api_route("/sub/a", cors(ENDPOINT)(lambda: "a"))
    app = FastAPI()
    app.mount("/sub", sub)
    install(app, DEFAULT)
    assert request(app, "GET", "/sub/a").status == 200
    assert let_in(app, "/sub/a", "endpoint")


def test_a_request_goes_by_its_method() -> None:
    app = Starlette(
        routes=[
            Route("/a", cors(ENDPOINT)(functools.partial(ok)), methods=["GET"]),
            Route("/a", cors(ROUTER)(functools.partial(ok)), methods=["PUT"]),
        ]
    )
    install(app, DEFAULT)
    assert let_in(app, "/a", "endpoint", "GET")
    assert let_in(app, "/a", "router", "PUT")
    assert let_in(app, "/a", "endpoint", "DELETE")  # 405 comes from the first


def test_a_websocket_route_is_no_http_route() -> None:
    async def socket(websocket: Any) -> None:
        raise AssertionError

    app = Starlette(routes=[WebSocketRoute("/a", cors(ENDPOINT)(socket)), Route("/b", ok)])
    install(app, DEFAULT)
    assert let_in(app, "/a", "default")


def test_other_middleware_of_the_kind_further_in() -> None:
    """Of a route, of a mount, of a mounted router: each is known, and the outermost of them counts."""
    inner, outer = Middleware(CORSMiddleware, policy=SUB), Middleware(CORSMiddleware, policy=ENDPOINT)
    app = Starlette(
        routes=[
            Route("/route", ok, middleware=[outer, inner]),
            Mount("/mount", routes=[Route("/a", ok)], middleware=[outer, inner]),
            Mount("/router", Router([Route("/a", ok)], middleware=[outer])),
            Mount("/raw", CORSMiddleware(raw, policy=ENDPOINT)),
            Mount("/other", raw),
            Mount("/loop", _Loop()),
        ]
    )
    install(app, DEFAULT)
    for path in ("/route", "/mount/a", "/mount/b", "/router/a", "/raw/a"):
        assert let_in(app, path, "endpoint"), path
        assert not let_in(app, path, "default"), path
    assert let_in(app, "/other/a", "default")
    assert let_in(app, "/loop/a", "default")


class _Loop:
    """An app that wraps itself."""

    @property
    def app(self) -> Any:
        return self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await raw(scope, receive, send)


def test_an_app_inside_itself_ends_somewhere() -> None:
    app = Starlette()
    app.mount("", app)
    install(app, DEFAULT, routes={"/a": RULE})
    asked = request(app, "OPTIONS", "/b", [("origin", page("default")), ("access-control-request-method", "GET")])
    assert asked.status == 204


def test_plain_add_middleware_follows_marks_too() -> None:
    app = Starlette(routes=[Route("/a", cors(ENDPOINT)(functools.partial(ok))), Route("/b", ok)])
    app.add_middleware(CORSMiddleware, policy=DEFAULT)
    assert let_in(app, "/a", "endpoint")
    assert let_in(app, "/b", "default")


def test_paths_have_policies_in_any_asgi_app() -> None:
    app = CORSMiddleware(raw, policy=DEFAULT, routes={"/ruled/*": RULE, "/closed": None})
    assert let_in(app, "/ruled/a", "rule")
    assert let_in(app, "/a", "default")
    assert refused_by_all(app, "/closed")


def test_a_mark_made_while_the_app_runs() -> None:
    app = Starlette(routes=[Route("/a", ok)])
    install(app, DEFAULT)
    assert let_in(app, "/a", "default")
    late = cors(ENDPOINT)(functools.partial(ok))
    app.router.routes.append(Route("/late", late))
    assert let_in(app, "/late", "endpoint")
    assert let_in(app, "/a", "default")


def test_an_app_mounted_while_the_app_runs() -> None:
    app, sub = Starlette(), Starlette(routes=[Route("/a", ok)])
    install(app, DEFAULT)
    assert let_in(app, "/sub/a", "default")
    app.mount("/sub", sub)
    install(sub, SUB)
    request(app, "GET", "/sub/a")  # Starlette builds the mounted app's middleware
    assert let_in(app, "/sub/a", "sub-app")


def test_a_mounted_app_reconfigured() -> None:
    app, sub, layered = Starlette(), Starlette(routes=[Route("/a", ok)]), Starlette(routes=[Route("/a", ok)])
    app.mount("/sub", sub)
    app.mount("/layered", layered)
    install(app, DEFAULT)
    install(sub, SUB)
    layered.add_middleware(CORSMiddleware, policy=SUB)
    assert let_in(app, "/sub/a", "sub-app")
    assert let_in(app, "/layered/a", "sub-app")
    install(sub, RULE)
    layer: Any = layered.middleware_stack
    while not isinstance(layer, CORSMiddleware):
        layer = layer.app
    layer.reconfigure(RULE)
    assert let_in(app, "/sub/a", "rule")
    assert let_in(app, "/layered/a", "rule")


def test_installed_again_with_other_routes() -> None:
    app = Starlette()
    install(app, DEFAULT, routes={"/a": RULE})
    assert let_in(app, "/a", "rule")
    install(app, DEFAULT, routes={"/a": None, "/b": RULE})
    assert refused_by_all(app, "/a")
    assert let_in(app, "/b", "rule")


def test_a_route_that_raises_lets_nobody_in(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Route):
        def matches(self, scope: Any) -> Any:
            raise ZeroDivisionError

    app = Starlette(routes=[Broken("/a", ok), Route("/b", cors(ENDPOINT)(functools.partial(ok)))])
    install(app, DEFAULT)
    asks = [("origin", page("default")), ("access-control-request-method", "GET")]
    answer = request(app, "OPTIONS", "/a", asks)
    assert (answer.status, answer.cors.get(ALLOW_ORIGIN)) == (403, None)
    assert "the route of '/a' cannot be found, so no other origin is let in" in caplog.text


@pytest.mark.parametrize("debug", [False, True])
def test_a_crash_keeps_the_policy_of_its_route(debug: bool) -> None:
    """Outside a plain add_middleware stands Starlette's crash handler, and the router has changed the scope by then."""

    async def crash(request: Any) -> None:
        raise RuntimeError("boom")

    sub = Router([Route("/crash", cors(ENDPOINT)(crash))])
    app = Starlette(debug=debug, routes=[Mount("/sub", sub)])
    app.add_middleware(CORSMiddleware, policy=DEFAULT, routes={"/crash": RULE})
    for name, reads in (("endpoint", True), ("default", False), ("rule", False)):
        answer = request(app, "GET", "/sub/crash", [("origin", page(name))])
        assert (answer.status, answer.cors.get(ALLOW_ORIGIN)) == (500, page(name) if reads else None)


def test_a_middleware_that_is_gone_is_told_nothing() -> None:
    gc.collect()  # or the middlewares of other tests go in between
    before = len(marks._readers)
    middleware = CORSMiddleware(raw, policy=DEFAULT)
    assert len(marks._readers) == before + 1
    del middleware
    gc.collect()
    assert len(marks._readers) <= before + 1


# -- policies that differ by method --------------------------------------------------------------------------

# What a path comes to by its method, so that a preflight's answer must not be kept for another method.
PARTNERS_PAGE = "https://partner.example"
PARTNER = Policy(allow_origins=[PARTNERS_PAGE], allow_methods=["*"], allow_headers=["*"], allow_credentials=True)
NO_CREDENTIALS = Policy(allow_origins=[PARTNERS_PAGE], allow_methods=["*"], allow_headers=["*"])
NO_HEADERS = Policy(allow_origins=[PARTNERS_PAGE], allow_methods=["*"], allow_credentials=True)
ROUTED = Policy(allow_origins=[PARTNERS_PAGE], allow_methods=["routes", "PURGE"])
LISTED = Policy(allow_origins=[PARTNERS_PAGE], allow_methods=["GET", "PUT", "DELETE", "purge"])


class HalfMarked(HTTPEndpoint):
    @cors(PARTNER)
    async def get(self, request: Any) -> JSONResponse:
        return JSONResponse({})

    async def put(self, request: Any) -> JSONResponse:
        return JSONResponse({})

    async def query(self, request: Any) -> JSONResponse:
        return JSONResponse({})


class OnlyItsMethods(Route):
    """A route of somebody's own, which does not say that it takes the path with another method."""

    def matches(self, scope: Any) -> Any:
        match, added = super().matches(scope)
        return (match, added) if scope["method"] in (self.methods or ()) else (Match.NONE, {})


def _route(path: str, policy: Policy | None, *methods: str, kind: Any = Route) -> Route:
    return kind(path, cors(policy)(functools.partial(ok)), methods=methods)


def _unmarked(path: str, *methods: str, kind: Any = Route) -> Route:
    return kind(path, ok, methods=methods)


def _included() -> Any:
    app = FastAPI()
    partners, others = cors_router(APIRouter(), PARTNER), APIRouter()
    partners.add_api_route("/x", lambda: 1, methods=["GET"])
    others.add_api_route("/x", lambda: 1, methods=["PUT"])
    whole = APIRouter()
    whole.include_router(partners)
    whole.include_router(others)
    app.include_router(whole, prefix="/in")
    return app


class OnlyItsMethodsInFastAPI(APIRoute):
    """The same for FastAPI's route_class."""

    def matches(self, scope: Any) -> Any:
        match, added = super().matches(scope)
        return (match, added) if scope["method"] in self.methods else (Match.NONE, {})


def _own_routes_included() -> Any:
    app, router = FastAPI(), APIRouter(route_class=OnlyItsMethodsInFastAPI)
    router.add_api_route("/x", cors(PARTNER)(lambda: "x"), methods=["GET"])
    router.add_api_route("/x", lambda: "x", methods=["PUT"])
    app.include_router(router, prefix="/in")
    return app


def _of_fastapi(*endpoints: tuple[str, Policy | None]) -> Any:
    app = FastAPI()
    for method, policy in endpoints:
        app.add_api_route("/x", cors(policy)(lambda: "x"), methods=[method])
    return app


def _around(app: Any) -> Any:
    install(app, DEFAULT)
    return app


def _starlette(*routes: Any) -> Any:
    return Starlette(routes=list(routes))


STANDARD = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY"
ASKED = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
METHODS, AGE = "access-control-allow-methods", "access-control-max-age"

# An app's making, a path, the method announced by the page that the marked policy lets in; then
# Access-Control-Allow-Methods and Access-Control-Max-Age.
BY_METHOD: list[tuple[str, Any, str, str, str, str]] = [
    ("all methods the same", lambda: _starlette(_route("/x", PARTNER, "GET", "PUT")), "/x", "GET", STANDARD, "600"),
    ("405 comes from the only route", lambda: _starlette(_route("/x", PARTNER, "GET")), "/x", "PUT", STANDARD, "600"),
    (
        "two marks that are equal",
        lambda: _starlette(_route("/x", PARTNER, "GET"), _route("/x", PARTNER.model_copy(), "PUT")),
        "/x",
        "GET",
        STANDARD,
        "600",
    ),
    (
        "another route's methods",
        lambda: _starlette(_route("/x", PARTNER, "GET"), _unmarked("/x", "PUT", "POST")),
        "/x",
        "GET",
        "DELETE, GET, HEAD, OPTIONS, PATCH, QUERY",  # 405 comes from the first
        "0",
    ),
    (
        "closed for another method",
        lambda: _starlette(_route("/x", PARTNER, "GET"), _route("/x", None, "DELETE")),
        "/x",
        "GET",
        "GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY",
        "0",
    ),
    (
        "credentials alone differ",
        lambda: _starlette(_route("/x", PARTNER, "GET"), _route("/x", NO_CREDENTIALS, "PUT")),
        "/x",
        "GET",
        "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY",
        "0",
    ),
    (
        "headers alone differ",
        lambda: _starlette(_route("/x", PARTNER, "GET"), _route("/x", NO_HEADERS, "POST")),
        "/x",
        "POST",
        "POST",
        "0",
    ),
    (
        "HEAD has a route of its own",
        lambda: _starlette(_unmarked("/x", "HEAD"), _route("/x", PARTNER, "GET")),
        "/x",
        "GET",
        "GET",
        "0",
    ),
    (
        "only 405 differs",
        lambda: _starlette(_unmarked("/x", "HEAD"), _route("/x", PARTNER, "GET", "PUT")),
        "/x",
        "PUT",
        "GET, PUT",
        "0",
    ),
    (
        "a redirect to the path with a slash",
        lambda: _starlette(_route("/x/", PARTNER, "GET"), _unmarked("/x/", "PUT")),
        "/x",
        "GET",
        "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY",
        "0",
    ),
    (
        "no redirect to it",
        lambda: _starlette(_route("/x/", PARTNER, "GET"), _unmarked("/x/", "PUT")),
        "/x/",
        "GET",
        "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY",
        "0",
    ),
    ("methods of a class", lambda: _starlette(Route("/x", HalfMarked)), "/x", "GET", "GET, HEAD", "0"),
    (
        "a mount takes what a route leaves",
        lambda: _starlette(_route("/x", PARTNER, "GET"), Mount("/", raw)),
        "/x",
        "GET",
        "GET, HEAD",
        "0",
    ),
    (
        "a mounted app with a policy of its own",
        lambda: _starlette(_route("/x", PARTNER, "GET"), Mount("/", _around(_starlette(_unmarked("/x", "PUT"))))),
        "/x",
        "GET",
        "GET, HEAD",
        "0",
    ),
    (
        "inside a mounted app",
        lambda: _starlette(Mount("/in", _starlette(_route("/x", PARTNER, "GET"), _unmarked("/x", "PUT")))),
        "/in/x",
        "GET",
        "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY",
        "0",
    ),
    (
        "the same path with two patterns",
        lambda: _starlette(_route("/x/{a}", PARTNER, "GET"), _unmarked("/{b}/1", "PUT")),
        "/x/1",
        "GET",
        "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY",
        "0",
    ),
    (
        "routes of somebody's own",
        lambda: _starlette(
            _route("/x", PARTNER, "GET", kind=OnlyItsMethods), _unmarked("/x", "PUT", kind=OnlyItsMethods)
        ),
        "/x",
        "GET",
        "GET, HEAD",
        "0",
    ),
    ("routes of somebody's own, included", _own_routes_included, "/in/x", "GET", "GET", "0"),
    (
        "methods that only the routes know",
        lambda: _starlette(_route("/x", PARTNER, "GET"), _unmarked("/x", "PURGE")),
        "/x",
        "GET",
        STANDARD,
        "0",
    ),
    (
        "a method that no list has",
        lambda: _starlette(_route("/x", PARTNER, "PURGE"), _unmarked("/x", "GET")),
        "/x",
        "PURGE",
        "DELETE, OPTIONS, PATCH, POST, PUT, QUERY, PURGE",  # 405 comes from the first
        "0",
    ),
    (
        "methods from the routes",
        lambda: _starlette(_route("/x", ROUTED, "GET", "DELETE"), _unmarked("/x", "PUT", "PURGE")),
        "/x",
        "DELETE",
        "DELETE, GET, HEAD",
        "0",
    ),
    (
        "listed methods",
        lambda: _starlette(_route("/x", LISTED, "GET", "DELETE"), _unmarked("/x", "PUT", "PURGE")),
        "/x",
        "DELETE",
        "GET, DELETE",
        "0",
    ),
    (
        "FastAPI",
        lambda: _of_fastapi(("GET", PARTNER), ("PUT", DEFAULT)),
        "/x",
        "GET",
        "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY",
        "0",
    ),
    ("FastAPI, one policy", lambda: _of_fastapi(("GET", PARTNER), ("PUT", PARTNER)), "/x", "PUT", STANDARD, "600"),
    ("FastAPI's included routers", _included, "/in/x", "GET", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY", "0"),
]


@pytest.mark.parametrize(
    ("make", "path", "method", "methods", "age"), [row[1:] for row in BY_METHOD], ids=[row[0] for row in BY_METHOD]
)
def test_a_preflight_is_not_kept_for_methods_of_another_policy(
    make: Any, path: str, method: str, methods: str, age: str
) -> None:
    app = _around(make())
    asks = [("origin", PARTNERS_PAGE), ("access-control-request-method", method)]
    for _ in range(2):  # worked out, and remembered
        found = request(app, "OPTIONS", path, asks).cors
        assert (found[ALLOW_ORIGIN], found[METHODS], found[AGE]) == (PARTNERS_PAGE, methods, age)
        assert found["vary"] == ASKED


PUBLIC_ALL = STANDARD + ", *"
PUBLIC = [
    # On a path that is public for some methods, the answer depends on the announced one, and `*` is never said.
    ("GET", Policy.public(), DEFAULT, "GET", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY", "0"),
    ("GET", Policy.public(), DEFAULT, "BREW", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY, BREW", "0"),
    ("PUT", DEFAULT, Policy.public(), "PUT", "PUT", "0"),
    ("GET", Policy.public(), Policy.public(), "GET", PUBLIC_ALL, "600"),
    ("GET", Policy.public(), Policy.public(max_age=60), "GET", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY", "0"),
]


@pytest.mark.parametrize(("said", "read", "put", "method", "methods", "age"), PUBLIC)
def test_a_public_policy_for_some_methods(
    said: str, read: Policy, put: Policy, method: str, methods: str, age: str
) -> None:
    app = _around(_starlette(_route("/x", read, "GET"), _route("/x", put, "PUT")))
    asks = [("origin", "https://anybody.example"), ("access-control-request-method", method)]
    found = request(app, "OPTIONS", "/x", asks).cors
    assert (found[ALLOW_ORIGIN], found[METHODS], found[AGE]) == ("*", methods, age)
    assert found.get("vary") == (None if age == "600" else "Access-Control-Request-Method")


def test_a_class_that_answers_to_no_other_method_is_asked_nothing() -> None:
    """With nothing but a method of somebody else's route left, no method is said."""
    app = _around(_starlette(_route("/x", LISTED, "POST"), _unmarked("/x", "GET", "PUT", "DELETE", "PURGE")))
    asks = [("origin", PARTNERS_PAGE), ("access-control-request-method", "POST")]
    found = request(app, "OPTIONS", "/x", asks).cors
    assert METHODS not in found
    assert (found[ALLOW_ORIGIN], found[AGE]) == (PARTNERS_PAGE, "0")


WRITES: list[tuple[str, dict[str, str], str | None]] = [
    ("PUT", {}, None),
    ("DELETE", {}, None),
    ("PATCH", {"X-A": "1"}, None),
    ("POST", {"Content-Type": "application/json"}, "{}"),
]


@pytest.mark.parametrize("engine", ["standard", "chromium", "firefox", "webkit"])
@pytest.mark.parametrize(("method", "headers", "body"), WRITES)
def test_one_preflight_opens_no_other_method(method: str, headers: Any, body: Any, engine: Any) -> None:
    ran: list[str] = []

    async def write(request: Any) -> PlainTextResponse:
        ran.append(request.method)
        return PlainTextResponse("written")

    partner = _route("/x", PARTNER, "GET")
    app = _around(_starlette(partner, Route("/x", write, methods=["PUT", "DELETE", "PATCH", "POST"])))
    browser = Browser(PARTNERS_PAGE, transport=ASGITransport(app), engine=engine)
    reading = {"X-A": "1", "Content-Type": "application/json"}
    url = "https://api.test/x"
    assert browser.fetch(url, headers=reading, credentials="include").allowed
    assert not browser.fetch(url, method=method, headers=headers, body=body, credentials="include").allowed
    assert ran == []
    own = Browser(page("default"), transport=ASGITransport(app), engine=engine)
    assert own.fetch(url, method=method, headers=headers, body=body).allowed
    assert ran == [method]


# -- methods from the routes ---------------------------------------------------------------------------------


class Plain(HTTPEndpoint):
    async def get(self, request: Any) -> JSONResponse:
        return JSONResponse({})


def _many_methods() -> Starlette:
    async def socket(websocket: Any) -> None:
        raise AssertionError

    sub = Starlette(routes=[Route("/items", ok, methods=["PATCH"])])
    return Starlette(
        routes=[
            Route("/items", ok, methods=["GET"]),
            Route("/items", ok, methods=["PUT", "DELETE"]),
            Route("/traced", ok, methods=["TRACE", "POST"]),
            WebSocketRoute("/items", socket),
            Route("/class", Plain),
            Route("/asgi", _Loop()),
            Route("/slash/", ok, methods=["PUT"]),
            Mount("/sub", sub),
            Mount("/raw", raw),
            Route("/sub/items", ok, methods=["PUT"]),  # never reached
        ]
    )


ALL = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
SERVED = [
    ("/items", "DELETE, GET, HEAD, PUT"),
    ("/traced", "POST"),  # no browser sends TRACE
    ("/class", "GET, HEAD"),
    ("/asgi", ALL),
    ("/slash", "PUT"),
    ("/slash/", "PUT"),
    ("/sub/items", "PATCH"),
    ("/sub/none", None),
    ("/raw/a", ALL),
    ("/none", None),
]


@pytest.mark.parametrize("said", ["routes", ["routes"]])
@pytest.mark.parametrize(("path", "methods"), SERVED)
def test_the_methods_are_those_of_the_routes(path: str, methods: str | None, said: Any) -> None:
    app = _many_methods()
    install(app, Policy(allow_origins=[page("default")], allow_methods=said))
    asks = [("origin", page("default")), ("access-control-request-method", "PUT")]
    for _ in range(2):  # worked out, and remembered
        assert request(app, "OPTIONS", path, asks).cors.get("access-control-allow-methods") == methods


def test_more_than_the_routes_serve_can_be_said() -> None:
    app = _many_methods()
    install(app, Policy(allow_origins=[page("default")], allow_methods=["routes", "PURGE"]))
    asks = [("origin", page("default")), ("access-control-request-method", "PUT")]
    assert request(app, "OPTIONS", "/slash", asks).cors["access-control-allow-methods"] == "PUT, PURGE"


def test_methods_come_from_fastapis_routers_too() -> None:
    app, router = FastAPI(), APIRouter()
    router.add_api_route("/items/{id}", lambda id: id, methods=["GET"])
    router.add_api_route("/items/{id}", lambda id: id, methods=["PATCH"])
    app.include_router(router, prefix="/v1")
    install(app, Policy(allow_origins=[page("default")], allow_methods="routes"))
    asks = [("origin", page("default")), ("access-control-request-method", "PATCH")]
    assert request(app, "OPTIONS", "/v1/items/1", asks).cors["access-control-allow-methods"] == "GET, PATCH"


def test_where_no_routes_can_be_read_methods_have_to_be_listed() -> None:
    with pytest.raises(PolicyError) as caught:
        CORSMiddleware(raw, policy=Policy(allow_origins=[page("default")], allow_methods="routes"))
    assert [it.code for it in caught.value.problems] == ["methods-without-routes"]


def test_a_path_rule_in_any_app_without_routes_allows_what_browsers_never_ask() -> None:
    policy = Policy(allow_origins=[page("rule")], allow_methods="routes")
    app = CORSMiddleware(raw, policy=DEFAULT, routes={"/a": policy})
    asks = [("origin", page("rule")), ("access-control-request-method", "PUT")]
    assert request(app, "OPTIONS", "/a", asks).cors.get("access-control-allow-methods") is None


@pytest.mark.parametrize(
    ("path", "status", "allow"),
    [
        ("/items", 204, "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("/traced", 204, "OPTIONS, POST, TRACE"),
        ("/asgi", 200, None),  # it answers OPTIONS itself
        ("/none", 404, None),
    ],
)
def test_plain_options_are_answered_with_allow(path: str, status: int, allow: str | None) -> None:
    app = _many_methods()
    app.add_middleware(AllowMiddleware)
    install(app, DEFAULT)
    answer = request(app, "OPTIONS", path, [("origin", page("default"))])
    assert (answer.status, dict(answer.raw).get(b"allow", b"").decode() or None) == (status, allow)
    assert answer.cors[ALLOW_ORIGIN] == page("default")
    assert request(app, "GET", "/items").status == 200


def test_allow_leaves_another_frameworks_app_alone() -> None:
    assert request(AllowMiddleware(raw), "OPTIONS", "/").body == b"raw"


# -- stacks --------------------------------------------------------------------------------------------------


def _stacked(how: str) -> Any:
    app = Starlette(routes=[Route("/", ok)])
    if how == "install over add_middleware":
        app.add_middleware(CORSMiddleware, policy=RULE)
        install(app, DEFAULT)
    elif how == "install over Starlette's":
        app.add_middleware(StarletteCORS, allow_origins=[page("rule")])
        install(app, DEFAULT)
    elif how == "wrapped over install":
        install(app, RULE)
        return CORSMiddleware(app, policy=DEFAULT)
    elif how == "wrapped twice":
        return CORSMiddleware(CORSMiddleware(app, policy=RULE), policy=DEFAULT)
    elif how == "wrapped over Starlette's declared":
        app.add_middleware(StarletteCORS, allow_origins=[page("rule")])
        return CORSMiddleware(app, policy=DEFAULT)
    elif how == "wrapped over Starlette's":
        return CORSMiddleware(StarletteCORS(app, allow_origins=[page("rule")]), policy=DEFAULT)
    elif how == "wrapped over declared":
        app.add_middleware(GZipMiddleware)
        app.add_middleware(CORSMiddleware, policy=RULE)
        return CORSMiddleware(app, policy=DEFAULT)
    return app


@pytest.mark.parametrize(
    ("how", "named"),
    [
        ("install over add_middleware", "app.add_middleware(CORSMiddleware, ...) is redundant"),
        ("install over Starlette's", "app.add_middleware(CORSMiddleware, ...) of Starlette is redundant"),
        ("wrapped over install", "install() on the app inside is redundant"),
        ("wrapped twice", "a CORSMiddleware further in is redundant"),
        ("wrapped over Starlette's declared", "app.add_middleware(CORSMiddleware, ...) of Starlette is redundant"),
        ("wrapped over Starlette's", "Starlette's CORSMiddleware is redundant"),
        ("wrapped over declared", "app.add_middleware(CORSMiddleware, ...) is redundant"),
    ],
)
def test_of_two_the_outer_one_speaks_and_the_other_is_named(
    how: str, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = _stacked(how)
    assert let_in(app, "/", "default")
    assert not let_in(app, "/", "rule")
    said = [it.getMessage() for it in caplog.records if "redundant" in it.getMessage()]
    assert [it.partition(":")[0] for it in said] == [named]
    assert {it.levelno for it in caplog.records if "redundant" in it.getMessage()} == {logging.WARNING}


def _with_their_own() -> tuple[Starlette, Starlette]:
    declared = Starlette(routes=[Route("/a", ok)])
    declared.add_middleware(StarletteCORS, allow_origins=["*"])
    outer = Starlette(
        routes=[
            Mount("/api", routes=[Mount("/declared", declared), Mount("/raw", raw)]),
            Mount("/wrapped", StarletteCORS(raw, allow_origins=["*"])),
            Mount("/plain", Starlette(routes=[Route("/a", ok)])),
        ]
    )
    return outer, declared


def test_a_mounted_app_whose_own_middleware_has_no_effect_is_named(caplog: pytest.LogCaptureFixture) -> None:
    app, _ = _with_their_own()
    install(app, DEFAULT)
    for _ in range(2):
        assert let_in(app, "/api/declared/a", "default")
    said = [record.getMessage() for record in caplog.records if "has no effect" in record.getMessage()]
    assert [message.partition(" has")[0].rpartition(" at ")[2] for message in said] == ["/api/declared", "/wrapped"]
    assert 'routes={"/api/declared/*": "pass-through"}' in said[0]


def test_the_remedy_leaves_it_alone(caplog: pytest.LogCaptureFixture) -> None:
    app, _ = _with_their_own()
    install(app, DEFAULT, routes={"/api/declared/*": "pass-through", "/wrapped/*": None})
    assert request(app, "GET", "/api/declared/a", [("origin", "https://any.example")]).cors[ALLOW_ORIGIN] == "*"
    assert "has no effect" not in caplog.text


def test_one_alone_is_told_nothing(caplog: pytest.LogCaptureFixture) -> None:
    app = Starlette(routes=[Route("/", ok), Mount("/static", StaticFiles(directory="/tmp"))])
    install(app, DEFAULT)
    assert let_in(app, "/", "default")
    assert [each.getMessage() for each in caplog.records if each.levelno > logging.INFO] == []


def test_every_middleware_further_in_is_found() -> None:
    twice = Starlette(routes=[Route("/a", ok)])
    twice.add_middleware(CORSMiddleware, policy=SUB)
    app = Starlette(
        routes=[
            Route("/route", ok, middleware=[Middleware(CORSMiddleware, policy=ENDPOINT)]),
            Mount("/mount", routes=[Mount("/deeper", twice), Mount("/again", twice)]),
            Route("/a", ok),
        ]
    )
    assert [it.policy for it in routing.middleware(app)] == [ENDPOINT, SUB, SUB]
    assert [*routing.middleware(Starlette(routes=[Mount("/raw", raw), Mount("/x", Router([]))]))] == []


def test_another_thread_reconfigures_while_a_request_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "any_made", lambda: False)

    class Meanwhile(Route):
        """A route that is looked at just when the other thread comes."""

        @property
        def app(self) -> Any:
            if middleware is not None and middleware.policy == DEFAULT:
                middleware.reconfigure(RULE)
            return self._app

        @app.setter
        def app(self, app: Any) -> None:
            self._app = app

    middleware: CORSMiddleware | None = None
    middleware = CORSMiddleware(Starlette(routes=[Meanwhile("/a", ok)]), policy=DEFAULT)
    # The request that looked began with the default; every later one has the new policy.
    assert _reads(middleware, _scope("/a", origin=page("default")))
    assert let_in(middleware, "/a", "rule")
    assert not let_in(middleware, "/a", "default")


def test_one_policy_for_all_needs_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "any_made", lambda: False)

    class Counted(Route):
        asked = 0

        def matches(self, scope: Any) -> Any:
            Counted.asked += 1
            return super().matches(scope)

    app = Starlette(routes=[Counted("/a", ok)])
    install(app, DEFAULT, routes={"/ruled": RULE})
    assert let_in(app, "/a", "default")  # the router asks once, for the GET; the preflight never gets there
    assert Counted.asked == 1
    install(app, DEFAULT)
    assert let_in(app, "/a", "default")
    assert Counted.asked == 2


def test_two_requests_at_once_have_each_its_own_policy() -> None:
    entered, release = asyncio.Event(), asyncio.Event()

    async def slow(request: Any) -> PlainTextResponse:
        entered.set()
        await release.wait()
        return PlainTextResponse("slow")

    app = Starlette(routes=[Route("/slow", cors(ENDPOINT)(slow)), Route("/a", ok)])
    install(app, DEFAULT)

    async def both() -> tuple[Any, Any]:
        first = asyncio.create_task(arequest(app, "GET", "/slow", [("origin", page("endpoint"))]))
        await entered.wait()
        second = await arequest(app, "GET", "/a", [("origin", page("default"))])
        release.set()
        return await first, second

    first, second = asyncio.run(both())
    assert first.cors[ALLOW_ORIGIN] == page("endpoint")
    assert second.cors[ALLOW_ORIGIN] == page("default")


def test_the_template_of_a_route_inside_too_many_mounts_is_unknown() -> None:
    app: Any = Router([Route("/items", ok)])
    for _ in range(routing._DEEPEST + 1):
        app = Router([Mount("/m", app)])
    path = "/m" * (routing._DEEPEST + 1) + "/items"
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    assert routing.route_template(app, scope) is None
