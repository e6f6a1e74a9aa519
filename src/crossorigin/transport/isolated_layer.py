"""One CORS layer, asked alone: what it really answers to an origin.

Here belong the app behind the layer, the origins to ask with, and the few requests that settle what the layer does.
Not here: what to think of the answers (`check.starlette`, `check.starlette.differences`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from ..browser import Failure, Request, Response
from ..standards.header_lists import get
from .asgi import ASGITransport

Build = Callable[[Any], Any]


class EmptyApp:
    """The app behind a layer: it notes that it was reached, and answers 200."""

    def __init__(self) -> None:
        self.reached = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached = True
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class IsolatedLayer:
    """A layer built around the empty app. `failed` is what building it raised; then nothing can be asked."""

    def __init__(self, build: Build) -> None:
        self.failed = ""
        try:
            self._transport = ASGITransport(build(EmptyApp()))
        except Exception as error:
            self.failed = f"{type(error).__name__}: {error}"

    def get(self, origin: str, *, cookie: bool = False) -> Mapping[str, str]:
        """The headers of the answer to a simple request of this origin, without a cookie or with one."""
        cookies = [("Cookie", "a=1")] if cookie else []
        return self._ask("GET", [("Origin", origin), *cookies])

    def preflight(self, origin: str, method: str, headers: str = "") -> Mapping[str, str]:
        """The headers of the answer to a preflight of this origin."""
        asked = [("Access-Control-Request-Headers", headers)] if headers else []
        return self._ask("OPTIONS", [("Origin", origin), ("Access-Control-Request-Method", method), *asked])

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may read the answer."""
        return self.get(origin).get("access-control-allow-origin") in ("*", origin)

    def _ask(self, method: str, headers: list[tuple[str, str]]) -> Mapping[str, str]:
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        answer = self._transport(Request(method, "https://api.example/", raw))
        self._transport.close()
        if isinstance(answer, Failure):
            return {}
        return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}


def answering(layers: Iterable[tuple[str, Build | None]], request: Request, status: int) -> str:
    """The name of the first layer that answers this request by itself with this status; empty for none.

    `layers` are their names, each with what builds it around an app.
    """
    return next((name for name, build in layers if own_answer(build, request) == status), "")


def own_answer(build: Build | None, request: Request) -> int | None:
    """The status with which a layer answers this request by itself; None where it passes it on, or fails."""
    if build is None:
        return None
    behind = EmptyApp()
    answer = _answered(build, behind, request)
    return answer.status if answer is not None and not behind.reached else None


def lets_in(build: Build | None, origin: str) -> bool:
    """Whether a layer, asked alone, lets a page of this origin read an answer; False if it cannot be asked."""
    if build is None:
        return False
    headers = [(b"Origin", origin.encode()), (b"Cookie", b"crossorigin-check=1")]
    answer = _answered(build, EmptyApp(), Request("GET", "https://api.example/", headers))
    return answer is not None and get(answer.headers, "access-control-allow-origin") in ("*", origin)


def _answered(build: Build, behind: EmptyApp, request: Request) -> Response | None:
    """What a layer around the empty app answers; None if it fails, or takes too long."""
    answers: list[Response | Failure] = []

    def ask() -> None:
        # Whatever a layer needs that is not here (a database, a started app), its failure proves nothing.
        with suppress(Exception):
            transport = ASGITransport(build(behind))
            answers.append(transport(request))
            transport.close()

    # A thread, since an event loop may be running here, and one loop cannot run inside another.
    worker = threading.Thread(target=ask, daemon=True)
    worker.start()
    worker.join(timeout=5)
    return next((answer for answer in answers if isinstance(answer, Response)), None)
