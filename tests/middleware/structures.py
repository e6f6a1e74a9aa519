"""Apps made by chance, and a model that says which policy each of their endpoints was given.

The model knows how an app was put together, and never looks at the app. A policy allows the one page of its name, so
that the page which gets in tells whose policy answered. `widened` are the answers that let a page in that was not
meant; `narrowed` those that keep one out that was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import socketio
from fastapi import FastAPI
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router

from crossorigin import CORSMiddleware, Policy, cors, cors_router, install
from tests.asgi import arequest, lifespan

NAMES: Final = ("outer", "rule", "one", "two", "inner", "deep")
PAGES: Final = {name: f"https://{name}.example.com" for name in NAMES}
POLICIES: Final = {
    name: Policy(allow_origins=[page], allow_methods=["*"], allow_credentials=True) for name, page in PAGES.items()
}
ALLOW: Final = "access-control-allow-origin"
CLOSED: Final = ""  # the name of no page


def answers(text: str) -> Any:
    async def endpoint(request: Any = None) -> PlainTextResponse:
        return PlainTextResponse(text)

    return endpoint


# -- wrappers ------------------------------------------------------------------------------------------------------


class Visible:
    """Keeps the app in an attribute that everybody looks at."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class Elsewhere:
    """Keeps it in an attribute that nobody looks at."""

    __slots__ = ("handler",)

    def __init__(self, app: Any) -> None:
        self.handler = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.handler(scope, receive, send)


def closure(app: Any) -> Any:
    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return outer


def copying(app: Any) -> Any:
    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "headers": [*scope.get("headers", ())]}, receive, send)

    return outer


def with_socketio(app: Any) -> Any:
    return socketio.ASGIApp(socketio.AsyncServer(async_mode="asgi"), app)


KEPT: Final[dict[int, Any]] = {}


def looked_up(app: Any) -> Any:
    """Finds the app when it is asked, by a module that it imports only then."""
    key = len(KEPT)
    KEPT[key] = app

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        from tests.middleware import structures

        await structures.KEPT[key](scope, receive, send)

    return outer


def rebuilding(app: Any) -> Any:
    """Makes a scope of its own for requests, as a proxy in this process does."""
    names = "type asgi http_version method scheme path raw_path query_string root_path headers client server".split()

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        kept = {name: scope[name] for name in names if name in scope} if scope["type"] == "http" else scope
        await app(kept, receive, send)

    return outer


def eating(app: Any) -> Any:
    """Answers every OPTIONS by itself."""

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            await PlainTextResponse("who are you?", 401)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return outer


OTHER: Final = Starlette(routes=[Route("/{path:path}", cors(POLICIES["outer"])(answers("other")))])


async def drop(message: Any) -> None:
    """Nobody reads it."""


def asking_another(app: Any) -> Any:
    """Asks another app of this process first, as an HTTP client in this process would."""

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await OTHER({"type": "http", "method": "GET", "path": "/check", "headers": []}, receive, drop)
        await app(scope, receive, send)

    return outer


def trying_another(app: Any) -> Any:
    """Asks another app first, with the same scope, and drops what it says."""

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] != "OPTIONS":
            await OTHER(dict(scope), receive, drop)
        await app(scope, receive, send)

    return outer


class Stripping:
    """Takes a prefix off the path before the app sees it, in plain sight."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{scope.get('root_path', '')}/v1/"):
            root = scope.get("root_path", "")
            scope = {**scope, "path": root + scope["path"].removeprefix(root).removeprefix("/v1")}
        await self.app(scope, receive, send)


# Each is told apart from one that costs an app answers: a scope made anew, or preflights eaten, close what is behind.
EXACT: Final = (Visible, Elsewhere, closure, copying, with_socketio, looked_up, asking_another)
CLOSING: Final = (rebuilding, eating, Stripping)

# -- what an app is made of ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Endpoint:
    """One route: its name is its path. `mark` is the name of a policy, CLOSED, or None if nothing is said."""

    name: str
    mark: str | None
    method: str = "GET"


@dataclass(frozen=True)
class Node:
    """One app or router, and where it is mounted in another."""

    kind: str
    endpoints: tuple[Endpoint, ...]
    children: tuple[Node, ...] = ()
    prefix: str = ""
    wrappers: tuple[Callable[[Any], Any], ...] = ()
    mark: str | None = None
    mount_mark: str | None = None
    own: str | None = None
    how: str = "install"


@dataclass(frozen=True)
class Structure:
    """A whole app, with the middleware around it."""

    root: Node
    how: str
    rules: tuple[tuple[str, str], ...] = ()
    outside: tuple[Callable[[Any], Any], ...] = ()


def policy(name: str) -> Policy | None:
    return None if name == CLOSED else POLICIES[name]


def build(structure: Structure) -> Any:
    """The app."""
    rules = {path: policy(name) for path, name in structure.rules}
    core = _core(structure.root, lambda app: _install(app, structure, rules, "install before"))
    _install(core, structure, rules, "install after")
    if structure.how == "add_middleware":
        core.add_middleware(CORSMiddleware, policy=POLICIES["outer"], routes=rules)
    app = core
    for wrap in structure.outside:
        app = wrap(app)
    return CORSMiddleware(app, policy=POLICIES["outer"], routes=rules) if structure.how == "wrapped" else app


def _install(app: Any, structure: Structure, rules: Any, when: str) -> None:
    if structure.how == when:
        install(app, POLICIES["outer"], routes=rules)


def _core(node: Node, first: Callable[[Any], None] = lambda app: None) -> Any:
    app: Any = {"fastapi": FastAPI, "starlette": Starlette, "router": Router}[node.kind]()
    first(app)
    for endpoint in node.endpoints:
        function = answers(endpoint.name)
        if endpoint.mark is not None:
            function = cors(policy(endpoint.mark))(function)
        app.add_route(f"/{endpoint.name}", function, methods=[endpoint.method])
    for child in node.children:
        mounted = _mounted(child)
        route: Any = Mount(f"/{child.prefix}", mounted)
        if child.how == "host":
            route = Host(f"{child.prefix}.test", mounted)
        if child.mount_mark is not None:
            cors_router(route, policy(child.mount_mark))
        app.routes.insert(0 if child.how == "host" else len(app.routes), route)
    if node.mark is not None:
        cors_router(app, policy(node.mark))
    return app


def _mounted(node: Node) -> Any:
    app = _core(node)
    if node.own is not None:
        if node.how == "add_middleware" and node.kind != "router":
            app.add_middleware(CORSMiddleware, policy=POLICIES[node.own])
        elif node.how == "wrapped" or node.kind == "router":
            app = CORSMiddleware(app, policy=POLICIES[node.own])
        else:
            install(app, POLICIES[node.own])
    for wrap in node.wrappers:
        app = wrap(app)
    return app


# -- the model -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    """One endpoint: where it is, and the name of the policy it was given; `exact` is whether it must get that."""

    path: str
    host: str
    method: str
    name: str
    exact: bool


def expected(structure: Structure) -> list[Expected]:
    exact = structure.how != "wrapped" or not any(wrap in CLOSING for wrap in structure.outside)
    return [*_expected(structure.root, "", "api.test", None, structure, exact)]


def _expected(
    node: Node, at: str, host: str, said: str | None, structure: Structure | None, exact: bool
) -> Iterator[Expected]:
    """`said` is the name of the innermost policy so far; `structure` has the outermost rules, until others begin."""
    said = said if node.mark is None else node.mark
    for endpoint in (*node.endpoints, Endpoint("nowhere", None)):
        path = f"{at}/{endpoint.name}"
        name = said if endpoint.mark is None else endpoint.mark
        if name is None:
            name = "outer" if structure is None else _by_rule(structure, path)
        yield Expected(path, host, endpoint.method, name, exact)
    for child in node.children:
        below = said if child.mount_mark is None else child.mount_mark
        still = exact and not any(wrap in CLOSING for wrap in child.wrappers)
        there, to = (at, f"{child.prefix}.test") if child.how == "host" else (f"{at}/{child.prefix}", host)
        yield from _expected(child, there, to, below if child.own is None else child.own, structure, still)


def _by_rule(structure: Structure, path: str) -> str:
    for pattern, name in structure.rules:
        if path.startswith(pattern.removesuffix("*")):
            return name
    return "outer"


# -- asking --------------------------------------------------------------------------------------------------------


@dataclass
class Found:
    """What the answers were, against the model."""

    asked: int = 0
    refused: bool = False
    widened: list[str] = field(default_factory=list)
    narrowed: list[str] = field(default_factory=list)


def ask(structure: Structure) -> Found:
    """Starts the app, and sends requests and preflights to each of its endpoints from every page."""
    found = Found()
    logging.disable(logging.CRITICAL)
    try:
        app = build(structure)
        messages = lifespan(app).messages
        found.refused = bool(messages) and messages[0]["type"] == "lifespan.startup.failed"
        if not found.refused:
            asyncio.run(_ask_all(app, expected(structure), found))
    finally:
        logging.disable(logging.NOTSET)
        KEPT.clear()
    return found


async def _ask_all(app: Any, everything: list[Expected], found: Found) -> None:
    for number, one in enumerate(everything):
        strangers = [name for name in NAMES if name != one.name]
        asked = {one.name, strangers[number % len(strangers)], "outer", "rule"} - {CLOSED}
        for name in sorted(asked):
            page = PAGES[name]
            read = await arequest(app, one.method, one.path, [("origin", page)], host=one.host)
            asks = [("origin", page), ("access-control-request-method", one.method)]
            sent = await arequest(app, "OPTIONS", one.path, asks, host=one.host)
            for kind, answer in (("request", read), ("preflight", sent)):
                found.asked += 1
                allowed, meant = answer.cors.get(ALLOW) == page, one.name == name
                if allowed and not meant:
                    found.widened.append(f"{kind} {one} from {name}")
                if meant and not allowed:
                    found.narrowed.append(f"{kind} {one} from {name}")


# -- chance --------------------------------------------------------------------------------------------------------

_marks = st.sampled_from([None, None, None, CLOSED, "one", "two"])


def _wrappers(kinds: tuple[Any, ...]) -> Any:
    return st.lists(st.sampled_from(kinds), max_size=2).map(tuple)


@st.composite
def nodes(draw: Any, depth: int, kinds: tuple[Any, ...], prefix: str = "") -> Node:
    root = prefix == ""
    marks = draw(st.lists(_marks, min_size=1, max_size=3))
    endpoints = tuple(
        Endpoint(f"e{n}", mark, draw(st.sampled_from(["GET", "GET", "PUT"]))) for n, mark in enumerate(marks)
    )
    count = draw(st.integers(0, 2)) if depth else 0
    children = tuple(draw(nodes(depth - 1, kinds, f"{prefix}m{n}")) for n in range(count))
    return Node(
        kind=draw(st.sampled_from(["fastapi", "starlette"] if root else ["fastapi", "starlette", "router"])),
        endpoints=endpoints,
        children=children,
        prefix=prefix,
        wrappers=() if root else draw(_wrappers(kinds)),
        mark=draw(st.sampled_from([None, None, None, "one", CLOSED])),
        mount_mark=None if root else draw(st.sampled_from([None, None, "two", CLOSED])),
        own=None if root else draw(st.sampled_from([None, None, "inner", "deep"])),
        how=draw(st.sampled_from(["install", "add_middleware", "wrapped", *(["host"] if len(prefix) == 2 else [])])),
    )


@st.composite
def structures(draw: Any, kinds: tuple[Any, ...] = EXACT) -> Structure:
    root = draw(nodes(2, kinds))
    how = draw(st.sampled_from(["install before", "install after", "add_middleware", "wrapped", "wrapped"]))
    prefixes = [f"/{child.prefix}/*" for child in root.children] + ["/e0"]
    rules = draw(st.lists(st.tuples(st.sampled_from(prefixes), st.sampled_from(["rule", CLOSED])), max_size=2))
    outside = draw(_wrappers(kinds)) if how == "wrapped" else ()
    return Structure(root, how, tuple(dict(rules).items()), outside)
