"""The record of denials, in process: each line, what is counted, what is bounded, and who is told."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import subprocess
import sys
import tracemalloc
from time import perf_counter
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.applications import Starlette
from starlette.routing import Mount

from crossorigin import CORSMiddleware, Decision, Policy, PolicyError, cors, get_decision, install
from crossorigin.middleware import denials
from crossorigin.middleware.telemetry import DecisionCounter
from tests.asgi import request

A = "https://app.example.com"
EVIL = "https://evil.example"
POLICY = Policy(allow_origins=[A], allow_methods=["GET", "PUT"], allow_headers=["X-One"])
DEVELOPMENT = Policy(allow_origins=["http://localhost:5173"], environment="development")


class Clock:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(denials, "monotonic", made)
    return made


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.DEBUG, "crossorigin")

    def lines(event: str = "") -> list[str]:
        found = [each for each in caplog.records if hasattr(each, "cors_event") and each.cors_event != "start"]
        return [each.getMessage() for each in found if not event or each.cors_event == event]

    return lines


def shop() -> FastAPI:
    app = FastAPI()
    inner = APIRouter(prefix="/v1")

    @inner.get("/items/{number}")
    @inner.put("/items/{number}")
    def item(number: int) -> dict[str, int]:
        return {"number": number}

    app.include_router(inner, prefix="/api")
    sub = FastAPI()

    @sub.get("/stock/{name}")
    def stock(name: str) -> str:
        return name

    app.mount("/shops/{shop}", sub)
    return app


def installed(policy: Policy = POLICY, **options: Any) -> FastAPI:
    app = shop()
    install(app, policy, **options)
    return app


def asks(method: str, headers: str = "") -> list[tuple[str, str]]:
    names = [("access-control-request-headers", headers)] if headers else []
    return [("access-control-request-method", method), *names]


# -- one line for each ---------------------------------------------------------------------------------------

ITEM = "/api/v1/items/7"
LINES = [
    (
        POLICY,
        ("GET", ITEM + "?secret=1", [("origin", EVIL), ("sec-fetch-site", "cross-site")]),
        'denied kind=cors origin=https://evil.example method=GET route="/api/v1/items/{number}" '
        "reason=origin-not-allowed cause=origin-not-listed nearest=https://app.example.com site=cross-site "
        'client=127.0.0.1 → allow_origins=["https://app.example.com", "https://evil.example"]',
    ),
    (
        POLICY,
        ("OPTIONS", ITEM, [("origin", "https://www.example.com"), *asks("PUT")]),
        'denied kind=preflight origin=https://www.example.com method=PUT route="/api/v1/items/{number}" '
        "reason=origin-not-allowed cause=mismatch-subdomain nearest=https://app.example.com client=127.0.0.1 "
        '→ allow_origins=["https://app.example.com", "https://www.example.com"]',
    ),
    (
        POLICY,
        ("OPTIONS", ITEM, [("origin", A), *asks("DELETE")]),
        'denied kind=preflight origin=https://app.example.com method=DELETE route="/api/v1/items/{number}" '
        "reason=method-not-allowed culprit=DELETE cause=method-not-listed client=127.0.0.1 "
        '→ allow_methods=["GET", "PUT", "DELETE"]',
    ),
    (
        POLICY,
        ("OPTIONS", "/shops/9/stock/tea", [("origin", A), *asks("GET", "x-one,x-two")]),
        'denied kind=preflight origin=https://app.example.com method=GET route="/shops/{shop}/stock/{name}" '
        "reason=header-not-allowed culprit=x-two cause=header-not-listed client=127.0.0.1 "
        '→ allow_headers=["X-One", "X-Two"]',
    ),
    (
        POLICY,
        ("GET", "/nothing", [("origin", "null")]),
        "denied kind=cors origin=null method=GET reason=origin-null cause=page-sends-null client=127.0.0.1 "
        "→ serve the page over http: python3 -m http.server 3000",
    ),
    (
        POLICY,
        ("GET", "/nothing", [("origin", A), ("origin", EVIL)]),
        'denied kind=cors origin="(repeated)" method=GET reason=origin-repeated cause=origin-repeated '
        "client=127.0.0.1 → send one Origin header: a proxy or a client adds another",
    ),
    (
        DEVELOPMENT,
        ("GET", "/nothing", [("origin", "http://localhost:3000")]),
        "denied kind=cors origin=http://localhost:3000 method=GET reason=origin-not-allowed cause=mismatch-port "
        "nearest=http://localhost:5173 client=127.0.0.1 "
        "explain=\"crossorigin explain http://api.example.com 'GET /nothing' --from http://localhost:3000\" "
        '→ allow_origins=["http://localhost:5173", "http://localhost:3000"]',
    ),
    (
        Policy(allow_origins=[A], enforce=True, trusted_hosts=["other.example"]),
        ("GET", "/nothing", []),
        "denied kind=plain method=GET reason=host-not-trusted culprit=api.example.com cause=host-rejected "
        'client=127.0.0.1 → call it by its name; or trusted_hosts=["api.example.com"], if it goes by that one',
    ),
]


@pytest.mark.parametrize(("policy", "sent", "line"), LINES, ids=[line[2].split("reason=")[1][:20] for line in LINES])
def test_the_first_denial_is_a_line(policy: Policy, sent: Any, line: str, said: Any) -> None:
    method, path, headers = sent
    app = installed(policy)
    for _ in range(2):
        request(app, method, path.partition("?")[0], headers)
    assert said() == ["crossorigin: " + line]


NO_DENIALS = [
    ("OPTIONS", "/api/v1/items/7", []),
    ("OPTIONS", "/api/v1/items/7", [("access-control-request-method", "PUT")]),
    ("OPTIONS", "/api/v1/items/7", [("origin", A)]),
    ("GET", "/api/v1/items/7", []),
    ("GET", "/api/v1/items/7", [("origin", A)]),
    ("OPTIONS", "/api/v1/items/7", [("origin", A), *asks("PUT", "x-one")]),
]


@pytest.mark.parametrize(("method", "path", "headers"), NO_DENIALS)
def test_what_is_not_a_denial(method: str, path: str, headers: Any, said: Any) -> None:
    request(installed(), method, path, headers)
    assert said() == []


def test_the_facts_are_fields_for_json_loggers(caplog: pytest.LogCaptureFixture) -> None:
    request(installed(), "OPTIONS", ITEM, [("origin", A), *asks("DELETE"), ("sec-fetch-site", "same-site")])
    record = next(each for each in caplog.records if getattr(each, "cors_event", "") == "denied")
    assert record.name == "crossorigin"
    assert {name: value for name, value in vars(record).items() if name.startswith("cors_")} == {
        "cors_event": "denied",
        "cors_kind": "preflight",
        "cors_origin": A,
        "cors_method": "DELETE",
        "cors_route": "/api/v1/items/{number}",
        "cors_reason": "method-not-allowed",
        "cors_culprit": "DELETE",
        "cors_cause": "method-not-listed",
        "cors_site": "same-site",
        "cors_client": "127.0.0.1",
        "cors_remedy": 'allow_methods=["GET", "PUT", "DELETE"]',
    }


def test_the_client_can_be_left_out(monkeypatch: pytest.MonkeyPatch, said: Any) -> None:
    monkeypatch.setenv("CROSSORIGIN_LOG_CLIENT", "off")
    request(installed(), "GET", ITEM, [("origin", EVIL)])
    assert "client" not in said()[0]


@pytest.mark.parametrize("asked", [False, True])
def test_an_app_with_two_middlewares_records_once(asked: bool, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a process in which some middleware asks the apps inside for their policies."""
    monkeypatch.setattr("crossorigin.middleware.entrances._asked", asked)
    app = shop()
    app.add_middleware(CORSMiddleware, policy=POLICY)
    install(app, POLICY)
    for _ in range(2):  # the second is answered without a look at the app
        request(app, "GET", ITEM, [("origin", EVIL)])
    assert len(said()) == 1


def test_what_was_decided_outside_is_told_to_nobody_inside() -> None:
    told: list[Decision] = []
    app = CORSMiddleware(null, policy=POLICY, on_decision=lambda decision, scope: told.append(decision))
    app._in_force.settle()  # as after a request, if no app of the process is asked for its policies
    headers = [(b"origin", EVIL.encode())]
    for scope in ({}, {"crossorigin.decision": None}):
        call = app({"type": "http", "method": "GET", "path": "/", "headers": headers} | scope, None, _ignored)
        with pytest.raises(StopIteration):
            call.send(None)
    assert [decision.reason for decision in told] == ["origin-not-allowed"]


# -- counting ------------------------------------------------------------------------------------------------


def test_later_denials_are_counted_and_summed_up_by_the_next_request_after_a_minute(said: Any, clock: Clock) -> None:
    app = installed()
    for number in range(5):
        request(app, "GET", f"/api/v1/items/{number}", [("origin", EVIL)])
    request(app, "OPTIONS", ITEM, [("origin", A), *asks("DELETE")])
    assert len(said()) == 2
    clock.now += 59
    request(app, "GET", ITEM)
    assert len(said()) == 2
    clock.now += 2
    request(app, "GET", ITEM)  # any request will do
    assert said("summary") == [
        "crossorigin: denied again total=4 seconds=61: count=4 kind=cors origin=https://evil.example method=GET "
        'route="/api/v1/items/{number}" reason=origin-not-allowed cause=origin-not-listed '
        "nearest=https://app.example.com client=127.0.0.1 "
        'remedy="allow_origins=[\\"https://app.example.com\\", \\"https://evil.example\\"]"'
    ]
    clock.now += 1000
    request(app, "GET", ITEM)
    assert len(said()) == 3


def test_the_end_of_the_server_writes_what_was_counted(said: Any) -> None:
    async def idle(scope: Any, receive: Any, send: Any) -> None: ...

    app = CORSMiddleware(idle, policy=POLICY)
    for _ in range(3):
        request_only(app, [("origin", EVIL)])
    asyncio.run(app({"type": "lifespan"}, None, None))
    assert [line.partition(" seconds")[0] for line in said("summary")] == ["crossorigin: denied again total=2"]
    asyncio.run(app({"type": "lifespan"}, None, None))
    assert len(said("summary")) == 1


def request_only(app: Any, headers: list[tuple[str, str]], path: str = "/", method: str = "GET") -> None:
    """One request, without an event loop and without an answer being looked at."""
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "method": method, "path": path, "headers": pairs, "client": ("127.0.0.1", 1)}
    call = app(scope, None, _ignored)
    with pytest.raises(StopIteration):
        call.send(None)


async def _ignored(message: Any) -> None: ...


async def null(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    ("mode", "lines", "summaries"), [("off", 0, 0), ("summary", 0, 1), ("full", 1, 1), (" Full ", 1, 1)]
)
def test_crossorigin_log(
    mode: str, lines: int, summaries: int, monkeypatch: pytest.MonkeyPatch, said: Any, clock: Clock
) -> None:
    monkeypatch.setenv("CROSSORIGIN_LOG", mode)
    app = CORSMiddleware(null, policy=POLICY)
    for _ in range(3):
        request_only(app, [("origin", EVIL)])
    clock.now += 61
    request_only(app, [])
    assert (len(said("denied")), len(said("summary"))) == (lines, summaries)


@pytest.mark.parametrize("name", ["CROSSORIGIN_LOG", "CROSSORIGIN_LOG_CLIENT"])
def test_a_variable_that_cannot_be_read_is_a_policy_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "loud")
    with pytest.raises(PolicyError) as caught:
        CORSMiddleware(null, policy=POLICY)
    assert [(each.code, each.field, each.value) for each in caught.value.problems] == [
        ("variable-invalid", name, "loud")
    ]


# -- bounds --------------------------------------------------------------------------------------------------

HOSTILE = [
    f"{before}{middle}{n}"
    for n in range(20)
    for before in ("https://", "x")
    for middle in ("a\x1b[2J", "\xe2\x80\xae", "\r\nforged", '"]}', "%s%n{0}{record}", "\x00", "\x7f\x85", "e" * 8000)
]


@pytest.mark.parametrize("place", ["origin", "method", "header", "host", "path"])
def test_what_a_stranger_writes_is_one_line_at_most(place: str, said: Any, caplog: pytest.LogCaptureFixture) -> None:
    policy = Policy(allow_origins=[A], enforce=True, trusted_hosts=["api.example.com"]) if place == "host" else POLICY
    app = CORSMiddleware(null, policy=policy)
    for text in HOSTILE:
        before = len(said())
        origin = text if place == "origin" else A
        host = text if place == "host" else "api.example.com"
        headers = [("origin", origin), ("host", host)]
        if place in ("method", "header"):
            headers += asks(text if place == "method" else "PUT", text if place == "header" else "")
        request_only(app, headers, text if place == "path" else "/", "OPTIONS" if place != "path" else "GET")
        assert len(said()) - before <= 1
    assert bool(said()) is (place != "path")
    for record in caplog.records:
        line = record.getMessage()
        assert all(" " <= each <= "~" or each == "→" for each in line), line
        assert len(line) < 3000
        fields = {name: value for name, value in vars(record).items() if name.startswith("cors_")}
        assert json.loads(json.dumps(fields)) == fields


def test_a_flood_is_bounded_and_hides_no_near_miss(said: Any) -> None:
    app = CORSMiddleware(null, policy=POLICY)
    flood(app, 3000)
    tracemalloc.start()
    flood(app, 5000, start=3000)
    gc.collect()  # what the driver of these requests leaves is collected late in a large process
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    request_only(app, [("origin", "http://app.example.com")])
    request_only(app, [("origin", A), *asks("DELETE")], method="OPTIONS")
    lines = said()
    assert len(lines) < 100
    assert grown < 200_000
    assert sum("cause=mismatch-scheme" in line for line in lines) == 1
    assert sum("cause=method-not-listed" in line for line in lines) == 1


@pytest.mark.parametrize(
    "origin",
    ["https://a{}.example", "https://a{}.example.com", "https://app.example.com:{}", "a{}", "https://{}.a.com"],
)
def test_each_group_has_its_own_places(origin: str, said: Any) -> None:
    app = CORSMiddleware(null, policy=POLICY)
    for number in range(1000, 1500):
        request_only(app, [("origin", origin.format(number))])
    assert len(said()) <= 24
    request_only(app, [("origin", "http://app.example.com")])
    assert "cause=mismatch-scheme" in said()[-1]


def flood(app: Any, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        request_only(app, [("origin", f"https://bot-{number}.example")])


def test_a_summary_says_who_was_denied_most(said: Any, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    app = CORSMiddleware(null, policy=POLICY)
    for number in range(12):
        for _ in range(2 + number):  # the first of each is a line of its own
            request_only(app, [("origin", f"https://bot-{number}.example")])
    clock.now += 61
    request_only(app, [])

    def entry(number: int) -> str:
        remedy = f'allow_origins=[\\"https://app.example.com\\", \\"https://bot-{number}.example\\"]'
        return (
            f"count={number + 1} kind=cors origin=https://bot-{number}.example method=GET reason=origin-not-allowed "
            f'cause=origin-not-listed nearest=https://app.example.com client=127.0.0.1 remedy="{remedy}"'
        )

    most = [entry(number) for number in reversed(range(2, 12))]
    others = "others=3 mostly=https://bot-1.example"
    assert said("summary") == ["crossorigin: denied again total=78 seconds=61: " + "; ".join([*most, others])]
    fields = {name: value for name, value in vars(caplog.records[-1]).items() if name.startswith("cors_")}
    denials = fields.pop("cors_denials")
    assert [(each["count"], each["origin"]) for each in denials] == [
        (number + 1, f"https://bot-{number}.example") for number in reversed(range(2, 12))
    ]
    assert fields == {
        "cors_event": "summary",
        "cors_total": 78,
        "cors_seconds": 61,
        "cors_others": 3,
        "cors_mostly": "https://bot-1.example",
    }


def test_what_was_summed_up_is_counted_from_the_start_again(said: Any, clock: Clock) -> None:
    app = CORSMiddleware(null, policy=POLICY)
    for _ in range(3):
        for _ in range(4):
            request_only(app, [("origin", EVIL)])
        clock.now += 61
        request_only(app, [])
    assert [line.partition(" count=")[2].partition(" ")[0] for line in said("summary")] == ["3", "4", "4"]


@pytest.mark.parametrize(("seconds", "free"), [(3599, 0), (3600, 0), (3601, 24)])
def test_as_many_places_are_given_away_as_were_taken(seconds: int, free: int, said: Any, clock: Clock) -> None:
    app = CORSMiddleware(null, policy=POLICY)
    flood(app, 25)
    clock.now += seconds
    request_only(app, [])
    before = len(said("denied"))
    assert before == 24
    flood(app, 50, start=100)
    assert len(said("denied")) == before + free


def test_one_route_of_an_origin_is_given_away_and_the_other_is_kept(said: Any, clock: Clock) -> None:
    app = FastAPI()
    for name in ("old", "new"):
        app.get(f"/{name}")(lambda: 0)
    install(app, POLICY)

    def denied(path: str) -> None:
        request(app, "GET", path, [("origin", EVIL)])

    denied("/old")
    clock.now += 3000
    denied("/new")
    denied("/new")
    clock.now += 700
    request(app, "GET", "/old")
    lines = len(said("denied"))
    denied("/new")
    assert len(said("denied")) == lines
    denied("/old")
    assert 'route="/old"' in said("denied")[-1]
    assert len(said("denied")) == lines + 1


def test_a_place_that_was_not_needed_for_an_hour_is_given_away(said: Any, clock: Clock) -> None:
    app = CORSMiddleware(null, policy=POLICY)
    flood(app, 100)
    assert len(said("denied")) == 24
    clock.now += 3601
    request_only(app, [])
    assert said("summary")[0].endswith("total=76 seconds=3601: others=76 mostly=https://bot-89.example")
    request_only(app, [("origin", EVIL)])
    assert "evil.example" in said("denied")[-1]


def test_the_routes_of_one_origin_are_looked_up_a_bounded_number_of_times(said: Any) -> None:
    app = installed()
    for number in range(400):
        request(app, "GET", f"/api/v1/items/{number}", [("origin", EVIL)])
    assert len(said()) == 1
    assert app.__dict__  # the app is the one that was installed on


def test_ten_thousand_origins_cost_a_stranger_what_one_does() -> None:
    many = Policy(allow_origins=[f"https://customer-{n}.example.com" for n in range(9_999)] + [A])
    few, lots = (CORSMiddleware(null, policy=each) for each in (POLICY, many))
    for app in (few, lots):
        flood(app, 50)
    begun = perf_counter()
    flood(few, 1000, start=100)
    between = perf_counter()
    flood(lots, 1000, start=100)
    assert perf_counter() - between < 5 * (between - begun)


def test_a_long_list_is_not_repeated(said: Any) -> None:
    many = Policy(allow_origins=[f"https://customer-{n}.example.com" for n in range(30)])
    request_only(CORSMiddleware(null, policy=many), [("origin", EVIL)])
    assert said()[0].endswith('→ add "https://evil.example" to allow_origins')


# -- who is told ---------------------------------------------------------------------------------------------


def test_on_decision_is_told_of_every_request_with_an_origin() -> None:
    seen: list[tuple[str, str, str]] = []

    def told(decision: Decision, scope: Any) -> None:
        seen.append((decision.kind, decision.reason, scope["path"]))

    app = installed(on_decision=told)
    request(app, "GET", ITEM)
    request(app, "GET", ITEM, [("origin", A)])
    request(app, "GET", "/b", [("origin", EVIL)])
    request(app, "OPTIONS", ITEM, [("origin", A), *asks("DELETE")])
    assert seen == [
        ("cors", "allowed", ITEM),
        ("cors", "origin-not-allowed", "/b"),
        ("preflight", "method-not-allowed", ITEM),
    ]


def test_on_decision_is_told_of_what_enforce_rejects() -> None:
    seen: list[str] = []
    policy = Policy(allow_origins=[A], enforce=True, trusted_hosts=["api.example.com"])
    app = installed(policy, on_decision=lambda decision, scope: seen.append(decision.reason))
    assert request(app, "GET", ITEM, [("host", "other.example")]).status == 403
    assert request(app, "PUT", ITEM, [("origin", EVIL), ("sec-fetch-site", "cross-site")]).status == 403
    assert seen == ["host-not-trusted", "cross-site-request"]


def test_what_on_decision_raises_is_logged_once_and_reaches_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def broken(decision: Decision, scope: Any) -> None:
        raise ValueError("mine")

    app = installed(on_decision=broken)
    for _ in range(3):
        assert request(app, "GET", ITEM, [("origin", A)]).status == 200
    assert [each.getMessage() for each in caplog.records if each.exc_info] == [
        "on_decision raised; the request is not affected, and this is said once"
    ]


async def _coroutine(decision: Decision, scope: Any) -> None: ...


@pytest.mark.parametrize("wrong", [_coroutine, "print", 3])
def test_on_decision_is_a_plain_function(wrong: Any) -> None:
    with pytest.raises(TypeError, match="on_decision= takes a plain function"):
        CORSMiddleware(null, policy=POLICY, on_decision=wrong)


def test_what_cannot_be_recorded_reaches_nobody(caplog: pytest.LogCaptureFixture) -> None:
    class Odd(APIRouter):
        """Its routes cannot be asked."""

    app = CORSMiddleware(Starlette(routes=[Mount("/", Odd())]), policy=POLICY)
    app._seen._core = object()
    for _ in range(3):
        assert request(app, "GET", ITEM, [("origin", EVIL)]).status == 404
    failed = [each.getMessage() for each in caplog.records if each.exc_info]
    assert failed == ["a decision could not be recorded; the request is not affected, and this is said once"]


def test_get_decision() -> None:
    app = FastAPI()

    @app.get("/")
    def read(request: Request) -> list[str]:
        decision = get_decision(request)
        assert decision == get_decision(request.scope)
        return [] if decision is None else [decision.kind, decision.reason]

    assert json.loads(request(app, "GET", "/").body) == []
    install(app, POLICY)
    assert json.loads(request(app, "GET", "/").body) == ["plain", "no-origin"]
    assert json.loads(request(app, "GET", "/", [("origin", EVIL)]).body) == ["cors", "origin-not-allowed"]
    cors(Policy.public())(read)
    assert json.loads(request(app, "GET", "/", [("origin", EVIL)]).body) == ["cors", "allowed"]


@pytest.mark.parametrize("option", [{"report_only": POLICY}, {"on_decision": print}])
def test_a_later_install_takes_neither(option: Any) -> None:
    app = installed()
    with pytest.raises(TypeError, match="belongs to the first install"):
        install(app, POLICY, **option)


# -- an app inside decides -----------------------------------------------------------------------------------


def behind_a_closure(policy: Policy | None, **options: Any) -> Any:
    """An app whose policies nobody can see from outside: a closure stands before it."""
    app = shop()

    @app.get("/own")
    @cors(policy)
    def own() -> str:
        return ""

    async def closure(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return CORSMiddleware(closure, policy=POLICY, **options)


@pytest.mark.parametrize(
    ("sent", "reasons", "remedy"),
    [
        (("GET", "/own", [("origin", A)]), ["origin-not-allowed"], f'allow_origins=["https://b.example", "{A}"]'),
        (("GET", "/own", [("origin", "https://b.example")]), [], ""),
        (("GET", ITEM, [("origin", EVIL)]), ["origin-not-allowed"], f'allow_origins=["{A}", "{EVIL}"]'),
        (("GET", ITEM, [("origin", A)]), [], ""),
        (("OPTIONS", "/own", [("origin", A), *asks("GET")]), ["origin-not-allowed"], ""),
    ],
)
def test_a_denial_by_an_app_inside_is_recorded_once(
    sent: Any, reasons: list[str], remedy: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    app = behind_a_closure(
        Policy(allow_origins=["https://b.example"]), on_decision=lambda decision, scope: seen.append(decision.reason)
    )
    request(app, *sent)
    records: list[Any] = [each for each in caplog.records if getattr(each, "cors_event", "") == "denied"]
    assert [each.cors_reason for each in records] == reasons
    assert seen == (reasons or ["allowed"])
    if remedy:
        assert records[0].cors_remedy == remedy


def test_get_decision_of_an_app_that_decides_itself() -> None:
    inner = FastAPI()

    @inner.get("/")
    @cors(Policy.public())
    def read(request: Request) -> list[str]:
        decision = get_decision(request)
        return [] if decision is None else [decision.kind, decision.reason]

    async def closure(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope, receive, send)

    app = CORSMiddleware(closure, policy=POLICY)
    assert json.loads(request(app, "GET", "/", [("origin", EVIL)]).body) == ["cors", "allowed"]


# -- rarer facts and bounds ----------------------------------------------------------------------------------

NULL_AFTER_REDIRECT = [
    (
        [("referer", "http://localhost:3000/"), ("host", "api.example.com")],
        "/items",
        "call http://api.example.com/items directly",
    ),
    ([("referer", "http://localhost:3000/"), ("host", "api.example.com")], "/a b", ""),
    ([("referer", "http://localhost:3000/"), ("host", "\x1b")], "/items", ""),
    ([("referer", "about:blank")], "/items", "serve the page over http: python3 -m http.server 3000"),
]


@pytest.mark.parametrize(("headers", "path", "remedy"), NULL_AFTER_REDIRECT)
def test_null_after_a_redirect(headers: Any, path: str, remedy: str, caplog: pytest.LogCaptureFixture) -> None:
    app = CORSMiddleware(null, policy=POLICY)
    request_only(app, [("origin", "null"), *headers], path)
    record: Any = next(each for each in caplog.records if getattr(each, "cors_event", "") == "denied")
    assert getattr(record, "cors_remedy", "") == remedy
    cause = "redirect-origin-null" if dict(headers)["referer"].startswith("http") else "page-sends-null"
    assert record.cors_cause == cause


def test_methods_that_the_routes_serve(caplog: pytest.LogCaptureFixture) -> None:
    app = installed(Policy(allow_origins=[A], allow_methods="routes"))
    request(app, "OPTIONS", ITEM, [("origin", A), *asks("DELETE")])
    record: Any = next(each for each in caplog.records if getattr(each, "cors_event", "") == "denied")
    assert record.cors_remedy == f'serve DELETE at {ITEM}; allow_methods="routes" then names it'


COMMANDS = [
    ("/a", [("host", "localhost:8000"), *asks("PUT", "authorization,x-a")], "-H 'authorization: Bearer x' -H 'x-a: 1'"),
    ("/a'b", [("host", "localhost:8000"), *asks("PUT")], ""),
    ("/a", [("host", "localhost:8000;rm"), *asks("PUT")], ""),
    ("/a", [("host", "localhost:8000"), *asks("PUT", "x a")], ""),
    ("/a", [*asks("PUT")], ""),
]


@pytest.mark.parametrize(("path", "headers", "end"), COMMANDS)
def test_the_command_in_development_is_plain_or_not_there(path: str, headers: Any, end: str, said: Any) -> None:
    app = CORSMiddleware(null, policy=DEVELOPMENT)
    request_only(app, [("origin", "http://localhost:3000"), *headers], path, "OPTIONS")
    assert ("explain=" in said()[0]) is bool(end)
    assert end in said()[0]


def test_a_denial_a_minute_later_writes_the_summary_itself(said: Any, clock: Clock) -> None:
    app = CORSMiddleware(null, policy=POLICY)
    for _ in range(2):
        request_only(app, [("origin", EVIL)])
    clock.now += 61
    request_only(app, [("origin", EVIL)])
    assert "total=2 seconds=61" in said("summary")[0]
    flood(app, 100)
    clock.now += 61
    request_only(app, [("origin", "https://one-more.example")])
    assert "others=" in said("summary")[1]


def test_many_paths_and_long_paths_take_a_bounded_memory(said: Any) -> None:
    app = CORSMiddleware(null, policy=POLICY)
    for number in range(300):
        request_only(app, [("origin", EVIL)], f"/{number}/" + "x" * 5000)
    row = next(iter(app._seen.log._rows.values()))
    assert row.by_path == {}
    assert row.looked_up == 128
    assert len(said()) == 1


def test_routes_beyond_the_places_of_a_group_are_counted(said: Any, clock: Clock) -> None:
    app = FastAPI()
    for number in range(20):
        app.get(f"/route-{number}")(lambda: 0)
    install(app, POLICY)
    for number in range(20):
        request(app, "GET", f"/route-{number}", [("origin", "http://app.example.com")])
    assert len(said("denied")) == 12
    clock.now += 61
    request(app, "GET", "/")
    assert said("summary")[0].endswith("total=8 seconds=61: others=8 mostly=http://app.example.com")
    clock.now += 1800
    request(app, "GET", "/route-0", [("origin", "http://app.example.com")])
    clock.now += 61
    request(app, "GET", "/")
    clock.now += 1800
    request(app, "GET", "/route-0", [("origin", "http://app.example.com")])
    clock.now += 61
    request(app, "GET", "/")  # route-0 is kept, the other eleven places are given away
    request(app, "GET", "/route-19", [("origin", "http://app.example.com")])
    assert 'route="/route-19"' in said("denied")[-1]


def test_what_an_app_inside_rejects_is_told_and_counted_once(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    app = behind_a_closure(
        Policy(allow_origins=[A], enforce=True), on_decision=lambda decision, scope: seen.append(decision.reason)
    )
    request(app, "GET", "/own")
    counter = DecisionCounter(spans=False)
    app._seen.count_with(counter)
    request(app, "POST", "/own", [("origin", EVIL), ("sec-fetch-site", "cross-site")])
    request(app, "GET", "/own", [("origin", A)])
    assert seen == ["cross-site-request", "allowed"]
    assert {(reason, method): count for (_, reason, method, _), count in counter.counts.items()} == {
        ("cross-site-request", "POST"): 1,
        ("allowed", "GET"): 1,
    }


FIRST_DENIAL = """
import sys
from starlette.applications import Starlette
from crossorigin import CORSMiddleware, Policy
from tests.asgi import request

app = CORSMiddleware(Starlette(), policy=Policy(allow_origins=["https://app.example.com"]))
request(app, "GET", "/", [("origin", "https://app.example.com")])
opened = []
sys.addaudithook(lambda event, values: opened.append(str(values[0])) if event == "open" else None)
request(app, "GET", "/", [("origin", "https://www.example.com")])
print([name for name in opened if name.endswith((".dat", ".txt"))])
"""


def test_no_request_reads_a_file_for_the_record() -> None:
    """The Public Suffix List takes a tenth of a second to read, in which nobody else would be served."""
    ran = subprocess.run([sys.executable, "-c", FIRST_DENIAL], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


WITH_COOKIES = Policy(allow_origins=[A], allow_credentials=True, environment="production")


@pytest.mark.parametrize(
    ("policy", "origin", "line"),
    [
        (POLICY, "https://evil.example", 'allow_origins=["https://app.example.com", "https://evil.example"]'),
        (POLICY, "ws://example.com", ""),  # a policy takes no such scheme
        (POLICY, "ws://example.com.:8", ""),
        (POLICY, "https://0", ""),  # which a browser writes 0.0.0.0
        (POLICY, "http://app.example.com", 'allow_origins=["https://app.example.com", "http://app.example.com"]'),
        (WITH_COOKIES, "http://app.example.com", ""),  # insecure-origin
        (WITH_COOKIES, "http://shop.example", ""),
        (WITH_COOKIES, "http://localhost:3000", 'allow_origins=["https://app.example.com", "http://localhost:3000"]'),
    ],
)
def test_a_line_is_offered_if_the_policy_would_be_accepted(said: Any, policy: Policy, origin: str, line: str) -> None:
    request(CORSMiddleware(Starlette(), policy=policy), "GET", "/", [("origin", origin)])
    (written,) = said("denied")
    assert written.partition(" → ")[2].startswith(line) if line else " → allow_origins" not in written, written
