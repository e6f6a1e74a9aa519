"""Apps that are asked: middleware written by hand, subclasses, factories, mounted apps; what lets in whom."""

from __future__ import annotations

import asyncio
import copy
import functools
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware as StarletteCORS
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from crossorigin import CORSMiddleware, Policy, install
from crossorigin.check import inspect_app
from crossorigin.probes.origins import Names
from crossorigin.report.findings import Finding, NotJudged, Place

A = "https://app.example.com"
B = "https://www.example.org"
MISSING = Names("crossorigin check").label  # the path that no app has
Allows = Callable[[str], bool]


def api(*middleware: Any, **more: Any) -> FastAPI:
    """A small app with this middleware around it, the outermost first."""
    app = FastAPI(**more)

    @app.get("/items")
    def items() -> list[str]:
        return []

    @app.post("/orders/{number}")
    def order(number: int) -> int:
        return number

    for each in reversed(middleware):
        app.user_middleware.insert(0, each)
    return app


def headers(origin: str, credentials: bool) -> dict[str, str]:
    said = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    return said | ({"Access-Control-Allow-Credentials": "true"} if credentials else {})


class ByHand(BaseHTTPMiddleware):
    """CORS as people write it themselves; `allows` is the comparison."""

    def __init__(self, app: Any, allows: Allows, credentials: bool = True) -> None:
        super().__init__(app)
        self.allows = allows
        self.credentials = credentials

    async def dispatch(self, request: Request, call_next: Any) -> Response:
        origin = request.headers.get("origin", "")
        response = Response() if request.method == "OPTIONS" else await call_next(request)
        response.headers["Vary"] = "Origin"
        if origin and self.allows(origin):
            response.headers.update(headers(origin, self.credentials))
        return response


class PureASGI:
    """The same without Starlette's help, and always with `*`."""

    def __init__(self, app: Any, value: bytes = b"*") -> None:
        self.app = app
        self.value = value

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_header(message: Any) -> None:
            if message["type"] == "http.response.start":
                added = (b"access-control-allow-origin", self.value)
                message = {**message, "headers": [*message["headers"], added]}
            await send(message)

        await self.app(scope, receive, with_header)


def by_hand(allows: Allows, credentials: bool = True) -> Any:
    return Middleware(ByHand, allows, credentials)


def with_function(middleware: Any) -> FastAPI:
    app = api()
    app.middleware("http")(middleware)
    return app


async def reflects(request: Request, call_next: Any) -> Response:
    response: Response = await call_next(request)
    response.headers.update(headers(request.headers.get("origin", "*"), True))
    return response


async def under_v2(request: Request, call_next: Any) -> Response:
    response: Response = await call_next(request)
    if request.url.path.startswith("/v2/") and "origin" in request.headers:
        response.headers.update(headers(request.headers["origin"], True))
    return response


class Own(StarletteCORS):
    """Its own origins, and everything else as Starlette has it."""

    def __init__(self, app: Any) -> None:
        super().__init__(app, allow_origins=["*"], allow_credentials=True)


class Careful(StarletteCORS):
    def __init__(self, app: Any) -> None:
        super().__init__(app, allow_origins=[A], allow_methods=["*"])


class Searches(StarletteCORS):
    """Decides by itself."""

    def is_allowed_origin(self, origin: str) -> bool:
        return re.search(r"https://app\.example\.com", origin) is not None


class Ours(CORSMiddleware):
    def __init__(self, app: Any) -> None:
        super().__init__(app, allow_origins=[A])


class OursWide(CORSMiddleware):
    def __init__(self, app: Any) -> None:
        super().__init__(app, allow_origins=["*", A], allow_credentials=True)


class OursRejected(CORSMiddleware):
    def __init__(self, app: Any) -> None:
        super().__init__(app, allow_origins=["null"])


def factory(app: Any, origins: Any = ("*",)) -> Any:
    return StarletteCORS(app, allow_origins=origins, allow_credentials=True)


def factory_that_needs_settings(app: Any) -> Any:
    raise KeyError("ORIGINS")


def factory_by_hand(app: Any) -> Any:
    return ByHand(app, lambda origin: "example.com" in origin)


def mounted() -> Starlette:
    inner = api(by_hand(lambda origin: True))
    return Starlette(routes=[Route("/", lambda request: JSONResponse([])), Mount("/api", inner)])


def with_route(path: str, middleware: Any) -> FastAPI:
    app = with_function(middleware)

    @app.get(path)
    def more() -> list[str]:
        return []

    return app


def by_endpoint() -> FastAPI:
    app = api()

    @app.get("/feed")
    def feed(request: Request, response: Response) -> list[str]:
        response.headers.update(headers(request.headers.get("origin", "null"), True))
        return []

    return app


def requires_login(app: Any) -> Any:
    class Login(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Response:
            return Response(status_code=401)

    return Login(app)


class NeedsStartUp:
    """Fails until the app was started, and reflects after that."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["state"]["pool"].acquire()


class NeedsSettings:
    def __init__(self, app: Any) -> None:
        self.routes = app.routes[0]


class Settings(BaseModel):
    front_ends: list[str] = [B]


class FromSettings(ByHand):
    """The origin stands in no string that is passed here; it is in an object of this module's."""

    def __init__(self, app: Any, settings: Settings) -> None:
        self.settings = settings
        super().__init__(app, lambda origin: origin.startswith(settings.front_ends[0]))


def wrapped(app: Any) -> Any:
    return PureASGI(app)


def spares_reserved_names(origin: str) -> bool:
    return not origin.removeprefix("https://").endswith((".example", ".test", ".invalid", "localhost"))


ANY = "accepts-any-origin high"
NULL = "accepts-null high"
STAR = "star-with-credentials high"
PREFIX = "accepts-prefix high"
TOLD = "credentials-to-denied info"

APPS: list[tuple[str, Any, list[str]]] = [
    ("everybody", lambda: api(by_hand(lambda origin: True)), [ANY, NULL]),
    (
        "everybody, without cookies",
        lambda: api(by_hand(lambda origin: True, False)),
        ["accepts-any-origin low", "accepts-null low"],
    ),
    ("everybody, a function", lambda: with_function(reflects), [ANY, NULL, "sends-star-with-credentials medium"]),
    ("everybody, below one path", lambda: with_route("/v2/items", under_v2), [ANY, NULL, "missing-vary medium"]),
    ("everybody but reserved names", lambda: api(by_hand(spares_reserved_names)), [ANY, NULL]),
    ("the start", lambda: api(by_hand(lambda origin: origin.startswith(A))), [PREFIX]),
    (
        "the end",
        lambda: api(by_hand(lambda origin: origin.endswith("example.com"))),
        ["accepts-http medium", "accepts-suffix high"],
    ),
    (
        "within",
        lambda: api(by_hand(lambda origin: "app.example.com" in origin)),
        ["accepts-http medium", "accepts-infix high"],
    ),
    ("null", lambda: api(by_hand(lambda origin: origin in (A, "null"))), [NULL]),
    (
        "http: too",
        lambda: api(by_hand(lambda origin: origin in (A, "http://app.example.com"))),
        ["accepts-http medium"],
    ),
    (
        "any port",
        lambda: api(by_hand(lambda origin: re.fullmatch(r"https://app\.example\.com(:\d+)?", origin) is not None)),
        ["accepts-any-port low"],
    ),
    ("exactly", lambda: api(by_hand(lambda origin: origin == A)), []),
    ("nobody", lambda: api(by_hand(lambda origin: False)), []),
    ("no middleware", api, []),
    ("from settings", lambda: api(Middleware(FromSettings, Settings())), [PREFIX]),
    ("star", lambda: api(Middleware(PureASGI)), ["sends-star info"]),
    ("star, wrapped", lambda: wrapped(api()), ["sends-star info"]),
    (
        "a list in one header",
        lambda: api(Middleware(PureASGI, b"https://a.example, https://b.example")),
        ["sends-invalid-allow-origin medium"],
    ),
    ("an endpoint", by_endpoint, [ANY, NULL]),
    ("mounted", mounted, [ANY, NULL]),
    ("its own origins", lambda: api(Middleware(Own)), [STAR]),
    ("its own origins, fine", lambda: api(Middleware(Careful)), []),
    ("its own origins, wrapped", lambda: Own(api()), [STAR]),
    ("its own comparison", lambda: api(Middleware(Searches, allow_origins=(), allow_credentials=True)), [PREFIX, TOLD]),
    ("its own comparison, wrapped", lambda: Searches(api(), allow_credentials=True), [PREFIX, TOLD]),
    ("ours with its own origins", lambda: api(Middleware(Ours)), []),
    ("ours with its own star", lambda: api(Middleware(OursWide)), ["star-in-production info"]),
    ("ours that is rejected", lambda: api(Middleware(OursRejected)), ["lists-null high"]),
    ("a factory", lambda: api(Middleware(factory)), [STAR]),
    ("a partial factory", lambda: api(Middleware(functools.partial(factory, origins=[A]))), []),
    (
        "a partial class",
        lambda: api(Middleware(functools.partial(StarletteCORS, allow_origins=["null"]))),
        ["lists-null high"],
    ),
    ("a factory by hand", lambda: api(Middleware(factory_by_hand)), ["accepts-http medium", "accepts-infix high"]),
    (
        "behind host names",
        lambda: api(Middleware(TrustedHostMiddleware, allowed_hosts=["*.shop.example"]), by_hand(lambda origin: True)),
        [ANY, NULL],
    ),
    ("behind a login", lambda: api(Middleware(requires_login), by_hand(lambda origin: True)), [ANY, NULL]),
    ("before a login", lambda: api(Middleware(StarletteCORS, allow_origins=[A]), Middleware(requires_login)), []),
    ("a login, no CORS", lambda: api(Middleware(requires_login)), []),
    ("not started", lambda: api(Middleware(NeedsStartUp)), ["not judged: unasked-app"]),
    (
        "not started, CORS inside",
        lambda: api(Middleware(NeedsStartUp), Middleware(Careful)),
        ["middleware-order low", "not judged: unasked-app"],
    ),
    ("not built", lambda: api(Middleware(NeedsSettings)), ["not judged: unasked-app"]),
    ("a factory, not built", lambda: api(Middleware(factory_that_needs_settings)), ["not judged: unasked-app"]),
    (
        "known beside unknown",
        lambda: api(Middleware(StarletteCORS, allow_origins=[A]), by_hand(lambda origin: True)),
        [ANY, NULL],
    ),
    (
        "correct",
        lambda: api(Middleware(StarletteCORS, allow_origins=[A], allow_credentials=True), Middleware(GZipMiddleware)),
        [],
    ),
    (
        "correct, others outside",
        lambda: api(
            Middleware(GZipMiddleware),
            Middleware(BaseHTTPMiddleware, passes),
            Middleware(StarletteCORS, allow_origins=[A]),
        ),
        ["middleware-order info"],
    ),
    ("correct, public", lambda: api(Middleware(StarletteCORS, allow_origins=["*"])), ["star-in-production info"]),
    ("ours", lambda: installed(Policy(allow_origins=["https://*.example.com"], allow_credentials=True)), []),
]


async def passes(request: Request, call_next: Any) -> Response:
    response: Response = await call_next(request)
    return response


def installed(policy: Policy) -> FastAPI:
    app = api()
    install(app, policy)
    return app


def told(app: Any) -> list[str]:
    lines = []
    for result in inspect_app(app, "main:app", seconds=60).results:
        assert isinstance(result, Finding | NotJudged)
        assert result.evidence
        lines.append(
            f"{result.code} {result.severity}" if isinstance(result, Finding) else f"not judged: {result.code}"
        )
    return sorted(lines)


@pytest.mark.parametrize(("app", "expected"), [row[1:] for row in APPS], ids=[row[0] for row in APPS])
def test_what_is_found(app: Any, expected: list[str]) -> None:
    assert told(app()) == sorted(expected)


def of(code: str, app: Any) -> Finding:
    (found,) = [each for each in inspect_app(app, "main:app", seconds=60).findings if each.code == code]
    return found


def line_of(source: str) -> int:
    lines = Path(__file__).read_text().splitlines()
    return 1 + next(number for number, line in enumerate(lines) if line.startswith(source))


@pytest.mark.parametrize(
    ("app", "code", "source", "last"),
    [
        (
            api(by_hand(lambda origin: True)),
            "accepts-any-origin",
            "class ByHand",
            "at EVERYWHERE, by ByHand",
        ),
        (
            with_function(reflects),
            "accepts-null",
            "async def reflects",
            "at EVERYWHERE, by the http middleware reflects()",
        ),
        (api(Middleware(factory_by_hand)), "accepts-infix", "def factory_by_hand", "at /MISSING, by factory_by_hand"),
        (by_endpoint(), "accepts-any-origin", "", "at /feed"),
        (
            api(Middleware(requires_login), by_hand(lambda origin: True)),
            "accepts-any-origin",
            "class ByHand",
            "at /MISSING, /, by ByHand, which was asked alone",
        ),
        (api(Middleware(Own)), "star-with-credentials", '        super().__init__(app, allow_origins=["*"]', ""),
        (api(Middleware(OursRejected)), "lists-null", '        super().__init__(app, allow_origins=["null"]', ""),
    ],
)
def test_where_and_by_whom(app: Any, code: str, source: str, last: str) -> None:
    name = "tests.check.test_app_answers:app"
    results = inspect_app(app, name, seconds=60).results
    found = next((each for each in results if isinstance(each, Finding) and each.code == code), None)
    assert found is not None, results
    file = "tests/check/test_app_answers.py"
    assert found.place == (Place(file, line_of(source)) if source else Place(name=name))
    if last:
        assert found.evidence.splitlines()[-1] == last.replace("EVERYWHERE", "/MISSING, /items, /orders/1, /").replace(
            "MISSING", MISSING
        )


class Guard(BaseHTTPMiddleware):
    """Turns every page away that it does not know."""

    async def dispatch(self, request: Request, call_next: Any) -> Response:
        if request.headers.get("origin", A) != A:
            return Response(status_code=403)
        response: Response = await call_next(request)
        return response


class ClosedDoor(BaseHTTPMiddleware):
    def __init__(self, app: Any, status: int) -> None:
        super().__init__(app)
        self.status = status

    async def dispatch(self, request: Request, call_next: Any) -> Response:
        if request.url.path.startswith("/orders") and request.method == "OPTIONS":
            return Response(status_code=self.status, headers={"Location": "/login"})
        response: Response = await call_next(request)
        return response


STAR_INSIDE = Middleware(StarletteCORS, allow_origins=["*"], allow_credentials=True)
LISTED = Middleware(StarletteCORS, allow_origins=[A])


@pytest.mark.parametrize(
    ("app", "code", "severity", "evidence"),
    [
        (
            api(Middleware(Guard), STAR_INSIDE),
            "star-with-credentials",
            "low",
            f"The app, asked at /{MISSING}, /items, /orders/1, /, does not let https://evil.example in",
        ),
        (
            api(by_hand(lambda origin: origin == A), Middleware(StarletteCORS, allow_origins=[A + ":443"])),
            "no-effect",
            "info",
            f"The app as a whole lets {A} in",
        ),
        (
            api(Middleware(ClosedDoor, 401), LISTED),
            "preflight-behind-auth",
            "medium",
            f"Origin: {A}, preflight of GET → 401 without CORS headers\nat /orders/1",
        ),
        (
            api(Middleware(ClosedDoor, 307), LISTED),
            "preflight-redirected",
            "medium",
            f"Origin: {A}, preflight of GET → 307 without CORS headers\nat /orders/1",
        ),
    ],
)
def test_what_was_seen_stands_beside_what_was_read(app: Any, code: str, severity: str, evidence: str) -> None:
    found = of(code, app)
    assert (found.severity, found.evidence.endswith(evidence)) == (severity, True), found.evidence


def test_a_layer_that_allows_nothing_beside_one_that_does() -> None:
    app = api(by_hand(lambda origin: origin == A), Middleware(StarletteCORS))
    assert "empty-policy" not in [each.code for each in inspect_app(app, "main:app", seconds=60).findings]
    assert "empty-policy" in [each.code for each in inspect_app(api(Middleware(StarletteCORS)), "main:app").findings]


class Exits:
    def __init__(self, app: Any) -> None: ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raise SystemExit("enough")


def test_an_app_that_leaves() -> None:
    seen = inspect_app(api(Middleware(Exits)), "main:app", seconds=60)
    assert [result.evidence for result in seen.results if isinstance(result, NotJudged)] == [
        "Exits: SystemExit: enough\nSystemExit: enough"
    ]


class ExitsAtOrders(Exits):
    """Answers, and leaves at one path."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].startswith("/orders"):
            raise SystemExit("enough")
        await self.app(scope, receive, send)


def fails(request: Request) -> Response:
    raise RuntimeError("no database")


@pytest.mark.parametrize(
    ("app", "why"),
    [
        (api(Middleware(ExitsAtOrders)), "SystemExit: enough"),
        (
            Starlette(routes=[Route("/{path:path}", fails)]),
            f"GET /{MISSING} → 500; GET /1 → 500; GET / → 500",
        ),
    ],
)
def test_an_app_that_does_not_answer_everything(app: Any, why: str) -> None:
    (seen,) = inspect_app(app, "main:app", seconds=60).results
    assert isinstance(seen, NotJudged)
    assert (seen.code, seen.evidence, seen.place) == ("unasked-app", why, Place(name="main:app"))


class Waits:
    """Never answers: the loop goes on, or is blocked."""

    def __init__(self, app: Any, *, blocks: bool) -> None:
        self.blocks = blocks

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.blocks:
            time.sleep(6)  # noqa: ASYNC251  # as an app does by mistake
        await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("blocks", "why"), [(False, "the time was over after 0 of 4 paths"), (True, "it did not answer within 0.3 s")]
)
def test_an_app_that_never_answers(blocks: bool, why: str) -> None:
    seen = inspect_app(api(Middleware(Waits, blocks=blocks)), "main:app", seconds=0.3)
    assert [result.code for result in seen.results if isinstance(result, NotJudged)] == ["unasked-app"]
    assert seen.notes == [f"main:app was not asked everything: {why}."]


def test_what_is_said_if_nothing_is_found() -> None:
    (note,) = inspect_app(api(), "main:app", seconds=60).notes
    asked = r"main:app was asked with [0-9]+ requests at 4 paths \(2 routes\)"
    assert re.fullmatch(f"{asked}: no page of another origin can read what it answers there\\.", note)


def test_a_class_whose_objects_were_copied() -> None:
    """`copy.copy` writes an attribute into the class, which changes nothing."""
    copy.copy(Own(api()))
    assert of("star-with-credentials", api(Middleware(Own))).severity == "high"
