"""Why there is no response, as data: the same for the sync client, the async one, and what others recorded."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from crossorigin import HTTPTransport
from crossorigin.browser import Failure, Request, Response
from crossorigin.explain import diagnose, read_console, read_har
from crossorigin.standards.messages import FailureKind
from crossorigin.transport.async_http import HTTPClient
from crossorigin.transport.failures import failure


@contextmanager
def answering(data: bytes | None) -> Iterator[int]:
    """A port that answers one connection with these bytes and closes it; None never answers."""
    done = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            with suppress(OSError):  # the socket is closed at the end of the test
                for _ in range(2):
                    connection, _ = server.accept()
                    with closing(connection):
                        connection.recv(65_536)
                        if data is None:
                            done.wait(5)
                        else:
                            connection.sendall(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        done.set()


def both(url: str) -> list[Response | Failure]:
    """The same request by the sync client and by the async one."""

    async def once() -> Response | Failure:
        client = HTTPClient(timeout=0.5)
        try:
            return await client.asend(Request("GET", url, []))
        finally:
            await client.aclose()

    with HTTPTransport(timeout=0.5) as transport:
        return [transport(Request("GET", url, [])), asyncio.run(once())]


@pytest.mark.parametrize(
    ("scheme", "data", "kind"),
    [
        ("http", None, "timeout"),
        ("http", b"", "closed"),
        ("http", b"hello\r\n\r\n", "not-http"),
        ("https", b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls"),
    ],
)
def test_a_server_that_gives_no_response(scheme: str, data: bytes | None, kind: FailureKind) -> None:
    with answering(data) as port:
        found = both(f"{scheme}://127.0.0.1:{port}/")
    assert [each.kind for each in found if isinstance(each, Failure)] == [kind, kind]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1024/", Failure("nothing listens there", "refused")),
        ("http://nowhere.invalid/", Failure("there is no host of this name", "dns")),
        ("http://127.0.0.1:99999/", Failure("this URL cannot be asked (Port out of range 0-65535)", "unknown")),
    ],
)
def test_a_url_without_a_server(url: str, expected: Failure) -> None:
    assert both(url) == [expected, expected]


def test_what_is_no_exception_of_a_request() -> None:
    assert failure(KeyboardInterrupt(), 1) == Failure("KeyboardInterrupt", "unknown")


NET_ERRORS: list[tuple[str, FailureKind, str]] = [
    ("net::ERR_NAME_NOT_RESOLVED", "dns", "no-such-host"),
    ("net::ERR_CERT_DATE_INVALID", "tls", "tls-failure"),
    ("net::ERR_SSL_PROTOCOL_ERROR", "tls", "tls-failure"),
    ("net::ERR_CONNECTION_REFUSED", "refused", "no-server"),
    ("net::ERR_TIMED_OUT", "timeout", "no-response"),
    ("net::ERR_CONNECTION_RESET", "closed", "no-response"),
    ("net::ERR_INVALID_HTTP_RESPONSE", "not-http", "no-response"),
    ("net::ERR_SOMETHING_NEW", "unknown", "no-response"),
]


@pytest.mark.parametrize(("name", "kind", "cause"), NET_ERRORS)
def test_chromiums_names(name: str, kind: FailureKind, cause: str) -> None:
    """In a console message and in a HAR file the same name is the same fact. The path is not read."""
    url = "http://localhost:8000/refused-ssl"
    message = read_console(f"GET {url} {name}")
    assert (message.failure, message.failure_kind) == (name, kind)
    request = {"method": "GET", "url": url, "headers": [{"name": "Origin", "value": "http://localhost:3000"}]}
    entry = {"request": request, "response": {"status": 0, "_error": name}}
    (recorded,) = read_har(json.dumps({"log": {"entries": [entry]}}))
    assert [diagnose(message.outcome()).cause, diagnose(recorded.run()).cause] == [cause, cause]
