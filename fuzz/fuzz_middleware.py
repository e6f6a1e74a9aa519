"""The middleware with hostile scopes and sends: it never raises, and says nothing but what its policy may say.

What each policy may say at most, and how an app is driven by hand, is in `tests/middleware/test_hostile_bytes.py`.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any, Final

from crossorigin import CORSMiddleware, decide
from fuzz import model
from fuzz.common import FuzzedDataProvider, bounded, fuzz
from tests.middleware import test_hostile_bytes as hostile
from tests.middleware.test_hostile_bytes import ASK, NAMES, NETWORK, ORIGIN, OURS, POLICIES

HEADERS: Final = (
    ORIGIN, ORIGIN, ASK, ASK, NAMES, NAMES, NETWORK, b"Origin", b"host", b"", b"cookie", b"origin ", b"\xff",
)  # fmt: skip
VALUES: Final = (
    b"PUT", b"TRACE", b"x-a, X-A,,x-b", b"authorization", b"*", b"true", b"x-a\r\nx: y", b"(", b"a b,\x00", b"x" * 70,
    b"x-a," * 200, b"y" * 5000, b"", b"\xff,\x85", b"purge", b"null", b" x-a\t",
)  # fmt: skip
ASKED: Final = (b"PUT", b"purge", b"TRACE", b"x" * 70, b"GET")
METHODS: Final = (
    "OPTIONS",
    "OPTIONS",
    "OPTIONS",
    "OPTIONS",
    "OPTIONS",
    "GET",
    "POST",
    "options",
    "OPTIONS\n",
    "TRACE",
    "",
    "é",
)
SENT: Final = (
    b"vary", b"Vary", b"VARY", b"access-control-allow-origin", b"Access-Control-Allow-Credentials", b"set-cookie",
    b" access-control-allow-origin", b"access-control-expose-headers\t", b"content-type", b"x-secret", b"A", b"",
)  # fmt: skip
SAID: Final = (
    b"*",
    b"Origin",
    b"origin , Cookie",
    b"",
    b"true",
    b"https://evil.example",
    b"a\r\nb: c",
    b"Accept,accept",
)
ODD: Final[tuple[Any, ...]] = (
    None,
    7,
    "text",
    ("a",),
    (b"a", b"b", b"c"),
    (None, None),
    ("vary", "Cookie"),
    (7, b"x"),
    [],
)
SHAPES: Final[tuple[Any, ...]] = (
    list,
    tuple,
    iter,
    lambda pairs: [list(pair) for pair in pairs],
    lambda pairs: [(bytearray(name), bytearray(value)) for name, value in pairs],
    lambda pairs: [(memoryview(name), value) for name, value in pairs],
    lambda pairs: dict(enumerate(pairs)).values(),
)
SEEDS = [
    b"\0\0\2\0\0\2\0\0\0\0",
    bytes(range(40)),
    bytes(range(3, 120, 2)),
    b"\1\0\3\0\0\1\0\3\4\0\1\0",
    b"\0\2\1\0\0\0\0\0\3\0\1\1\1\0\2\2\0",
]


@cache
def middleware(name: str) -> tuple[Any, CORSMiddleware]:
    """An app, and the middleware around it."""
    app = hostile.App()
    return app, CORSMiddleware(app, policy=POLICIES[name][0])


def request(given: FuzzedDataProvider) -> list[tuple[bytes, bytes]]:
    """Headers that no browser need send."""
    headers = []
    if given.ConsumeBool():  # a preflight, from a page that some policy allows
        headers += [(ORIGIN, given.PickValueInList(hostile.ORIGINS[:5])), (ASK, given.PickValueInList(ASKED))]
        headers += given.some([(ASK, b"purge"), (ASK, b"PUT"), (NETWORK, b"true")], 1)
        headers += [(NAMES, value) for value in given.some(VALUES, 1)]
    for _ in range(given.ConsumeIntInRange(0, 4)):
        name = given.PickValueInList(HEADERS)
        value = given.PickValueInList(VALUES)
        if name.lower() == ORIGIN:
            value = given.PickValueInList(hostile.ORIGINS) + given.PickValueInList(hostile.SPOILS)
        if given.ConsumeIntInRange(0, 7) == 7:
            value = model.origin(given).encode()
        headers.append((name, value))
    return headers


@bounded
def check(data: bytes) -> None:
    """Raises if the middleware raises, says too much, or changes what it should leave alone."""
    given = FuzzedDataProvider(data)
    name = given.PickValueInList(list(POLICIES))
    method, headers = given.PickValueInList(METHODS), request(given)
    asked(name, method, headers)
    answered(name, given)
    not_http(name, given)


def asked(name: str, method: str, headers: list[tuple[bytes, bytes]]) -> None:
    """A request of any kind, to an app that answers plainly."""
    policy = POLICIES[name][0]
    app, around = middleware(name)
    app.scopes.clear()
    app.messages = (hostile.start([(b"content-type", b"text/plain")]), hostile.body())
    scope = hostile.http(method) | {"headers": headers}
    before = copy.deepcopy(scope)
    sent = hostile.drive(around, scope)
    scope.pop("crossorigin.decision", None)
    assert scope == before
    found = hostile.checked(name, sent[0]["headers"])
    assert not any(set(value) & {0, 10, 13} for _, value in sent[0]["headers"])
    decision = decide(policy, method, headers)
    announced = [value for key, value in headers if key == ASK]
    origins = [value for key, value in headers if key == ORIGIN]
    preflight = method == "OPTIONS" and bool(announced) and bool(origins)
    assert bool(app.scopes) is not preflight
    if preflight:
        assert sent[0]["status"] == decision.status == (204 if found else 403)
        methods = found.get(b"access-control-allow-methods", b"").split(b", ")
        assert len(announced) == 1 or not {b"purge", b"x" * 70} & set(methods)
    else:
        assert sent[1] is app.messages[1]
    if len(origins) > 1:
        assert found.get(b"access-control-allow-origin") in (None, b"*")
    if found.get(b"access-control-allow-origin") == b"*":
        assert b"access-control-allow-credentials" not in found


def answered(name: str, given: FuzzedDataProvider) -> None:
    """A response of any kind, to a page of each sort."""
    policy = POLICIES[name][0]
    app, around = middleware(name)
    asks = given.PickValueInList(hostile.FROM)
    pairs = [(given.PickValueInList(SENT), given.PickValueInList(SAID)) for _ in range(given.ConsumeIntInRange(0, 5))]
    shape = given.PickValueInList(SHAPES)
    odd = given.some(ODD, 1) if shape in (list, tuple) else []
    app.messages = (hostile.start(shape([*pairs, *odd]), status=299), hostile.body(more=True), hostile.body(b""))
    sent = hostile.drive(around, hostile.http("GET", *asks))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body", "http.response.body"]
    after = [header for header in sent[0]["headers"] if header not in odd]
    found = hostile.checked(name, [(bytes(key).strip(), value) for key, value in after])
    expected = decide(policy, "GET", asks)
    assert found == dict(expected.set_headers)
    kept = [pair for pair in pairs if pair[0].strip().lower() not in OURS | {b"vary"}]
    assert hostile.foreign(after) == kept
    if expected.vary and not odd:
        merged = hostile.varies(after)
        assert len(merged) == 1
        names = [each.strip().lower() for each in merged[0].split(b",")]
        assert len(names) == len(set(names))
        assert b"origin" in names or names == [b"*"]


def not_http(name: str, given: FuzzedDataProvider) -> None:
    """A scope of another kind goes through as it is; a WebSocket's handshake is not looked at without `enforce`."""
    app, around = middleware(name)
    kind = given.PickValueInList(("websocket", "lifespan", "other", ""))
    app.scopes.clear()
    app.messages = ({"type": "websocket.close"},)
    scope: dict[str, Any] = {"type": kind, "path": given.PickValueInList(("/", "", "//", "/../x", "\0", "é"))}
    if given.ConsumeBool():
        scope["headers"] = request(given)
    if kind == "websocket":
        hostile.drive(around, scope)
        assert len(app.scopes) == 1


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
