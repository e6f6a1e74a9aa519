"""CORSMiddleware over ASGI: a drop-in, pure, and safe with what the app hands it."""

from __future__ import annotations

import asyncio
import enum
import logging
from typing import Any

import pytest

from crossorigin import CORSMiddleware, Policy, PolicyError, decide
from tests.asgi import Answer, request

A, B, EVIL = "https://app.example.com", "https://b.example.com", "https://evil.example"
CREDENTIALED = {"access-control-allow-origin": A, "access-control-allow-credentials": "true", "vary": "Origin"}
ASKS = [("origin", A), ("access-control-request-method", "PUT"), ("access-control-request-headers", "content-type")]


def answering(*headers: tuple[bytes, bytes], status: int = 200) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": b"hi"})

    return app


def test_the_headers_of_a_response() -> None:
    app = CORSMiddleware(answering((b"content-type", b"text/plain")), allow_origins=[A], allow_credentials=True)
    answer = request(app, "GET", headers=[("origin", A)])
    assert (answer.status, answer.body) == (200, b"hi")
    assert answer.raw == [
        (b"content-type", b"text/plain"),
        (b"access-control-allow-origin", A.encode()),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]
    assert request(app, "GET", headers=[("origin", EVIL)]).cors == {"vary": "Origin"}
    assert request(app, "GET").cors == {"vary": "Origin"}


def test_a_preflight_never_reaches_the_app() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("the app was called")

    cors = CORSMiddleware(app, allow_origins=[A], allow_methods=["PUT"], max_age=5)
    answer = request(cors, "OPTIONS", headers=ASKS)
    assert (answer.status, answer.body, answer.raised) == (204, b"", None)
    assert answer.raw == [
        (b"access-control-allow-origin", A.encode()),
        (b"access-control-allow-methods", b"PUT"),
        (b"access-control-allow-headers", b"accept, accept-language, content-language, content-type"),
        (b"access-control-max-age", b"5"),
        (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ]
    denied = request(cors, "OPTIONS", headers=[("origin", EVIL), *ASKS[1:]])
    assert denied.status == 403
    assert denied.raw == [
        (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
        (b"content-length", b"0"),
    ]
    assert denied.body == b""


def test_a_plain_options_reaches_the_app() -> None:
    app = CORSMiddleware(answering((b"allow", b"GET"), status=200), allow_origins=[A])
    answer = request(app, "OPTIONS", headers=[("origin", A)])
    assert answer.raw == [(b"allow", b"GET"), (b"access-control-allow-origin", A.encode()), (b"vary", b"Origin")]


def test_positional_arguments_are_starlettes() -> None:
    one = CORSMiddleware(answering(), [A], ["PUT"], ["X-A"], True, None, False, ["X-B"], 7)
    assert one.policy == Policy(
        allow_origins=[A],
        allow_methods=["PUT"],
        allow_headers=["X-A"],
        allow_credentials=True,
        expose_headers=["X-B"],
        max_age=7,
    )


def test_a_policy_in_place_of_keywords() -> None:
    policy = Policy(allow_origins=[A])
    assert CORSMiddleware(answering(), policy=policy).policy is policy
    assert CORSMiddleware(answering(), policy=policy, allow_origins=(), max_age=600).policy is policy
    with pytest.raises(PolicyError) as caught:
        CORSMiddleware(answering(), policy=policy, max_age=5, environment="production")
    assert [(it.code, it.field) for it in caught.value.problems] == [
        ("policy-and-keywords", "max_age"),
        ("policy-and-keywords", "environment"),
    ]


def test_a_misspelt_keyword_is_shown_with_its_value() -> None:
    with pytest.raises(PolicyError, match=r"allow_credential = True  \[unknown-keyword\]"):
        CORSMiddleware(answering(), allow_origins=[A], allow_credential=True)  # type: ignore[call-arg]


def test_none_closes() -> None:
    cors = CORSMiddleware(answering(), allow_origins=[A], allow_methods=["*"])
    assert request(cors, "GET", headers=[("origin", A)]).cors["access-control-allow-origin"] == A
    cors.reconfigure(None)
    assert cors.policy == Policy.closed()
    assert request(cors, "GET", headers=[("origin", A)]).cors == {"vary": "Origin"}
    assert request(cors, "OPTIONS", headers=ASKS).status == 403
    cors.reconfigure(Policy(allow_origins=[A]))
    assert request(cors, "GET", headers=[("origin", A)]).cors["access-control-allow-origin"] == A


def test_none_still_enforces_what_was_enforced() -> None:
    kept: dict[str, Any] = {"enforce": True, "trusted_hosts": ["api.example.com"], "exempt": ["/hooks"]}
    cors = CORSMiddleware(answering(), allow_origins=[A], **kept)
    headers = [("origin", A), ("sec-fetch-site", "cross-site")]
    assert request(cors, "POST", headers=headers).status == 200
    cors.reconfigure(None)
    assert cors.policy == Policy.closed(**kept)
    assert request(cors, "POST", headers=headers).status == 403
    assert request(cors, "POST", "/hooks", headers=headers).status == 200
    assert request(cors, "GET", headers=[("host", "evil.example")]).status == 403  # a second Host


def test_a_refused_policy_raises_where_it_is_written() -> None:
    with pytest.raises(PolicyError) as caught:
        CORSMiddleware(answering(), allow_origins="*", allow_origins_regex=".*")  # type: ignore[arg-type]
    assert [it.code for it in caught.value.problems] == ["unknown-keyword", "not-a-list"]


def test_other_connections_are_passed_on() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["type"], send))

    async def send(message: Any) -> None: ...

    cors = CORSMiddleware(app, allow_origins=[A])
    for kind in ("lifespan", "websocket", "unheard-of"):
        asyncio.run(cors({"type": kind}, send, send))
    assert seen == [("lifespan", send), ("websocket", send), ("unheard-of", send)]


def test_messages_pass_one_by_one_and_untouched() -> None:
    """Nothing is buffered: each message is out before the app makes the next."""
    out: list[Any] = []
    body = [
        {"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True},
        {"type": "http.response.body", "body": b"data: 2\n\n", "more_body": True},
        {"type": "http.response.pathsend", "path": "/x"},
        {"type": "http.response.trailers", "headers": [(b"access-control-allow-origin", b"*")]},
    ]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        assert len(out) == 1
        for n, message in enumerate(body, 2):
            await send(message)
            assert out[-1] is message
            assert len(out) == n

    async def send(message: Any) -> None:
        out.append(message)

    scope = {"type": "http", "method": "GET", "headers": []}
    asyncio.run(CORSMiddleware(app, allow_origins=[A])(scope, send, send))
    assert out[0] == {"type": "http.response.start", "status": 200, "headers": [(b"vary", b"Origin")], "trailers": True}
    assert scope.pop("crossorigin.decision") == decide(Policy(allow_origins=[A]), "GET", [])
    assert scope == {"type": "http", "method": "GET", "headers": []}


START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}


def test_what_the_app_sends_may_be_a_constant() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send({"type": "http.response.body"})

    cors = CORSMiddleware(app, allow_origins=[A, B])
    first, second = (request(cors, "GET", headers=[("origin", it)]) for it in (A, B))
    assert first.cors["access-control-allow-origin"] == A
    assert second.cors["access-control-allow-origin"] == B
    assert START["headers"] == [(b"content-type", b"text/plain")]
    handed_out = first.messages[0]["headers"]
    handed_out.append((b"x", b"y"))
    assert (b"x", b"y") not in request(cors, "GET", headers=[("origin", A)]).raw
    request(cors, "OPTIONS", headers=ASKS).messages[0]["headers"].clear()
    assert request(cors, "OPTIONS", headers=ASKS).cors["access-control-allow-origin"] == A


ODD_HEADERS: list[Any] = [
    None,  # no "headers" at all
    [],
    (),
    ((b"content-type", b"text/plain"),),
    [[b"content-type", b"text/plain"]],
    iter([(b"content-type", b"text/plain")]),
    [(bytearray(b"content-type"), b"text/plain"), (bytearray(b"Access-Control-Allow-Origin"), b"*")],
]


@pytest.mark.parametrize("headers", ODD_HEADERS, ids=lambda it: type(it).__name__)
def test_any_iterable_of_headers(headers: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = {"type": "http.response.start", "status": 200}
        await send(message if headers is None else message | {"headers": headers})

    assert request(CORSMiddleware(app, allow_origins=[A]), "GET").cors == {"vary": "Origin"}


class Name(enum.StrEnum):
    """A team's own list of header names."""

    ALLOW = "Access-Control-Allow-Origin"


# How apps write a name, which servers take: with h11, uvicorn encodes strings; with httptools, it sends any bytes.
SPELLINGS: list[Any] = [
    lambda name: name,
    lambda name: name.encode(),
    lambda name: bytearray(name.encode()),
    lambda name: memoryview(name.encode()),
    lambda name: memoryview(bytearray(name.encode())),
    lambda name: name.upper(),
    lambda name: name.upper().encode(),
    lambda name: memoryview(name.title().encode()),
    lambda name: f" {name}\t",
    lambda name: f"{name} ".encode(),
    lambda name: Name.ALLOW if name == "access-control-allow-origin" else name,
]


@pytest.mark.parametrize("spell", SPELLINGS)
@pytest.mark.parametrize("shape", [list, tuple, iter])
def test_an_apps_cors_headers_go_however_they_are_spelt(spell: Any, shape: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        cors = [
            (spell("access-control-allow-origin"), spell(EVIL)),
            (spell("access-control-allow-credentials"), "true"),
        ]
        rest = [(spell("x-own"), "1"), (spell("vary"), b"Accept")]
        await send({"type": "http.response.start", "status": 200, "headers": shape([*cors, *rest])})

    denied = request(CORSMiddleware(app, allow_origins=[A]), "GET", headers=[("origin", EVIL)])
    sent = denied.messages[0]["headers"]
    assert [value for _, value in sent] == ["1", b"Accept, Origin"]
    allowed = request(CORSMiddleware(app, allow_origins=[A]), "GET", headers=[("origin", A)])
    added = allowed.messages[0]["headers"][1:]
    assert added == [(b"access-control-allow-origin", A.encode()), (b"vary", b"Accept, Origin")]


@pytest.mark.parametrize("headers", [[None], [(1, 2)], [(b"a",)], [("x-\u20ac", "1")], [(b"a", b"b", b"c")], 7])
def test_headers_that_no_server_sends_raise_nothing(headers: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    answer = request(CORSMiddleware(app, allow_origins=[A]), "GET", headers=[("origin", A)])
    assert answer.raised is None
    assert answer.messages[0]["headers"][-2:] == [(b"access-control-allow-origin", A.encode()), (b"vary", b"Origin")]


def test_a_request_without_headers() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    app = CORSMiddleware(answering(), allow_origins=[A])
    for method in ("GET", "OPTIONS"):
        asyncio.run(app({"type": "http", "method": method}, send, send))
    assert [it["headers"] for it in sent[::2]] == [[(b"vary", b"Origin")]] * 2


def test_an_apps_own_cors_headers_are_replaced_or_removed() -> None:
    inner = answering((b"Access-Control-Allow-Origin", b"*"), (b"access-control-allow-credentials", b"true"))
    app = CORSMiddleware(inner, allow_origins=[A])
    assert request(app, "GET", headers=[("origin", A)]).cors == {"access-control-allow-origin": A, "vary": "Origin"}
    assert request(app, "GET", headers=[("origin", EVIL)]).cors == {"vary": "Origin"}
    assert request(app, "GET").cors == {"vary": "Origin"}


def test_stacked_it_says_everything_once() -> None:
    inner = CORSMiddleware(answering((b"vary", b"Cookie")), allow_origins=["*"])
    app = CORSMiddleware(inner, allow_origins=[A])
    assert request(app, "GET", headers=[("origin", A)]).cors == {
        "access-control-allow-origin": A,
        "vary": "Cookie, Origin",
    }


def test_a_request_is_decided_on_as_decide_does() -> None:
    """The middleware reads the request in its own loop, for speed; it must read it as `decide` does."""
    policies = [
        Policy(allow_origins=[A], allow_credentials=True),
        Policy(allow_origins=[A, "https://*.example.org"]),
        Policy.public(),
        Policy(allow_origins=["*"], allow_credentials=True, environment="development"),
    ]
    requests = [
        (method, [(b"host", b"x"), *((b"origin", it.encode()) for it in origins)])
        for method in ("GET", "POST", "OPTIONS")
        for origins in ([], [A], [EVIL], [A, A], ["null"], ["https://a.example.org"], ["x" * 400], ["http://localhost"])
    ]
    for policy in policies:
        app = CORSMiddleware(answering((b"x-app", b"1")), policy=policy)
        for method, headers in requests:
            answer = Answer()

            async def send(message: Any, answer: Answer = answer) -> None:
                answer.messages.append(message)

            asyncio.run(app({"type": "http", "method": method, "headers": headers}, send, send))
            assert answer.raw == decide(policy, method, headers).answer([(b"x-app", b"1")]), (policy, method, headers)


def test_reconfigure_swaps_whole_policies() -> None:
    """A request under way keeps the policy it began with; the next one has the new one."""
    cors: CORSMiddleware

    async def app(scope: Any, receive: Any, send: Any) -> None:
        cors.reconfigure(Policy(allow_origins=[B], allow_credentials=True))
        await answering()(scope, receive, send)

    cors = CORSMiddleware(app, allow_origins=[A])
    assert request(cors, "GET", headers=[("origin", A)]).cors == {"access-control-allow-origin": A, "vary": "Origin"}
    assert request(cors, "GET", headers=[("origin", A)]).cors == {"vary": "Origin"}
    assert request(cors, "GET", headers=[("origin", B)]).cors == CREDENTIALED | {"access-control-allow-origin": B}


def test_what_is_unwise_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "crossorigin"):
        CORSMiddleware(answering(), allow_origins=["*"])
    assert [(it.levelname, it.getMessage()) for it in caplog.records] == [
        (
            "WARNING",
            "allow_origins: every website can read what this API answers without credentials"
            ' → allow_origins=["https://your-front-end.example"]',
        )
    ]
