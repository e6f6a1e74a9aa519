"""Asking a target: one request, one answer, within every limit.

Here belongs the client: it merges no header lines, follows no redirect, keeps no cookie, reads only the start of
a body, and ends in time whatever a server does; and the words for whatever it does in place of answering.
Not here: what to ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from ..browser import Failure, Request, Response
from ..transport.async_http import HTTPClient
from .options import Options

# So many requests without an answer, one after the other, and nobody waits for more.
PATIENCE: Final = 5


Headers = Iterable[tuple[str, str]]


def raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers as a request has them."""
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]


class BudgetSpentError(Exception):
    """The target has had as many requests as it may have."""


class SilentError(Exception):
    """The target has answered nothing several times in a row; the text is why the last time."""


class Sender(Protocol):
    """What takes one request: a server over HTTP, or an app in this process."""

    async def asend(self, request: Request, /) -> Response | Failure:
        """The response, or why there is none."""
        ...


def http_client(options: Options) -> HTTPClient:
    """The client that keeps to these options. One serves all targets: each server is asked at its rate."""
    return HTTPClient(
        timeout=options.timeout,
        verify=options.verify,
        rate=options.rate,
        connect=options.connect,
        connections=options.concurrency,
        untrusted="--insecure takes any",
    )


class TargetSession:
    """Asks one target, within its budget, and until it has been silent for too long."""

    def __init__(self, url: str, client: Sender, options: Options) -> None:
        self.url = url
        self.asked = 0
        self._client = client
        self._options = options
        self._slots = asyncio.Semaphore(options.concurrency)
        self._silent = 0

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
        url = urlsplit(self.url)
        return await self.ask("GET", origin=origin, url=url._replace(scheme=url.scheme.replace("http", "ws")).geturl())

    async def ask(
        self, method: str, *, origin: str | None = None, headers: Headers = (), url: str = "", body: bytes = b""
    ) -> Response | Failure:
        """One request.

        Raises BudgetSpentError in place of one too many, and SilentError where no answer comes time and again.
        """
        if self.asked >= self._options.budget:
            raise BudgetSpentError
        self.asked += 1
        said = [("Accept", "*/*"), ("User-Agent", "crossorigin-audit"), *self._options.headers, *headers]
        if origin is not None:
            said.append(("Origin", origin))
        lines = raw(said)
        async with self._slots:
            answer = await self._client.asend(Request(method, url or self.url, lines, body))
        self._silent = self._silent + 1 if isinstance(answer, Failure) else 0
        if isinstance(answer, Failure) and self._silent >= PATIENCE:
            raise SilentError(answer.message)
        return answer
