"""The server that is soaked: `uvicorn tests.e2e.soak.app:app`, `granian --interface asgi tests.e2e.soak.app:app`.

/page, /other   answer at once, with their path as the body
/slow           answers after 20 ms
/stream         sends pieces until its client is gone
/set/3          puts a policy in force and then answers
/tenants/3      lets the source load another set from then on, and answers at once
/echo           a WebSocket that sends back what comes

SOAK_FAULT breaks it, to see that the campaign sees it: `leak` keeps 64 KiB of each request, `wrong` lets in every
hundredth page, `error` fails every hundredth request.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from crossorigin import Policy, install
from crossorigin.origins import OriginSource
from tests.e2e.soak.expected import POLICIES, tenant

REFRESH = 1.0  # seconds
_policies = [Policy(**it) for it in POLICIES]
_current = {"tenants": 0}


async def load() -> list[str]:
    number = _current["tenants"]
    return [tenant(number), tenant(number + 1)]


source = OriginSource(load, refresh_interval=REFRESH)


async def page(request: Request) -> Response:
    return PlainTextResponse(request.url.path)


async def slow(request: Request) -> Response:
    await asyncio.sleep(0.02)
    return PlainTextResponse(request.url.path)


async def stream(request: Request) -> Response:
    async def pieces() -> Any:
        for _ in range(500):
            yield b"piece " * 100
            await asyncio.sleep(0.01)

    return StreamingResponse(pieces())


async def put_in_force(request: Request) -> Response:
    install(served, _policies[int(request.path_params["number"])])
    return PlainTextResponse(request.url.path)


async def change_tenants(request: Request) -> Response:
    _current["tenants"] = int(request.path_params["number"])
    return PlainTextResponse(request.url.path)


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        return


METHODS = ["GET", "POST", "PUT"]
served = Starlette(
    routes=[
        Route("/page", page, methods=METHODS),
        Route("/other", page, methods=METHODS),
        Route("/slow", slow),
        Route("/stream", stream),
        Route("/set/{number:int}", put_in_force),
        Route("/tenants/{number:int}", change_tenants),
        WebSocketRoute("/echo", echo),
    ]
)
install(served, _policies[0], origins=source)


def broken(app: Any, fault: str) -> Any:
    """A broken server: SOAK_FAULT of the module's docstring."""
    counter, kept = itertools.count(1), []
    allowed = [(b"access-control-allow-origin", b"https://stranger.example")]

    async def breaking(scope: Any, receive: Any, send: Any) -> None:
        now = scope["type"] == "http" and next(counter) % 100 == 0
        if fault == "leak":
            kept.append(bytearray(b"x" * 65_536))

        async def broken_send(message: Any) -> None:
            if now and message["type"] == "http.response.start":
                if fault == "wrong":
                    message["headers"] = [*message["headers"], *allowed]
                elif fault == "error":
                    message["status"] = 500
            await send(message)

        await app(scope, receive, broken_send)

    return breaking


app = broken(served, os.environ["SOAK_FAULT"]) if "SOAK_FAULT" in os.environ else served
