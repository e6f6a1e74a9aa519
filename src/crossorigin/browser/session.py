"""`Browser`: a page that fetches, over any transport, and remembers what a browser remembers.

Here belongs the state between two calls and the driving of the algorithm, in two colours. Not
here: any rule of fetching. No I/O: the transport does it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator
from inspect import isawaitable
from typing import Protocol, TypeVar, Unpack, cast

from ..standards.messages import Failure, Request, Response
from .algorithm import fetching, handshaking
from .call import FetchOptions
from .cookies import CookieJar
from .engines import ENGINES, Engine, EngineName
from .outcome import Outcome
from .preflight_cache import PreflightCache
from .request import Client
from .sites import Page

_Result = TypeVar("_Result")


class Transport(Protocol):
    """Takes one HTTP request and gives one response, or the failure to get one.

    Plain tuples of the same shape will do: `(status, [(name, value), …], body)`.
    """

    def __call__(self, request: Request, /) -> Response | Failure: ...


class AsyncTransport(Protocol):
    """The same, to be awaited."""

    def __call__(self, request: Request, /) -> Awaitable[Response | Failure]: ...


class Browser:
    """One page in one browser, fetching over a transport.

    `page` is a URL or an origin; `null`, a `file:` or a `data:` URL is an opaque page. `sandboxed`
    makes it a sandboxed frame, and `top` is the page around the frame, where there is one. `engine`
    is one of `standard`, `chromium`, `firefox`, `webkit`, or an `Engine` of your own. `transport` is
    a callable (see `Transport`), sync or async; one that can do both offers `asend` for `afetch`.
    `clock` gives seconds since 1970.

    `cookies` is the jar: `browser.cookies.set("http://api.test/", "session=1")` is a visit there.
    Preflight cache and cookies last as long as the object. Raises ValueError for a page that is
    neither `null` nor a URL, KeyError for an unknown engine.

    Source: https://fetch.spec.whatwg.org/
    """

    def __init__(
        self,
        page: str,
        *,
        transport: Transport | AsyncTransport,
        engine: EngineName | Engine = "standard",
        sandboxed: bool = False,
        top: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.page = Page.of(page, sandboxed, top)
        self.engine = engine if isinstance(engine, Engine) else ENGINES[engine]
        self.transport = transport
        self.cookies = CookieJar(self.engine, clock)
        self.preflight_cache = PreflightCache(self.engine, clock)
        self._client = Client(self.page, self.engine, self.preflight_cache, self.cookies)

    def fetch(self, url: str, **options: Unpack[FetchOptions]) -> Outcome:
        """What `fetch(url, options)` comes to in this page.

        Never raises for what a browser blocks: the outcome says so. Raises TypeError where the
        transport can only be awaited.
        """
        return self._drive(fetching(self._client, url, options))

    async def afetch(self, url: str, **options: Unpack[FetchOptions]) -> Outcome:
        """`fetch()`, over a transport that may be awaited."""
        return await self._adrive(fetching(self._client, url, options))

    def websocket(self, url: str) -> Outcome:
        """What `new WebSocket(url)` comes to: allowed where the server answers 101."""
        return self._drive(handshaking(self._client, url))

    async def awebsocket(self, url: str) -> Outcome:
        """`websocket()`, over a transport that may be awaited."""
        return await self._adrive(handshaking(self._client, url))

    def _drive(self, exchange: Generator[Request, Response | Failure, _Result]) -> _Result:
        try:
            request = next(exchange)
            while True:
                answer = self.transport(request)
                if isawaitable(answer):
                    _discard(answer)
                    raise TypeError("this transport is to be awaited: use afetch()")
                request = exchange.send(answer)
        except StopIteration as stop:
            return cast(_Result, stop.value)

    async def _adrive(self, exchange: Generator[Request, Response | Failure, _Result]) -> _Result:
        send = getattr(self.transport, "asend", self.transport)
        try:
            request = next(exchange)
            while True:
                answer = send(request)
                if isawaitable(answer):
                    answer = await answer
                request = exchange.send(answer)
        except StopIteration as stop:
            return cast(_Result, stop.value)


def _discard(answer: object) -> None:
    """A coroutine that nobody will await is closed, so that it does not complain later."""
    close = getattr(answer, "close", None)
    if close is not None:
        close()
