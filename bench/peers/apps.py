"""The peers: one small API in each framework, and each library's CORS around it, as its documentation says.

Here belong the API, and how a policy is written in each library's own terms. Not here: what is asked of them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import blacksheep
import falcon
import falcon.asgi
import litestar
import quart
import quart_cors
from asgi_cors import asgi_cors
from litestar.config.cors import CORSConfig
from litestar.exceptions import NotAuthorizedException
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware as StarletteCORS
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from crossorigin import Policy, install

App = Callable[[Any, Any, Any], Awaitable[None]]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A policy in nobody's terms. `pattern` is an origin with a `*` for one label or for a port."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE")
    headers: tuple[str, ...] = ("Authorization", "Content-Type", "X-Custom")
    expose: tuple[str, ...] = ("X-Total",)
    credentials: bool = True
    max_age: int = 600
    pattern: str = ""
    enforce: bool = False

    @property
    def regex(self) -> str | None:
        """The pattern as a regular expression, as a careful reader of the documentation writes it."""
        if not self.pattern:
            return None
        escaped = re.escape(self.pattern)
        return escaped.replace(r":\*", r":\d+").replace(r"\*", "[a-z0-9-]+")


class CannotSay(Exception):
    """The library has no way to say this policy."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers; `raises` says how, if by the framework's exception or by one that nobody handles."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b'{"secret": 42}'
    raises: str = ""


ENDPOINTS = {
    "/": Answer(headers=(("x-total", "7"), ("x-hidden", "8"))),
    "/auth": Answer(401, raises="http"),
    "/crash": Answer(500, raises="crash"),
    "/cached": Answer(headers=(("cache-control", "max-age=600"),)),
    "/range": Answer(206, (("content-range", "bytes 0-3/14"), ("accept-ranges", "bytes")), b'{"se'),
    "/redirect": Answer(302, (("location", "/"),), b""),
}
JSON = "application/json"


def crash() -> None:
    raise RuntimeError("broken on purpose")


# -- one API in each framework ------------------------------------------------------------------


def in_starlette(middleware: Any = None) -> Any:
    def endpoint(answer: Answer) -> Any:
        async def respond(request: Any) -> Response:
            if answer.raises == "crash":
                crash()
            if answer.raises:
                raise HTTPException(answer.status)
            return Response(answer.body, answer.status, dict(answer.headers), JSON)

        return respond

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("secret")
        await websocket.close()

    routes: list[Any] = [Route(path, endpoint(it), methods=METHODS) for path, it in ENDPOINTS.items()]
    return Starlette(routes=[*routes, WebSocketRoute("/ws", socket)], middleware=middleware or [])


def in_litestar(**options: Any) -> Any:
    def handler(path: str, answer: Answer) -> Any:
        @litestar.route(path, http_method=METHODS, media_type=JSON)
        async def respond() -> litestar.Response[bytes]:
            if answer.raises == "crash":
                crash()
            if answer.raises:
                raise NotAuthorizedException
            return litestar.Response(
                answer.body, status_code=answer.status, headers=dict(answer.headers), media_type=JSON
            )

        return respond

    @litestar.websocket("/ws")
    async def socket(socket: litestar.WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        await socket.send_text("secret")
        await socket.close()

    handlers = [handler(path, it) for path, it in ENDPOINTS.items()]
    return litestar.Litestar([*handlers, socket], openapi_config=None, logging_config=None, **options)


def in_blacksheep() -> Any:
    app = blacksheep.Application(router=blacksheep.Router())

    def handler(answer: Answer) -> Any:
        async def respond(request: blacksheep.Request) -> blacksheep.Response:
            if answer.raises == "crash":
                crash()
            if answer.raises:
                raise blacksheep.HTTPException(answer.status)
            headers = [(name.encode(), value.encode()) for name, value in answer.headers]
            return blacksheep.Response(answer.status, headers, blacksheep.Content(JSON.encode(), answer.body))

        return respond

    async def socket(websocket: blacksheep.WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("secret")
        await websocket.close()

    for path, answer in ENDPOINTS.items():
        for method in METHODS:
            app.router.add(method, path, handler(answer))
    app.router.add_ws("/ws", socket)
    return app


def in_quart() -> Any:
    app = quart.Quart(__name__)

    def handler(answer: Answer) -> Any:
        async def respond() -> quart.Response:
            if answer.raises == "crash":
                crash()
            if answer.raises:
                quart.abort(answer.status)
            return quart.Response(answer.body, answer.status, dict(answer.headers), content_type=JSON)

        return respond

    for path, answer in ENDPOINTS.items():
        app.add_url_rule(path, path.replace("/", "at_"), handler(answer), methods=METHODS)

    async def socket() -> None:
        await quart.websocket.send("secret")

    app.add_websocket("/ws", "socket", socket)
    return app


def in_falcon(middleware: Any = None) -> Any:
    app = falcon.asgi.App(middleware=middleware)

    class Resource:
        def __init__(self, answer: Answer) -> None:
            self.answer = answer

        async def on_get(self, request: Any, response: Any) -> None:
            answer = self.answer
            if answer.raises == "crash":
                crash()
            if answer.raises:
                raise falcon.HTTPUnauthorized
            response.status = answer.status
            response.data = answer.body
            response.content_type = JSON
            response.set_headers(list(answer.headers))

        on_post = on_put = on_patch = on_delete = on_get

    class Socket:
        async def on_websocket(self, request: Any, socket: Any) -> None:
            await socket.accept()
            await socket.send_text("secret")
            await socket.close()

    for path, answer in ENDPOINTS.items():
        app.add_route(path, Resource(answer))
    app.add_route("/ws", Socket())
    return app


# -- each library's CORS around it --------------------------------------------------------------


def ours(app: Any, wanted: Wanted) -> Any:
    """crossorigin, by install()."""
    origins = [*wanted.origins, *([wanted.pattern] if wanted.pattern else [])]
    risks = any(it.startswith("http:") for it in origins) and (wanted.credentials or wanted.enforce)
    policy = Policy(
        allow_origins=origins,
        allow_methods=list(wanted.methods),
        allow_headers=list(wanted.headers),
        expose_headers=list(wanted.expose),
        allow_credentials=wanted.credentials,
        max_age=wanted.max_age,
        enforce=wanted.enforce,
        accept_risks=["insecure-origin"] if risks else [],
        trusted_hosts=["*"] if wanted.enforce else [],
    )
    install(app, policy)
    return app


def starlette(wanted: Wanted) -> Any:
    options = {
        "allow_origins": list(wanted.origins),
        "allow_origin_regex": wanted.regex,
        "allow_methods": list(wanted.methods),
        "allow_headers": list(wanted.headers),
        "expose_headers": list(wanted.expose),
        "allow_credentials": wanted.credentials,
        "max_age": wanted.max_age,
    }
    return in_starlette([Middleware(StarletteCORS, **options)])


def litestar_cors(wanted: Wanted) -> Any:
    config = CORSConfig(
        allow_origins=[*wanted.origins, *([wanted.pattern] if wanted.pattern else [])],
        allow_methods=list(wanted.methods),  # type: ignore[arg-type]
        allow_headers=list(wanted.headers),
        expose_headers=list(wanted.expose),
        allow_credentials=wanted.credentials,
        max_age=wanted.max_age,
    )
    return in_litestar(cors_config=config)


def blacksheep_cors(wanted: Wanted) -> Any:
    if wanted.pattern:
        raise CannotSay("no patterns")
    app = in_blacksheep()
    app.use_cors(
        allow_methods=list(wanted.methods),
        allow_headers=list(wanted.headers),
        allow_origins=list(wanted.origins),
        allow_credentials=wanted.credentials,
        max_age=wanted.max_age,
        expose_headers=list(wanted.expose),
    )
    return app


def quart_cors_(wanted: Wanted) -> Any:
    return quart_cors.cors(
        in_quart(),
        allow_origin=[*wanted.origins, *([re.compile(wanted.regex)] if wanted.regex else [])],
        allow_methods=list(wanted.methods),
        allow_headers=list(wanted.headers),
        expose_headers=list(wanted.expose),
        allow_credentials=wanted.credentials,
        max_age=wanted.max_age,
    )


def asgi_cors_(wanted: Wanted) -> Any:
    """It has neither credentials nor exposed headers. Its max_age is left out: it is written as str, not as bytes."""
    everybody = "*" in wanted.origins
    return asgi_cors(
        in_starlette(),
        allow_all=everybody,
        hosts=None if everybody else list(wanted.origins),
        host_wildcards=[wanted.pattern] if wanted.pattern else None,
        headers=list(wanted.headers),
        methods=list(wanted.methods),
    )


def falcon_cors(wanted: Wanted) -> Any:
    """It has no methods, headers or max_age to set: it takes what the resource has, and what is asked for."""
    if wanted.pattern:
        raise CannotSay("no patterns")
    origins = "*" if "*" in wanted.origins else list(wanted.origins)
    middleware = falcon.CORSMiddleware(
        allow_origins=origins,
        expose_headers=list(wanted.expose),
        allow_credentials=origins if wanted.credentials else None,
    )
    return in_falcon([middleware])


@dataclass(frozen=True, slots=True)
class Peer:
    """A library: its app without CORS, and with it. `base` is imported before `imports` is timed."""

    name: str
    package: str
    bare: Callable[[], Any]
    cors: Callable[[Wanted], Any]
    base: str
    imports: str
    websockets: bool = False  # whether it claims to guard them


OURS = "crossorigin"
PEERS = [
    Peer(
        OURS,
        "crossorigin",
        in_starlette,
        lambda wanted: ours(in_starlette(), wanted),
        "import fastapi",
        "from crossorigin import Policy, install",
        websockets=True,
    ),
    Peer(
        "Starlette",
        "starlette",
        in_starlette,
        starlette,
        "import fastapi",
        "from starlette.middleware.cors import CORSMiddleware",
    ),
    Peer(
        "Litestar",
        "litestar",
        in_litestar,
        litestar_cors,
        "from litestar import Litestar",
        "from litestar.config.cors import CORSConfig",
    ),
    Peer(
        "BlackSheep",
        "blacksheep",
        in_blacksheep,
        blacksheep_cors,
        "from blacksheep import Application",
        "from blacksheep.server.cors import CORSPolicy",
    ),
    Peer(
        "quart-cors",
        "quart-cors",
        in_quart,
        quart_cors_,
        "from quart import Quart",
        "from quart_cors import cors",
        websockets=True,
    ),
    Peer(
        "asgi-cors",
        "asgi-cors",
        in_starlette,
        asgi_cors_,
        "import starlette.applications",
        "from asgi_cors import asgi_cors",
    ),
    Peer(
        "Falcon",
        "falcon",
        in_falcon,
        falcon_cors,
        "import falcon.asgi",
        "from falcon.middleware import CORSMiddleware",
    ),
]


def around(peer: Peer, wanted: Wanted) -> Any:
    """crossorigin around the same app as a peer's: by install() if it is Starlette's, else as a middleware."""
    app = peer.bare()
    if isinstance(app, Starlette):
        return ours(app, wanted)
    from crossorigin import CORSMiddleware

    policy = Policy(
        allow_origins=list(wanted.origins),
        allow_methods=list(wanted.methods),
        allow_headers=list(wanted.headers),
        expose_headers=list(wanted.expose),
        allow_credentials=wanted.credentials,
        max_age=wanted.max_age,
    )
    wrapped = CORSMiddleware(app, policy=policy)
    if hasattr(app, "start"):
        return Started(wrapped, app.start)
    return wrapped


class Started:
    """An ASGI app that starts in the loop of its first request, as a server's lifespan would start it."""

    def __init__(self, app: Any, start: Callable[[], Awaitable[None]]) -> None:
        self.app = app
        self.start: Callable[[], Awaitable[None]] | None = start

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.start is not None:
            start, self.start = self.start, None
            await start()
        await self.app(scope, receive, send)


def started(app: Any) -> Any:
    """The app, which starts itself if it has to be started."""
    return Started(app, app.start) if isinstance(app, blacksheep.Application) else app
