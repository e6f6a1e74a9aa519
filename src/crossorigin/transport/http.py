"""HTTP and HTTPS to a real server, by httpx2."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import time
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import SplitResult, urlsplit

from ..standards.messages import Failure, Headers, Request, Response
from ..standards.optional import optional
from .failures import failure

if TYPE_CHECKING:
    import httpx2

# For the sync client and the async one: redirects and cookies are the browser's, proxies and .netrc nobody's.
CLIENT_OPTIONS: Final[dict[str, Any]] = {"follow_redirects": False, "trust_env": False}


class HTTPTransport:
    """HTTP and HTTPS to a real server, by httpx2: one request, one response, redirects left to the browser.

    `timeout` is in seconds, for each of connecting, sending and receiving. `verify` is whether
    certificates are checked. Whatever keeps a response from coming (no server, no such name, TLS,
    a time-out) is a `Failure` with the words for it, never an exception. Proxies and `.netrc` of
    the environment are not used. With a `body_limit`, no body is read that does not announce at most so many bytes,
    and none for longer than `timeout`: what it asks for are the headers. Source: https://www.python-httpx.org/
    """

    def __init__(self, *, timeout: float = 10.0, verify: bool = True, body_limit: int | None = None) -> None:
        self._timeout, self._verify, self._body_limit = timeout, verify, body_limit
        self._client: httpx2.Client | None = None

    def __call__(self, request: Request, /) -> Response | Failure:
        httpx2 = optional("httpx2", "cli")
        if self._client is None:
            self._client = httpx2.Client(timeout=self._timeout, verify=self._verify, **CLIENT_OPTIONS)
        try:
            sent = prepare(self._client, request)
            with contextlib.closing(self._client.send(sent, stream=True)) as answer:
                body = b"" if answer.status_code == 101 else self._read(answer)
                return Response(answer.status_code, list(answer.headers.raw), body)
        except Exception as error:
            return failure(error, self._timeout)

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


def prepare(client: httpx2.Client | httpx2.AsyncClient, request: Request, connect: str = "") -> httpx2.Request:
    """A request with exactly the headers that it says, `Host`, and what frames it: nothing of the client's own.

    `connect` is a `host:port` to connect to in place of the URL's, which stays in `Host` and in the TLS handshake.
    Raises ValueError, and httpx2's own errors, for what cannot be sent.
    """
    url = urlsplit(as_http(request.url))
    _ = url.port  # raises ValueError for a port that cannot be one
    extensions: dict[str, Any] = {}
    address = url
    if connect:
        address, extensions = url._replace(netloc=connect), {"sni_hostname": url.hostname}
    client.cookies.clear()  # the jar is the browser's
    content = request.body or None
    sent = client.build_request(request.method, address.geturl(), content=content, extensions=extensions)
    sent.headers = type(sent.headers)(_framed(request, url))
    return sent


def _framed(request: Request, url: SplitResult) -> Headers:
    """The headers of a request, `Host` first (RFC 9110 § 7.2)."""
    own = [pair for pair in request.headers if pair[0].lower() == b"host"]
    others = [pair for pair in request.headers if pair[0].lower() != b"host"]
    headers = [*(own or host_header(request, url)), *handshake(request), *others]
    if request.body and all(name.lower() != b"content-length" for name, _ in others):
        headers.append((b"Content-Length", b"%d" % len(request.body)))
    return headers


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
