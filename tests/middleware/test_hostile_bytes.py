"""Hostile bytes: whatever a client or an app sends, the middleware neither raises nor says what it should not.

Here belong requests and responses that no browser and no framework would send, driven through
`CORSMiddleware` by hand, so that no server mends them first. Not here: what browsers send
(`tests/server/test_model.py`), and how long anything takes (`bench/`).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crossorigin import CORSMiddleware, Policy, decide
from tests.examples import examples

MANY = examples(400)
A = b"https://app.example.com"
ORIGIN, ASK, NAMES, NETWORK = (
    b"origin",
    b"access-control-request-method",
    b"access-control-request-headers",
    b"access-control-request-private-network",
)

# Each policy, beside all that it may ever say in Access-Control-Allow-Origin.
POLICIES: dict[str, tuple[Policy, bytes]] = {
    "listed": (
        Policy(
            allow_origins=[A.decode(), "https://*.example.org", "http://localhost:*"],
            allow_origin_regex=r"https://pr-[0-9]+\.preview\.example\.net",
            allow_methods=["PUT"],
            allow_headers=["Authorization"],
            allow_credentials=True,
            expose_headers=["X-Total-Count"],
        ),
        rb"https://app\.example\.com|https://([a-z0-9_-]+\.)+example\.org|http://localhost(:[1-9][0-9]{0,4})?"
        rb"|https://pr-[0-9]+\.preview\.example\.net",
    ),
    "mirroring": (
        Policy(
            allow_origins=["https://*.example.org:*"],
            allow_methods=["*"],
            allow_headers=["*"],
            allow_private_network=True,
        ),
        rb"https://([a-z0-9_-]+\.)+example\.org(:[1-9][0-9]{0,4})?",
    ),
    "development": (
        Policy(
            allow_origins=["*"],
            allow_methods=["*"],
            allow_headers=["*"],
            allow_credentials=True,
            environment="development",
        ),
        rb"\*|[a-z][a-z0-9+.-]*://(([a-z0-9_-]+\.)*localhost\.?|127(\.[0-9]{1,3}){3}"
        rb"|\[::(1|ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})\])(:[1-9][0-9]{0,4})?",
    ),
    "public": (Policy.public(expose_headers=["*"]), rb"\*"),
    "public read": (Policy(allow_origins=["*"]), rb"\*"),
}
EVERY = st.sampled_from(list(POLICIES))
OURS = {
    b"access-control-allow-origin",
    b"access-control-allow-credentials",
    b"access-control-allow-methods",
    b"access-control-allow-headers",
    b"access-control-allow-private-network",
    b"access-control-expose-headers",
    b"access-control-max-age",
}
LIST = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+(, [!#$%&'*+\-.^_`|~0-9A-Za-z]+)*"
GRAMMAR = {
    b"access-control-allow-credentials": rb"true",
    b"access-control-allow-methods": LIST,
    b"access-control-allow-headers": LIST,
    b"access-control-allow-private-network": rb"true",
    b"access-control-expose-headers": LIST,
    b"access-control-max-age": rb"[0-9]{1,5}",
}

Message = dict[str, Any]


class App:
    """Sends the messages it was given, and keeps the scopes it saw."""

    def __init__(self, *messages: Message) -> None:
        self.messages = messages or (start([(b"content-type", b"text/plain")]), body())
        self.scopes: list[Message] = []

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        for it in self.messages:
            await send(it)


def start(*headers: Any, status: int = 200) -> Message:
    """A start message; without headers it has no such key."""
    return {"type": "http.response.start", "status": status} | ({"headers": headers[0]} if headers else {})


def body(data: bytes = b"hello", more: bool = False) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


def http(method: str = "GET", *headers: Any) -> Message:
    return {"type": "http", "method": method, "path": "/", "headers": list(headers)}


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def finish(coroutine: Coroutine[Any, Any, None]) -> None:
    """Runs what awaits nothing but what it was given."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


def drive(app: Any, scope: Message) -> list[Message]:
    """What the server gets to send for one request."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    finish(app(scope, receive, send))
    return sent


def checked(name: str, headers: Iterable[Any]) -> dict[bytes, bytes]:
    """The CORS headers of a response: each once, in its grammar, and no origin but one that the policy has."""
    mine = [(it[0], it[1]) for it in headers if bytes(it[0]).lower() in OURS]
    found = dict(mine)
    assert len(found) == len(mine), mine
    for it, value in found.items():
        grammar = POLICIES[name][1] if it == b"access-control-allow-origin" else GRAMMAR[it]
        assert re.fullmatch(grammar, value), (it, value)
    if b"access-control-allow-origin" not in found:
        assert found == {}
    assert sum(map(len, found.values())) < 10_000
    return found


def foreign(headers: Iterable[Any]) -> list[tuple[bytes, bytes]]:
    """The headers of a response that are none of ours, as bytes."""
    pairs = [(bytes(it[0]), bytes(it[1])) for it in headers]
    return [it for it in pairs if it[0].lower() not in OURS | {b"vary"}]


def varies(headers: Iterable[Any]) -> list[bytes]:
    return [bytes(it[1]) for it in headers if bytes(it[0]).lower() == b"vary"]


# Requests.

ORIGINS = [
    A,
    b"https://a.example.org",
    b"https://a.example.org:8443",
    b"https://pr-1.preview.example.net",
    b"http://localhost:3000",
    b"http://127.0.0.1",
    b"http://[::1]:5173",
    b"null",
    b"*",
    b"https://evil.example",
]
SPOILS = [
    b"",
    b"",
    b"\r\nset-cookie: a=1",
    b"\n",
    b"\x00",
    b" ",
    b"\t",
    b"\x7f",
    b"\xff",
    b"\xc2\xa0",
    b"/",
    b",",
    b":0",
    b".",
    b"\x85",
]
origins = st.builds(
    lambda before, it, after: before + it + after,
    st.sampled_from(SPOILS),
    st.sampled_from(ORIGINS),
    st.sampled_from(SPOILS),
)
tokens = st.sampled_from([b"PUT", b"patch", b"TRACE", b"Authorization", b"x-a", b"X-A", b"*", b"a" * 65]) | st.binary(
    max_size=6
)
lists = st.builds(
    lambda sep, it: sep.join(it), st.sampled_from([b",", b", ", b",,", b"\r\n", b"\x00,"]), st.lists(tokens, max_size=6)
)
names = st.sampled_from(
    [ORIGIN, ORIGIN, ASK, ASK, NAMES, NAMES, NETWORK, b"Origin", b"ORIGIN", NAMES.upper(), b"host", b""]
) | st.binary(max_size=24)
values = origins | lists | tokens | st.sampled_from([b"true", b"false"]) | st.binary(max_size=400)
pairs = st.tuples(names, values) | st.tuples(names, values).map(list)
methods = st.sampled_from(["OPTIONS", "OPTIONS", "GET", "options", "OPTIONS\n", "TRACE", ""]) | st.text(max_size=8)
raw_requests = st.lists(pairs, max_size=8) | st.lists(pairs, max_size=8).map(tuple)
preflights = st.builds(
    lambda origin, method, lines, rest: [(ORIGIN, origin), (ASK, method), *((NAMES, it) for it in lines), *rest],
    origins,
    tokens,
    st.lists(lists, max_size=3),
    st.lists(pairs, max_size=2),
)


@given(name=EVERY, method=methods, headers=raw_requests | preflights)
@examples(1500)
def test_any_request(name: str, method: str, headers: Any) -> None:
    policy = POLICIES[name][0]
    app = App()
    scope = http(method) | {"headers": headers}
    before = copy.deepcopy(scope)
    sent = drive(CORSMiddleware(app, policy=policy), scope)

    scope.pop("crossorigin.decision", None)  # not there if the middleware answered itself
    assert scope == before
    assert scope["headers"] is headers
    found = checked(name, sent[0]["headers"])
    assert not any(set(value) & {0, 10, 13} for _, value in sent[0]["headers"])
    decision = decide(policy, method, headers)
    if app.scopes:
        assert app.scopes == [before]
        assert [it["type"] for it in sent] == ["http.response.start", "http.response.body"]
        assert sent[1] is app.messages[1]
        assert sent[0]["headers"] == decision.answer([(b"content-type", b"text/plain")])
        assert decision.kind != "preflight"
    else:
        assert method == "OPTIONS"
        assert sent[0]["status"] == decision.status == (204 if found else 403)
        assert [it for it in sent[0]["headers"] if it[0] != b"content-length"] == decision.answer()
        assert b"".join(it.get("body", b"") for it in sent[1:]) == b""
        assert not sent[-1].get("more_body", False)
    if found.get(b"access-control-allow-origin") == b"*":
        assert b"access-control-allow-credentials" not in found


MEGABYTE = 1_000_000
LARGE: list[tuple[str, list[Any]]] = [
    ("no headers", []),
    ("commas", [(ORIGIN, A), (ASK, b"PUT"), (NAMES, b"," * MEGABYTE)]),
    ("names", [(ORIGIN, A), (ASK, b"PUT"), (NAMES, b"x-a," * (MEGABYTE // 4))]),
    ("one name", [(ORIGIN, A), (ASK, b"PUT"), (NAMES, b"x" * MEGABYTE)]),
    ("spaces", [(ORIGIN, A), (ASK, b"PUT"), (NAMES, b" " * MEGABYTE)]),
    ("a method", [(ORIGIN, A), (ASK, b"P" * MEGABYTE)]),
    ("lines of names", [(ORIGIN, A), (ASK, b"PUT"), *[(NAMES, b"x-a")] * 10_000]),
    ("empty lines", [(ORIGIN, A), (ASK, b"PUT"), *[(NAMES, b"")] * 10_000]),
    ("lines of methods", [(ORIGIN, A), *[(ASK, b"PUT")] * 10_000]),
    ("lines of origins", [*[(ORIGIN, A)] * 10_000, (ASK, b"PUT")]),
    ("lines of anything", [(b"x-%d" % n, b"%d" % n) for n in range(10_000)]),
    ("an origin", [(ORIGIN, b"https://" + b"a" * MEGABYTE), (ASK, b"PUT")]),
    ("an origin of dots", [(ORIGIN, b"https://" + b"." * MEGABYTE + b"example.org"), (ASK, b"PUT")]),
    ("an origin of labels", [(ORIGIN, b"https://" + b"a." * (MEGABYTE // 2) + b"example.org"), (ASK, b"PUT")]),
    ("an origin of digits", [(ORIGIN, b"https://pr-" + b"1" * MEGABYTE + b".preview.example.net"), (ASK, b"PUT")]),
    ("a port", [(ORIGIN, b"http://localhost:" + b"1" * MEGABYTE), (ASK, b"PUT")]),
    ("a private network", [(ORIGIN, A), (ASK, b"PUT"), (NETWORK, b"true" * (MEGABYTE // 4))]),
    ("a name", [(ORIGIN + b"n" * MEGABYTE, A), (ASK, b"PUT")]),
]


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize(("headers"), [it for _, it in LARGE], ids=[it for it, _ in LARGE])
def test_large_requests(name: str, method: str, headers: list[Any]) -> None:
    policy = POLICIES[name][0]
    app = App()
    sent = drive(CORSMiddleware(app, policy=policy), http(method, *headers))
    found = checked(name, sent[0]["headers"])
    decision = decide(policy, method, headers)
    is_preflight = method == "OPTIONS" and {ORIGIN, ASK} <= {it for it, _ in headers}
    assert (decision.kind == "preflight") is is_preflight
    assert len(app.scopes) == (0 if is_preflight else 1)
    rest = [it for it in sent[0]["headers"] if it[0] not in (b"content-type", b"content-length")]
    assert rest == decision.answer()
    one_origin = [value for it, value in headers if it == ORIGIN] == [A]
    if name == "listed":
        assert found.get(b"access-control-allow-origin") == (A if one_origin else None)


REPEATED: list[tuple[str, list[tuple[bytes, bytes]], bytes | None]] = [
    # policy, headers of a GET, what Access-Control-Allow-Origin says
    ("listed", [(ORIGIN, A)], A),
    ("listed", [(ORIGIN, A), (ORIGIN, A)], None),
    ("listed", [(ORIGIN, A), (ORIGIN, b"https://evil.example")], None),
    ("listed", [(ORIGIN, b"https://evil.example"), (ORIGIN, A)], None),
    ("listed", [(ORIGIN, b"")], None),
    ("listed", [(ORIGIN, A + b"\r\n")], None),
    ("listed", [(ORIGIN, b"https://pr-1.preview.example.net\n")], None),
    ("listed", [(ORIGIN, "https://pr-١.preview.example.net".encode())], None),
    ("development", [(ORIGIN, b"http://localhost:1")], b"http://localhost:1"),
    ("development", [(ORIGIN, b"http://localhost:1"), (ORIGIN, b"http://localhost:1")], None),
    ("development", [(ORIGIN, b"http://localhost:1\r\n")], b"*"),
    ("public", [(ORIGIN, A), (ORIGIN, A)], b"*"),
]


@pytest.mark.parametrize(("name", "headers", "expected"), REPEATED)
def test_origin_lines(name: str, headers: list[tuple[bytes, bytes]], expected: bytes | None) -> None:
    for method in ("GET", "OPTIONS"):
        sent = drive(CORSMiddleware(App(), policy=POLICIES[name][0]), http(method, *headers))
        assert checked(name, sent[0]["headers"]).get(b"access-control-allow-origin") == expected


PREFLIGHTS: list[tuple[str, bytes, list[tuple[bytes, bytes]], list[str], list[str]]] = [
    # policy, origin, headers of a preflight, methods and names beyond those that are always said
    ("mirroring", b"https://a.example.org", [(ASK, b"PURGE")], ["PURGE"], []),
    ("mirroring", b"https://a.example.org", [(ASK, b"PURGE"), (ASK, b"PURGE")], [], []),
    ("mirroring", b"https://a.example.org", [(ASK, b"PURGE"), (ASK, b"X")], [], []),
    ("mirroring", b"https://a.example.org", [(ASK, b"PURGE, X")], [], []),
    ("mirroring", b"https://a.example.org", [(ASK, b"PUR\x00GE")], [], []),
    ("mirroring", b"https://a.example.org", [(ASK, b"trace")], [], []),
    ("mirroring", b"https://a.example.org", [(ASK, b"\xff")], [], []),
    ("mirroring", b"https://a.example.org", [(ASK, b"PUT"), (NAMES, b"x-b,X-A"), (NAMES, b"x-b")], [], ["x-b", "x-a"]),
    ("mirroring", b"https://a.example.org", [(ASK, b"PUT"), (NAMES, b"x-a\r\nx: y,x-b")], [], ["x-b"]),
    ("mirroring", b"https://a.example.org", [(ASK, b"PUT"), (NAMES, b"x-a x-b,\x00,\xff,\x85x-c,(")], [], []),
    ("mirroring", b"https://a.example.org", [(ASK, b"PUT"), (NAMES, b"x" * 5000)], [], []),
]


@pytest.mark.parametrize(("name", "origin", "headers", "methods", "names"), PREFLIGHTS)
def test_what_a_preflight_mirrors(
    name: str, origin: bytes, headers: list[tuple[bytes, bytes]], methods: list[str], names: list[str]
) -> None:
    sent = drive(CORSMiddleware(App(), policy=POLICIES[name][0]), http("OPTIONS", (ORIGIN, origin), *headers))
    found = checked(name, sent[0]["headers"])
    standard = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY"]
    assert found[b"access-control-allow-methods"].decode().split(", ") == standard + methods
    always = ["accept", "accept-language", "content-language", "content-type"]
    assert found[b"access-control-allow-headers"].decode().split(", ") == always + names


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("value", [b"true", b"false", b"TRUE", b"", b"true\r\nx: y", b"1"])
def test_a_private_network_is_granted_to_one_value_where_the_policy_grants_it(name: str, value: bytes) -> None:
    app = CORSMiddleware(App(), policy=POLICIES[name][0])
    for asked in (value, b"true", value):  # what was granted before is granted to nobody else
        asks = http("OPTIONS", (ORIGIN, b"https://a.example.org"), (ASK, b"PUT"), (NETWORK, asked))
        found = checked(name, drive(app, asks)[0]["headers"])
        granted = name == "mirroring" and asked == b"true"
        assert found.get(b"access-control-allow-private-network") == (b"true" if granted else None)
        assert b"access-control-allow-origin" in found


# Responses.

CASES = [str.lower, str.upper, str.title]
own = st.builds(
    lambda it, case, value: (case(it.decode()).encode(), value),
    st.sampled_from(sorted(OURS)),
    st.sampled_from(CASES),
    st.sampled_from([b"*", b"true", A, b"https://evil.example", b"x-secret", b"a\r\nb: c"]),
)
vary = st.tuples(
    st.sampled_from([b"vary", b"Vary", b"VARY"]),
    st.sampled_from([b"*", b"Origin", b"origin , Cookie", b"Accept,,accept", b"", b",", b"Cookie", b"Accept, *"]),
)
others = st.tuples(
    st.binary(max_size=12)
    | st.sampled_from([b"set-cookie", b"a", b"v", b"Allow", b"access-control", b"varyx", b"content-type"]),
    st.binary(max_size=12),
)
Shape = Callable[[list[tuple[bytes, bytes]]], Any]
SHAPES: list[Shape] = [
    list,
    tuple,
    lambda it: [list(pair) for pair in it],
    lambda it: (pair for pair in it),
    lambda it: iter(list(it)),
    lambda it: dict(enumerate(it)).values(),
]
BYTE_ARRAYS: list[Shape] = [
    lambda it: [(bytearray(name), bytearray(value)) for name, value in it],
    lambda it: [(bytearray(name), value) for name, value in it],
    lambda it: [(name, bytearray(value)) for name, value in it],
]
FROM = [
    [],
    [(ORIGIN, A)],
    [(ORIGIN, b"http://localhost:3000")],
    [(ORIGIN, b"https://evil.example")],
    [(ORIGIN, b"null")],
]


responses = st.lists(others | own | vary, max_size=8)


@given(name=EVERY, asks=st.sampled_from(FROM), headers=responses, shape=st.sampled_from(SHAPES))
@example(name="public", asks=FROM[0], headers=[(b"vary", b"*"), (b"Vary", b"Origin")], shape=SHAPES[2])
@examples(1000)
def test_any_response(name: str, asks: Any, headers: list[tuple[bytes, bytes]], shape: Shape) -> None:
    respond(name, asks, headers, shape)


@given(name=EVERY, asks=st.sampled_from(FROM), headers=responses, shape=st.sampled_from(BYTE_ARRAYS))
@example(name="listed", asks=FROM[1], headers=[(b"content-type", b"text/plain")], shape=BYTE_ARRAYS[0])
@MANY
def test_any_response_of_byte_arrays(name: str, asks: Any, headers: list[tuple[bytes, bytes]], shape: Shape) -> None:
    """ASGI asks for byte strings; h11 and uvicorn take these too."""
    respond(name, asks, headers, shape)


def respond(name: str, asks: Any, headers: list[tuple[bytes, bytes]], shape: Shape) -> None:
    """Runs an app that answers with these headers, in some shape, and looks at what becomes of them."""
    policy = POLICIES[name][0]
    app = App(start(shape(headers), status=299) | {"trailers": True}, body(more=True), body(b""))
    sent = drive(CORSMiddleware(app, policy=policy), http("GET", *asks))

    assert [it["type"] for it in sent] == ["http.response.start", "http.response.body", "http.response.body"]
    assert (sent[0]["status"], sent[0]["trailers"]) == (299, True)
    assert sent[1] is app.messages[1]
    assert sent[2] is app.messages[2]
    # Ours, and not the app's.
    found = checked(name, sent[0]["headers"])
    expected = decide(policy, "GET", asks)
    assert found == dict(expected.set_headers)
    # The app's, as they were.
    assert foreign(sent[0]["headers"]) == foreign(headers)
    before, after = varies(headers), varies(sent[0]["headers"])
    if not expected.vary:
        assert after == before
    else:
        listed = [it.strip(b" \t").lower() for value in before for it in value.split(b",") if it.strip(b" \t")]
        (merged,) = after
        names = [it.strip(b" \t").lower() for it in merged.split(b",")]
        assert len(names) == len(set(names))
        assert set(names) == ({b"*"} if b"*" in listed else {*listed, b"origin"})


@given(
    name=EVERY,
    asks=st.sampled_from(FROM),
    headers=st.lists(others | own | vary, max_size=5),
    shape=st.sampled_from([list, tuple]),
)
@MANY
def test_what_the_app_shares_is_never_written_to(name: str, asks: Any, headers: Any, shape: Shape) -> None:
    message = start(shape(headers))
    before, constant = copy.deepcopy(message), message["headers"]
    app = CORSMiddleware(App(message, body()), policy=POLICIES[name][0])
    first = drive(app, http("GET", *asks))[0]["headers"]
    expected = list(first)
    first.clear()
    second = drive(app, http("GET", *asks))[0]["headers"]
    assert second == expected
    assert second is not first
    second.append((b"x", b"y"))
    assert message == before
    assert message["headers"] is constant
    assert drive(app, http("GET", *asks))[0]["headers"] == expected


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("asks", FROM)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_header_lists_are_handed_out_once(name: str, asks: Any, method: str) -> None:
    app = CORSMiddleware(App(start(), body()), policy=POLICIES[name][0])
    scope = http(method, *asks, (ASK, b"GET"), (NAMES, b"x-a"))
    first = drive(app, scope)
    expected = copy.deepcopy(first)
    first[0]["headers"].clear()
    first[0].clear()
    if first[1] is not app.app.messages[1]:
        first[1].clear()
    assert drive(app, scope) == expected


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("asks", FROM)
def test_a_response_without_headers(name: str, asks: Any) -> None:
    policy = POLICIES[name][0]
    for message in (start(), start([]), start(()), start(iter(()))):
        sent = drive(CORSMiddleware(App(message, body()), policy=policy), http("GET", *asks))
        assert sent[0] == start(decide(policy, "GET", asks).answer())


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("asks", FROM)
def test_streams_are_not_held_back(name: str, asks: Any) -> None:
    sent: list[Message] = []
    chunks = [body(b"%d" % n, more=n < 3) for n in range(4)]
    others = [
        {"type": "http.response.debug", "info": {}},
        {"type": "http.response.trailers", "headers": [(b"vary", b"x")]},
    ]

    async def app(scope: Message, receive: Any, send: Any) -> None:
        await send(start([(b"content-type", b"text/event-stream")]))
        for n, chunk in enumerate([*chunks, *others]):
            await send(chunk)
            assert len(sent) == n + 2
            assert sent[-1] is chunk

    async def send(message: Message) -> None:
        sent.append(message)

    finish(CORSMiddleware(app, policy=POLICIES[name][0])(http("GET", *asks), receive, send))
    assert sent[1:] == [*chunks, *others]


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("asks", FROM)
@pytest.mark.parametrize("messages", [[], [start([])], [start([]), body(more=True)]])
def test_what_the_app_raises_goes_on(name: str, asks: Any, messages: list[Message]) -> None:
    error = RuntimeError("boom")
    sent: list[Message] = []

    async def app(scope: Message, receive: Any, send: Any) -> None:
        for it in messages:
            await send(it)
        raise error

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(RuntimeError) as caught:
        CORSMiddleware(app, policy=POLICIES[name][0])(http("GET", *asks), receive, send).send(None)
    assert caught.value is error
    assert [it["type"] for it in sent] == [it["type"] for it in messages]


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("kind", ["lifespan", "websocket", "something.new"])
def test_other_connections_are_passed_on(name: str, kind: str) -> None:
    seen: list[Any] = []

    async def app(*connection: Any) -> None:
        seen.extend(connection)

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": kind, "headers": [(ORIGIN, b"https://evil.example")]}
    finish(CORSMiddleware(app, policy=POLICIES[name][0])(scope, receive, send))
    assert [it is other for it, other in zip(seen, (scope, receive, send), strict=True)] == [True] * 3
