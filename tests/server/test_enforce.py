"""What enforce refuses: tables of (request, verdict), and an independent model that draws its own requests."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from crossorigin import CORSMiddleware, Policy, cors, install
from crossorigin.middleware.most_often import MostOften
from crossorigin.policy.hosts import HostSet, parse_host
from crossorigin.policy.origin_patterns import InvalidOrigin
from crossorigin.server.compiled_policy import CompiledPolicy
from crossorigin.server.decision import Decision
from crossorigin.server.enforce import CrossOriginProtection
from tests.asgi import Answer, request

A, EVIL = "https://app.example.com", "https://evil.example"
HOST = "api.example.com"
POLICY = Policy(
    allow_origins=[A, "https://*.partner.example"],
    enforce=True,
    trusted_hosts=[HOST, "*.api.example.com", "localhost:8000", "[::1]"],
    exempt=["/webhooks/stripe", "/saml/*", "/hooks/{name}/in"],
)
GUARD = CrossOriginProtection(CompiledPolicy(POLICY))
NO_HOSTS = CrossOriginProtection(CompiledPolicy(Policy(allow_origins=[A], enforce=True)))
DEVELOPMENT = CrossOriginProtection(
    CompiledPolicy(Policy(allow_origins=["*"], allow_credentials=True, enforce=True, environment="development"))
)


def headers(**said: str | list[str] | None) -> list[tuple[bytes, bytes]]:
    """Header lines by name, `_` for `-`; a list is repeated lines, None is no line. Host is the server's own."""
    lines: list[tuple[bytes, bytes]] = []
    for name, value in ({"host": HOST} | said).items():
        values = value if isinstance(value, list) else [] if value is None else [value]
        lines += [(name.replace("_", "-").encode(), it.encode("latin-1")) for it in values]
    return lines


# method, headers, the reason for which it is refused (None: it may go on), and who is blamed.
UNSAFE: list[tuple[str, dict[str, Any], str | None, str]] = [
    # Safe methods pass, whoever asks.
    *((it, {"origin": EVIL, "sec_fetch_site": "cross-site"}, None, "") for it in ("GET", "HEAD", "OPTIONS")),
    # Sec-Fetch-Site decides where it stands.
    ("POST", {"sec_fetch_site": "same-origin"}, None, ""),
    ("POST", {"sec_fetch_site": "same-origin", "origin": "null"}, None, ""),
    ("POST", {"sec_fetch_site": "none"}, None, ""),
    ("POST", {"sec_fetch_site": "cross-site", "origin": EVIL}, "cross-site-request", EVIL),
    ("POST", {"sec_fetch_site": "cross-site"}, "cross-site-request", ""),
    ("POST", {"sec_fetch_site": "cross-site", "origin": "null"}, "cross-site-request", "null"),
    ("POST", {"sec_fetch_site": "same-site", "origin": "https://other.example.com"}, "cross-site-request", ""),
    ("POST", {"sec_fetch_site": "cross-site", "origin": "https://" + HOST}, "cross-site-request", ""),
    ("POST", {"sec_fetch_site": "Same-Origin", "origin": EVIL}, "cross-site-request", EVIL),
    ("POST", {"sec_fetch_site": "", "origin": EVIL}, "cross-site-request", EVIL),
    ("POST", {"sec_fetch_site": ["same-origin", "same-origin"]}, "cross-site-request", ""),
    # An origin of the policy is let in.
    ("POST", {"sec_fetch_site": "same-site", "origin": A}, None, ""),
    ("POST", {"sec_fetch_site": "cross-site", "origin": "https://eu.partner.example"}, None, ""),
    ("POST", {"sec_fetch_site": "cross-site", "origin": [A, A]}, "cross-site-request", "(repeated)"),
    ("DELETE", {"origin": A}, None, ""),
    # Without Sec-Fetch-Site: Origin against Host.
    ("POST", {}, None, ""),
    ("POST", {"origin": "https://" + HOST}, None, ""),
    ("POST", {"origin": "http://" + HOST}, None, ""),
    ("POST", {"origin": "https://" + HOST, "host": HOST + ":443"}, None, ""),
    ("POST", {"origin": "https://" + HOST, "host": "API.example.com"}, None, ""),
    ("POST", {"origin": "https://" + HOST + ":8443", "host": HOST + ":8443"}, None, ""),
    ("POST", {"origin": "https://" + HOST, "host": HOST + ":8443"}, "cross-origin-request", ""),
    ("POST", {"origin": "https://" + HOST + ":8443"}, "cross-origin-request", ""),
    ("POST", {"origin": "https://" + HOST + ":8443", "host": HOST + ":443"}, "cross-origin-request", ""),
    ("POST", {"origin": "capacitor://" + HOST}, "cross-origin-request", ""),  # a page of an app, not of this server
    ("POST", {"origin": EVIL}, "cross-origin-request", EVIL),
    ("POST", {"origin": "null"}, "cross-origin-request", "null"),
    ("POST", {"origin": ""}, "cross-origin-request", ""),
    ("POST", {"origin": "https://u@" + HOST}, "cross-origin-request", ""),  # golang/go#78563
    ("POST", {"origin": "https://" + HOST + "/"}, "cross-origin-request", ""),
    ("POST", {"origin": ["https://" + HOST, EVIL]}, "cross-origin-request", "(repeated)"),
    ("post", {"origin": EVIL}, "cross-origin-request", EVIL),  # methods are told by case
    ("get", {"origin": EVIL}, "cross-origin-request", EVIL),
    ("POST", {"origin": "x" * 100_000}, "cross-origin-request", "x" * 200),
]


def refused(kind: Any, reason: Any, culprit: str, vary: bytes = b"Origin, Sec-Fetch-Site") -> Decision:
    return Decision(kind, False, reason, (), vary, 403, culprit.encode())


@pytest.mark.parametrize(("method", "said", "reason", "culprit"), UNSAFE)
def test_unsafe_requests(method: str, said: dict[str, Any], reason: str | None, culprit: str) -> None:
    refusal = GUARD.check(method, "/items", headers(**said))
    blamed = culprit or str(said.get("origin", ""))
    kind = "cors" if "origin" in said else "plain"
    assert refusal == (refused(kind, reason, blamed) if reason else None)


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        ({}, None),
        ({"origin": A}, None),
        ({"origin": "https://" + HOST}, None),
        ({"origin": "http://" + HOST}, None),
        ({"origin": "https://eu.partner.example"}, None),
        ({"origin": EVIL, "sec_fetch_site": "same-origin"}, None),
        ({"origin": "null"}, "null"),
        ({"origin": EVIL}, EVIL),
        ({"origin": EVIL, "sec_fetch_site": "cross-site"}, EVIL),
        ({"origin": [A, EVIL]}, "(repeated)"),
        ({"sec_fetch_site": "cross-site"}, ""),
    ],
)
def test_websocket_handshakes(said: dict[str, Any], blamed: str | None) -> None:
    refusal = GUARD.check("GET", "/ws", headers(**said), websocket=True)
    assert refusal == (None if blamed is None else refused("websocket", "cross-origin-websocket", blamed))
    assert GUARD.check("GET", "/saml/ws", headers(**said), websocket=True) is None


@pytest.mark.parametrize(
    ("path", "exempt"),
    [
        ("/webhooks/stripe", True),
        ("/webhooks/stripe/", False),
        ("/webhooks/Stripe", False),
        ("/webhooks%2Fstripe", False),
        ("/x/../webhooks/stripe", False),  # CVE-2025-47910
        ("/saml/acs", True),
        ("/saml/a/b", True),
        ("/saml", False),
        ("/saml/../items", False),  # another server may fold it into /items
        ("/hooks/a/in", True),
        ("/hooks/a/b/in", False),
        ("/items", False),
        ("/webhooks/stripe\n", False),
        ("/saml/acs\n", False),
    ],
)
def test_exempt_paths(path: str, exempt: bool) -> None:
    refusal = GUARD.check("POST", path, headers(origin=EVIL, sec_fetch_site="cross-site"))
    assert (refusal is None) == exempt
    # A health probe names the machine by its address: an exempt path is exempt from the check of Host, too.
    assert (GUARD.check("GET", path, headers(host="evil.example")) is None) == exempt


# Host, whether the server is on loopback, and whether it is trusted where the policy names none.
HOSTS: list[tuple[str | list[str] | None, bool, bool]] = [
    ("evil.example", False, True),
    (None, False, True),
    ("localhost", True, True),
    ("localhost:8000", True, True),
    ("LOCALHOST:8000", True, True),
    ("app.localhost:3000", True, True),
    ("127.0.0.1", True, True),
    ("127.0.0.1:80", True, True),
    ("[::1]:8000", True, True),
    ("evil.example", True, False),
    ("localhost.evil.example", True, False),
    ("127.0.0.1.nip.io", True, False),
    ("localhost@evil.example", True, False),
    ("", True, False),
    (None, True, False),
    (["localhost", "localhost"], True, False),
    ("localhost:99999", True, False),
    ("192.168.0.7", True, False),
]


@pytest.mark.parametrize(("host", "loopback", "trusted"), HOSTS)
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
def test_a_loopback_server_answers_to_loopback_names(method: str, host: Any, loopback: bool, trusted: bool) -> None:
    refusal = NO_HOSTS.check(method, "/", headers(host=host), loopback=loopback)
    assert (refusal is None) == trusted
    if refusal is not None:
        assert refusal.reason == "host-not-trusted"


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        (HOST, True),
        (HOST + ":8443", True),
        ("API.EXAMPLE.COM", True),
        ("eu.api.example.com", True),
        ("localhost:8000", True),
        ("[::1]:1", True),
        ("localhost", False),
        ("localhost:8001", False),
        ("example.com", False),
        ("xapi.example.com", False),
        ("api.example.com.evil.example", False),
        ("127.0.0.1", False),
        (None, False),
    ],
)
@pytest.mark.parametrize("loopback", [True, False])
def test_named_hosts_alone_are_trusted(host: str | None, trusted: bool, loopback: bool) -> None:
    for said, websocket, kind in (
        ({}, False, "plain"),
        ({"origin": A}, False, "cors"),
        ({"origin": A}, True, "websocket"),
    ):
        refusal = GUARD.check("GET", "/", headers(host=host, **said), loopback=loopback, websocket=websocket)
        expected = refused(kind, "host-not-trusted", host or "", vary=b"")
        assert refusal == (None if trusted else expected)


def test_a_star_in_development_lets_loopback_pages_write() -> None:
    asks = {"sec_fetch_site": "cross-site", "host": "localhost:8000"}
    assert DEVELOPMENT.check("POST", "/", headers(origin="http://localhost:3000", **asks)) is None
    refusal = DEVELOPMENT.check("POST", "/", headers(origin=EVIL, **asks))
    assert refusal is not None
    assert refusal.reason == "cross-site-request"


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("API.Example.com", "api.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.example.com", "*.example.com"),
        ("localhost:*", "localhost"),
        ("localhost:8000", "localhost:8000"),
        ("example.com:80", "example.com"),
        ("[0:0:0:0:0:0:0:1]:8000", "[::1]:8000"),
        ("*", "*"),
    ],
)
def test_hosts_are_normalised(written: str, normalised: str) -> None:
    assert parse_host(written) == normalised
    assert Policy(allow_origins=[A], enforce=True, trusted_hosts=[written]).trusted_hosts == (normalised,)


@pytest.mark.parametrize("written", ["http://a.example", "a.example/x", "u@a.example", "", "a?b", "a#b", "*.*.example"])
def test_hosts_that_are_none(written: str) -> None:
    with pytest.raises(InvalidOrigin):
        parse_host(written)


def test_any_host() -> None:
    assert b"evil.example" in HostSet(["*"])
    assert b"\xff" in HostSet(["*"])
    assert b"\xff" not in HostSet(["localhost"])


# -- an independent model: Go's CrossOriginProtection as its documentation tells it, holes closed --------------


def model(method: str, lines: list[tuple[bytes, bytes]], allowed: set[str], websocket: bool) -> bool:
    """Whether the request goes on."""

    def get(name: bytes) -> list[str]:
        return [value.decode("latin-1") for it, value in lines if it == name]

    origins, sites, hosts = get(b"origin"), get(b"sec-fetch-site"), get(b"host")
    if method in ("GET", "HEAD", "OPTIONS") and not websocket:
        return True
    if sites in (["same-origin"], ["none"]):
        return True
    if len(origins) == 1 and origins[0] in allowed:
        return True
    if sites:
        return False
    if not origins:
        return True
    if len(origins) > 1 or len(hosts) != 1:
        return False
    scheme, _, rest = origins[0].partition("://")
    if scheme not in ("http", "https") or not rest or rest != rest.lower():
        return False
    default = {"http": ":80", "https": ":443"}[scheme]
    return hosts[0].lower() in (rest, rest + default) and not rest.endswith(default)


_VALUES = {
    b"origin": [
        "null",
        A,
        EVIL,
        "http://" + HOST,
        "https://" + HOST,
        f"https://{HOST}:8443",
        f"https://{HOST}:443",
        "",
    ],
    b"sec-fetch-site": ["same-origin", "same-site", "cross-site", "none", "", "x"],
    b"host": [HOST, HOST + ":443", HOST + ":8443", "evil.example", HOST.upper()],
    b"accept": ["*/*"],
}
_LINES = st.lists(
    st.sampled_from([(name, value.encode()) for name, values in _VALUES.items() for value in values]), max_size=5
)


@given(st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "x"]), _LINES, st.booleans())
def test_the_model_agrees(method: str, lines: list[tuple[bytes, bytes]], websocket: bool) -> None:
    refusal = NO_HOSTS.check(method, "/", lines, websocket=websocket)
    assert (refusal is None) == model(method, lines, {A}, websocket)


@given(st.text(max_size=20), st.lists(st.tuples(st.sampled_from([*_VALUES]), st.binary(max_size=300))), st.booleans())
def test_no_request_makes_it_raise(path: str, lines: list[tuple[bytes, bytes]], loopback: bool) -> None:
    for guard in (GUARD, NO_HOSTS):
        for websocket in (True, False):
            refusal = guard.check("POST", path, lines, websocket=websocket, loopback=loopback)
            assert refusal is None or len(refusal.culprit) <= 200


# -- over ASGI -----------------------------------------------------------------------------------------------


async def ok(request: Any) -> PlainTextResponse:
    return PlainTextResponse("done")


def app(policy: Policy, **options: Any) -> Starlette:
    sub = Starlette(routes=[Route("/hook", ok, methods=["POST"])])
    install(sub, Policy(allow_origins=[A], enforce=True, exempt=["/hook"]))
    made = Starlette(
        routes=[
            Route("/items", ok, methods=["GET", "POST"]),
            Route("/open", cors(Policy.public())(ok_open), methods=["POST"]),
            Route("/closed", cors(None)(ok_closed), methods=["POST"]),
            Mount("/sub", sub),
        ]
    )
    install(made, policy, **options)
    return made


async def ok_open(request: Any) -> PlainTextResponse:
    return PlainTextResponse("done")


async def ok_closed(request: Any) -> PlainTextResponse:
    return PlainTextResponse("done")


PLAIN = Policy(allow_origins=[A], enforce=True)
CROSS = [("origin", EVIL), ("sec-fetch-site", "cross-site")]


def test_a_refusal_says_so_and_nothing_of_the_policy() -> None:
    answer: Answer = request(app(PLAIN), "POST", "/items", CROSS)
    body = b"Refused: this server does not take this request from another origin.\n"
    assert (answer.status, answer.body) == (403, body)
    assert sorted(answer.raw) == [
        (b"content-length", b"%d" % len(body)),
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"vary", b"Origin, Sec-Fetch-Site"),
    ]


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/items", CROSS, 403),
        ("/items", [("origin", A), ("sec-fetch-site", "cross-site")], 200),
        ("/open", CROSS, 200),  # its own policy does not enforce
        ("/closed", CROSS, 403),
        ("/closed", [("origin", A)], 403),  # None: no other origin, the default's neither
        ("/closed", [], 200),
        ("/sub/hook", CROSS, 200),  # exempt, by the mounted app's own path
        ("/none", CROSS, 403),
    ],
)
def test_the_policy_of_the_route_enforces(path: str, sent: Any, status: int) -> None:
    assert request(app(PLAIN), "POST", path, sent).status == status


def test_a_host_that_is_not_ours() -> None:
    policy = Policy(allow_origins=[A], enforce=True, trusted_hosts=["localhost"])
    for method, sent in (
        ("GET", []),
        ("POST", []),
        ("OPTIONS", [("origin", A), ("access-control-request-method", "PUT")]),
    ):
        answer = request(app(policy), method, "/items", sent)
        assert (answer.status, answer.body) == (403, b"Refused: this server does not go by that name.\n")
        assert answer.cors == {}


@pytest.mark.parametrize(
    ("server", "status"),
    [
        (("127.0.0.1", 8000), 403),
        (("::1", 8000), 403),
        (("::ffff:127.0.0.1", 8000), 403),
        (("localhost", 8000), 403),
        (("0.0.0.0", 8000), 403),
        (("::", "8000"), 403),
        (("", None), 403),
        ((None, None), 403),
        (("/tmp/a.sock", None), 403),
        (("@hidden", None), 403),
        (None, 403),
        (("203.0.113.9", 443), 200),
        (("2001:db8::1", 443), 200),
        (("api.example.com", 443), 200),
    ],
)
def test_where_the_server_listens(server: Any, status: int) -> None:
    """`tests.asgi` says Host: api.example.com."""
    inside = CORSMiddleware(app(PLAIN), policy=PLAIN)

    async def served(scope: Any, receive: Any, send: Any) -> None:
        await inside(scope | {"server": server}, receive, send)

    assert request(served, "GET", "/items").status == status


def test_report_only_counts_and_logs_and_lets_through(caplog: pytest.LogCaptureFixture) -> None:
    middleware = CORSMiddleware(app(Policy(allow_origins=[A])), policy=Policy(allow_origins=[A], enforce="report-only"))
    caplog.set_level(logging.DEBUG, "crossorigin")
    for _ in range(2):
        assert request(middleware, "POST", "/items", CROSS).status == 200
    # The page may send it, and still may not read the response.
    assert middleware.denials == {"cross-site-request": 2, "origin-not-allowed": 2}
    said = [(it.levelname, it.getMessage()) for it in caplog.records if "would deny" in it.getMessage()]
    line = (
        'crossorigin: would deny kind=cors origin=https://evil.example method=POST route="/items" '
        "reason=cross-site-request culprit=https://evil.example cause=origin-not-listed "
        f'nearest={A} site=cross-site client=127.0.0.1 → allow_origins=["{A}", "https://evil.example"]'
    )
    assert said == [("WARNING", line)]


def test_of_names_that_come_once_each_the_last_is_said() -> None:
    most = MostOften()
    for number in range(65):
        most.add(str(number))
    assert (most.total, most.most_often) == (65, "64")


# -- WebSockets over ASGI ------------------------------------------------------------------------------------


def handshake(made: Any, sent: list[tuple[str, str]], *, extension: bool) -> list[dict[str, Any]]:
    """What an app sends for a handshake, itself accepting at once."""
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    scope = {
        "type": "websocket",
        "path": "/ws",
        "server": ("203.0.113.9", 443),
        "headers": [(b"host", b"api.example.com"), *((name.encode(), value.encode()) for name, value in sent)],
        "extensions": {"websocket.http.response": {}} if extension else None,
    }
    asyncio.run(made(scope, receive, send))
    return messages


async def accepting(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize("extension", [True, False])
@pytest.mark.parametrize("enforce", [True, False, "report-only"])
@pytest.mark.parametrize(
    ("sent", "foreign"),
    [
        ([], False),
        ([("origin", A)], False),
        ([("origin", "https://api.example.com")], False),
        ([("origin", "null")], True),
        ([("origin", EVIL)], True),
    ],
)
def test_a_handshake_is_refused_before_it_is_accepted(sent: Any, foreign: bool, enforce: Any, extension: bool) -> None:
    made = CORSMiddleware(accepting, policy=Policy(allow_origins=[A], enforce=enforce))
    for _ in range(2):
        messages = handshake(made, sent, extension=extension)
        if not (foreign and enforce is True):
            assert messages == [{"type": "websocket.accept"}]
        elif extension:
            assert [it["type"] for it in messages] == ["websocket.http.response.start", "websocket.http.response.body"]
            assert messages[0]["status"] == 403
        else:
            assert messages == [{"type": "websocket.close", "code": 1008, "reason": "cross-origin"}]
    assert sum(made.denials.values()) == (2 if foreign and enforce else 0)


# -- what a policy says about it -----------------------------------------------------------------------------


def test_warnings() -> None:
    said = Policy(allow_origins=[A], trusted_hosts=["a.example"], exempt=["/a"]).warnings
    assert [(it.code, it.field) for it in said] == [("enforce-off", "trusted_hosts"), ("enforce-off", "exempt")]
    star = Policy.public(enforce=True).warnings
    assert "enforce-with-star" in [it.code for it in star]
    assert PLAIN.warnings == ()


def test_presets() -> None:
    mcp = Policy.mcp()
    assert mcp.enforce is True
    assert mcp.expose_headers == ("mcp-session-id", "mcp-protocol-version", "www-authenticate")
    assert CompiledPolicy(mcp).of(b"http://localhost:6274").allowed
    assert not CompiledPolicy(mcp).of(b"https://evil.example").allowed
    assert Policy.mcp(allow_origins=[A], trusted_hosts=["mcp.example.com"]).allow_origins == (A,)
    graphql = Policy.graphql(allow_origins=[A])
    assert (graphql.enforce, graphql.allow_methods) == (True, ("GET", "POST"))
    assert {"apollo-require-preflight", "content-type", "authorization"} <= set(graphql.allow_headers)
    assert mcp.warnings == graphql.warnings == ()


def test_round_trips() -> None:
    for policy in (POLICY, Policy(allow_origins=[A], enforce="report-only")):
        assert Policy(**policy.model_dump()) == policy
        assert Policy.model_validate_json(policy.model_dump_json()) == policy
