"""HTTP and HTTPS on an event loop, with every part of a response bounded."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from ..audit.options import Options
from ..browser import Failure, Request, Response
from .http import as_http, handshake

# No check reads a body: what is there at once is read, since only then the connection serves the next request too.
_BODY_BYTES: Final = 65_536


_BODY_SECONDS: Final = 0.25


_DOCUMENT_BYTES: Final = 32 * 2**20


# The first row that is among an error and its causes, with a text that is in its own, has the words. h11 holds at
# most 100 KiB of a head (httpcore2's MAX_INCOMPLETE_EVENT_SIZE), however long it is.
_WORDS: Final[tuple[tuple[type[BaseException], str, str], ...]] = (
    (httpx2.ConnectTimeout, "", "no connection within {seconds:g} s"),
    (TimeoutError, "", "no answer within {seconds:g} s"),
    (socket.gaierror, "", "there is no host of this name"),
    (ConnectionRefusedError, "", "nobody listens there"),
    (ssl.SSLCertVerificationError, "", "its certificate is not trusted ({why}); --insecure takes any"),
    (ssl.SSLError, "WRONG_VERSION_NUMBER", "what answers there is not TLS; is it http://?"),
    (ssl.SSLError, "", "no TLS connection came about ({why})"),
    (httpx2.RemoteProtocolError, "without sending a response", "the server closed the connection without an answer"),
    (httpx2.RemoteProtocolError, "buffer too long", "the head of the answer is longer than 100 KiB"),
    (httpx2.RemoteProtocolError, "status line", "what answers there is not HTTP"),
    (httpx2.RemoteProtocolError, "request line", "what answers there is not HTTP"),
    (httpx2.RemoteProtocolError, "", "the answer is not HTTP as it is defined ({why})"),
    (httpx2.LocalProtocolError, "", "the request cannot be sent ({why})"),
    (httpx2.ConnectError, "", "no connection came about ({why})"),
    (httpx2.NetworkError, "", "the server broke the connection off"),
    (OSError, "", "no connection came about ({why})"),
    (Exception, "", "this URL cannot be asked ({why})"),
)


class HTTPClient:
    """HTTP and HTTPS, by httpx2, with bounded heads and bodies, and a time limit for the whole head.

    One serves all targets: each server is asked at its rate, whoever asks.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=options.concurrency)
        self._client = httpx2.AsyncClient(
            timeout=options.timeout, verify=options.verify, follow_redirects=False, trust_env=False, limits=limits
        )
        self._client.headers.clear()
        self._next: dict[str, float] = {}  # when a server may be asked again

    async def asend(self, request: Request, /) -> Response | Failure:
        """The response; a failure in words for whatever else happens."""
        return await self._ask(request, _BODY_BYTES, min(_BODY_SECONDS, self._options.timeout))

    async def document(self, url: str) -> Response | Failure:
        """The response with its whole body, which is no body of a target."""
        headers = [(name.encode(), value.encode("latin-1")) for name, value in self._options.headers]
        request = Request("GET", url, [(b"Accept", b"application/json, */*"), *headers])
        return await self._ask(request, _DOCUMENT_BYTES, self._options.timeout)

    async def _ask(self, request: Request, most: int, seconds: float) -> Response | Failure:
        await self._turn(request.url)
        try:
            # httpx2 bounds each step, and closes what it cancels; this bounds all of them, where a server drips.
            async with asyncio.timeout(self._options.timeout * 1.25):
                answer = await self._head(request)
        except Exception as error:
            return Failure(in_words(error, self._options.timeout))
        try:
            return Response(answer.status_code, list(answer.headers.raw), await _body(answer, most, seconds))
        finally:
            await answer.aclose()

    async def _turn(self, url: str) -> None:
        if self._options.rate:
            now, server = asyncio.get_running_loop().time(), urlsplit(url).netloc
            at = max(now, self._next.get(server, now))
            self._next[server] = at + 1 / self._options.rate
            await asyncio.sleep(at - now)

    async def _head(self, request: Request) -> httpx2.Response:
        self._client.cookies.clear()
        url, headers, extensions = self._where(request)
        sent = self._client.build_request(request.method, url, content=request.body or None, extensions=extensions)
        sent.headers = httpx2.Headers(headers)
        return await self._client.send(sent, stream=True)

    def _where(self, request: Request) -> tuple[str, list[tuple[bytes, bytes]], dict[str, Any]]:
        parts = urlsplit(as_http(request.url))
        _ = parts.port  # ValueError, where there can be none
        said = [it for it in request.headers if it[0].lower() == b"host"]
        host = said or [(b"host", parts.netloc.rpartition("@")[2].encode())]
        headers = [*host, *handshake(request), *(it for it in request.headers if it[0].lower() != b"host")]
        if request.body:
            headers.append((b"content-length", b"%d" % len(request.body)))
        if not self._options.connect:
            return parts.geturl(), headers, {}
        there = parts._replace(netloc=self._options.connect)
        return there.geturl(), headers, {"sni_hostname": parts.hostname}

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._client.aclose()


async def _body(answer: httpx2.Response, most: int, seconds: float) -> bytes:
    """Its start, as it came over the wire: a body that is late, cut off or malformed takes nothing from the head."""
    body = b""
    if answer.status_code != 101:
        with suppress(TimeoutError, httpx2.HTTPError):
            async with asyncio.timeout(seconds):
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) >= most:
                        break
    return body[:most]


def in_words(error: BaseException, seconds: float) -> str:
    """What happened, in one line for people; `seconds` is how long one step may take."""
    found = list(_causes(error))
    kind, text, words = next(row for row in _WORDS if any(isinstance(it, row[0]) and row[1] in str(it) for it in found))
    it = next(it for it in found if isinstance(it, kind) and text in str(it))
    why = getattr(it, "verify_message", "") or getattr(it, "reason", "") or str(it) or type(it).__name__
    return words.format(why=why.splitlines()[0][:160], seconds=seconds)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from _causes(error.exceptions[0])
        error = error.__cause__ or error.__context__
