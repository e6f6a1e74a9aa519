"""How both sides are asked: the same call, over two transports, with nothing sent that could change anything.

Here belong the transports around a transport, and the exchange that a call comes to. Not here: which calls are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from ..browser import Browser, Exchange, Failure, Outcome, Request, Response
from ..middleware.cors import CORSMiddleware
from ..report.errors import CannotRun
from .calls import PageCall

# The page sees the server under a name that is no page's own, and over TLS: so no call is same-origin, and none is
# stopped as mixed content before it is sent. On the wire it is the real URL.
_NAME: Final = "server.crossorigin.invalid"
_HOST: Final = f"https://{_NAME}"

Wire = Callable[[Request], Response | Failure]
Headers = Sequence[tuple[bytes, bytes]]


@dataclass
class Server:
    """One of the two servers. `requests` counts what it was really asked."""

    wire: Wire
    url: str
    headers: Headers = ()
    requests: int = 0

    def ask(self, call: PageCall) -> Outcome:
        """What this call of this page comes to here. Raises CannotRun."""
        browser = Browser(call.page, transport=PreflightOnlyTransport(self, call))
        headers = dict.fromkeys(call.headers, '"probe"')  # a quotation mark is in no safelisted value
        return browser.fetch(
            self._seen, method=call.method, headers=headers, credentials=call.credentials, redirect="manual"
        )

    def plain(self) -> Outcome:
        """A visit without an `Origin`: a page of the server's own, a program, a cache that warms itself."""
        return Browser(_HOST, transport=PreflightOnlyTransport(self, None)).fetch(self._seen, redirect="manual")

    def websocket(self, page: str) -> bool:
        """Whether this page may open a WebSocket here. Raises CannotRun."""
        return Browser(page, transport=self.send).websocket(self._seen).allowed

    def status(self, host: str) -> int:
        """What a visit under this name is answered with; an empty one is the URL's own. Raises CannotRun."""
        headers = [(b"Host", host.encode())] if host else []
        return self.send(Request("GET", self._seen, headers)).status

    @property
    def _seen(self) -> str:
        url = urlsplit(self.url)
        return _HOST + (url.path or "/") + (f"?{url.query}" if url.query else "")

    def send(self, request: Request) -> Response:
        """One request as it really travels; once more where the connection broke."""
        url = urlsplit(self.url)
        scheme = url.scheme.replace("http", "ws") if request.url.startswith("wss:") else url.scheme
        real = f"{scheme}://{url.netloc}{request.url.partition(_NAME)[2]}"
        said = {name.lower() for name, _ in request.headers} & {b"host"}  # a name that is tried, in place of the usual
        more = [pair for pair in self.headers if pair[0].lower() not in said]
        request = request._replace(url=real, headers=[*request.headers, *more])
        answer = self._asked(request)
        if isinstance(answer, Failure):
            answer = self._asked(request)
        if isinstance(answer, Failure):
            raise CannotRun(f"no answer to {request.method} {real}: {answer.message}")
        return Response(*answer)

    def _asked(self, request: Request) -> Response | Failure:
        self.requests += 1
        return self.wire(request)


@dataclass
class PreflightOnlyTransport:
    """A transport that sends preflights, GET and HEAD; where a preflight was sent, nothing follows it."""

    side: Server
    call: PageCall | None
    asked: bool = False

    def __call__(self, request: Request, /) -> Response:
        if self.asked:
            page = dict(request.headers).get(b"Origin", b"")
            allowed = [(b"access-control-allow-origin", page), (b"access-control-allow-credentials", b"true")]
            return Response(204, allowed)
        if request.method == "OPTIONS":
            self.asked = True
            if self.call is not None and self.call.private:
                request.headers.append((b"Access-Control-Request-Private-Network", b"true"))
        return self.side.send(request)


def serve_policy(app: Any = None, **keywords: Any) -> CORSMiddleware:
    """Our own middleware as it would stand around this app, with nothing in it that could run.

    The app's routes are looked at, where it has any, for the policies that they say; its endpoints are not called.
    """
    middleware = CORSMiddleware(app or _app, **keywords)
    middleware.app = _app
    return middleware


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """An endpoint that takes everything, and says nothing of CORS."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def answered(outcome: Outcome) -> tuple[Exchange, Response]:
    """The one exchange of a call that really took place, and what came back."""
    exchange = outcome.requests[0]
    assert isinstance(exchange.response, Response), "Side.send gives nothing else"
    return exchange, exchange.response
