"""Policies behind what cannot be seen into: they hold, or the server does not start, or the operator is told."""

from __future__ import annotations

import asyncio
import copy
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import socketio
from fastapi import FastAPI
from prometheus_client import make_asgi_app
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from crossorigin import CORSMiddleware, Policy, PolicyError, cors, cors_router, install
from crossorigin.middleware import entrances, hidden, marks, routing
from crossorigin.middleware.entrances import Inside
from crossorigin.middleware.hidden import hides_policies, may_hide, name_of
from crossorigin.middleware.marks import mark_of
from tests.asgi import lifespan, request
from tests.e2e.served.servers import PATIENCE, ROOT
from tests.middleware.structures import Elsewhere, Visible, closure, copying, eating, rebuilding

A, PARTNER, EVIL = "https://app.example.com", "https://partner.example", "https://evil.example"
OUTER = Policy(allow_origins=[A], allow_methods=["*"], allow_credentials=True)
OF_PARTNER = Policy(allow_origins=[PARTNER], allow_methods=["*"], allow_credentials=True)
ALLOW = "access-control-allow-origin"


async def ok(request: Any) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def raw(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("raw")(scope, receive, send)


def inner() -> Starlette:
    async def closed(request: Any) -> PlainTextResponse:
        return PlainTextResponse("closed")

    async def partners(request: Any) -> PlainTextResponse:
        return PlainTextResponse("partners")

    async def crash(request: Any) -> None:
        raise RuntimeError("boom")

    return Starlette(
        routes=[
            Route("/open", ok, methods=["GET", "PUT"]),
            Route("/closed", cors(None)(closed)),
            Route("/partners", cors(OF_PARTNER)(partners)),
            Route("/crash", cors(OF_PARTNER)(crash)),
        ]
    )


def reads(app: Any, path: str, *pages: str) -> list[str]:
    """The pages that may read the answer; their preflights have to agree."""
    found = []
    for page in pages or (A, PARTNER, EVIL):
        answer = request(app, "GET", path, [("origin", page)])
        asks = request(app, "OPTIONS", path, [("origin", page), ("access-control-request-method", "GET")])
        seen = {one.cors.get(ALLOW) == page for one in (answer, asks)}
        assert len(seen) == 1, (path, page)
        if seen.pop():
            found.append(page)
    return found


# -- what each wrapper lets through ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "pages"),
    [("/open", [A]), ("/closed", []), ("/partners", [PARTNER]), ("/crash", [PARTNER]), ("/nowhere", [A])],
)
@pytest.mark.parametrize("wrap", [Visible, Elsewhere, closure, copying])
@pytest.mark.parametrize("place", ["around", "mounted", "twice"])
def test_the_policy_of_the_app_inside(wrap: Any, place: str, path: str, pages: list[str]) -> None:
    if place == "mounted":
        app: Any = Starlette(routes=[Mount("/m", wrap(inner()))])
        install(app, OUTER)
        path = "/m" + path
    else:
        app = CORSMiddleware(wrap(inner()) if place == "around" else wrap(wrap(inner())), policy=OUTER)
    assert reads(app, path) == pages


def test_no_browser_keeps_the_answer_of_an_app_that_may_not_be_alone() -> None:
    asks = [("origin", A), ("access-control-request-method", "PUT")]
    for app, seconds in ((closure(inner()), "0"), (inner(), "600")):
        answer = request(CORSMiddleware(app, policy=OUTER), "OPTIONS", "/open", asks)
        assert answer.status == 204
        assert answer.cors["access-control-max-age"] == seconds


def test_a_mark_on_a_mount_holds_inside_a_wrapper() -> None:
    mount = cors_router(Mount("/m", closure(Starlette(routes=[Route("/a", ok)]))), OF_PARTNER)
    app = Starlette(routes=[mount])
    install(app, OUTER)
    assert reads(app, "/m/a") == [PARTNER]


@pytest.mark.parametrize("how", ["install", "add_middleware", "wrapped"])
def test_an_app_with_a_middleware_of_ours_decides(how: str) -> None:
    sub: Any = inner()
    if how == "install":
        install(sub, OF_PARTNER)
    elif how == "add_middleware":
        sub.add_middleware(CORSMiddleware, policy=OF_PARTNER)
    else:
        sub = CORSMiddleware(sub, policy=OF_PARTNER)
    app = Starlette(routes=[cors_router(Mount("/m", closure(sub)), None)])
    install(app, OUTER)
    assert reads(app, "/m/open") == [PARTNER]
    assert reads(app, "/m/closed") == []
    assert request(app, "GET", "/m/crash", [("origin", PARTNER)]).cors[ALLOW] == PARTNER


def test_a_middleware_that_changes_the_path_in_plain_sight() -> None:
    class Stripping(Visible):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await self.app({**scope, "path": scope["path"].removeprefix("/v1")}, receive, send)

    app = inner()
    app.add_middleware(Stripping)
    install(app, OUTER, routes={"/v1/nowhere": None})
    answers = {path: request(app, "GET", path, [("origin", A)]).cors.get(ALLOW) for path in ("/v1/closed", "/v1/open")}
    assert answers == {"/v1/closed": None, "/v1/open": A}
    assert request(app, "GET", "/v1/nowhere", [("origin", A)]).cors.get(ALLOW) is None


def test_a_mark_on_an_app_whose_own_middleware_asks() -> None:
    app = cors_router(Starlette(routes=[Route("/a", ok)]), None)
    app.add_middleware(CORSMiddleware, policy=OUTER)
    assert reads(app, "/a") == []


def test_a_router_with_middleware_of_its_own() -> None:
    from starlette.middleware import Middleware

    sub = Router([Route("/a", ok), Route("/closed", cors(None)(partial(ok)))], middleware=[Middleware(Visible)])
    app = CORSMiddleware(closure(sub), policy=OUTER)
    assert (reads(app, "/a"), reads(app, "/closed")) == ([A], [])
    alone = CORSMiddleware(sub.app, policy=OUTER)
    assert (reads(alone, "/a"), reads(alone, "/closed")) == ([A], [])


def test_a_route_with_middleware_of_its_own_follows_its_endpoint() -> None:
    from starlette.middleware import Middleware

    ours = Middleware(CORSMiddleware, policy=OUTER)

    def in_a_thread(request: Any) -> PlainTextResponse:
        return PlainTextResponse("ok")

    app = Starlette(
        routes=[
            Route("/closed", cors(None)(partial(ok)), middleware=[ours]),
            Route("/thread", cors(None)(in_a_thread), middleware=[ours]),
            Route("/open", ok, middleware=[ours]),
        ]
    )
    assert request(app, "GET", "/closed", [("origin", A)]).cors.get(ALLOW) is None
    assert request(app, "GET", "/thread", [("origin", A)]).cors.get(ALLOW) is None
    assert request(app, "GET", "/open", [("origin", A)]).cors.get(ALLOW) == A


def test_a_route_of_somebodys_own_is_no_end_that_is_trusted() -> None:
    app = inner()

    class Passing(BaseRoute):
        def matches(self, scope: Any) -> Any:
            return Match.FULL, {}

        async def handle(self, scope: Any, receive: Any, send: Any) -> None:
            await app(scope, receive, send)

    outer = Starlette(routes=[Passing()])
    install(outer, OUTER)
    assert (reads(outer, "/open"), reads(outer, "/closed")) == ([A], [])


# -- what cannot be asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [rebuilding, eating])
def test_what_says_nothing_is_closed_and_named_once(wrap: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = CORSMiddleware(wrap(inner()), policy=OUTER)
    for _ in range(3):
        asks = [("origin", A), ("access-control-request-method", "PUT")]
        assert request(app, "OPTIONS", "/open", asks).cors.get(ALLOW) is None
        request(app, "GET", "/closed", [("origin", A)])
    messages = [one.getMessage() for one in caplog.records if one.name == "crossorigin"]
    (message,) = [one for one in messages if "no app inside" in one]
    assert message.startswith(f"tests.middleware.structures.{wrap.__name__}.<locals>.outer (")
    assert "no app inside it has said its policy" in message
    assert "install(app, policy) on the app inside" in message


REMEDY = (
    "install(app, policy) on the app inside, in place of the middleware around the wrapper; or keep the app inside in "
    "an attribute of the wrapper: wrapper.app = app"
)


class Rebuilding:
    """Passes the request on with another scope, so that nothing of it comes back."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        kept = ("type", "method", "path", "headers", "query_string")
        await self.wrapped({name: scope[name] for name in kept}, receive, send)


class Other(Rebuilding):
    """The same, by another name."""


def test_the_wrapper_is_named_that_the_request_met(caplog: pytest.LogCaptureFixture) -> None:
    app = Starlette(routes=[Mount("/a", Rebuilding(inner())), Mount("/b", Other(inner()))])
    install(app, OUTER)
    for path in ("/a/closed", "/b/closed", "/a/closed"):
        assert request(app, "GET", path, [("origin", A)]).cors.get(ALLOW) is None
    messages = [one.getMessage() for one in caplog.records if one.name == "crossorigin" and "no app" in one.msg]
    said = "no app inside it has said its policy, so no other origin is allowed"
    assert messages == [
        f"tests.middleware.test_reveal.Rebuilding: {said} → {REMEDY}",
        f"tests.middleware.test_reveal.Other: {said} → {REMEDY}",
    ]


def test_if_no_other_policy_exists_what_says_nothing_gets_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "others", lambda reached: iter(()))
    app = CORSMiddleware(rebuilding(Starlette(routes=[Route("/a", ok)])), policy=OUTER)
    assert reads(app, "/a") == [A]


def test_apps_that_differ_and_answers_that_were_kept_are_closed(caplog: pytest.LogCaptureFixture) -> None:
    first, second = inner(), Starlette(routes=[cors_router(Mount("/", raw), OF_PARTNER)])

    async def keeping(scope: Any, receive: Any, send: Any) -> None:
        kept: list[Any] = []

        async def keep(message: Any) -> None:
            kept.append(message)

        await first(scope, receive, keep)
        await second(scope, receive, keep)
        for message in kept[-2:]:
            await send(message)

    app = CORSMiddleware(keeping, policy=OUTER)
    for page in (A, PARTNER):
        assert request(app, "GET", "/open", [("origin", page)]).cors.get(ALLOW) is None
    (message,) = [one.getMessage() for one in caplog.records if "different policies" in one.msg]
    name, _, said = message.partition(": ")
    assert name.startswith("tests.middleware.test_reveal.test_apps_that_differ_and_answers_that_were_kept_are_closed.")
    assert said == (
        f"apps with different policies were asked with one request, so no other origin is allowed → {REMEDY}"
    )


@pytest.mark.parametrize("leaf", [StaticFiles(directory="/tmp"), make_asgi_app(), raw, partial(raw)])
def test_what_hides_nothing_is_not_closed(leaf: Any) -> None:
    app = Starlette(routes=[Mount("/m", leaf), Route("/closed", cors(None)(partial(ok)))])
    install(app, OUTER)
    assert reads(app, "/m/x") == [A]


def test_what_hides_nothing_is_not_closed_around_either() -> None:
    for leaf in (make_asgi_app(), raw, partial(raw)):
        assert reads(CORSMiddleware(leaf, policy=OUTER), "/x") == [A]


def test_a_mark_on_what_cannot_be_seen_into_is_believed() -> None:
    app = Starlette(routes=[Mount("/m", cors(OF_PARTNER)(rebuilding(inner())))])
    install(app, OUTER)
    assert reads(app, "/m/open") == [PARTNER]


# -- the start-up ----------------------------------------------------------------------------------------------------


def starting(app: Any) -> Any:
    """A wrapper that keeps the lifespan to itself."""

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await app(dict(scope), receive, send)

    return outer


def test_a_wrapper_that_keeps_the_lifespan_and_hides_policies_stops_the_start_up() -> None:
    answer = lifespan(CORSMiddleware(starting(inner()), policy=OUTER))
    (message,) = answer.messages
    assert message["type"] == "lifespan.startup.failed"
    assert "tests.middleware.test_reveal.starting.<locals>.outer (" in message["message"]
    assert "[restrictions-behind-wrapper]" in message["message"]
    assert "→ install(app, policy) on the app inside" in message["message"]
    assert isinstance(answer.raised, PolicyError)


@pytest.mark.parametrize(
    "app",
    [
        closure(inner()),
        starting(raw),
        starting(Starlette(routes=[Route("/a", ok)])),
        socketio.ASGIApp(socketio.AsyncServer(async_mode="asgi"), inner()),
        Visible(starting(raw)),
    ],
)
def test_a_sound_wrapper_starts(app: Any) -> None:
    messages = lifespan(CORSMiddleware(app, policy=OUTER)).messages
    assert [one["type"] for one in messages] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


# -- enforce ---------------------------------------------------------------------------------------------------------

ENFORCED = Policy(allow_origins=[A], enforce=True)


def guarded() -> Starlette:
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    async def write(request: Any) -> PlainTextResponse:
        WRITTEN.append(request.url.path)
        return PlainTextResponse("written")

    return Starlette(
        routes=[
            Route("/a", cors(ENFORCED)(write), methods=["POST"]),
            WebSocketRoute("/ws", cors(ENFORCED)(socket)),
        ]
    )


WRITTEN: list[str] = []


def test_what_a_policy_inside_enforces_is_rejected_before_the_app_runs() -> None:
    app = CORSMiddleware(closure(guarded()), policy=OUTER)
    WRITTEN.clear()
    for page, status in ((EVIL, 403), (A, 200)):
        answer = request(app, "POST", "/a", [("origin", page), ("sec-fetch-site", "cross-site")])
        assert answer.status == status
    assert WRITTEN == ["/a"]
    client = TestClient(app)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/ws", headers={"origin": EVIL}):
        raise AssertionError
    with client.websocket_connect("/ws", headers={"origin": A}):
        pass


def test_an_app_inside_that_enforces_nothing_is_judged_by_the_outer_policy_alone() -> None:
    outer = Policy(allow_origins=[A], enforce=True)
    sub = Starlette(routes=[Route("/a", cors(OF_PARTNER)(partial(ok)), methods=["POST"])])
    app = CORSMiddleware(closure(sub), policy=outer)
    foreign = [("sec-fetch-site", "cross-site")]
    statuses = [request(app, "POST", "/a", [("origin", page), *foreign]).status for page in (A, PARTNER, EVIL)]
    assert statuses == [200, 403, 403]


def test_while_no_app_is_asked_one_policy_leaves_the_decision_alone_in_the_scope(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entrances, "_asked", False)
    app = CORSMiddleware(raw, policy=OUTER)
    assert reads(app, "/a") == [A]
    scopes: list[Any] = []

    async def keep(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(dict(scope))
        await raw(scope, receive, send)

    request(CORSMiddleware(keep, policy=OUTER), "GET", "/a")
    assert [name for name in scopes[0] if name.startswith("crossorigin")] == ["crossorigin.decision"]


# -- marks that travel -----------------------------------------------------------------------------------------------

SEND = """
import cloudpickle, copyreg, sys
from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from crossorigin import cors
copyreg.pickle(State, lambda state: (State, ()))
async def closed(request): return PlainTextResponse("closed")
app = Starlette(routes=[Route("/", cors(None)(closed))])
async def outer(scope, receive, send): await app(scope, receive, send)
sys.stdout.buffer.write(cloudpickle.dumps((app, outer)))
"""
TAKE = """
import pickle, sys
from crossorigin import CORSMiddleware, Policy
from tests.asgi import request
for app in pickle.load(sys.stdin.buffer):
    answer = request(CORSMiddleware(app, policy=Policy(allow_origins=["https://a.example"])), "GET", "/", [("origin", "https://a.example")])
    print(answer.status, answer.body.decode(), answer.cors.get("access-control-allow-origin"))
"""


def test_a_mark_holds_in_a_process_that_only_unpickled_it() -> None:
    sent = subprocess.run([sys.executable, "-c", SEND], cwd=ROOT, capture_output=True, timeout=PATIENCE, check=True)
    command = [sys.executable, "-c", TAKE]
    done = subprocess.run(command, cwd=ROOT, input=sent.stdout, capture_output=True, timeout=PATIENCE, check=False)
    assert done.stdout.decode().splitlines() == ["200 closed None"] * 2, done.stderr.decode()


def test_a_mark_is_a_copy_of_its_own() -> None:
    marked = cors(OF_PARTNER)(partial(ok))
    mark = mark_of(marked)
    again = pickle.loads(pickle.dumps(mark))
    assert again.policy == OF_PARTNER
    assert again is not mark


def test_what_takes_no_attribute_cannot_be_marked() -> None:
    class Service:
        def method(self) -> None:
            """Is bound when it is looked up."""

    with pytest.raises(
        TypeError, match="takes no attribute, so it cannot carry a policy: put @cors above the function"
    ):
        cors(None)(Service().method)


# -- entrances -------------------------------------------------------------------------------------------------------


class Own(FastAPI):
    """Answers by itself, around everything that FastAPI does."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/own":
            await PlainTextResponse("own")(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class Derived(Own):
    """Inherits it."""


@pytest.mark.parametrize("kind", [FastAPI, Starlette, Own, Derived])
def test_install_leaves_the_class_as_it_is(kind: Any) -> None:
    app, other = kind(), kind()
    install(app, OUTER)
    assert type(app) is kind
    assert asyncio.iscoroutinefunction(app.__call__)
    assert request(app, "GET", "/own", [("origin", A)]).cors.get(ALLOW) == A
    assert request(other, "GET", "/own", [("origin", A)]).cors == {}


def test_a_copy_of_an_app_is_entered_itself() -> None:
    app = Starlette(routes=[Route("/a", ok)])
    install(app, OUTER)
    copied = copy.copy(app)
    copied.middleware_stack = raw
    assert request(copied, "GET", "/a", [("origin", A)]).body == b"raw"
    assert request(app, "GET", "/a", [("origin", A)]).body == b"ok"
    assert reads(copied, "/a") == [A]


def test_an_app_without_its_middleware_can_be_called_alone() -> None:
    app = Starlette(routes=[Route("/a", ok)])
    assert request(Inside(app), "GET", "/a").body == b"ok"


def test_an_installed_app_cannot_be_pickled_without_a_word() -> None:
    app = Starlette()
    install(app, OUTER)
    with pytest.raises((TypeError, RecursionError)):
        pickle.dumps(app)


def test_without_starlette_there_is_nothing_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    entrances.hook_frameworks()


# -- what an object holds --------------------------------------------------------------------------------------------

MARKED = inner()


async def by_a_global(scope: Any, receive: Any, send: Any) -> None:
    await MARKED(scope, receive, send)


async def by_a_module(scope: Any, receive: Any, send: Any) -> None:
    await hidden_in.MARKED(scope, receive, send)


async def importing(scope: Any, receive: Any, send: Any) -> None:
    from tests.middleware.test_reveal import MARKED as app

    await app(scope, receive, send)


async def importing_by_name(scope: Any, receive: Any, send: Any) -> None:
    import_module = sys.modules["importlib"].import_module
    await import_module("tests.middleware.test_reveal").MARKED(scope, receive, send)


class WithMethod:
    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        await MARKED(scope, receive, send)


class WithProperty:
    @property
    def app_inside(self) -> Any:
        return MARKED

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app_inside(scope, receive, send)


class Raising:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def defaults(scope: Any, receive: Any, send: Any, *, app: Any = MARKED) -> Any:
    return app(scope, receive, send)


def empty_cell() -> Any:
    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await later(scope, receive, send)

    if not outer:
        later = raw
    return outer


hidden_in = sys.modules[__name__]

HIDING: list[Callable[[], Any]] = [
    lambda: closure(MARKED),
    lambda: Elsewhere(MARKED),
    lambda: by_a_global,
    lambda: by_a_module,
    lambda: importing,
    lambda: importing_by_name,
    lambda: WithMethod().asgi,
    lambda: WithProperty(),
    lambda: defaults,
    lambda: partial(defaults, app=inner()),
    lambda: SimpleNamespace(apps={"a": [(MARKED,)]}),
    lambda: closure(closure(MARKED)),
    lambda: closure(CORSMiddleware(raw, policy=OUTER)),
    lambda: closure(cors(None)(partial(raw))),
    lambda: closure(Starlette()),
    lambda: [object() for _ in range(30_000)],
]
LEAVES: list[Callable[[], Any]] = [
    lambda: raw,
    lambda: closure(raw),
    lambda: StaticFiles(directory="/tmp"),
    lambda: make_asgi_app(),
    lambda: empty_cell(),
    lambda: Raising(),
    lambda: socketio.ASGIApp(socketio.AsyncServer(async_mode="asgi")),
    lambda: threading.Lock(),
]


@pytest.mark.parametrize("make", HIDING)
def test_what_may_hide_an_app(make: Any) -> None:
    assert may_hide(make(), None)


@pytest.mark.parametrize("make", LEAVES)
def test_what_hides_nothing(make: Any) -> None:
    assert not may_hide(make(), None)


def test_what_is_too_large_to_look_through_is_unknown() -> None:
    assert hides_policies([object() for _ in range(30_000)], None) is False


def test_the_middleware_around_is_not_inside() -> None:
    known: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse(str(len(known)))(scope, receive, send)

    known.append(CORSMiddleware(app, policy=OUTER))
    assert may_hide(app, None)
    assert not may_hide(app, known[0])


@pytest.mark.parametrize(
    ("make", "has"),
    [
        (lambda: closure(inner()), True),
        (lambda: closure(Starlette(routes=[Route("/a", ok)])), False),
        (lambda: closure(Starlette(routes=[Mount("/m", closure(inner()))])), True),
        (lambda: closure(Starlette(routes=[Mount("/m", CORSMiddleware(raw, policy=OUTER))])), True),
        (lambda: closure(CORSMiddleware(raw, policy=OUTER)), True),
        (lambda: raw, False),
        (lambda: importing, True),
    ],
)
def test_which_apps_inside_have_policies(make: Any, has: bool) -> None:
    assert hides_policies(make(), None) is has


def test_the_name_of_what_hides_an_app() -> None:
    line = raw.__code__.co_firstlineno
    assert name_of(raw) == f"tests.middleware.test_reveal.raw ({__file__}:{line})"
    assert name_of(Elsewhere(raw)) == "tests.middleware.structures.Elsewhere"


def test_what_is_kept_by_no_route() -> None:
    assert routing.endpoint_inside(raw) is None
    assert hidden.may_hide(None, None) is False


def test_two_middlewares_that_say_the_same_hide_nothing_from_each_other() -> None:
    """Litestar's `DefineMiddleware` makes one for each route, and each can be reached from the others."""
    one, two = CORSMiddleware(raw, policy=OUTER), CORSMiddleware(closure(raw), policy=OUTER)
    assert not may_hide(closure(one), two)
    assert may_hide(closure(CORSMiddleware(raw, policy=OUTER, routes={"/a": None})), two)
    assert may_hide(closure(CORSMiddleware(closure(MARKED), policy=OUTER)), two)


class Proxy:
    """As the proxies of Flask and Quart: outside a request, whatever is asked of it raises."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("not within a request")


class Half:
    """As a lazy object whose attributes raise until it is ready."""

    __slots__ = ("_ready",)

    @property
    def __dict__(self) -> Any:
        raise RuntimeError("not ready")


@pytest.mark.parametrize("make", [Proxy, Half])
def test_an_object_that_raises_does_not_raise_in_a_request(make: Any) -> None:
    proxy = make()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert proxy is not None
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    cors(None)(lambda: None)  # a mark in this process, so that what is inside is looked at
    made = CORSMiddleware(app, policy=Policy(allow_origins=["https://a.example"]))
    answer = request(made, "GET", "/", [("origin", "https://a.example")])
    assert answer.raised is None
    assert answer.status == 200


WITHOUT_MARKS = """
from fastapi import FastAPI
from crossorigin import Policy, install
from tests.asgi import request

def api(*origins):
    app = FastAPI()
    app.get("/items")(lambda: "items")
    app.put("/items")(lambda: "items")
    install(app, Policy(allow_origins=list(origins), allow_methods=["PUT"]))
    return app

inner, outer = api("https://inner.example"), api("https://outer.example")

async def closure(scope, receive, send):
    await inner(scope, receive, send)

outer.mount("/inner", closure)
for method in ("PUT", "OPTIONS"):
    for path in ("/inner/items", "/items"):
        for origin in ("https://inner.example", "https://outer.example"):
            headers = [("origin", origin), ("access-control-request-method", "PUT")]
            answer = request(outer, method, path, headers if method == "OPTIONS" else headers[:1])
            print(method, path, origin, "access-control-allow-origin" in answer.cors)
"""


def test_an_app_behind_a_closure_decides_in_a_process_without_marks() -> None:
    """A mark anywhere in the process has every way looked for, so it takes a process of its own to have none."""
    ran = subprocess.run([sys.executable, "-c", WITHOUT_MARKS], capture_output=True, text=True, check=True)
    ways = [("/inner/items", "https://inner.example"), ("/items", "https://outer.example")]
    assert ran.stdout.splitlines() == [
        f"{method} {path} {origin} {(path, origin) in ways}"
        for method in ("PUT", "OPTIONS")
        for path in ("/inner/items", "/items")
        for origin in ("https://inner.example", "https://outer.example")
    ]
