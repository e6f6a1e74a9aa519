"""Starlette with its own CORSMiddleware as people set it up, and with ours.

Here belong the middleware's settings, what stands before it, and WebSockets. Not here: FastAPI's own habits
(`fastapi`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from crossorigin import Policy, install

from .target import APP, ASGIApp, app

Next = Callable[[Request], Awaitable[Response]]
WELL: dict[str, Any] = {
    "allow_origins": [APP],
    "allow_credentials": True,
    "allow_methods": ["GET", "PUT"],
    "allow_headers": ["content-type"],
}
ECHO = ("request-headers-unbounded", "header-injection")  # what `allow_headers=["*"]` comes to


async def items(request: Request) -> Response:
    return JSONResponse([1, 2, 3])


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


def bare(*middleware: Middleware, endpoint: Any = items) -> Starlette:
    """An API with an endpoint and a WebSocket."""
    routes = [Route("/items", endpoint, methods=["GET", "POST"]), WebSocketRoute("/ws", socket)]
    return Starlette(routes=routes, middleware=middleware)


def cors(**options: Any) -> ASGIApp:
    """An API behind CORSMiddleware, well set up but for the options."""
    return bare(Middleware(CORSMiddleware, **WELL | options))


def before(dispatch: Callable[[Request, Next], Awaitable[Response]]) -> ASGIApp:
    """An API well set up, and a middleware that stands before CORS."""
    return bare(Middleware(BaseHTTPMiddleware, dispatch=dispatch), Middleware(CORSMiddleware, **WELL))


def installed(policy: Policy, **options: Any) -> ASGIApp:
    """An API with our middleware."""
    api = bare()
    install(api, policy, **options)
    return api


# Who is let in.


@app("starlette", "accepts-any-origin", "accepts-null", *ECHO)
def star_with_credentials() -> ASGIApp:
    """`*` everywhere and credentials, as in half of all answers on the web."""
    return cors(allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])


@app("starlette", "accepts-prefix")
def string_for_a_list() -> ASGIApp:
    """`allow_origins="https://app.example.com"`: every beginning of it is in the string."""
    return cors(allow_origins=APP)


@app("starlette", "accepts-any-origin", "accepts-null")
def glob_in_a_string() -> ASGIApp:
    """`allow_origins="https://*.example.com"`: there is a `*` in it, so it means everybody."""
    return cors(allow_origins="https://*.example.com")


@app("starlette", "accepts-any-origin", "accepts-null")
def regex_of_everything() -> ASGIApp:
    """`allow_origin_regex=".*"`, since `*` is said not to work with credentials."""
    return cors(allow_origins=[], allow_origin_regex=".*")


@app("starlette", "accepts-other-character")
def regex_of_old_docs() -> ASGIApp:
    r"""`https://.*\.example.com`, one dot escaped and one not."""
    return cors(allow_origin_regex=r"https://.*\.example.com")


@app("starlette", "accepts-http")
def regex_of_both_schemes() -> ASGIApp:
    """`https?://`, so that it works in development."""
    return cors(allow_origins=[], allow_origin_regex=r"https?://app\.example\.com")


@app("starlette", "accepts-loopback")
def regex_of_localhost() -> ASGIApp:
    """Development's expression beside production's list."""
    return cors(allow_origin_regex=r"http://(localhost|127\.0\.0\.1):\d+")


@app("starlette", "accepts-shared-platform")
def regex_of_previews() -> ASGIApp:
    """Every site on the host of one's previews."""
    return cors(allow_origin_regex=r"https://.*\.netlify\.app")


@app("starlette", "accepts-http", "accepts-any-port")
def subclass_for_tenants() -> ASGIApp:
    """A subclass that compares the end of the host name alone."""

    class Tenants(CORSMiddleware):
        def is_allowed_origin(self, origin: str) -> bool:
            return (urlsplit(origin).hostname or "").endswith(".example.com")

    return bare(Middleware(Tenants, **WELL))


@app("starlette", "accepts-prefix")
def subclass_with_match() -> ASGIApp:
    """A subclass for a list of expressions, which asks `re.match`."""

    class Patterns(CORSMiddleware):
        def is_allowed_origin(self, origin: str) -> bool:
            return any(re.match(it, origin) for it in (r"https://app\.example\.com", r"https://www\.example\.com"))

    return bare(Middleware(Patterns, **WELL))


# What is said.


@app("starlette", *ECHO)
def all_headers() -> ASGIApp:
    """One origin, and `allow_headers=["*"]`, which repeats what is asked for."""
    return cors(allow_headers=["*"])


@app("starlette", "max-age-overlong")
def ten_years() -> ASGIApp:
    """`max_age` of ten years."""
    return cors(max_age=315_360_000)


@app("starlette", "sends-expose-star")
def exposes_star() -> ASGIApp:
    """`expose_headers=["*"]` beside credentials."""
    return cors(expose_headers=["*"])


@app("starlette", "private-network-granted")
def private_network() -> ASGIApp:
    """`allow_private_network=True`, from an old answer about localhost."""
    return cors(allow_private_network=True)


@app("starlette", "sends-star-with-credentials")
def endpoint_with_a_star() -> ASGIApp:
    """An endpoint's own `*` passes where the middleware denies, with its Allow-Credentials added."""

    async def events(request: Request) -> Response:
        return PlainTextResponse("data: 1\n\n", headers={"Access-Control-Allow-Origin": "*"})

    return bare(Middleware(CORSMiddleware, **WELL), endpoint=events)


@app("starlette", "duplicate-headers")
def a_second_layer() -> ASGIApp:
    """A security-headers middleware adds what CORSMiddleware has sent already."""

    async def again(request: Request, call_next: Next) -> Response:
        response = await call_next(request)
        if request.headers.get("origin") == APP:
            response.headers.append("Access-Control-Allow-Origin", APP)
        return response

    return before(again)


# What stands before it.


@app("starlette", "preflight-behind-auth", "errors-without-cors")
def login_for_writes() -> ASGIApp:
    """A login middleware, added last and so outermost; reading needs none."""

    async def login(request: Request, call_next: Next) -> Response:
        if request.method == "GET":
            return await call_next(request)
        return PlainTextResponse("who are you?", 401, {"WWW-Authenticate": "Bearer"})

    return before(login)


@app("starlette", "preflight-behind-auth", "errors-without-cors")
def login_for_everything() -> ASGIApp:
    """A login middleware, added last and so outermost; whoever audits has no login."""

    async def login(request: Request, call_next: Next) -> Response:
        return PlainTextResponse("who are you?", 401, {"WWW-Authenticate": "Bearer"})

    return before(login)


@app("starlette", "preflight-redirected")
def to_the_login_page() -> ASGIApp:
    """A session middleware outside CORS sends whoever has no session to the login page; reading is free."""

    async def session(request: Request, call_next: Next) -> Response:
        return await call_next(request) if request.method == "GET" else RedirectResponse("/login", 303)

    return before(session)


@app("starlette", "preflight-redirected")
def to_https() -> ASGIApp:
    """HTTPSRedirectMiddleware, added last and so outermost, behind a proxy that ends TLS."""
    return bare(Middleware(HTTPSRedirectMiddleware), Middleware(CORSMiddleware, **WELL))


@app("starlette", "preflight-refused", path="/v1/items")
def mounted() -> ASGIApp:
    """A mounted app lets its front end in; the app around it answers the preflight, and does not know it."""
    around = Middleware(CORSMiddleware, **WELL | {"allow_origins": ["https://www.example.com"]})
    return Starlette(routes=[Mount("/v1", cors())], middleware=[around])


@app("starlette", "errors-without-cors")
def an_older_api_before_it() -> ASGIApp:
    """CORS stands around one router alone, so a wrong path is answered without."""
    inner = CORSMiddleware(Route("/items", items, methods=["GET", "POST", "OPTIONS"]), **WELL)
    return Starlette(routes=[Route("/items", inner)])


# What CORS leaves open.


@app("starlette", "websocket-foreign-origin", path="/ws")
def socket_for_all() -> ASGIApp:
    """CORS is right, and nobody looks at the WebSocket's origin."""
    return cors()


@app("starlette", "cross-site-write", write=True)
def form_for_all() -> ASGIApp:
    """CORS is right, and a form of any website is taken."""
    return cors()


# Sound.


@app("starlette")
def cors_middleware() -> ASGIApp:
    """CORSMiddleware with one origin, and all named that may be sent."""
    return cors()


@app("starlette")
def public() -> ASGIApp:
    """`*` for everybody, without credentials."""
    return bare(Middleware(CORSMiddleware, allow_origins=["*"]))


@app("starlette")
def no_cors() -> ASGIApp:
    """Not a word of CORS."""
    return bare()


@app("starlette", path="/ws")
def socket_checked() -> ASGIApp:
    """The WebSocket's endpoint looks at the origin."""

    async def checked(websocket: WebSocket) -> None:
        if websocket.headers.get("origin") == APP:
            await websocket.accept()
        await websocket.close()

    return Starlette(routes=[WebSocketRoute("/ws", checked)], middleware=[Middleware(CORSMiddleware, **WELL)])


@app("starlette", host="127.0.0.1")
def local_trusted_hosts() -> ASGIApp:
    """A tool on loopback that knows its names, and lets no other origin in."""
    return bare(Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]))


@app("starlette", write=True)
def ours_enforced() -> ASGIApp:
    """`install` with `enforce`: foreign forms are refused."""
    return installed(Policy(**WELL, enforce=True, trusted_hosts=["api.example.com"]))


@app("starlette", path="/ws")
def ours_enforced_socket() -> ASGIApp:
    """`install` with `enforce`: foreign WebSockets are refused."""
    return installed(Policy(**WELL, enforce=True))


@app("starlette", host="127.0.0.1", write=True, origins=("http://localhost:3000",))
def ours_on_loopback() -> ASGIApp:
    """`install` with `enforce` on loopback, which knows loopback's names by itself."""
    policy = Policy(**WELL | {"allow_origins": ["http://localhost:3000"]}, environment="development", enforce=True)
    return installed(policy)


@app("starlette")
def ours_with_routes() -> ASGIApp:
    """`install` with a policy of its own for one path."""
    return installed(Policy(**WELL), routes={"/public/*": Policy.public(), "/internal/*": None})


@app("starlette", write=True)
def forms_to_the_login_page() -> ASGIApp:
    """Whoever has no session is sent to the login page, whatever is sent; CORS stands outside of that."""

    async def session(request: Request, call_next: Next) -> Response:
        return await call_next(request) if request.method == "GET" else RedirectResponse("/login?next=/items", 303)

    return bare(Middleware(CORSMiddleware, **WELL), Middleware(BaseHTTPMiddleware, dispatch=session))


@app("starlette", write=True)
def form_token() -> ASGIApp:
    """CORS is right, and a form without this site's token is refused."""

    async def token(request: Request, call_next: Next) -> Response:
        known = request.method == "GET" or request.headers.get("x-token") == "1"
        return await call_next(request) if known else PlainTextResponse("no token", 403)

    return bare(Middleware(CORSMiddleware, **WELL), Middleware(BaseHTTPMiddleware, dispatch=token))


@app("starlette")
def login_inside() -> ASGIApp:
    """Everything needs a login, and CORS stands outside of it: the 401 can be read, preflights pass."""

    async def login(request: Request, call_next: Next) -> Response:
        return PlainTextResponse("who are you?", 401, {"WWW-Authenticate": "Bearer"})

    return bare(Middleware(CORSMiddleware, **WELL), Middleware(BaseHTTPMiddleware, dispatch=login))


@app("starlette")
def redirects_inside() -> ASGIApp:
    """Everything is redirected to https:, and CORS stands outside of it."""
    return bare(Middleware(CORSMiddleware, **WELL), Middleware(HTTPSRedirectMiddleware))


@app("starlette")
def vary_merged() -> ASGIApp:
    """The answer is compressed and differs by language, and CORS adds to its `Vary`."""

    async def spoken(request: Request) -> Response:
        return PlainTextResponse("one, two, three " * 100, headers={"Vary": "Accept-Language"})

    return bare(Middleware(CORSMiddleware, **WELL), Middleware(GZipMiddleware), endpoint=spoken)


@app("starlette")
def ours_with_subdomains() -> ASGIApp:
    """`install` with a pattern: every subdomain, which is worth a word and no fault."""
    return installed(Policy(**WELL | {"allow_origins": ["https://*.example.com"]}))
