"""What the middleware itself sends, message by message, as ASGI servers read it: each type, status, header and body."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from crossorigin import AllowMiddleware, CORSMiddleware, Policy, PolicyError
from crossorigin.middleware.failed_startup import FailedStartup

ORIGIN = (b"origin", b"https://app.example")
STRANGER = (b"origin", b"https://evil.example")
HOST = (b"host", b"api.example")
SERVER = ("203.0.113.1", 443)  # not this machine, where only its own names are trusted
REFUSED = b"Refused: this server does not take this request from another origin.\n"
NOT_THAT_NAME = b"Refused: this server does not go by that name.\n"
TEXT = (b"content-type", b"text/plain; charset=utf-8")

Message = dict[str, Any]


async def _never(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("the app is asked")


def sent(app: Any, scope: Message, first: str = "http.request") -> tuple[list[Message], list[str]]:
    """What an app sends, and the types of the messages that it receives."""
    messages: list[Message] = []
    received: list[str] = []

    async def receive() -> Message:
        received.append(first)
        return {"type": first}

    async def send(message: Message) -> None:
        messages.append(message)

    asyncio.run(app(scope, receive, send))
    return messages, received


def http(method: str, *headers: tuple[bytes, bytes], **others: Any) -> Message:
    return {"type": "http", "method": method, "path": "/", "server": SERVER, "headers": [HOST, *headers], **others}


def websocket(*headers: tuple[bytes, bytes], **others: Any) -> Message:
    return {"type": "websocket", "path": "/", "server": SERVER, "headers": [HOST, *headers], **others}


POLICY = Policy(allow_origins=["https://app.example"], allow_methods=["PUT"], max_age=5, enforce=True)
NAMED = Policy(allow_origins=["https://app.example"], enforce=True, trusted_hosts=["api.example"])
ASKED = (b"access-control-request-method", b"PUT")
VARIES = (b"vary", b"Origin, Sec-Fetch-Site")
VARIES_MORE = (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers")


@pytest.mark.parametrize(
    ("policy", "scope", "messages"),
    [
        (
            POLICY,
            http("OPTIONS", ORIGIN, ASKED),
            [
                {
                    "type": "http.response.start",
                    "status": 204,
                    "headers": [
                        (b"access-control-allow-origin", b"https://app.example"),
                        (b"access-control-allow-methods", b"PUT"),
                        (b"access-control-allow-headers", b"accept, accept-language, content-language, content-type"),
                        (b"access-control-max-age", b"5"),
                        VARIES_MORE,
                    ],
                },
                {"type": "http.response.body", "body": b""},
            ],
        ),
        (
            POLICY,
            http("OPTIONS", STRANGER, ASKED),
            [
                {"type": "http.response.start", "status": 403, "headers": [VARIES_MORE, (b"content-length", b"0")]},
                {"type": "http.response.body", "body": b""},
            ],
        ),
        (
            POLICY,
            http("POST", STRANGER),
            [
                {
                    "type": "http.response.start",
                    "status": 403,
                    "headers": [TEXT, (b"content-length", b"69"), VARIES],
                },
                {"type": "http.response.body", "body": REFUSED},
            ],
        ),
        (
            NAMED,
            {**http("GET"), "headers": [(b"host", b"evil.example")]},
            [
                {"type": "http.response.start", "status": 403, "headers": [TEXT, (b"content-length", b"47")]},
                {"type": "http.response.body", "body": NOT_THAT_NAME},
            ],
        ),
    ],
    ids=["preflight", "stranger", "origin", "host"],
)
def test_what_answers_a_request_before_the_app(policy: Policy, scope: Message, messages: list[Message]) -> None:
    assert sent(CORSMiddleware(_never, policy=policy), scope) == (messages, [])


@pytest.mark.parametrize(
    ("scope", "messages", "received"),
    [
        (
            websocket(STRANGER),
            [{"type": "websocket.close", "code": 1008, "reason": "cross-origin"}],
            ["websocket.connect"],
        ),
        (
            websocket(STRANGER, extensions=None),
            [{"type": "websocket.close", "code": 1008, "reason": "cross-origin"}],
            ["websocket.connect"],
        ),
        (
            websocket(STRANGER, extensions={"websocket.http.response": {}}),
            [
                {
                    "type": "websocket.http.response.start",
                    "status": 403,
                    "headers": [TEXT, (b"content-length", b"69"), VARIES],
                },
                {"type": "websocket.http.response.body", "body": REFUSED},
            ],
            [],
        ),
    ],
    ids=["old server", "no extensions", "extension"],
)
def test_what_refuses_a_handshake(scope: Message, messages: list[Message], received: list[str]) -> None:
    app = CORSMiddleware(_never, policy=POLICY)
    assert sent(app, scope, "websocket.connect") == (messages, received)


def _rejected() -> PolicyError:
    with pytest.raises(PolicyError) as rejected:
        Policy(allow_origins=["null"])
    return rejected.value


@pytest.mark.parametrize(
    ("scope", "messages", "received"),
    [
        (
            {"type": "lifespan"},
            [{"type": "lifespan.startup.failed", "message": str(_rejected())}],
            ["x"],
        ),
        (
            http("GET"),
            [
                {"type": "http.response.start", "status": 500, "headers": [TEXT, (b"content-length", b"21")]},
                {"type": "http.response.body", "body": b"Internal Server Error"},
            ],
            [],
        ),
        (websocket(), [], []),
    ],
    ids=["lifespan", "http", "websocket"],
)
def test_what_an_app_sends_whose_policy_is_rejected(
    scope: Message, messages: list[Message], received: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    error = _rejected()
    app = FailedStartup(error)
    heard: list[Message] = []
    asked: list[str] = []

    async def receive() -> Message:
        asked.append("x")
        return {"type": "x"}

    async def send(message: Message) -> None:
        heard.append(message)

    for _ in range(2):
        with pytest.raises(PolicyError) as raised:
            asyncio.run(app(scope, receive, send))
        assert raised.value.problems == error.problems
    assert (heard, asked) == (messages * 2, received * 2)
    logged = [(record.name, record.levelname, record.getMessage()) for record in caplog.records]
    assert logged == ([] if scope["type"] == "lifespan" else [("crossorigin", "CRITICAL", str(error))])


def _home(request: Any) -> PlainTextResponse:
    return PlainTextResponse("home")


def _all(request: Any) -> PlainTextResponse:
    return PlainTextResponse("its own")


def test_what_answers_options() -> None:
    app = Starlette(routes=[Route("/", _home, methods=["GET", "DELETE"]), Route("/all", _all, methods=["OPTIONS"])])
    middleware = AllowMiddleware(app)
    allow = [(b"allow", b"DELETE, GET, HEAD, OPTIONS")]
    assert sent(middleware, http("OPTIONS")) == (
        [
            {"type": "http.response.start", "status": 204, "headers": allow},
            {"type": "http.response.body", "body": b""},
        ],
        [],
    )
    others, _ = sent(middleware, http("OPTIONS") | {"path": "/all"})
    assert others[1]["body"] == b"its own"


def test_what_else_arrives_passes_with_all_that_came_with_it() -> None:
    passed: list[tuple[Any, Any, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append((scope, receive, send))

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None: ...

    scope = {"type": "other"}
    asyncio.run(AllowMiddleware(app)(scope, receive, send))
    assert passed == [(scope, receive, send)]
