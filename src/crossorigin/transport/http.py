"""HTTP and HTTPS to a real server, by httpx2."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import SplitResult, urlsplit

from ..standards.messages import Failure, Headers, Request, Response

if TYPE_CHECKING:
    import httpx2


class HTTPTransport:
    """HTTP and HTTPS to a real server, by httpx2: one request, one response, redirects left to the browser.

    `timeout` is in seconds, for each of connecting, sending and receiving. `verify` is whether
    certificates are checked. Whatever keeps a response from coming (no server, no such name, TLS,
    a time-out) is a `Failure` with the words for it, never an exception. Proxies and `.netrc` of
    the environment are not used. With a `body_limit`, no body is read that does not announce at most so many bytes,
    and none for longer than `timeout`: what it asks for are the headers. Source: https://www.python-httpx.org/
    """

    def __init__(self, *, timeout: float = 10.0, verify: bool = True, body_limit: int | None = None) -> None:
        self._timeout, self._body_limit = timeout, body_limit
        self._options: dict[str, Any] = {
            "timeout": timeout,
            "verify": verify,
            "follow_redirects": False,
            "trust_env": False,
        }
        self._client: httpx2.Client | None = None

    def __call__(self, request: Request, /) -> Response | Failure:
        import httpx2

        if self._client is None:
            self._client = httpx2.Client(**self._options)
            self._client.headers.clear()
        # The jar is the browser's; this client keeps none.
        self._client.cookies.clear()
        with _failures(httpx2) as failed:
            sent = self._client.build_request(request.method, as_http(request.url), content=request.body or None)
            sent.headers = httpx2.Headers(
                [*host_header(request, urlsplit(request.url)), *handshake(request), *request.headers]
            )
            with contextlib.closing(self._client.send(sent, stream=True)) as answer:
                body = b"" if answer.status_code == 101 else self._read(answer)
                return Response(answer.status_code, list(answer.headers.raw), body)
        return failed[0]

    def _read(self, answer: httpx2.Response) -> bytes:
        if self._body_limit is None:
            return b"".join(answer.iter_bytes())
        length = answer.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > self._body_limit:
            return b""
        body, until = b"", time.monotonic() + self._timeout
        for chunk in answer.iter_bytes():
            body += chunk
            if time.monotonic() > until:
                break
        return body

    async def asend(self, request: Request) -> Response | Failure:
        """The same, without blocking the event loop."""
        return await asyncio.to_thread(HTTPTransport.__call__, self, request)

    def close(self) -> None:
        """Close idle connections. The next call opens new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@contextlib.contextmanager
def _failures(client: Any) -> Iterator[list[Failure]]:
    """What the client raises where no response comes, as a value."""
    failed: list[Failure] = []
    try:
        yield failed
    except (client.HTTPError, client.InvalidURL, OSError) as error:
        failed.append(Failure(f"{type(error).__name__}: {error}"))


def as_http(url: str) -> str:
    """A handshake travels as HTTP."""
    return "http" + url.removeprefix("ws") if url.startswith(("ws:", "wss:")) else url


def handshake(request: Request) -> Headers:
    """What the handshake of a WebSocket is made of (RFC 6455 § 4.1); nothing for any other request."""
    if not request.url.startswith(("ws:", "wss:")):
        return []
    key = base64.b64encode(os.urandom(16))
    headers = [(b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]
    return [*headers, (b"Sec-WebSocket-Version", b"13"), (b"Sec-WebSocket-Key", key)]


def host_header(request: Request, url: SplitResult) -> Headers:
    """`Host`, unless the request brings one of its own, which no browser does."""
    own = any(name.lower() == b"host" for name, _ in request.headers)
    return [] if own else [(b"Host", _host(url))]


def _host(url: SplitResult) -> bytes:
    return url.netloc.rpartition("@")[2].encode()
