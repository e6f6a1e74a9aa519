"""Quart and its extension quart-cors."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from quart import Quart, Response, jsonify, request, websocket
from quart_cors import cors, cors_exempt, route_cors

from .target import APP, ASGIApp, app

NARROW: dict[str, Any] = {"allow_origin": [APP], "allow_methods": ["GET"], "allow_headers": ["content-type"]}


def bare() -> Quart:
    """An API and a WebSocket without a word of CORS."""
    api = Quart(__name__)

    @api.get("/items")
    async def items() -> Response:
        return jsonify([1, 2, 3])

    @api.websocket("/ws")
    async def news() -> None:
        await websocket.send("news")

    return api


def quart(**more: Any) -> ASGIApp:
    """An API with `cors(app, ...)`."""
    return cors(bare(), **more)


@app("quart-cors", "request-headers-unbounded")
def default() -> ASGIApp:
    """`cors(app)` as in the first line of its documentation: `*`, and every request header comes back."""
    return quart()


@app("quart-cors", "accepts-any-origin", "accepts-null")
def any_by_expression() -> ASGIApp:
    """`re.compile(".*")`, found by whoever met "Cannot allow credentials with wildcard allowed origins"."""
    return quart(**NARROW | {"allow_origin": re.compile(".*")}, allow_credentials=True)


@app("quart-cors", "accepts-infix")
def subdomains() -> ASGIApp:
    r"""`re.compile(r"https://.*\.example\.com")`: `.*` opens the start, and `match` the end."""
    return quart(**NARROW | {"allow_origin": re.compile(r"https://.*\.example\.com")}, allow_credentials=True)


@app("quart-cors", "accepts-http", "accepts-any-port")
def http_too() -> ASGIApp:
    """`https?` and any port, left over from development."""
    return quart(**NARROW | {"allow_origin": re.compile(r"https?://app\.example\.com(:\d+)?$")}, allow_credentials=True)


@app("quart-cors", "max-age-overlong")
def a_month() -> ASGIApp:
    """`max_age=timedelta(days=30)`."""
    return quart(**NARROW, max_age=timedelta(days=30))


@app("quart-cors", "sends-expose-star")
def exposes_star() -> ASGIApp:
    """`expose_headers=["*"]` with cookies."""
    return quart(**NARROW, expose_headers=["*"], allow_credentials=True)


@app("quart-cors", "errors-without-cors")
def one_route() -> ASGIApp:
    """`@route_cors` on the one route: errors of the app carry nothing."""
    api = Quart(__name__)

    @api.get("/items")
    @route_cors(**NARROW)
    async def items() -> Response:
        return jsonify([1, 2, 3])

    return api


@app("quart-cors", "preflight-behind-auth")
def login_first() -> ASGIApp:
    """`before_request` asks for a token, of OPTIONS too."""
    api = bare()

    @api.before_request
    async def login() -> Response | None:
        if request.headers.get("Authorization") == "Bearer wave":
            return None
        return Response("who are you?", 401, {"WWW-Authenticate": "Bearer"})

    return cors(api, **NARROW)


@app("quart-cors", "clobbered-vary")
def own_vary() -> ASGIApp:
    """An `after_request` that sets `Vary` for cross-origin answers, and drops the app's `Accept-Language`."""
    api = bare()

    @api.after_request
    async def replace(response: Response) -> Response:
        response.headers["Vary"] = "Origin" if "Origin" in request.headers else "Accept-Language, Origin"
        return response

    return cors(api, **NARROW, allow_credentials=True)


@app("quart-cors", "websocket-foreign-origin", path="/ws")
def socket_exempt() -> ASGIApp:
    """`@cors_exempt` on the WebSocket, since a native client could not connect."""
    api = Quart(__name__)

    @api.websocket("/ws")
    @cors_exempt
    async def news() -> None:
        await websocket.send("news")

    return cors(api, **NARROW, allow_credentials=True)


@app("quart-cors", "websocket-foreign-origin", "accepts-prefix", path="/ws")
def socket_prefix() -> ASGIApp:
    """The WebSocket asks the same expression, and its end is open there too."""
    return quart(**NARROW | {"allow_origin": re.compile(r"https://app\.example\.com")}, allow_credentials=True)


@app("quart-cors")
def sound_list() -> ASGIApp:
    """One origin, written out, with cookies."""
    return quart(**NARROW, allow_credentials=True, max_age=timedelta(minutes=10))


@app("quart-cors", path="/ws")
def sound_socket() -> ASGIApp:
    """The same list, asked of the WebSocket too."""
    return quart(**NARROW, allow_credentials=True)
