"""The demo's front ends: the page, and the few questions it asks of its own origin.

Here belong the files of the page and three same-origin endpoints: what the demo consists of, what the API
recorded, and whether two URLs have the same origin. Not here: anything cross-origin (`api`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..middleware.types import ASGIApp, Message, Receive, Scope, Send
from ..standards.origin import DEFAULT_PORTS, Origin, same_origin
from .policies import as_code, refusal, served
from .record import Log

PAGE: Final = Path(__file__).parent / "page"
PROGRAMS: Final = ("basic", "development", "production")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The three origins of a running demo."""

    front: str
    other: str
    api: str


def front(index: str, here: Addresses, log: Log) -> ASGIApp:
    """A front end whose start page is this file: the demo's own, or the one on the second port."""
    facts = _facts(here)

    async def start(_: Request) -> Response:
        return FileResponse(PAGE / index)

    async def demo(_: Request) -> Response:
        return JSONResponse(facts)

    async def recorded(request: Request) -> Response:
        return JSONResponse(log.of(request.query_params.get("run", "")))

    async def same(request: Request) -> Response:
        return JSONResponse(compare(request.query_params.get("a", ""), request.query_params.get("b", "")))

    routes = [
        Route("/", start),
        Route("/demo.json", demo),
        Route("/log", recorded),
        Route("/same-origin", same),
        Mount("/", StaticFiles(directory=PAGE)),
    ]
    return _with_headers(Starlette(routes=routes), _headers(here))


def compare(a: str, b: str) -> dict[str, Any]:
    """Whether two URLs have the same origin, part by part as the tutorial compares them."""
    try:
        one, other = Origin.parse(a), Origin.parse(b)
    except ValueError:
        return {"error": "One of the two is not a URL. A URL starts with its protocol: http://example.com"}
    pairs = {
        "protocol": (one.scheme, other.scheme),
        "domain": (one.host, other.host),
        "port": (_port(one), _port(other)),
    }
    opaque = one.opaque or other.opaque
    return {
        "same": same_origin(one, other),
        "origins": [str(one), str(other)],
        "opaque": opaque,
        "parts": [] if opaque else [{"name": name, "a": x, "b": y, "same": x == y} for name, (x, y) in pairs.items()],
    }


def _port(origin: Origin) -> str:
    if origin.port is not None:
        return str(origin.port)
    default = DEFAULT_PORTS.get(origin.scheme)
    return f"{default} (default)" if default else "none"


def _facts(here: Addresses) -> dict[str, Any]:
    return {
        "front": here.front,
        "other": here.other,
        "api": here.api,
        "apis": {one.name: as_code(one) for one in served(here.front)},
        "refusal": refusal(),
        "programs": {name: (PAGE / "programs" / f"{name}.txt").read_text("utf-8") for name in PROGRAMS},
    }


def _headers(here: Addresses) -> list[tuple[bytes, bytes]]:
    policy = (
        f"default-src 'self'; connect-src 'self' {here.api}; frame-src {here.other}; frame-ancestors {here.front}; "
        "base-uri 'none'; form-action 'none'; object-src 'none'"
    )
    return [(b"content-security-policy", policy.encode()), (b"cache-control", b"no-cache")]


def _with_headers(app: ASGIApp, headers: list[tuple[bytes, bytes]]) -> ASGIApp:
    async def adding(scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *headers]}
            await send(message)

        await app(scope, receive, add)

    return adding
