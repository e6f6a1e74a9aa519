"""HTTP and HTTPS to a real server, by httpx2."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import threading
import weakref
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, Self, cast
from urllib.parse import SplitResult, urlsplit

from ..standards.messages import Failure, Headers, Request, Response
from ..standards.optional import optional
from .bodies import read_body, unpacked
from .failures import failure

if TYPE_CHECKING:
    import httpx2

# For the sync client and the async one: redirects and cookies are the browser's, proxies and .netrc nobody's.
CLIENT_OPTIONS: Final[dict[str, Any]] = {"follow_redirects": False, "trust_env": False}
MAX_BODY_BYTES: Final = 16 * 2**20
_LENGTH: Final = re.compile(r"[0-9]{1,18}")


class HTTPTransport:
    """HTTP and HTTPS to a real server, by httpx2: one request, one response, redirects left to the browser.

    `timeout` is in seconds, for each of connecting, sending and receiving, and, with a quarter more, for the whole
    answer. `verify` is whether certificates are checked. Whatever keeps a response from coming (no server, no such
    name, TLS, a time-out) is a `Failure` with the words for it, never an exception. Proxies and `.netrc` of the
    environment are not used.

    Of a body, what came in time is kept, and at most the first 16 MiB, before and after unpacking it (gzip and deflate;
    other codings are left as they come). With a `body_limit`, no body is read that does not announce at most so many
    bytes: what it asks for are the headers. Source: https://www.python-httpx.org/
    """

    def __init__(self, *, timeout: float = 10.0, verify: bool = True, body_limit: int | None = None) -> None:
        self._timeout, self._verify, self._body_limit = timeout, verify, body_limit
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def __call__(self, request: Request, /) -> Response | Failure:
        return self._submit(request).result()

    async def asend(self, request: Request) -> Response | Failure:
        """The same, without blocking the event loop."""
        return await asyncio.wrap_future(self._submit(request))

    def _submit(self, request: Request) -> Future[Response | Failure]:
        """Asks on an event loop in a thread: only there can one time limit cover a whole answer."""
        with self._starting:
            if self._loop is None:
                httpx2 = optional("httpx2", "cli")
                self._client = httpx2.AsyncClient(timeout=self._timeout, verify=self._verify, **CLIENT_OPTIONS)
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_serve, args=(self._loop,), name="crossorigin-http", daemon=True)
                self._thread.start()
                weakref.finalize(self, _end, self._loop, self._client).atexit = False
            return asyncio.run_coroutine_threadsafe(self._ask(request), self._loop)

    async def _ask(self, request: Request) -> Response | Failure:
        client, limit = cast("httpx2.AsyncClient", self._client), self._timeout * 1.25
        until = asyncio.get_running_loop().time() + limit
        try:
            async with asyncio.timeout_at(until):
                answer = await client.send(prepare(client, request), stream=True)
        except Exception as error:
            return failure(error, self._timeout)
        try:
            headers = list(answer.headers.raw)
            body = b""
            if self._wants_body(answer):
                packed = await read_body(answer, MAX_BODY_BYTES, until)
                body = unpacked(packed, headers, MAX_BODY_BYTES)
            return Response(answer.status_code, headers, body)
        finally:
            await answer.aclose()

    def _wants_body(self, answer: httpx2.Response) -> bool:
        if self._body_limit is None:
            return True
        length = answer.headers.get("content-length", "")
        return bool(_LENGTH.fullmatch(length)) and int(length) <= self._body_limit

    def close(self) -> None:
        """Close idle connections. The next call opens new ones."""
        with self._starting:
            loop, client, thread = self._loop, self._client, self._thread
            self._loop = self._client = self._thread = None
        if loop is not None and client is not None and thread is not None:
            _end(loop, client)
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


def _end(loop: asyncio.AbstractEventLoop, client: httpx2.AsyncClient) -> None:
    """Closes the connections and stops the loop, which ends its thread."""

    async def close() -> None:
        try:
            await client.aclose()
        finally:
            loop.stop()

    if not loop.is_closed():
        asyncio.run_coroutine_threadsafe(close(), loop)


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
