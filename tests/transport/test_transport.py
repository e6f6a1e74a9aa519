"""The two transports: an ASGI app in this process, and HTTP to a real server."""

from __future__ import annotations

import asyncio
import gc
import socketserver
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from fastapi import FastAPI, Response, WebSocket

from crossorigin.browser import Browser, Failure, Request
from crossorigin.transport.asgi import ASGITransport
from crossorigin.transport.http import HTTPTransport

PAGE = "http://localhost:3000"
URL = "http://localhost:8000"


def app() -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> Any:
        yield {"started": True}

    made = FastAPI(lifespan=lifespan)

    @made.get("/twice")
    def twice() -> Response:
        response = Response("hi")
        response.headers.append("x-a", "1")
        response.headers.append("x-a", "2")
        return response

    @made.get("/crash")
    def crash() -> None:
        raise RuntimeError("broken")

    @made.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    return made


def call(transport: Any, path: str, method: str = "GET") -> Any:
    return transport(Request(method, URL + path, [], b""))


def test_an_app_in_process() -> None:
    transport = ASGITransport(app())
    response = call(transport, "/twice")
    assert [pair for pair in response.headers if pair[0] == b"x-a"] == [(b"x-a", b"1"), (b"x-a", b"2")]
    assert response.body == b"hi"
    assert call(transport, "/crash").status == 500
    transport.close()
    assert call(transport, "/none").status == 404
    del transport
    gc.collect()


def test_an_app_that_crashes_or_says_nothing() -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.body"})

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("broken")

    assert call(ASGITransport(silent), "/") == Failure("the application answered nothing", "closed")
    assert call(ASGITransport(broken), "/") == Failure("the application raised RuntimeError: broken", "app-error")
    with pytest.raises(RuntimeError, match="broken"):
        call(ASGITransport(broken, raise_app_exceptions=True), "/")


def test_an_app_that_waits_for_the_client() -> None:
    async def patient(scope: Any, receive: Any, send: Any) -> None:
        first = await receive()
        waiting = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": first["body"]})
        assert (await receive())["type"] == "http.disconnect"

    assert ASGITransport(patient)(Request("POST", URL, [], b"x")).body == b"x"  # type: ignore[union-attr]


def test_websockets_in_process() -> None:
    browser = Browser(PAGE, transport=ASGITransport(app()))
    assert browser.websocket("ws://localhost:8000/ws").allowed

    async def denying(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if scope["path"] == "/close":
            await send({"type": "websocket.close"})
        else:
            await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b"no"})

    transport = ASGITransport(denying)
    for path, status in (("/close", 403), ("/deny", 401)):
        answer = transport(Request("GET", f"ws://localhost:8000{path}", []))
        assert answer.status == status  # type: ignore[union-attr]


def test_lifespan_and_a_running_loop() -> None:
    with ASGITransport(app()) as transport:
        assert call(transport, "/twice").status == 200

    async def main() -> None:
        async with ASGITransport(app()) as inside:
            assert (await Browser(PAGE, transport=inside).afetch(URL + "/twice", mode="no-cors")).allowed
            with pytest.raises(RuntimeError, match="afetch"):
                Browser(PAGE, transport=inside).fetch(URL)

    asyncio.run(main())


def test_lifespans_that_fail_or_are_absent() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    async def absent(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError(scope["type"])

    async def returning(scope: Any, receive: Any, send: Any) -> None:
        return

    with pytest.raises(RuntimeError, match="no database"), ASGITransport(failing):
        pass
    for other in (absent, returning):
        with ASGITransport(other):
            pass
    idle = ASGITransport(absent)
    asyncio.run(idle.__aexit__())
    idle.close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.headers.get("Upgrade") == "websocket":
            self.send_response(101)
            self.end_headers()
            return
        body = repr(sorted((name.lower(), value) for name, value in self.headers.items())).encode()
        self.send_response(302 if self.path == "/redirect" else 200)
        self.send_header("X-A", "1")
        self.send_header("X-A", "2")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def origin() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_http(origin: str) -> None:
    with HTTPTransport(timeout=5) as transport:
        for path, status in (("/", 200), ("/redirect", 302)):
            response = transport(Request("GET", origin + path, [(b"X-One", b"1"), (b"Accept", b"*/*")]))
            assert response.status == status  # type: ignore[union-attr]
            assert [value for name, value in response.headers if name.lower() == b"x-a"] == [b"1", b"2"]  # type: ignore[union-attr]
            host = origin.removeprefix("http://")
            expected = [("accept", "*/*"), ("host", host), ("x-one", "1")]
            assert response.body == repr(expected).encode()  # type: ignore[union-attr]
        browser = Browser(PAGE, transport=transport)
        assert asyncio.run(browser.afetch(origin, mode="no-cors")).allowed
        assert browser.websocket(origin.replace("http", "ws")).allowed
    transport.close()


def test_http_without_a_server() -> None:
    with HTTPTransport(timeout=2) as transport:
        outcome = Browser(PAGE, transport=transport).fetch("http://127.0.0.1:9")
        assert outcome.reason == "bad-port"
        outcome = Browser(PAGE, transport=transport).fetch("http://127.0.0.1:1024")
        assert outcome.reason == "network-failure"
        assert outcome.requests[-1].response == Failure("nothing listens there", "refused")
