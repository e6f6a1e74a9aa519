"""A stricter policy on trial: requests follow the policy in force, and what would be denied is recorded."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from fastapi import FastAPI

from crossorigin import CORSMiddleware, Policy, cors, install
from crossorigin.middleware import startup_line
from crossorigin.middleware.route_policies import RoutePolicies
from tests.asgi import request

A, B = "https://app.example.com", "https://www.example.com"
EVIL = "https://evil.example"
WIDE = Policy(allow_origins=[A, B], allow_methods=["GET", "PUT", "DELETE"], allow_credentials=True)
ASKS = ("access-control-request-method", "DELETE")


def shop(**options: Any) -> FastAPI:
    app = FastAPI()

    @app.api_route("/items/{number}", methods=["GET", "POST", "PUT", "DELETE"])
    def item(number: int) -> int:
        return number

    @app.get("/open")
    @cors(Policy.public())
    def is_open() -> str:
        return ""

    install(app, WIDE, **options)
    return app


CASES: list[tuple[str, Policy, tuple[str, str, list[tuple[str, str]]], str]] = [
    ("an origin", Policy(allow_origins=[A]), ("GET", "/items/1", [("origin", B)]), "origin-not-allowed"),
    ("still allowed", Policy(allow_origins=[A]), ("GET", "/items/1", [("origin", A)]), ""),
    ("denied already", Policy(allow_origins=[A]), ("GET", "/items/1", [("origin", EVIL)]), ""),
    ("a method", Policy(allow_origins=[A]), ("OPTIONS", "/items/1", [("origin", A), ASKS]), "method-not-allowed"),
    ("served", Policy(allow_origins=[A], allow_methods="routes"), ("OPTIONS", "/items/1", [("origin", A), ASKS]), ""),
    (
        "credentials",
        Policy(allow_origins=[A, B]),
        ("GET", "/items/1", [("origin", A), ("cookie", "session=1")]),
        "allowed-without-credentials",
    ),
    ("without cookies", Policy(allow_origins=[A, B]), ("GET", "/items/1", [("origin", A)]), ""),
    ("no origin", Policy(allow_origins=[A]), ("GET", "/items/1", []), ""),
    ("another policy's route", Policy(allow_origins=[A]), ("GET", "/open", [("origin", B)]), ""),
    (
        "a form",
        Policy(allow_origins=[A], enforce=True),
        ("POST", "/items/1", [("origin", B), ("sec-fetch-site", "cross-site")]),
        "cross-site-request",
    ),
]


@pytest.mark.parametrize(("stricter", "sent", "reason"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_what_a_stricter_policy_would_deny(
    stricter: Policy, sent: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = shop(report_only=stricter)
    plain = request(shop(), *sent)
    for _ in range(2):
        answer = request(app, *sent)
        assert (answer.status, answer.cors) == (plain.status, plain.cors)
    records = [each for each in caplog.records if getattr(each, "cors_event", "") == "would-deny"]
    assert [each.cors_reason for each in records] == ([reason] if reason else [])
    if reason:
        assert records[0].getMessage().startswith("crossorigin: would deny kind=")


def test_a_handshake_that_a_stricter_policy_would_reject(caplog: pytest.LogCaptureFixture) -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    headers = [(b"origin", b"https://evil.example"), (b"host", b"a.example")]
    scope = {"type": "websocket", "path": "/ws", "headers": headers, "server": ("203.0.113.9", 443)}
    for policy in (WIDE, Policy(allow_origins=[A, EVIL], enforce=True)):
        made = CORSMiddleware(app, policy=policy, report_only=Policy(allow_origins=[A], enforce=True))
        asyncio.run(made(dict(scope), None, None))
    records = [each for each in caplog.records if getattr(each, "cors_event", "") == "would-deny"]
    assert [each.cors_reason for each in records] == ["cross-origin-websocket"] * 2
    assert seen == ["websocket"] * 2


def test_report_only_is_a_policy() -> None:
    with pytest.raises(TypeError, match="report_only= takes a Policy, not str"):
        shop(report_only="stricter")


def test_the_trial_goes_on_after_a_reload(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    made = CORSMiddleware(app, policy=WIDE, report_only=Policy(allow_origins=[A]))
    made.reconfigure(Policy(allow_origins=[A, B, "https://new.example"]))
    request(made, "GET", "/", [("origin", "https://new.example")])
    assert [each.cors_origin for each in caplog.records if getattr(each, "cors_event", "") == "would-deny"] == [
        "https://new.example"
    ]


# -- the line at the start -----------------------------------------------------------------------------------

STARTS = [
    (
        Policy(allow_origins=[A, "https://*.shop.example.com"], allow_credentials=True),
        "INFO",
        "crossorigin: policy origins=1 (https://app.example.com) patterns=1 (https://*.shop.example.com) regexes=0 "
        "credentials=on enforce=off environment=production source=code routes=0 report_only=off accepted=none "
        "warnings=none",
    ),
    (
        Policy(allow_origins=["*"]),
        "WARNING",
        "crossorigin: policy origins=1 (*) patterns=0 regexes=0 credentials=off enforce=off environment=production "
        "source=code routes=0 report_only=off accepted=none warnings=star-in-production",
    ),
    (
        Policy(allow_origins=["http://old.example.com"], allow_credentials=True, accept_risks=["insecure-origin"]),
        "WARNING",
        "crossorigin: policy origins=1 (http://old.example.com) patterns=0 regexes=0 credentials=on enforce=off "
        "environment=production source=code routes=0 report_only=off accepted=insecure-origin warnings=risk-accepted",
    ),
    (
        Policy(allow_origins=[f"https://a{n}.example" for n in range(7)], enforce="report-only"),
        "INFO",
        "crossorigin: policy origins=7 (https://a0.example https://a1.example https://a2.example https://a3.example "
        "https://a4.example ...) patterns=0 regexes=0 credentials=off enforce=report-only environment=production "
        "source=code routes=0 report_only=off accepted=none warnings=none",
    ),
]


@pytest.mark.parametrize(("policy", "level", "line"), STARTS, ids=["patterns", "warnings", "risks", "many"])
def test_one_line_at_the_start(policy: Policy, level: str, line: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "crossorigin")
    app = FastAPI()
    install(app, policy)
    for _ in range(2):
        request(app, "GET", "/")
    records = [each for each in caplog.records if getattr(each, "cors_event", "") == "start"]
    assert [(each.levelname, each.getMessage()) for each in records] == [(level, line)]
    assert records[0].cors_origins == len(policy.allow_origins)


def test_the_source_is_the_file_or_the_variables(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "crossorigin.toml"
    file.write_text('allow_origins = ["https://app.example.com"]\n')
    loaded = Policy.load(file)
    assert loaded == Policy(allow_origins=[A])
    assert f"source={file} " in startup_line.line(RoutePolicies(loaded))
    monkeypatch.chdir("/")
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", A)
    assert " source=variables " in startup_line.line(RoutePolicies(Policy.load()))


def test_a_log_that_is_off_has_no_line_at_the_start(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSORIGIN_LOG", "off")
    caplog.set_level(logging.DEBUG, "crossorigin")
    request(shop(report_only=Policy(allow_origins=[A])), "GET", "/items/1", [("origin", B)])
    assert [each for each in caplog.records if hasattr(each, "cors_event")] == []


WS = {"type": "websocket", "path": "/ws", "server": ("203.0.113.9", 443)}
FOREIGN = [(b"origin", b"https://evil.example"), (b"host", b"a.example")]


async def accepts(scope: Any, receive: Any, send: Any) -> None: ...


@pytest.mark.parametrize("origin", [b"https://app.example.com", b"https://evil.example"])
def test_a_stricter_policy_that_takes_a_handshake(origin: bytes, caplog: pytest.LogCaptureFixture) -> None:
    made = CORSMiddleware(accepts, policy=WIDE, report_only=Policy(allow_origins=[A], enforce=True))
    asyncio.run(made(WS | {"headers": [(b"origin", origin), (b"host", b"a.example")]}, None, None))
    assert len([each for each in caplog.records if getattr(each, "cors_event", "") == "would-deny"]) == (
        origin.decode() != A
    )


@pytest.mark.parametrize("policy", [WIDE, Policy(allow_origins=[A], enforce="report-only")])
def test_a_log_that_is_off_tries_nothing(
    policy: Policy, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSORIGIN_LOG", "off")
    made = CORSMiddleware(accepts, policy=policy, report_only=Policy(allow_origins=[A], enforce=True))
    asyncio.run(made(WS | {"headers": FOREIGN}, None, None))
    asyncio.run(made({"type": "lifespan"}, None, None))
    assert [each for each in caplog.records if hasattr(each, "cors_event")] == []
    assert made.denials == {}


@pytest.mark.parametrize("policy", [WIDE, Policy(allow_origins=[A], enforce="report-only")])
def test_what_cannot_be_tried_reaches_nobody(policy: Policy, caplog: pytest.LogCaptureFixture) -> None:
    made = CORSMiddleware(accepts, policy=policy, report_only=Policy(allow_origins=[A], enforce=True))
    made._seen._core = object()
    for _ in range(2):
        asyncio.run(made(WS | {"headers": FOREIGN}, None, None))
    assert [each.getMessage() for each in caplog.records if "once" in each.getMessage()] == [
        "a decision could not be recorded; the request is not affected, and this is said once"
    ]
