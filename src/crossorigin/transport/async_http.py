"""HTTP and HTTPS on an event loop, with every part of a response bounded."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

import httpx2

from ..browser import Failure, Request, Response
from ..standards.messages import Headers
from .bodies import read_body
from .failures import failure
from .http import CLIENT_OPTIONS, prepare

# No check reads a body: what is there at once is read, since only then the connection serves the next request too.
_BODY_BYTES: Final = 65_536
_BODY_SECONDS: Final = 0.25
_DOCUMENT_BYTES: Final = 32 * 2**20


class HTTPClient:
    """HTTP and HTTPS, by httpx2, with bounded heads and bodies, and a time limit for the whole head.

    `timeout` is in seconds, for one step and, with a quarter more, for the whole head. `rate` is requests a second to
    one server, whoever asks; 0 for no bound. `connect` is a `host:port` to connect to, whatever the URL says.
    `connections` are kept open for more requests. `untrusted` is what to offer if a certificate is not trusted.
    Redirects and cookies are left to the caller.
    """

    def __init__(
        self,
        *,
        timeout: float = 5.0,
        verify: bool = True,
        rate: float = 0.0,
        connect: str = "",
        connections: int = 8,
        untrusted: str = "",
    ) -> None:
        self._timeout, self._rate, self._connect, self._untrusted = timeout, rate, connect, untrusted
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=connections)
        self._client = httpx2.AsyncClient(timeout=timeout, verify=verify, limits=limits, **CLIENT_OPTIONS)
        self._next: dict[str, float] = {}  # when a server may be asked again

    async def asend(self, request: Request, /) -> Response | Failure:
        """The response; a failure in words for whatever else happens."""
        return await self._ask(request, _BODY_BYTES, min(_BODY_SECONDS, self._timeout))

    async def document(self, url: str, headers: Headers) -> Response | Failure:
        """The response with its whole body, for a document that the caller wants to read."""
        request = Request("GET", url, [(b"Accept", b"application/json, */*"), *headers])
        return await self._ask(request, _DOCUMENT_BYTES, self._timeout)

    async def _ask(self, request: Request, most: int, seconds: float) -> Response | Failure:
        await self._turn(request.url)
        try:
            # httpx2 bounds each step, and closes what it cancels; this bounds all of them, where a server drips.
            async with asyncio.timeout(self._timeout * 1.25):
                sent = prepare(self._client, request, self._connect)
                answer = await self._client.send(sent, stream=True)
        except Exception as error:
            return failure(error, self._timeout, self._untrusted)
        try:
            until = asyncio.get_running_loop().time() + seconds
            return Response(answer.status_code, list(answer.headers.raw), await read_body(answer, most, until))
        finally:
            await answer.aclose()

    async def _turn(self, url: str) -> None:
        if self._rate:
            now, server = asyncio.get_running_loop().time(), urlsplit(url).netloc
            at = max(now, self._next.get(server, now))
            self._next[server] = at + 1 / self._rate
            await asyncio.sleep(at - now)

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._client.aclose()
