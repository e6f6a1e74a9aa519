"""Which layer answered: each layer outside CORS is asked alone, with nothing behind it.

Here belongs that experiment. It reaches no route and no server: a layer is built around an empty app, and
whoever answers before the empty app is reached is the one. Not here: which layers there are (`app`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from ..browser import Failure, Request, Response
from ..middleware.app_layers import Layer
from .asgi import ASGITransport


class _Empty:
    """The app behind a layer: it notes that it was reached, and answers 200."""

    def __init__(self) -> None:
        self.reached = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached = True
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def answering(layers: Iterable[Layer], request: Request, status: int) -> str:
    """The name of the first layer that answers this request by itself with this status; empty for none."""
    return next((it.name for it in layers if own_answer(it, request) == status), "")


def own_answer(layer: Layer, request: Request) -> int | None:
    """The status with which a layer answers this request by itself; None where it passes it on, or fails."""
    if layer.build is None:
        return None
    behind = _Empty()
    answers: list[Response | Failure] = []

    def ask() -> None:
        # Whatever a layer needs that is not here (a database, a started app), its failure proves nothing.
        with suppress(Exception):
            transport = ASGITransport(layer.build(behind))  # type: ignore[misc]
            answers.append(transport(request))
            transport.close()

    # A thread, since an event loop may be running here, and one loop cannot run inside another.
    worker = threading.Thread(target=ask)
    worker.start()
    worker.join(timeout=5)
    if behind.reached:
        return None
    return next((it.status for it in answers if isinstance(it, Response)), None)
