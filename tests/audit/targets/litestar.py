"""Litestar with its CORSConfig as people set it up, and with ours.

Its middleware sends no `Vary` to denied origins, nor where there is none: an app that is right but for its mistake
sends it by `response_headers`.
"""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Response, WebSocket, get, post, websocket
from litestar.config.cors import CORSConfig
from litestar.datastructures import ResponseHeader

from crossorigin import CORSMiddleware, Policy

from .starlette import ECHO, WELL
from .target import APP, ASGIApp, app


def api(*handlers: Any, vary: bool = True, config: CORSConfig | None = None) -> Litestar:
    """An API with an endpoint and a WebSocket. A handler keeps what one app has made of it: each has its own."""

    @get("/items")
    async def items() -> list[int]:
        return [1, 2, 3]

    @post("/items")
    async def add() -> int:
        return 4

    @websocket("/ws")
    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    headers = [ResponseHeader(name="Vary", value="Origin")] if vary else []
    return Litestar([*(handlers or [items]), add, socket], cors_config=config, response_headers=headers)


def cors(*handlers: Any, vary: bool = True, **options: Any) -> ASGIApp:
    """The same with a CORSConfig, well set up but for the options."""
    return api(*handlers, vary=vary, config=CORSConfig(**WELL | options))


@app("litestar", "accepts-any-origin", "accepts-null", "sends-star-with-credentials", *ECHO)
def defaults_with_credentials() -> ASGIApp:
    """`CORSConfig(allow_credentials=True)`: `*` by default, and who brings a cookie is reflected."""
    return api(config=CORSConfig(allow_credentials=True))


@app("litestar", "missing-vary")
def vary_by_itself() -> ASGIApp:
    """One origin, and `Vary` as CORSConfig sends it: to the allowed alone."""
    return cors(vary=False)


@app("litestar", "clobbered-vary", "missing-vary")
def vary_replaced() -> ASGIApp:
    """An answer that differs by language; CORSConfig's `Vary` takes the place of its own."""

    @get("/items")
    async def spoken() -> Response[list[str]]:
        return Response(["one", "two"], headers={"Vary": "Accept-Language"})

    return cors(spoken, vary=False)


@app("litestar", "accepts-prefix")
def glob_at_the_end() -> ASGIApp:
    """`https://app.example.*`, for every country."""
    return cors(allow_origins=["https://app.example.*"])


@app("litestar", "accepts-suffix")
def glob_without_a_dot() -> ASGIApp:
    """`https://*example.com`, for the domain and all below it."""
    return cors(allow_origins=["https://*example.com"])


@app("litestar", "accepts-http")
def glob_for_the_scheme() -> ASGIApp:
    """`*://app.example.com`."""
    return cors(allow_origins=["*://app.example.com"])


@app("litestar", "accepts-loopback", "accepts-prefix")
def glob_after_localhost() -> ASGIApp:
    """`http://localhost*`, for any port."""
    return cors(allow_origins=[APP, "http://localhost*"])


@app("litestar", "accepts-shared-platform")
def glob_of_previews() -> ASGIApp:
    """`https://*.pages.dev`."""
    return cors(allow_origins=[APP, "https://*.pages.dev"])


@app("litestar", "accepts-other-character")
def regex_with_dots() -> ASGIApp:
    """`allow_origin_regex`, its dots unescaped."""
    return cors(allow_origins=[APP], allow_origin_regex="https://(app|www).example.com")


@app("litestar", *ECHO)
def all_headers() -> ASGIApp:
    """One origin, and `allow_headers` left at `*`."""
    return cors(allow_headers=["*"])


@app("litestar", "websocket-foreign-origin", path="/ws")
def socket_for_all() -> ASGIApp:
    """CORSConfig is right, and nobody looks at the WebSocket's origin."""
    return cors()


@app("litestar", "cross-site-write", write=True)
def form_for_all() -> ASGIApp:
    """CORSConfig is right, and a form of any website is taken."""
    return cors()


@app("litestar", "dns-rebinding", "sends-star-on-private-network", host="127.0.0.1", local=True)
def local_defaults() -> ASGIApp:
    """A tool on loopback with `CORSConfig()`: everybody, under any name."""
    return api(config=CORSConfig(allow_headers=["content-type"]))


# Sound.


@app("litestar")
def cors_config() -> ASGIApp:
    """CORSConfig with one origin, all named that may be sent, and `Vary` on every answer."""
    return cors()


@app("litestar")
def public() -> ASGIApp:
    """CORSConfig's `*` without credentials; who brings a cookie is reflected, and gets no more."""
    return api(config=CORSConfig(allow_headers=["content-type"]))


@app("litestar")
def no_cors() -> ASGIApp:
    """Not a word of CORS."""
    return api(vary=False)


@app("litestar", write=True)
def ours_enforced() -> ASGIApp:
    """Our middleware around the app, with `enforce`."""
    return CORSMiddleware(api(vary=False), policy=Policy(**WELL, enforce=True))


@app("litestar", path="/ws")
def ours_enforced_socket() -> ASGIApp:
    """Our middleware around the app, with `enforce`: foreign WebSockets are refused."""
    return CORSMiddleware(api(vary=False), policy=Policy(**WELL, enforce=True))
