"""In FastAPI and Starlette: crashes keep their headers, and install() stands outermost."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, WebSocket
from fastapi.middleware.httpsredirect import HTTPSRedirectMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from starlette.applications import Starlette
from starlette.authentication import AuthenticationBackend, AuthenticationError
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware as StarletteCORS
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from crossorigin import CORSMiddleware, Policy, install
from crossorigin.middleware.starlette import installed_policy
from tests.asgi import Answer, lifespan, request

A, EVIL = "https://app.example.com", "https://evil.example"
POLICY = Policy(allow_origins=[A], allow_methods=["*"], allow_headers=["*"], allow_credentials=True)
CORS = {"access-control-allow-origin": A, "access-control-allow-credentials": "true", "vary": "Origin"}
ASKS = [("origin", A), ("access-control-request-method", "PUT"), ("access-control-request-headers", "x-a")]


class Crash(RuntimeError):
    """What the endpoint raises."""


async def crash(request: Any = None) -> None:
    raise Crash("boom")


def fastapi(**options: Any) -> FastAPI:
    app = FastAPI(**options)
    app.add_api_route("/crash", crash)
    app.add_api_route("/", lambda: {"message": "Hello World"}, methods=["GET", "PUT"])
    return app


def starlette(**options: Any) -> Starlette:
    async def home(request: Any) -> JSONResponse:
        return JSONResponse({"message": "Hello World"})

    return Starlette(routes=[Route("/crash", crash), Route("/", home, methods=["GET", "PUT"])], **options)


async def handle(request: Any, error: Exception) -> PlainTextResponse:
    return PlainTextResponse("handled", status_code=503)


def handle_in_a_thread(request: Any, error: Exception) -> PlainTextResponse:
    return PlainTextResponse("handled", status_code=503)


class Handler:
    async def __call__(self, request: Any, error: Exception) -> PlainTextResponse:
        return PlainTextResponse("handled", status_code=503)


ERRORS: list[tuple[dict[str, Any], int, bytes]] = [
    ({}, 500, b"Internal Server Error"),
    ({"debug": True}, 500, b"Traceback (most recent call last)"),
    ({"exception_handlers": {Exception: handle}}, 503, b"handled"),
    ({"exception_handlers": {500: handle_in_a_thread}}, 503, b"handled"),
    ({"exception_handlers": {Exception: Handler()}}, 503, b"handled"),
]


@pytest.mark.parametrize("make", [fastapi, starlette])
@pytest.mark.parametrize("started", [False, True], ids=["cold", "started"])
@pytest.mark.parametrize(("options", "status", "body"), ERRORS, ids=["plain", "debug", "handler", "thread", "object"])
def test_a_crash_keeps_its_cors_headers(make: Any, options: Any, status: int, body: bytes, started: bool) -> None:
    app = make(**options)
    app.add_middleware(CORSMiddleware, policy=POLICY)
    if started:
        assert lifespan(app).messages[0]["type"] == "lifespan.startup.complete"
    for _ in range(2):
        answer = request(app, "GET", "/crash", [("origin", A)])
        assert answer.status == status
        assert body in answer.body
        assert answer.cors == CORS
        assert isinstance(answer.raised, Crash)
    assert request(app, "GET", "/crash", [("origin", EVIL)]).cors == {"vary": "Origin"}
    assert request(app, "GET", "/crash").cors == {"vary": "Origin"}


def test_after_reconfigure_a_crash_follows_the_new_policy() -> None:
    app = fastapi()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    assert request(app, "GET", "/crash", [("origin", A)]).cors == CORS
    layer: Any = app.middleware_stack
    while not isinstance(layer, CORSMiddleware):
        layer = layer.app
    layer.reconfigure(Policy.public())
    assert request(app, "GET", "/crash", [("origin", A)]).cors == {"access-control-allow-origin": "*"}


def test_a_crash_after_the_response_began_changes_nothing() -> None:
    async def broken(request: Any) -> StreamingResponse:
        async def body() -> Any:
            yield b"one"
            raise Crash

        return StreamingResponse(body())

    app = Starlette(routes=[Route("/", broken)])
    app.add_middleware(CORSMiddleware, policy=POLICY)
    answer = request(app, "GET", "/", [("origin", A)])
    assert (answer.status, answer.body, answer.cors) == (200, b"one", CORS)
    assert answer.raised is not None


def test_a_crash_in_a_mounted_app_is_its_own_and_ours() -> None:
    app = Starlette(routes=[Mount("/api", app=fastapi())])
    app.add_middleware(CORSMiddleware, policy=POLICY)
    answer = request(app, "GET", "/api/crash", [("origin", A)])
    assert (answer.status, answer.cors) == (500, CORS)


def test_a_crash_in_an_app_that_puts_something_around_its_stack() -> None:
    class Around:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await self.app(scope, receive, send)

    class Own(FastAPI):
        def build_middleware_stack(self) -> Any:
            return Around(super().build_middleware_stack())

    app = Own()
    app.add_api_route("/crash", crash)
    app.add_middleware(CORSMiddleware, policy=POLICY)
    answer = request(app, "GET", "/crash", [("origin", A)])
    assert (answer.status, answer.cors) == (500, CORS)


def test_a_crash_around_a_bare_app_just_passes() -> None:
    answer = request(CORSMiddleware(lambda *_: crash(), policy=POLICY), "GET", "/", [("origin", A)])
    assert answer.messages == []
    assert isinstance(answer.raised, Crash)


# -- who stands where -------------------------------------------------------------------------


class Refuses(BaseHTTPMiddleware):
    """An auth middleware that lets nobody in."""

    async def dispatch(self, request: Any, call_next: Any) -> Any:
        return PlainTextResponse("who are you?", status_code=401)


class Crashes(BaseHTTPMiddleware):
    async def dispatch(self, request: Any, call_next: Any) -> Any:
        raise Crash


class NoOne(AuthenticationBackend):
    async def authenticate(self, conn: Any) -> Any:
        raise AuthenticationError("no one")


LAYERS: list[tuple[Any, dict[str, Any], int]] = [
    (Refuses, {}, 401),
    (AuthenticationMiddleware, {"backend": NoOne()}, 400),
    (HTTPSRedirectMiddleware, {}, 307),
    (TrustedHostMiddleware, {"allowed_hosts": ["other.example"]}, 400),
    (Crashes, {}, 500),
]


@pytest.mark.parametrize("order", ["before", "after", "started"])
@pytest.mark.parametrize("make", [fastapi, starlette])
@pytest.mark.parametrize(("layer", "options", "status"), LAYERS)
def test_install_stands_outside_every_middleware(
    make: Any, layer: Any, options: dict[str, Any], status: int, order: str
) -> None:
    app = make()
    if order == "before":
        install(app, POLICY)
    app.add_middleware(layer, **options)
    if order == "after":
        install(app, POLICY)
    if order == "started":
        request(app, "GET")
        install(app, POLICY)
    answer = request(app, "GET", "/", [("origin", A)])
    assert (answer.status, answer.cors) == (status, CORS)
    asked = request(app, "OPTIONS", "/", ASKS)
    assert (asked.status, asked.cors["access-control-allow-origin"]) == (204, A)


@pytest.mark.parametrize("make", [fastapi, starlette])
def test_install_covers_the_body_limit(make: Any) -> None:
    async def read(request: Any) -> JSONResponse:
        return JSONResponse(len(await request.body()))

    app = make(max_body_size=10)
    app.router.add_route("/read", read, methods=["POST"])
    install(app, POLICY)
    answer = request(app, "POST", "/read", [("origin", A), ("content-length", "20")], b"x" * 20)
    assert (answer.status, answer.cors) == (413, CORS)


STATUSES = [("GET", "/crash", 500), ("GET", "/nowhere", 404), ("DELETE", "/", 405), ("GET", "/", 200)]


@pytest.mark.parametrize(("method", "path", "status"), STATUSES)
@pytest.mark.parametrize("make", [fastapi, starlette])
def test_install_covers_every_answer(make: Any, method: str, path: str, status: int) -> None:
    app = make()
    install(app, POLICY)
    answer = request(app, method, path, [("origin", A)])
    assert (answer.status, answer.cors) == (status, CORS)
    assert (answer.raised is not None) is (status == 500)


def test_errors_of_fastapi_are_covered() -> None:
    app = fastapi()

    @app.get("/teapot")
    def teapot() -> None:
        raise HTTPException(418)

    @app.get("/number/{n}")
    def number(n: int) -> int:
        return n

    install(app, POLICY)
    for path, status in (("/teapot", 418), ("/number/x", 422), ("/number/", 404)):
        answer = request(app, "GET", path, [("origin", A)])
        assert (answer.status, answer.cors) == (status, CORS)


def test_install_again_puts_the_new_policy_in_force() -> None:
    app = fastapi()
    install(app, POLICY)
    install(app, Policy.public())
    assert request(app, "GET", "/", [("origin", A)]).cors == {"access-control-allow-origin": "*"}
    install(app, POLICY)
    assert request(app, "GET", "/", [("origin", A)]).cors == CORS


@pytest.mark.parametrize("make", [fastapi, starlette])
@pytest.mark.parametrize("started", [False, True])
def test_none_closes_an_application(make: Any, started: bool) -> None:
    app = make()
    if started:
        request(app, "GET")
    install(app, None)
    assert installed_policy(app) == Policy.closed()
    assert request(app, "GET", headers=[("origin", A)]).cors == {"vary": "Origin"}
    assert request(app, "OPTIONS", headers=ASKS).status == 403
    install(app, POLICY)
    assert request(app, "GET", headers=[("origin", A)]).cors == CORS
    install(app, None)
    assert installed_policy(app) == Policy.closed()
    assert request(app, "GET", headers=[("origin", A)]).cors == {"vary": "Origin"}


@pytest.mark.parametrize("started", [False, True])
def test_none_keeps_the_routes_and_what_is_enforced(started: bool) -> None:
    app = starlette()
    install(app, Policy(allow_origins=[A], enforce=True), routes={"/crash": POLICY})
    if started:
        request(app, "GET")
    install(app, None)
    assert installed_policy(app) == Policy.closed(enforce=True)
    assert request(app, "GET", headers=[("origin", A)]).cors == {"vary": "Origin"}
    assert request(app, "PUT", headers=[("origin", A)]).status == 403
    assert request(app, "GET", "/crash", headers=[("origin", A)]).cors == CORS
    install(app, None, routes={})
    assert request(app, "GET", "/crash", headers=[("origin", A)]).cors == {"vary": "Origin"}


def test_install_over_starlettes_own_middleware_wins() -> None:
    app = fastapi()
    app.add_middleware(StarletteCORS, allow_origins=["*"])
    install(app, POLICY)
    assert request(app, "GET", "/", [("origin", EVIL)]).cors == {"vary": "Origin"}


def test_install_keeps_lifespan_and_websockets() -> None:
    app = fastapi()

    @app.websocket("/ws")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())

    install(app, POLICY)
    with TestClient(app) as client, client.websocket_connect("/ws", headers={"origin": EVIL}) as socket:
        socket.send_text("hi")
        assert socket.receive_text() == "hi"


@pytest.mark.parametrize("target", [object(), lambda scope, receive, send: None, CORSMiddleware])
def test_install_takes_applications_only(target: Any) -> None:
    with pytest.raises(TypeError, match=r"CORSMiddleware\(app, policy=policy\)"):
        install(target, POLICY)


def warned(app: Any, caplog: pytest.LogCaptureFixture) -> list[str]:
    with caplog.at_level(logging.WARNING, "crossorigin"):
        lifespan(app)
        request(app, "GET", "/crash", [("origin", A)])
    return [it.getMessage() for it in caplog.records if it.name == "crossorigin"]


def test_middleware_that_stands_outside_is_named(caplog: pytest.LogCaptureFixture) -> None:
    app = fastapi()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    app.add_middleware(Crashes)
    app.add_middleware(TrustedHostMiddleware)
    (message,) = warned(app, caplog)
    assert message.startswith("CORSMiddleware stands inside TrustedHostMiddleware, Crashes:")
    assert "install(app, policy)" in message


def test_outermost_there_is_nothing_to_say(caplog: pytest.LogCaptureFixture) -> None:
    app = fastapi()
    app.add_middleware(Refuses)
    app.add_middleware(CORSMiddleware, policy=POLICY)
    assert warned(app, caplog) == []


def test_a_crash_outside_is_covered_once_the_app_has_started() -> None:
    app = fastapi()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    app.add_middleware(Crashes)
    lifespan(app)
    answer = request(app, "GET", "/", [("origin", A)])
    assert (answer.status, answer.cors) == (500, CORS)


def test_two_of_ours_the_outer_one_speaks() -> None:
    app = fastapi()
    app.add_middleware(CORSMiddleware, policy=Policy.public())
    app.add_middleware(CORSMiddleware, policy=POLICY)
    for path in ("/", "/crash"):
        answer: Answer = request(app, "GET", path, [("origin", A)])
        assert answer.cors == CORS, path


def test_middleware_without_a_name_is_shown_somehow(caplog: pytest.LogCaptureFixture) -> None:
    class Factory:
        def __call__(self, app: Any) -> Any:
            return app

    app = fastapi()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    app.add_middleware(Factory())  # type: ignore[arg-type]
    (message,) = warned(app, caplog)
    assert "Factory object" in message
