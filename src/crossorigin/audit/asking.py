"""Asking a target: one request, one answer, within every limit.

Here belongs the client: it merges no header lines, follows no redirect, keeps no cookie, reads only the start of
a body, and ends in time whatever a server does. Not here: what to ask.
"""

from __future__ import annotations

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Iterable
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httpx2

from ..browser import Failure, Request, Response
from .limits import Options

_BODY_BYTES: Final = 65_536

Headers = Iterable[tuple[str, str]]


class BudgetSpentError(Exception):
    """The target has had as many requests as it may have."""


class Client(Protocol):
    """What takes one request: a server over HTTP, or an app in this process."""

    async def asend(self, request: Request, /) -> Response | Failure:
        """The response, or why there is none."""
        ...


class HTTPClient:
    """HTTP and HTTPS, by httpx2, with bounded heads and bodies and a time limit for the whole exchange."""

    def __init__(self, options: Options) -> None:
        self._options = options
        limits = httpx2.Limits(max_connections=options.concurrency * 2, max_keepalive_connections=options.concurrency)
        self._client = httpx2.AsyncClient(
            timeout=options.timeout, verify=options.verify, follow_redirects=False, trust_env=False, limits=limits
        )
        self._client.headers.clear()

    async def asend(self, request: Request, /) -> Response | Failure:
        """The response; a failure in words for whatever else happens."""
        try:
            async with asyncio.timeout(self._options.timeout):
                return await self._exchange(request)
        except TimeoutError:
            return Failure(f"no whole answer within {self._options.timeout:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            return Failure(f"{type(error).__name__}: {error}".splitlines()[0][:200])

    async def _exchange(self, request: Request) -> Response:
        self._client.cookies.clear()
        url, headers, extensions = self._where(request)
        sent = self._client.build_request(request.method, url, content=request.body or None, extensions=extensions)
        sent.headers = httpx2.Headers(headers)
        answer = await self._client.send(sent, stream=True)
        try:
            body = b""
            if answer.status_code != 101:
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) >= _BODY_BYTES:
                        break
            return Response(answer.status_code, list(answer.headers.raw), body[:_BODY_BYTES])
        finally:
            await answer.aclose()

    def _where(self, request: Request) -> tuple[str, list[tuple[bytes, bytes]], dict[str, Any]]:
        parts = urlsplit(request.url.replace("ws", "http", 1) if request.url.startswith("ws") else request.url)
        said = [it for it in request.headers if it[0].lower() == b"host"]
        host = said or [(b"host", parts.netloc.rpartition("@")[2].encode())]
        headers = [*host, *(it for it in request.headers if it[0].lower() != b"host")]
        if request.body:
            headers.append((b"content-length", b"%d" % len(request.body)))
        if not self._options.connect:
            return parts.geturl(), headers, {}
        there = parts._replace(netloc=self._options.connect)
        return there.geturl(), headers, {"sni_hostname": parts.hostname}

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._client.aclose()


class Asker:
    """Asks one target, within its budget and at its rate, and keeps every answer."""

    def __init__(self, url: str, client: Client, options: Options) -> None:
        self.url = url
        self.asked = 0
        self._client = client
        self._options = options
        self._slots = asyncio.Semaphore(options.concurrency)
        self._next = 0.0

    async def get(self, origin: str | None = None, **more: Any) -> Response | Failure:
        """GET, as a page of this origin sends it."""
        return await self.ask("GET", origin=origin, **more)

    async def preflight(
        self, origin: str, method: str, headers: str = "", more: Headers = (), url: str = ""
    ) -> Response | Failure:
        """The preflight of a page of this origin."""
        asks = [("Access-Control-Request-Method", method)]
        if headers:
            asks.append(("Access-Control-Request-Headers", headers))
        return await self.ask("OPTIONS", origin=origin, headers=[*asks, *more], url=url)

    async def handshake(self, origin: str) -> Response | Failure:
        """A WebSocket handshake of a page of this origin; an accepted one is closed at once."""
        key = b64encode(secrets.token_bytes(16)).decode()
        upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
        url = self.url.replace("http", "ws", 1)
        return await self.ask("GET", origin=origin, headers=[*upgrade, ("Sec-WebSocket-Key", key)], url=url)

    async def ask(
        self, method: str, *, origin: str | None = None, headers: Headers = (), url: str = "", body: bytes = b""
    ) -> Response | Failure:
        """One request. Raises BudgetSpent in place of one too many."""
        if self.asked >= self._options.budget:
            raise BudgetSpentError
        self.asked += 1
        said = [("Accept", "*/*"), ("User-Agent", "crossorigin-audit"), *self._options.headers, *headers]
        if origin is not None:
            said.append(("Origin", origin))
        lines = [(name.encode(), value.encode("latin-1", "replace")) for name, value in said]
        async with self._slots:
            await self._turn()
            return await self._client.asend(Request(method, url or self.url, lines, body))

    async def _turn(self) -> None:
        if self._options.rate:
            now = asyncio.get_running_loop().time()
            at = max(now, self._next)
            self._next = at + 1 / self._options.rate
            await asyncio.sleep(at - now)
