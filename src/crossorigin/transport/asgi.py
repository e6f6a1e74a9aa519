"""How the browser's half reaches a server: an ASGI app in this process, or HTTP.

A transport is anything that takes one HTTP request (method, URL, list of raw header pairs, body)
and gives one response (status, list of raw header pairs, body): a recorder or another client has
nothing else to supply. Here belong the two that everybody needs. Not here: redirects, cookies and
caches, which are the browser's.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar
from urllib.parse import unquote, urlsplit

from ..standards.messages import Failure, Headers, Request, Response
from ..standards.origin import DEFAULT_PORTS
from .http import host_header

if TYPE_CHECKING:
    pass

_Message: TypeAlias = MutableMapping[str, Any]
_App: TypeAlias = Callable[
    [_Message, Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]], Awaitable[None]
]

_Result = TypeVar("_Result")


class ASGITransport:
    """An ASGI application in this process.

    Called, it answers synchronously, on an event loop of its own that lives as long as the
    transport; `asend` answers on the loop that runs. As a context manager (`with` for the first,
    `async with` for the second) it starts and stops the application's lifespan.

    An exception in the application becomes the 500 that it sent, or else a `Failure`;
    `raise_app_exceptions` lets it through. A call from inside a running loop raises RuntimeError:
    use `Browser.afetch()` there. Source: https://asgi.readthedocs.io/
    """

    def __init__(self, app: _App, *, raise_app_exceptions: bool = False, client: tuple[str, int] = ("127.0.0.1", 123)):
        self.app = app
        self.raise_app_exceptions = raise_app_exceptions
        self.client = client
        self._state: dict[str, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lifespan: _Lifespan | None = None

    def __call__(self, request: Request, /) -> Response | Failure:
        return self._run(self.asend(request))

    async def asend(self, request: Request) -> Response | Failure:
        """One request to the application, one response."""
        scope = self._scope(request)
        answer = _Answer(request, websocket=scope["type"] == "websocket")
        try:
            await self.app(scope, answer.receive, answer.send)
        except Exception as error:
            if self.raise_app_exceptions:
                raise
            if answer.response is None:
                return Failure(f"the application raised {type(error).__name__}: {error}", "app-error")
        if answer.response is None:
            return Failure("the application answered nothing", "closed")
        return answer.response

    def __enter__(self) -> Self:
        self._run(self.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        self._run(self.__aexit__(*error))
        self.close()

    async def __aenter__(self) -> Self:
        self._lifespan = _Lifespan(self.app, self._state)
        await self._lifespan.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._lifespan is not None:
            await self._lifespan.stop()
            self._lifespan = None

    def close(self) -> None:
        """Close the transport's own event loop, if it ever had one. The next call makes another."""
        if self._loop is not None:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self._loop = None

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        if _loop_runs_here():
            work.close()
            raise RuntimeError("an event loop is running here: use Browser.afetch()")
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            weakref.finalize(self, self._loop.close)
        return self._loop.run_until_complete(work)

    def _scope(self, request: Request) -> _Message:
        url = urlsplit(request.url)
        websocket = url.scheme in ("ws", "wss")
        scope: _Message = {
            "type": "websocket" if websocket else "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": url.scheme,
            "path": unquote(url.path or "/"),
            "raw_path": (url.path or "/").encode(),
            "query_string": url.query.encode(),
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in [*host_header(request, url), *request.headers]],
            "client": self.client,
            "server": (url.hostname, url.port or DEFAULT_PORTS.get(url.scheme)),
            "state": dict(self._state),
        }
        if websocket:
            scope["subprotocols"] = []
            scope["extensions"] = {"websocket.http.response": {}}
        else:
            scope["method"] = request.method
        return scope


class BlockingASGITransport(ASGITransport):
    """An ASGITransport that also answers synchronously on a thread whose event loop is running: it blocks that loop.

    The application then runs in one other thread. Playwright's synchronous API needs this: from its first use to the
    end of the process, it keeps a loop running in the main thread.
    """

    _thread: ThreadPoolExecutor | None = None

    def close(self) -> None:
        """Close the event loop, and end the thread."""
        self._aside(super().close)
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return self._aside(partial(super()._run, work))

    def _aside(self, call: Callable[[], _Result]) -> _Result:
        """Calls it in this thread, or in the other one if a loop runs here."""
        if not _loop_runs_here():
            return call()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="crossorigin")
        return self._thread.submit(copy_context().run, call).result()


def _loop_runs_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class _Answer:
    """The two ends of one ASGI connection, and the response they make."""

    def __init__(self, request: Request, websocket: bool) -> None:
        self._websocket = websocket
        incoming: list[_Message] = [{"type": "http.request", "body": request.body, "more_body": False}]
        if websocket:
            incoming = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}]
        self._incoming: Iterator[_Message] = iter(incoming)
        self._never = asyncio.Event()
        self.response: Response | None = None

    async def receive(self) -> _Message:
        message = next(self._incoming, None)
        if message is not None:
            return message
        if self.response is None:
            await self._never.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: _Message) -> None:
        kind = message["type"]
        headers: Headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
        if kind in ("http.response.start", "websocket.http.response.start"):
            self.response = Response(message["status"], headers, b"")
        elif kind in ("http.response.body", "websocket.http.response.body") and self.response is not None:
            self.response = self.response._replace(body=self.response.body + bytes(message.get("body", b"")))
        elif kind == "websocket.accept":
            self.response = Response(101, headers, b"")
        elif kind == "websocket.close" and self.response is None:
            self.response = Response(403, headers, b"")


class _Lifespan:
    """ASGI lifespan: startup and shutdown, each awaited; an application without it is left alone."""

    def __init__(self, app: _App, state: dict[str, Any]) -> None:
        self._app = app
        self._state = state
        self._inbox: asyncio.Queue[_Message] = asyncio.Queue()
        self._outbox: asyncio.Queue[_Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.ensure_future(self._serve())
        await self._ask("startup")

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            await self._ask("shutdown")
            await self._task

    async def _serve(self) -> None:
        scope: _Message = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        try:
            await self._app(scope, self._inbox.get, self._outbox.put)
        except Exception as error:
            await self._outbox.put({"type": "unsupported", "message": f"{type(error).__name__}: {error}"})
        else:
            await self._outbox.put({"type": "unsupported"})

    async def _ask(self, what: str) -> None:
        await self._inbox.put({"type": f"lifespan.{what}"})
        answer = await self._outbox.get()
        if answer["type"] == f"lifespan.{what}.failed":
            raise RuntimeError(f"the application's {what} failed: {answer.get('message', '')}")
