"""Ways around a policy that were found once, by an attacker's eyes: each is closed."""

from __future__ import annotations

import logging
import threading
from collections import UserDict
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from crossorigin import CORSMiddleware, Policy, cors, install
from crossorigin.middleware import marks, routing
from crossorigin.policy import denial_remedies
from crossorigin.server.compiled_policy import CompiledPolicy
from crossorigin.server.enforce import CrossOriginProtection
from crossorigin.standards.origin import is_loopback
from tests.asgi import request

APP, OTHER, EVIL = "https://app.example.com", "https://other.example.com", "https://evil.example"
OPEN = Policy(allow_origins=[APP], allow_methods=["*"], allow_credentials=True)
ENFORCED = Policy(allow_origins=[APP], enforce=True, exempt=["/hooks/pay"])
ALLOW = "access-control-allow-origin"
FOREIGN = [("origin", EVIL), ("sec-fetch-site", "cross-site")]


async def ok(asked: Any) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def raw(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("raw")(scope, receive, send)


def reads(app: Any, path: str, page: str = APP, method: str = "GET") -> bool:
    """Whether a page may read the answer; its preflight has to agree."""
    answer = request(app, method, path, [("origin", page)])
    asks = request(app, "OPTIONS", path, [("origin", page), ("access-control-request-method", method)])
    found = {it.cors.get(ALLOW) == page for it in (answer, asks)}
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize("path", ["/pay", "/items/{id}", "/n/{i:int}"])
def test_a_newline_at_the_end_is_in_starlettes_routes_and_in_the_rule(path: str) -> None:
    app = Starlette(routes=[Route(path, ok, methods=["GET", "POST"])])
    install(app, OPEN, routes={path: None})
    asked = path.replace("{id}", "7").replace("{i:int}", "7")
    for it in (asked, asked + "\n"):
        assert request(app, "GET", it).status == 200
        assert not reads(app, it)
    enforced = CORSMiddleware(Starlette(routes=[Route("/pay", ok, methods=["POST"])]), policy=ENFORCED)
    assert [request(enforced, "POST", it, FOREIGN).status for it in ("/pay", "/pay\n")] == [403, 403]


@pytest.mark.parametrize(("path", "exempt"), [("/hooks/pay", True), ("/hooks/pay\n", False), ("/hooks/pay/", False)])
def test_what_is_exempt_is_that_path_alone(path: str, exempt: bool) -> None:
    headers = [(name.encode(), value.encode()) for name, value in FOREIGN]
    assert (CrossOriginProtection(CompiledPolicy(ENFORCED)).check("POST", path, headers) is None) is exempt


def test_a_root_path_of_fastapis_own_is_there_where_it_is_wrapped_too() -> None:
    app = FastAPI()
    app.root_path = "/api"  # as its keyword does, which is on its way out
    app.get("/internal/x")(lambda: 1)
    wrapped = CORSMiddleware(app, policy=OPEN, routes={"/internal/*": None})
    assert request(wrapped, "GET", "/api/internal/x").status == 200
    assert not reads(wrapped, "/api/internal/x")
    assert not reads(wrapped, "/internal/x")


# -- another policy in force --------------------------------------------------------------------------------------


def test_installed_again_the_paths_keep_their_policies() -> None:
    app = Starlette(routes=[Route("/internal/a", ok), Route("/a", ok)])
    install(app, OPEN, routes={"/internal/*": None})
    for started in (False, True):
        install(app, Policy(allow_origins=[OTHER]))
        assert reads(app, "/a", OTHER), started
        assert not reads(app, "/internal/a", OTHER)
    install(app, OPEN, routes={})
    assert reads(app, "/internal/a")


def test_installed_again_a_file_is_not_silently_left_out() -> None:
    app = Starlette()
    install(app, OPEN)
    with pytest.raises(TypeError, match="watch= belongs to the first install"):
        install(app, OPEN, watch="crossorigin.toml")


def test_rules_that_come_while_a_policy_is_built_are_not_lost() -> None:
    app = Starlette(routes=[Route("/internal/a", ok)])
    install(app, OPEN)
    layer = routing.installed_on(app)
    assert isinstance(layer, CORSMiddleware)
    building, go_on = threading.Event(), threading.Event()

    class Slow(UserDict[str, Any]):
        """Routes whose reading waits for the other thread to have its turn, or to be kept waiting for it."""

        def keys(self) -> Any:
            building.set()
            go_on.wait(0.5)
            return super().keys()

    first = threading.Thread(target=layer.reconfigure, args=(OPEN, Slow({"/old/*": None})))
    first.start()
    assert building.wait(5)

    def change() -> None:
        layer.reconfigure(OPEN, {"/internal/*": None})
        go_on.set()

    second = threading.Thread(target=change)
    second.start()
    first.join()
    second.join()
    assert "/internal/*" in layer.crossorigin_rules.routes


@pytest.mark.parametrize("first", ["/sub/s", "/beside"])  # asked before or not: only then it has a stack
def test_an_app_that_gets_its_own_policy_later_is_seen(first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "any_made", lambda: False)  # those of other tests make every app look each time
    sub = Starlette(routes=[Route("/s", ok)])
    app = Starlette(routes=[Mount("/sub", sub), Route("/beside", ok)])
    install(app, OPEN)
    assert reads(app, first)
    install(sub, Policy(allow_origins=[OTHER]))
    preflight = request(app, "OPTIONS", "/sub/s", [("origin", OTHER), ("access-control-request-method", "GET")])
    assert preflight.cors.get(ALLOW) == OTHER
    assert not reads(app, "/sub/s")
    assert reads(app, "/sub/s", OTHER)


# -- which route is meant ----------------------------------------------------------------------------------------


def test_a_method_in_small_letters_is_that_of_servers_that_write_it_in_capitals() -> None:
    async def closed(asked: Any) -> PlainTextResponse:
        return PlainTextResponse("closed")

    app = Starlette(routes=[Route("/x", ok), Route("/x", cors(None)(closed), methods=["PATCH"])])
    install(app, OPEN)
    for method in ("PATCH", "patch"):
        asks = [("origin", APP), ("access-control-request-method", method)]
        assert request(app, "OPTIONS", "/x", asks).status == 403


class Endpoint(HTTPEndpoint):
    @cors(None)
    async def get(self, asked: Any) -> PlainTextResponse:
        return PlainTextResponse("get")

    async def put(self, asked: Any) -> PlainTextResponse:
        return PlainTextResponse("put")


def test_a_policy_on_a_method_of_a_class() -> None:
    app = Starlette(routes=[Route("/x", Endpoint)])
    install(app, OPEN)
    assert [reads(app, "/x", method=it) for it in ("GET", "HEAD", "PUT", "DELETE")] == [False, False, True, True]
    assert Endpoint.get in list(routing.carriers(app))


def test_a_policy_on_what_is_mounted_and_routes_nothing() -> None:
    closed = cors(None)(raw)
    app = Starlette(routes=[Mount("/raw", closed), Mount("/wrapped", CORSMiddleware(raw, policy=OPEN))])
    install(app, OPEN)
    assert not reads(app, "/raw/x")
    assert closed in list(routing.carriers(app))


# -- names and schemes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "is_it"),
    [("::ffff:127.0.0.1", True), ("[::ffff:7f00:1]", True), ("::ffff:10.0.0.1", False), ("::1", True), ("::2", False)],
)
def test_loopback_on_a_socket_for_both_families(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it


@pytest.mark.parametrize(
    ("origin", "host", "passes"),
    [
        ("https://api.example.com", "api.example.com", True),
        ("http://api.example.com", "api.example.com:80", True),
        ("capacitor://localhost", "localhost", False),
        ("moz-extension://abc", "abc", False),
    ],
)
def test_the_same_host_is_that_of_a_web_page(origin: str, host: str, passes: bool) -> None:
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]
    assert (CrossOriginProtection(CompiledPolicy(ENFORCED)).check("POST", "/pay", headers) is None) is passes


@pytest.mark.parametrize(
    ("host", "offered"),
    [
        ("www.example.com:8000", 'call it by its name; or trusted_hosts=["www.example.com"], if it goes by that one'),
        ('e\x9b31m"], allow_origins=["*', "call it by its name"),
        ("", "call it by its name"),
    ],
)
def test_nothing_is_offered_for_copying_that_a_stranger_wrote(host: str, offered: str) -> None:
    assert denial_remedies.for_host(host).line == offered


def test_a_route_that_raises_is_logged_whole_once(caplog: pytest.LogCaptureFixture) -> None:
    app = Starlette(routes=[Route("/n/{i:int}", cors(OPEN)(ok))])
    install(app, OPEN)
    caplog.set_level(logging.DEBUG, logger="crossorigin")
    path = "/n/" + 5000 * "9"  # int() refuses so many digits
    for _ in range(3):
        request(app, "GET", path, [("origin", APP)])
    mine = [it for it in caplog.records if "cannot be found" in it.getMessage()]
    assert [it.levelname for it in mine] == ["ERROR", "DEBUG", "DEBUG"]
    assert max(len(it.getMessage()) for it in mine) < 300
