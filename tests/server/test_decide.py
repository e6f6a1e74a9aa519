"""The server half: for each policy, tables of (request, the exact headers of the answer)."""

from __future__ import annotations

from typing import Any

import pytest

from crossorigin import Decision, Policy, decide
from crossorigin.server.compiled_policy import CompiledPolicy
from crossorigin.server.decision import CORS_HEADERS, merge_vary
from crossorigin.server.preflight import MAX_REQUEST_HEADERS, MAX_REQUEST_HEADERS_BYTES
from crossorigin.standards.origin import MAX_ORIGIN_BYTES

A = "https://app.example.com"
ALWAYS = "accept, accept-language, content-language, content-type"
STANDARD = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY"
ASKED = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

LISTED = Policy(
    allow_origins=[A, "https://*.example.org"],
    allow_origin_regex=r"https://pr-[0-9]+\.preview\.example\.net",
    allow_methods=["GET", "PUT"],
    allow_headers=["Authorization"],
    allow_credentials=True,
    expose_headers=["X-Total-Count"],
    max_age=60,
)
OPEN = Policy(allow_origins=[A], allow_methods=["*"], allow_headers=["*"], allow_credentials=True)
PLAIN = Policy(allow_origins=[A], allow_methods=[])
PUBLIC = Policy.public(expose_headers=["X-Total-Count"])
PUBLIC_ANY = Policy(allow_origins=["*"], allow_methods=["*"])
PUBLIC_READ = Policy(allow_origins=["*"], max_age=-1)
STAR_AND_ONE = Policy(allow_origins=["*", A])
STAR = Policy(
    allow_origins=["*"],
    allow_methods=["*"],
    allow_headers=["*"],
    allow_credentials=True,
    expose_headers=["X-Total-Count"],
    environment="development",
)
OLD = Policy(allow_origins=[A], allow_private_network=True)
LOCAL = Policy(allow_origins=[A], environment="development")

Request = tuple[str, list[tuple[str, str]]]


def ask(policy: Policy, method: str, *headers: tuple[str, str]) -> Decision:
    return decide(policy, method, [(name.encode(), value.encode("latin-1")) for name, value in headers])


def sent(decision: Decision) -> dict[str, str]:
    """The headers that a decision puts on an empty response, each of which stands there once."""
    headers = [(name.decode(), value.decode("latin-1")) for name, value in decision.answer()]
    assert len(dict(headers)) == len(headers)
    return dict(headers)


def allowed(origin: str, **more: str) -> dict[str, str]:
    return {"access-control-allow-origin": origin} | {name.replace("_", "-"): value for name, value in more.items()}


CREDENTIALS = {"access-control-allow-credentials": "true"}
COUNT = {"access-control-expose-headers": "x-total-count"}
VARY = {"vary": "Origin"}

ACTUAL = [
    # policy, origin, reason, exactly these headers
    (LISTED, None, "no-origin", VARY),
    (LISTED, A, "allowed", allowed(A) | CREDENTIALS | COUNT | VARY),
    (LISTED, "https://a.b.example.org", "allowed", allowed("https://a.b.example.org") | CREDENTIALS | COUNT | VARY),
    (
        LISTED,
        "https://pr-7.preview.example.net",
        "allowed",
        allowed("https://pr-7.preview.example.net") | CREDENTIALS | COUNT | VARY,
    ),
    (LISTED, "https://pr-x.preview.example.net", "origin-not-allowed", VARY),
    (LISTED, "https://pr-7.preview.example.net/", "origin-not-allowed", VARY),
    (LISTED, "https://example.org", "origin-not-allowed", VARY),
    (LISTED, "https://evil.example", "origin-not-allowed", VARY),
    (LISTED, "http://app.example.com", "origin-not-allowed", VARY),
    (LISTED, A + "/", "origin-not-allowed", VARY),
    (LISTED, A.upper(), "origin-not-allowed", VARY),
    (LISTED, "", "origin-not-allowed", VARY),
    (LISTED, "null", "origin-null", VARY),
    (LISTED, "https://" + "a" * MAX_ORIGIN_BYTES, "origin-not-allowed", VARY),
    (PLAIN, "https://" + "a" * MAX_ORIGIN_BYTES, "origin-not-allowed", VARY),
    (STAR, "http://" + "a" * MAX_ORIGIN_BYTES + ".localhost", "origin-not-allowed", VARY),
    (LOCAL, "http://localhost:3000", "origin-not-allowed", VARY),
    (PLAIN, A, "allowed", allowed(A) | VARY),
    (PLAIN, "null", "origin-null", VARY),
    (PUBLIC, None, "no-origin", allowed("*") | COUNT),
    (PUBLIC, A, "allowed", allowed("*") | COUNT),
    (PUBLIC, "null", "allowed", allowed("*") | COUNT),
    (PUBLIC, "x" * 5000, "allowed", allowed("*") | COUNT),
    (PUBLIC_READ, None, "no-origin", allowed("*")),
    (STAR_AND_ONE, A, "allowed", allowed("*")),
    (STAR, None, "no-origin", VARY),
    (STAR, "http://localhost:3000", "allowed", allowed("http://localhost:3000") | CREDENTIALS | COUNT | VARY),
    (STAR, "https://localhost", "allowed", allowed("https://localhost") | CREDENTIALS | COUNT | VARY),
    (STAR, "http://[::1]", "allowed", allowed("http://[::1]") | CREDENTIALS | COUNT | VARY),
    (STAR, "https://evil.example", "allowed-without-credentials", allowed("*") | COUNT | VARY),
    (STAR, "http://localhost.evil.example", "allowed-without-credentials", allowed("*") | COUNT | VARY),
    (STAR, "capacitor://localhost", "allowed-without-credentials", allowed("*") | COUNT | VARY),
    (STAR, "null", "allowed-without-credentials", allowed("*") | COUNT | VARY),
    (STAR, "http://localhost:3000\r\nx: y", "allowed-without-credentials", allowed("*") | COUNT | VARY),
]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(("policy", "origin", "reason", "headers"), ACTUAL)
def test_a_request(policy: Policy, origin: str | None, reason: str, headers: dict[str, str], method: str) -> None:
    decision = ask(policy, method, ("host", "api"), *([("origin", origin)] if origin is not None else []))
    assert (decision.kind, decision.reason, decision.status) == ("plain" if origin is None else "cors", reason, None)
    assert decision.allowed is (reason in ("no-origin", "allowed", "allowed-without-credentials"))
    assert decision.remove_headers == CORS_HEADERS
    assert sent(decision) == headers


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_two_origin_lines_are_nobodys(method: str) -> None:
    for policy, reason in ((LISTED, "origin-repeated"), (STAR, "origin-repeated"), (PUBLIC, "allowed")):
        assert ask(policy, method, ("origin", A), ("origin", A)).reason == reason
        assert ask(policy, method, ("origin", A), ("origin", A), ("origin", A)).reason == reason


METHOD, NAMES, NETWORK = (f"access-control-request-{it}" for it in ("method", "headers", "private-network"))


def preflight(**answers: str) -> dict[str, str]:
    """What stands on every answer of an allowed preflight, and what differs."""
    rest = {
        "access-control-allow-headers": answers.get("names", ALWAYS),
        "access-control-max-age": answers.get("age", "600"),
    }
    methods = {"access-control-allow-methods": answers["methods"]} if answers.get("methods") else {}
    vary = {"vary": answers.get("vary", ASKED)} if answers.get("vary", ASKED) else {}
    return allowed(answers.get("origin", A)) | methods | rest | vary


OURS = CREDENTIALS | preflight(
    methods="GET, PUT", names="accept, accept-language, authorization, content-language, content-type", age="60"
)
MIRRORED = CREDENTIALS | preflight(methods=STANDARD)
GRANTED = preflight(methods="GET", vary=ASKED + ", Access-Control-Request-Private-Network") | {
    "access-control-allow-private-network": "true"
}
OPEN_TO_ALL = preflight(origin="*", methods=STANDARD + ", *", names="*, authorization, " + ALWAYS, vary="")

# As long as the names may be.
MOST = "accept".ljust(MAX_REQUEST_HEADERS_BYTES)

PREFLIGHTS: list[tuple[Policy, list[tuple[str, str]], int, str, str, dict[str, str]]] = [
    # policy, headers beside Origin, status, reason, culprit, exactly these headers
    (LISTED, [(METHOD, "PUT")], 204, "allowed", "", OURS),
    (LISTED, [(METHOD, "GET"), (NAMES, "authorization,content-type")], 204, "allowed", "", OURS),
    (LISTED, [(METHOD, "POST")], 204, "allowed", "", OURS),
    (LISTED, [(METHOD, "HEAD")], 204, "allowed", "", OURS),
    (LISTED, [(METHOD, "PATCH")], 204, "method-not-allowed", "PATCH", OURS),
    (LISTED, [(METHOD, "put")], 204, "method-not-allowed", "put", OURS),
    (LISTED, [(METHOD, "")], 204, "method-not-allowed", "", OURS),
    (LISTED, [(METHOD, "PUT"), (METHOD, "PUT")], 204, "method-not-allowed", "", OURS),
    (LISTED, [(METHOD, "\u00a0PUT")], 204, "method-not-allowed", "\u00a0PUT", OURS),
    (LISTED, [(METHOD, "A" * 70)], 204, "method-not-allowed", "A" * 65, OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, "x-a,x-b")], 204, "header-not-allowed", "x-a", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, "x y")], 204, "header-not-allowed", "x y", OURS),
    (LISTED, [(METHOD, "PATCH"), (NAMES, "x-a")], 204, "method-not-allowed", "PATCH", OURS),
    # Read as people, curl and gateways write it: unsorted, any case, empty elements, several lines.
    (LISTED, [(METHOD, "PUT"), (NAMES, "Content-Type, AUTHORIZATION")], 204, "allowed", "", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, "")], 204, "allowed", "", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, " ,,\tauthorization ,, ")], 204, "allowed", "", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, "authorization"), (NAMES, "x-a")], 204, "header-not-allowed", "x-a", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, "accept"), (NAMES, "authorization")], 204, "allowed", "", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, "\u00a0authorization")], 204, "header-not-allowed", "\u00a0authorization", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, "\x0bauthorization")], 204, "header-not-allowed", "\x0bauthorization", OURS),
    # Bounded.
    (LISTED, [(METHOD, "PUT"), (NAMES, MOST)], 204, "allowed", "", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, MOST), (NAMES, "x-a")], 204, "headers-too-long", "", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, "," * MAX_REQUEST_HEADERS)], 204, "headers-too-long", "", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, "," * (MAX_REQUEST_HEADERS - 1))], 204, "allowed", "", OURS),
    (LISTED, [(METHOD, "PUT"), (NAMES, "a" * 5000)], 204, "headers-too-long", "", OURS),
    (LISTED, [(METHOD, "PUT")] + [(NAMES, "a" * 100)] * 200, 204, "headers-too-long", "", OURS),
    (LISTED, [(METHOD, "PATCH"), (NAMES, "a" * 5000)], 204, "method-not-allowed", "PATCH", OURS),
    # Private networks: no grant, and no failure.
    (LISTED, [(METHOD, "PUT"), (NETWORK, "true")], 204, "allowed", "", OURS),
    # `*` beside credentials is said out, name by name.
    (OPEN, [(METHOD, "DELETE")], 204, "allowed", "", MIRRORED),
    (OPEN, [(METHOD, "PURGE")], 204, "allowed", "", MIRRORED | {"access-control-allow-methods": STANDARD + ", PURGE"}),
    (OPEN, [(METHOD, "patch")], 204, "allowed", "", MIRRORED | {"access-control-allow-methods": STANDARD + ", patch"}),
    (
        OPEN,
        [(METHOD, "A" * 64)],
        204,
        "allowed",
        "",
        MIRRORED | {"access-control-allow-methods": STANDARD + ", " + "A" * 64},
    ),
    (OPEN, [(METHOD, "TRACE")], 204, "method-not-allowed", "TRACE", MIRRORED),
    (OPEN, [(METHOD, "a b")], 204, "method-not-allowed", "a b", MIRRORED),
    (OPEN, [(METHOD, "A" * 65)], 204, "method-not-allowed", "A" * 65, MIRRORED),
    (
        OPEN,
        [(METHOD, "PUT"), (NAMES, "authorization,Content-Type,x-a,x-a")],
        204,
        "allowed",
        "",
        MIRRORED | {"access-control-allow-headers": ALWAYS + ", authorization, x-a"},
    ),
    (
        OPEN,
        [(METHOD, "PUT"), (NAMES, "x-a,\x00bad,x-b")],
        204,
        "header-not-allowed",
        "\x00bad",
        MIRRORED | {"access-control-allow-headers": ALWAYS + ", x-a, x-b"},
    ),
    (OPEN, [(METHOD, "PUT"), (NAMES, "x" * 5000)], 204, "headers-too-long", "", MIRRORED),
    # Nothing listed: no method needs to be.
    (PLAIN, [(METHOD, "POST")], 204, "allowed", "", preflight()),
    (PLAIN, [(METHOD, "PUT")], 204, "method-not-allowed", "PUT", preflight()),
    # Everybody: one answer, and no Vary.
    (PUBLIC, [(METHOD, "DELETE"), (NAMES, "authorization,x-a")], 204, "allowed", "", OPEN_TO_ALL),
    (PUBLIC, [(METHOD, "PURGE")], 204, "allowed", "", OPEN_TO_ALL),
    (PUBLIC, [(METHOD, "A" * 65)], 204, "allowed", "", OPEN_TO_ALL),
    (PUBLIC, [(METHOD, "TRACE")], 204, "method-not-allowed", "TRACE", OPEN_TO_ALL),
    (PUBLIC, [(METHOD, "GET"), (NAMES, "x" * 9000)], 204, "allowed", "", OPEN_TO_ALL),
    (PUBLIC_ANY, [(METHOD, "A" * 65)], 204, "allowed", "", preflight(origin="*", methods=STANDARD + ", *", vary="")),
    (
        PUBLIC_ANY,
        [(METHOD, "A" * 65), (NAMES, MOST)],
        204,
        "allowed",
        "",
        preflight(origin="*", methods=STANDARD + ", *", vary=""),
    ),
    (PUBLIC_READ, [(METHOD, "GET")], 204, "allowed", "", preflight(origin="*", methods="GET", age="0", vary="")),
    (
        PUBLIC_READ,
        [(METHOD, "GET"), (NAMES, "x-a")],
        204,
        "header-not-allowed",
        "x-a",
        preflight(origin="*", methods="GET", age="0", vary=""),
    ),
    # Private networks, for who still asks.
    (
        OLD,
        [(METHOD, "GET")],
        204,
        "allowed",
        "",
        preflight(methods="GET", vary=ASKED + ", Access-Control-Request-Private-Network"),
    ),
    (
        OLD,
        [(METHOD, "GET"), (NETWORK, "false")],
        204,
        "allowed",
        "",
        preflight(methods="GET", vary=ASKED + ", Access-Control-Request-Private-Network"),
    ),
    (
        OLD,
        [(METHOD, "GET"), (NETWORK, "true")],
        204,
        "allowed",
        "",
        GRANTED,
    ),
    (OLD, [(METHOD, "GET"), (NAMES, "accept".ljust(300)), (NETWORK, "true")], 204, "allowed", "", GRANTED),
    (OLD, [(METHOD, "GET"), (NAMES, "x" * 5000), (NETWORK, "true")], 204, "headers-too-long", "", GRANTED),
]


@pytest.mark.parametrize(("policy", "headers", "status", "reason", "culprit", "expected"), PREFLIGHTS)
def test_a_preflight_from_an_allowed_origin(
    policy: Policy, headers: list[tuple[str, str]], status: int, reason: str, culprit: str, expected: dict[str, str]
) -> None:
    for _ in range(2):  # the second answer is the remembered one
        decision = ask(policy, "OPTIONS", ("origin", A), *headers)
        assert (decision.kind, decision.status, decision.reason) == ("preflight", status, reason)
        assert decision.culprit.decode("latin-1") == culprit
        assert decision.allowed is (reason == "allowed")
        assert sent(decision) == expected


DENIED = [
    (LISTED, "https://evil.example", "origin-not-allowed", ASKED),
    (LISTED, "null", "origin-null", ASKED),
    (LISTED, "x" * 400, "origin-not-allowed", ASKED),
    (OLD, "https://evil.example", "origin-not-allowed", ASKED + ", Access-Control-Request-Private-Network"),
]


@pytest.mark.parametrize(("policy", "origin", "reason", "vary"), DENIED)
def test_a_preflight_from_a_denied_origin_learns_nothing(policy: Policy, origin: str, reason: str, vary: str) -> None:
    decision = ask(policy, "OPTIONS", ("origin", origin), (METHOD, "PUT"), (NAMES, "x-a"), (NETWORK, "true"))
    assert (decision.kind, decision.allowed, decision.status, decision.reason) == ("preflight", False, 403, reason)
    assert sent(decision) == {"vary": vary}


def test_a_star_in_development_answers_strangers_without_credentials() -> None:
    near = ask(STAR, "OPTIONS", ("origin", "http://localhost:3000"), (METHOD, "PUT"), (NAMES, "x-a"))
    far = ask(STAR, "OPTIONS", ("origin", "https://evil.example"), (METHOD, "PUT"), (NAMES, "x-a"))
    names = ALWAYS + ", x-a"
    assert sent(near) == preflight(origin="http://localhost:3000", methods=STANDARD, names=names) | CREDENTIALS
    assert sent(far) == preflight(origin="*", methods=STANDARD, names=names)
    assert (near.reason, far.reason) == ("allowed", "allowed-without-credentials")
    assert near.allowed
    assert far.allowed


COOKIE = ASKED + ", Cookie"
LOWER = Policy(allow_origins=[A], allow_methods=["purge", "PUT"])
ONE_METHOD = "Access-Control-Request-Method"
CHOSEN: list[tuple[Policy, set[str] | None, list[str], str, dict[str, str], dict[str, str]]] = [
    # policy, methods that it governs, what chose it, the method asked for, and the headers of: any request, a preflight
    (LISTED, {"PUT"}, [], "PUT", VARY, OURS | {"access-control-allow-methods": "PUT", "access-control-max-age": "0"}),
    (LOWER, {"PURGE"}, [], "purge", VARY, preflight(methods="purge", age="0")),
    (OPEN, {"GET", "PURGE"}, [], "PURGE", VARY, CREDENTIALS | preflight(methods="GET, PURGE", age="0")),
    (OPEN, {"PURGE"}, [], "PURGE", VARY, CREDENTIALS | preflight(methods="PURGE", age="0")),
    (
        PUBLIC,
        {"GET"},
        [],
        "GET",
        COUNT,
        preflight(origin="*", methods="GET", names="*, authorization, " + ALWAYS, age="0", vary=ONE_METHOD),
    ),
    (PLAIN, None, ["Cookie"], "GET", {"vary": "Origin, Cookie"}, preflight(vary=COOKIE)),
    (PLAIN, None, ["Origin", "Cookie"], "GET", {"vary": "Origin, Cookie"}, preflight(vary=COOKIE)),
    (
        PUBLIC_READ,
        None,
        ["Cookie"],
        "GET",
        {"vary": "Origin, Cookie"},
        preflight(origin="*", methods="GET", age="0", vary=COOKIE),
    ),
]


@pytest.mark.parametrize(("policy", "governed", "vary", "method", "plain", "expected"), CHOSEN)
def test_a_policy_of_some_methods_or_that_a_header_chose(
    policy: Policy,
    governed: set[str] | None,
    vary: list[str],
    method: str,
    plain: dict[str, str],
    expected: dict[str, str],
) -> None:
    made = CompiledPolicy(policy, vary=vary, governed=None if governed is None else frozenset(governed))
    stars = allowed("*") if policy.any_origin else {}
    assert sent(made.decide("GET", [])) == stars | plain
    lines = [(b"origin", A.encode()), (METHOD.encode(), method.encode())]
    decision = made.decide("OPTIONS", lines)
    assert (decision.reason, sent(decision)) == ("allowed", expected)


def test_only_options_with_origin_and_a_method_is_a_preflight() -> None:
    assert ask(LISTED, "OPTIONS", ("origin", A)).kind == "cors"
    assert ask(LISTED, "OPTIONS", (METHOD, "PUT")).kind == "plain"
    assert ask(LISTED, "GET", ("origin", A), (METHOD, "PUT")).kind == "cors"
    assert ask(LISTED, "options", ("origin", A), (METHOD, "PUT")).kind == "cors"


def test_what_is_remembered_is_bounded() -> None:
    policy = Policy(allow_origins=[A], allow_headers=["*"])
    for n in range(600):
        decision = ask(policy, "OPTIONS", ("origin", A), (METHOD, "GET"), (NAMES, f"x-{n}"))
        assert sent(decision)["access-control-allow-headers"] == f"{ALWAYS}, x-{n}"


VARIES = [
    ([], b"Origin", b"Origin"),
    ([b"Cookie"], b"Origin", b"Cookie, Origin"),
    ([b"origin"], b"Origin", b"origin"),
    ([b"Cookie, Accept", b"cookie,\tORIGIN ,"], b"Origin", b"Cookie, Accept, ORIGIN"),
    ([b"\x0bCookie"], b"Origin", b"\x0bCookie, Origin"),
    ([b"*"], b"Origin", b"*"),
    ([b"Cookie, *"], b"Origin", b"*"),
    ([b""], b"Origin", b"Origin"),
    ([b"Accept"], b"Origin, X", b"Accept, Origin, X"),
]


@pytest.mark.parametrize(("lines", "ours", "expected"), VARIES)
def test_vary_is_merged(lines: list[bytes], ours: bytes, expected: bytes) -> None:
    assert merge_vary(*lines, ours) == expected


APP: list[tuple[Any, Any]] = [
    (b"content-type", b"text/plain"),
    (b"Vary", b"Cookie"),
    (b"Access-Control-Allow-Origin", b"*"),
    (b"set-cookie", b"a=1"),
    (b"access-control-allow-origin", b"https://evil.example"),
    (b"ACCESS-CONTROL-ALLOW-CREDENTIALS", b"true"),
    (b"access-control-allow-origin-x", b"kept"),
    (b"set-cookie", b"b=2"),
    (b"vary", b"Accept"),
    (b"", b"odd"),
]
KEPT = [
    (b"content-type", b"text/plain"),
    (b"set-cookie", b"a=1"),
    (b"access-control-allow-origin-x", b"kept"),
    (b"set-cookie", b"b=2"),
    (b"", b"odd"),
]


def test_our_headers_replace_the_apps_own() -> None:
    vary = (b"vary", b"Cookie, Accept, Origin")
    before = list(APP)
    assert ask(LISTED, "GET", ("origin", "https://evil.example")).answer(APP) == [*KEPT, vary]
    assert ask(PLAIN, "GET", ("origin", A)).answer(iter(APP)) == [
        *KEPT,
        (b"access-control-allow-origin", A.encode()),
        vary,
    ]
    public = [*KEPT[:1], (b"Vary", b"Cookie"), *KEPT[1:4], (b"vary", b"Accept"), KEPT[4]]
    assert ask(PUBLIC_READ, "GET").answer(APP) == [*public, (b"access-control-allow-origin", b"*")]
    assert before == APP


# Servers take more than pairs of bytes, and send it; what they do not take is theirs to reject.
ODD: list[tuple[list[Any], list[Any]]] = [
    ([("X-\u20ac", "1")], [("X-\u20ac", "1"), (b"vary", b"Origin")]),
    ([("Vary", "Cookie, \u20ac")], [(b"vary", b"Cookie, ?, Origin")]),
    ([(bytearray(b"Vary"), memoryview(b"Cookie"))], [(b"vary", b"Cookie, Origin")]),
    ([(b"vary", None)], [(b"vary", b"Origin")]),
    ([(None, b"x"), (5, b"x"), (b"x", 5)], [(None, b"x"), (5, b"x"), (b"x", 5), (b"vary", b"Origin")]),
    ([b"ab", (b"a",), None], [b"ab", (b"a",), None, (b"vary", b"Origin")]),
    ([("Access-Control-Allow-Origin", "*")], [(b"vary", b"Origin")]),
]


@pytest.mark.parametrize(("headers", "expected"), ODD)
def test_headers_that_are_no_pairs_of_bytes(headers: list[Any], expected: list[Any]) -> None:
    assert ask(LISTED, "GET").answer(headers) == expected


def test_decisions_are_values() -> None:
    assert ask(LISTED, "GET") == ask(LISTED, "GET")
    assert ask(LISTED, "GET").answer() is not ask(LISTED, "GET").answer()
    one = ask(LISTED, "GET", ("origin", A)).answer()
    one.clear()
    assert ask(LISTED, "GET", ("origin", A)).answer() != []


def test_the_bounds_leave_room_for_every_real_page() -> None:
    assert MAX_REQUEST_HEADERS_BYTES >= 4096
    assert MAX_REQUEST_HEADERS >= 128
