"""The diagnosis, part by part: the catalogue, near misses, what an app is made of, and the rarer rules."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from starlette.middleware.cors import CORSMiddleware as Starlettes

from crossorigin import CORSMiddleware, Policy, install
from crossorigin.browser import REASONS, Browser, Exchange, Failure, Outcome, Step
from crossorigin.browser import Request as Sent
from crossorigin.browser import Response as Answer
from crossorigin.explain import CAUSES, diagnose, explanation
from crossorigin.middleware.app_layers import look
from crossorigin.policy.near_misses import most_similar, nearest
from crossorigin.standards.messages import FailureKind
from crossorigin.transport.asgi import ASGITransport

PAGE, API = "http://localhost:3000", "http://localhost:8000"
POLICY = Policy(allow_origins=[PAGE])


def outcome(
    reason: str | None,
    status: int = 200,
    answered: list[tuple[str, str]] | None = None,
    *,
    method: str = "GET",
    url: str = API + "/items",
    asks: str = "",
    body: bytes = b"",
    page: str = PAGE,
    failure: FailureKind | None = None,
    steps: tuple[Step, ...] = (),
) -> Outcome:
    """An outcome as the browser half would give it, of one exchange."""
    sent = [(b"Origin", page.encode())]
    if asks:
        sent.append((b"Access-Control-Request-Method", asks.encode()))
    pairs = [(name.encode(), value.encode()) for name, value in answered or []]
    answer = Failure(f"it is {failure}", failure) if failure else Answer(status, pairs, body)
    exchange = Exchange(Sent("OPTIONS" if asks else method, url, sent), answer, bool(asks))
    allowed = reason is None
    return Outcome(allowed, reason, "cors" if allowed else "error", url, status, {}, b"", (exchange,), steps)  # type: ignore[arg-type]


def test_every_cause_says_all_three() -> None:
    for code, row in CAUSES.items():
        assert code == code.lower().replace("_", "-").replace(" ", "-")
        assert row.title
        assert row.explanation
        assert bool(row.remedy) is (code != "allowed")
        assert not row.title.endswith(".")


def test_every_cause_is_named_somewhere() -> None:
    """A row that no rule gives would be a promise that nobody keeps."""
    package = Path(__file__).parent.parent.parent / "src" / "crossorigin"
    shared = [package / "policy" / "near_misses.py", package / "policy" / "denial_remedies.py"]
    files = [*(package / "explain").rglob("*.py"), *shared]
    rules = "".join(it.read_text() for it in files if it.name != "causes.py")
    assert [it for it in CAUSES if f'"{it}"' not in rules] == []


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_a_cause(reason: str) -> None:
    asks = "PUT" if reason.startswith("preflight") else ""
    found = diagnose(outcome(reason, failure="x" if "network-failure" in reason else "", asks=asks))
    assert found.cause in CAUSES
    assert found.remedy
    assert found.explanation == CAUSES[found.cause].explanation


@pytest.mark.parametrize(
    ("listed", "cause"),
    [
        ("http://localhost:3000/", "mismatch-trailing-slash"),
        ("http://localhost:3000/a", "mismatch-path"),
        ("HTTP://LOCALHOST:3000", "mismatch-case"),
        ("localhost:3000", "mismatch-without-scheme"),
        ("//localhost:3000", "mismatch-without-scheme"),
        ("localhost:5173", ""),
        ("nobody", ""),
        ("a b", ""),
        ("http://localhost:3000, https://a.example", "mismatch-several-in-one"),
        ("http://127.0.0.1:3000", "mismatch-loopback-name"),
        ("https://localhost:3000", "mismatch-scheme"),
        ("http://localhost:5173", "mismatch-port"),
        ("https://shop.example", ""),
        ("http://localhost:*", "mismatch-glob"),
        ("http://local*:3000", "mismatch-glob"),
        ("http://*", "mismatch-glob"),
        ("https://*.example.com", ""),
        ("https://ex*mple.com", ""),
        ("*", ""),
    ],
)
def test_near_misses_in_a_list_of_letters(listed: str, cause: str) -> None:
    found = nearest(PAGE, [listed])
    assert (found.cause if found else "") == cause


@pytest.mark.parametrize(
    ("page", "listed", "cause"),
    [
        ("https://example.com", "https://*.example.com", "mismatch-apex"),
        ("", "https://*.example.com", ""),  # a message that does not say which page it was
        ("http://a.example.com", "https://*.example.com", "mismatch-scheme"),
        ("https://a.example.com:8443", "https://*.example.com", "mismatch-port"),
        ("https://example.org", "https://*.example.com", ""),
        ("http://127.0.0.1:3000", "http://localhost:*", "mismatch-loopback-name"),
        ("https://localhost:3000", "http://localhost:*", "mismatch-scheme"),
        ("https://localhost:3000", "http://loc*", ""),
        ("https://www.example.com", "https://example.com", "mismatch-subdomain"),
        ("https://a.example.com", "https://b.example.com", "mismatch-subdomain"),
    ],
)
def test_near_misses_of_patterns(page: str, listed: str, cause: str) -> None:
    found = nearest(page, [listed], patterns=True)
    assert (found.cause if found else "") == cause


def test_the_most_telling_near_miss_is_named() -> None:
    found = nearest(PAGE, ["http://localhost:5173", "http://localhost:3000/"])
    assert found == ("mismatch-trailing-slash", "http://localhost:3000/")
    assert most_similar("https://shop.example", ["https://shop.exmaple", "x"]) == "https://shop.exmaple"
    assert most_similar("https://shop.example", ["x"]) == ""


class Wrapper:
    """Some ASGI middleware."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI app of no framework."""


def test_what_an_app_is_made_of() -> None:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=[PAGE])
    app.add_middleware(Wrapper)
    facts = look(app, "/")
    assert [it.name for it in facts.layers] == ["Wrapper", "CORSMiddleware"]
    assert [it.name for it in facts.outside] == ["Wrapper"]
    install(app, POLICY)
    assert [it.name for it in look(app, "/").layers] == ["install()", "Wrapper", "CORSMiddleware"]


def test_an_app_that_is_wrapped_by_hand() -> None:
    inner = FastAPI()
    app = Wrapper(CORSMiddleware(inner, policy=POLICY))
    assert [it.name for it in look(app, "/").layers] == ["Wrapper", "CORSMiddleware"]
    assert look(app, "/").cors[0].origins == (PAGE,)
    everything = Starlettes(inner, allow_origins=["*"], allow_headers=["*"], allow_credentials=True)
    (rules,) = look(everything, "/").cors
    assert (rules.origins, rules.headers, rules.credentials, rules.regex) == (("*",), ("*",), True, None)
    (rules,) = look(Starlettes(inner, allow_origin_regex="http://a.*"), "/").cors
    assert (rules.regex, rules.origins) == ("http://a.*", ())
    assert rules.takes_origin("http://abc")
    assert not rules.takes_origin("https://abc")
    slow, other = r"https://(a+)+\.example\.com", r"https://b\.example\.com"  # the first would take `re` years
    (rules,) = look(CORSMiddleware(inner, allow_origin_regex=[slow, other]), "/").cors
    assert rules.regex == (slow, other)
    assert rules.takes_origin("https://aa.example.com")
    assert rules.takes_origin("https://b.example.com")
    assert not rules.takes_origin(f"https://{'a' * 60}.example.net")
    assert look(bare, "/").layers == ()
    assert look(Wrapper(bare), "/").prefix == ""


def test_settings_that_are_refused_allow_nothing() -> None:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["null"])
    assert look(app, "/").cors[0].origins == ()
    one = FastAPI()
    one.add_middleware(Starlettes, allow_origins=PAGE)
    assert look(one, "/").cors[0].origins == (PAGE,)


def test_mounted_apps() -> None:
    outer, inner, innermost = FastAPI(), FastAPI(), FastAPI()
    innermost.add_middleware(CORSMiddleware, policy=POLICY)
    inner.mount("/b", innermost)
    outer.mount("/a", inner)
    outer.mount("/c", bare)
    assert (look(outer, "/a/b/items").prefix, len(look(outer, "/a/b/items").inner)) == ("/a/b", 1)
    assert (look(outer, "/a/items").prefix, look(outer, "/a/items").elsewhere) == ("/a", ("/a/b",))
    assert look(outer, "/abc").prefix == ""
    assert look(outer, "/c").layers == ()


@pytest.mark.parametrize("methods", [["GET", "PUT"], ["GET"]])
def test_a_mounted_app_is_named_only_where_it_would_allow(methods: list[str]) -> None:
    outer, inner = FastAPI(), FastAPI()
    inner.add_middleware(
        CORSMiddleware, allow_origins=[PAGE], allow_methods=["PUT"] if methods == ["GET", "PUT"] else []
    )
    outer.add_middleware(CORSMiddleware, allow_origins=[PAGE], allow_methods=methods)
    outer.mount("/v2", inner)
    found = diagnose(outcome("method-not-allowed", asks="PUT", url=API + "/v2/items"), outer)
    assert found.cause == {("GET", "PUT"): "headers-rewritten", ("GET",): "method-not-listed"}[tuple(methods)]


def answering(status: int, **options: Any) -> FastAPI:
    """CORS, and a middleware outside it that answers everything."""
    app = FastAPI()
    app.add_middleware(CORSMiddleware, policy=POLICY)

    @app.middleware("http")
    async def answer(request: Request, call_next: Any) -> Response:
        return Response("no", status_code=status)

    return app


@pytest.mark.parametrize("status", [400, 401, 403, 413, 429, 500, 503])
def test_who_answered_is_named_whatever_the_status(status: int) -> None:
    app = answering(status)
    found = diagnose(Browser(PAGE, transport=ASGITransport(app)).fetch(API + "/items"), app)
    assert found.cause == "response-from-middleware"
    assert "answer()" in found.evidence[1]


def test_a_layer_that_cannot_be_asked_is_not_named() -> None:
    class Needs:
        def __init__(self, app: Any) -> None:
            raise RuntimeError("no database")

    app = FastAPI()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    app.add_middleware(Needs)
    assert diagnose(outcome("allow-origin-missing", 401), app).cause == "response-without-cors"
    by_hand = Wrapper(CORSMiddleware(FastAPI(), policy=POLICY))
    assert diagnose(outcome("allow-origin-missing", 401), by_hand).cause == "response-without-cors"


def test_inside_a_running_loop() -> None:
    app = answering(403)

    async def ask() -> str:
        found = await Browser(PAGE, transport=ASGITransport(app)).afetch(API + "/items")
        return diagnose(found, app).cause

    assert asyncio.run(ask()) == "response-from-middleware"


OTHER = ("Access-Control-Allow-Origin", "http://a.test")
ORIGIN_REFUSED = b"Disallowed CORS origin"
ORIGIN, ACAC = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        (outcome("allow-origin-missing", 502, [("Server", "nginx")]), "gateway-error"),
        (outcome("allow-origin-missing", 404), "wrong-path"),
        (outcome("allow-origin-missing", 200, [("Vary", "Origin")]), "origin-not-listed"),
        (outcome("allow-origin-missing", 200, [(ACAC, "true")]), "origin-not-listed"),
        (outcome("allow-origin-missing", 307, [("Location", "/items/")]), "redirect-without-cors"),
        (outcome("allow-origin-missing", page="null"), "page-sends-null"),
        (outcome("preflight-allow-origin-missing", 400, asks="GET", body=ORIGIN_REFUSED), "origin-not-listed"),
        (outcome("preflight-status", 400, asks="PUT", body=b"Disallowed CORS method, headers"), "method-not-listed"),
        (outcome("preflight-status", 403, asks="PUT"), "preflight-failed"),
        (outcome("preflight-redirect", 302, asks="PUT"), "preflight-redirect-other"),
        (outcome("preflight-redirect", 302, [("Location", "/login")], asks="PUT"), "preflight-redirect-other"),
        (outcome("allow-origin-mismatch", answered=[OTHER, ("Age", "5")]), "cached-for-another-origin"),
        (outcome("allow-origin-mismatch", answered=[OTHER, ("X-Cache", "HIT")]), "cached-for-another-origin"),
        (outcome("allow-origin-mismatch", answered=[(ORIGIN, "http://a.example")]), "origin-not-listed"),
        (outcome("allow-origin-invalid", answered=[(ORIGIN, "all")]), "malformed-allow-origin"),
        (outcome("allow-origin-multiple", answered=[(ORIGIN, "*"), (ORIGIN, PAGE)]), "allow-origin-repeated"),
        (outcome("allow-origin-multiple", answered=[(ORIGIN, f"{PAGE}, {PAGE}")]), "allow-origin-repeated"),
        (outcome("authorization-not-listed", asks="GET"), "authorization-not-covered"),
        (outcome("network-failure", failure="tls"), "tls-failure"),
        (outcome("network-failure", failure="timeout"), "no-response"),
        (outcome("network-failure", failure="app-error"), "crash-unanswered"),
        (outcome("network-failure", failure="timeout", page="https://shop.example"), "local-network"),
        (outcome(None, page="https://shop.example"), "local-network"),
        (outcome(None, page="https://shop.example", url="http://192.168.0.7/a"), "local-network"),
        (outcome(None, page="https://shop.example", url="http://100.64.0.7/a"), "local-network"),
        (outcome(None, page="https://shop.example", url="https://api.example/a"), "allowed"),
        (outcome(None, page="https://shop.example", url="https://[2606:4700::1]/a"), "allowed"),
        (outcome(None, page="http://printer"), "allowed"),
        (outcome(None, page="nobody"), "allowed"),
        (outcome(None, 500), "server-error"),
        (outcome(None, steps=(Step("x", "y", code="cookie-rejected"),)), "cookie-not-stored"),
        (outcome(None, steps=(Step("x", "y", code="cookies-excluded"),)), "allowed"),
        (outcome("websocket-refused", 404), "websocket-not-found"),
        (outcome("websocket-refused", 403), "websocket-rejected"),
    ],
)  # fmt: skip
def test_from_the_responses_alone(given: Outcome, cause: str) -> None:
    found = diagnose(given)
    assert found.cause == cause, found
    assert found.title == CAUSES[cause].title


@pytest.mark.parametrize(
    ("given", "details"),
    [
        (outcome("preflight-redirect", 302, [("Location", "/login")], asks="PUT"), {"location": f"{API}/login"}),
        (outcome("method-not-allowed", asks="patch"), {"method": "patch", "upper": "PATCH"}),
        (outcome("network-failure", failure="refused"), {"page": PAGE, "url": f"{API}/items"}),
    ],
)
def test_the_details_of_a_diagnosis(given: Outcome, details: dict[str, str]) -> None:
    assert {name: diagnose(given).details[name] for name in details} == details


def test_a_right_policy_and_a_wrong_header() -> None:
    """Something behind the policy writes another origin: the policy is not blamed, and its list is no remedy."""
    app = FastAPI()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    said = outcome("allow-origin-mismatch", answered=[(ORIGIN, PAGE + "/")])
    found = diagnose(said, app)
    assert found.cause == "headers-rewritten"
    assert found.near_miss == f"the response names {PAGE}/; the page is {PAGE}"
    assert found.remedy.startswith("look for what changes the CORS headers")


def test_headers_that_script_never_reads() -> None:
    found = diagnose(outcome(None, answered=[("Set-Cookie", "a=1")]), read=["Set-Cookie"])
    assert found.cause == "header-never-readable"


def test_a_header_is_named_as_people_write_it() -> None:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, policy=Policy(allow_origins=[PAGE], allow_headers=["X-A"]))
    found = Browser(PAGE, transport=ASGITransport(app)).fetch(API, headers={"x-b-c": "1", "authorization": "x"})
    assert diagnose(found, app).remedy == 'allow_headers=["X-A", "Authorization", "X-B-C"]'


def test_a_crash_without_a_place() -> None:
    found = diagnose(outcome("allow-origin-missing", 500), crash=ValueError("x"))
    assert found.evidence[-1] == "the app raised ValueError: x"


def test_a_websocket_of_no_framework() -> None:
    assert diagnose(outcome("websocket-refused", 403), bare).cause == "websocket-rejected"
    found = diagnose(outcome("websocket-refused", 403), bare, facts={"own_origin": "taken"})
    assert found.cause == "websocket-origin"


@pytest.mark.parametrize("location", ["http://[", "http://[::1", "//[x]/", "http://a b"])
@pytest.mark.parametrize("asks", ["PUT", ""])
def test_a_location_that_is_no_url(location: str, asks: str) -> None:
    reason = "preflight-redirect" if asks else "allow-origin-missing"
    found = diagnose(outcome(reason, 302, answered=[("location", location)], asks=asks))
    assert found.cause == ("preflight-redirect-other" if asks else "redirect-without-cors")
    assert found.remedy


HOSTILE = ["", "null", "*", "http://[", "http://a:x", "\xff", "a,b;,", "http://a\n", "//", "x" * 5000]
WRITTEN = """access-control-allow-origin access-control-allow-credentials access-control-allow-methods vary age x-cache
access-control-allow-headers location content-type server via set-cookie""".split()


@pytest.mark.parametrize("reason", [*REASONS, None])
@pytest.mark.parametrize("with_app", [True, False])
def test_whatever_a_server_writes_there_is_a_cause(reason: str | None, with_app: bool) -> None:
    app = answering(200) if with_app else None
    for value in HOSTILE:
        answered = [(name, value) for name in WRITTEN]
        for status in (0, 204, 302, 404, 503):
            for page in (PAGE, "null", "http://[::"):
                asks = "PUT" if reason is not None and reason.startswith("preflight-") else ""
                given = outcome(reason, status, answered, asks=asks, page=page, body=b"\xff")
                found = diagnose(given, app, page=page, read=["X-A"], facts={"redirected_from": value})
                assert found.cause in CAUSES, (value, status, page)


def test_an_app_that_cannot_be_looked_into_is_not_said_to_have_no_cors() -> None:
    found = diagnose(outcome("allow-origin-missing", 200), bare)
    assert found.cause == "no-allow-origin"
    assert found.evidence[-1] == "bare cannot be looked into, so what is inside it is not known"


def test_the_explanation_in_text() -> None:
    app = FastAPI()
    app.add_middleware(Starlettes, allow_origins=[PAGE + "/"])
    found = Browser(PAGE, transport=ASGITransport(app)).fetch(API + "/items", method="PUT")
    text = explanation(found, diagnose(found, app))
    for words in (
        "preflight OPTIONS",
        "→ 400",
        "✗ Fetch §",
        "[mismatch-trailing-slash]",
        "the list has",
        "→ allow_origins",
    ):
        assert words in text
    failed = outcome("network-failure", failure="refused")
    assert "no response: it is refused" in explanation(failed, diagnose(failed))
    nothing = Browser(PAGE, transport=ASGITransport(app)).fetch("http://localhost:6000/")
    assert explanation(nothing, diagnose(nothing)).startswith("no request was sent")
    fine = outcome(None)
    assert "→ \n" not in explanation(fine, diagnose(fine))


def test_what_the_policy_has_keeps_its_spelling() -> None:
    app = FastAPI()
    app.add_middleware(Starlettes, allow_origins=[PAGE], allow_headers=["X-API-Key"])
    found = Browser(PAGE, transport=ASGITransport(app)).fetch(API, headers={"x-b": "1"})
    assert diagnose(found, app).remedy == 'allow_headers=["X-API-Key", "X-B"]'
