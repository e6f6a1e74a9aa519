"""`verify`: the same policy shows no difference, and a policy with any one thing changed always shows one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossorigin import CORSMiddleware, Policy, PolicyError
from crossorigin.browser import Failure, Request, Response
from crossorigin.policy.origin_patterns import OriginPattern
from crossorigin.report.findings import Report
from crossorigin.standards.fetch import NO_CORS_SAFELISTED_REQUEST_HEADERS, STANDARD_METHODS
from crossorigin.standards.origin import is_loopback
from crossorigin.transport.asgi import ASGITransport
from crossorigin.verify import verify
from crossorigin.verify.calls import PageCall
from crossorigin.verify.origins import origins

URL = "http://api.example.com/items?page=2"


async def endpoint(scope: Any, receive: Any, send: Any) -> None:
    """An endpoint of a deployment: it answers 404, with headers of its own."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 404, "headers": [(b"x-total", b"3"), (b"vary", b"Cookie")]})
    await send({"type": "http.response.body", "body": b"none"})


def serve(policy: Policy) -> ASGITransport:
    return ASGITransport(CORSMiddleware(endpoint, policy=policy))


def ask(policy: Policy, server: Policy, **options: Any) -> Report:
    transport = serve(server)
    try:
        return verify(URL, policy, transport, **options)
    finally:
        transport.close()


# -- one thing changed ------------------------------------------------------------------------------------------

REGEX = r"https://[a-z0-9-]{1,20}\.(eu|us)\.example\.net(:8443)?"
NO_LABEL = r"https://[a-z0-9-]{0,20}\.(eu|us)\.example\.net(:8443)?"  # an empty label is in no origin
REGEXES = (
    r"https://[a-z0-9-]{1,20}\.(eu|us)\.example\.net",  # the port gone
    r"https://[a-z0-9-]{1,20}\.(eu|us)\.example\.net:8443",
    r"https://[a-z0-9-]{1,20}\.eu\.example\.net(:8443)?",  # a branch gone
    r"https://[a-z0-9-]{1,20}\.us\.example\.net(:8443)?",
    NO_LABEL,
    r"https://[a-z0-9-]{1,4}\.(eu|us)\.example\.net(:8443)?",
    r"https://[a-z0-9]{1,20}\.(eu|us)\.example\.net(:8443)?",  # a class narrowed, and widened
    r"https://[a-y0-9-]{1,20}\.(eu|us)\.example\.net(:8443)?",
    r"https://[a-z0-9_-]{1,20}\.(eu|us)\.example\.net(:8443)?",
    r"https://[a-z0-9-]{1,20}\.(eu|us)\.example\.org(:8443)?",  # a name changed
    r"https://[a-z0-9-]{1,20}\.(eu|us)\.exampla\.net(:8443)?",
    r"http://[a-z0-9-]{1,20}\.(eu|us)\.example\.net(:8443)?",
    r"https?://[a-z0-9-]{1,20}\.(eu|us)\.example\.net(:8443)?",
    r"https://[a-z0-9-]{1,20}\.(eu|us)\.example\.net(:8444)?",
)

POLICIES = {
    "listed": Policy(
        allow_origins=["https://app.example.com", "https://shop.example.org:8443"],
        allow_methods=["GET", "PUT", "PURGE"],
        allow_headers=["x-a", "authorization"],
        expose_headers=["x-total", "x-page"],
        allow_credentials=True,
        max_age=60,
    ),
    "patterns": Policy(
        allow_origins=["https://*.example.com", "https://app.example.org:*", "https://*.example.net:*"],
        allow_methods=["*"],
        allow_headers=["*"],
        max_age=-1,
    ),
    "regex": Policy(allow_origin_regex=REGEX, allow_methods=["DELETE"], expose_headers=["*"]),
    "both": Policy(
        allow_origins=["https://app.example.com"], allow_origin_regex=REGEX, allow_credentials=True, max_age=7200
    ),
    "public": Policy.public(expose_headers=["x-total"]),
    "narrow": Policy(allow_origins=["*"], allow_headers=["x-a"]),
    "development": Policy.development(max_age=0),
    "star in development": Policy(
        allow_origins=["*", "https://app.example.com"],
        allow_methods=["PATCH"],
        allow_headers=["x-a"],
        allow_credentials=True,
        environment="development",
    ),
    "enforced": Policy(
        allow_origins=["https://app.example.com"],
        enforce=True,
        trusted_hosts=["api.example.com", "www.example.com"],
        exempt=["/hooks/*"],
    ),
    "addresses": Policy(
        allow_origins=["http://192.168.1.10:3000", "http://[fd00::1]", "capacitor://localhost"],
        allow_private_network=True,
        allow_methods=["GET", "HEAD", "POST"],
    ),
}


def fields(policy: Policy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in Policy.model_fields}


def mutants(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """Every policy that differs from this one in one thing, under what was changed."""
    for field, values in changes(policy):
        for value in values:
            try:
                yield f"{field}={value!r}", Policy(**fields(policy) | {field: value})
            except PolicyError:
                continue  # no server can be set up like that
    if not policy.allow_origin_regex:
        for name, regex in more_regexes(policy):
            with suppress(PolicyError):
                yield name, Policy(**fields(policy) | {"allow_origin_regex": regex})


def more_regexes(policy: Policy) -> Iterator[tuple[str, str]]:
    """An expression beside the list that takes in what stands next to an entry."""
    for pattern in policy.patterns:
        origin = pattern.origin
        named = "." in origin.host and not origin.host[0].isdigit()  # below an address there are no names
        if origin.scheme == "https" and named and not (pattern.subdomains and pattern.any_port):
            yield "a regex more", rf"https://[a-z-]+\.{re.escape(origin.host)}:8080"


def changes(policy: Policy) -> Iterator[tuple[str, list[Any]]]:
    yield "allow_origins", list(lists(policy.allow_origins, near_origins))
    yield (
        "allow_methods",
        list(lists(policy.allow_methods, lambda it: [f"{it}S"], ("PUT", "QUERY", "LINK", "POST", "*"))),
    )
    yield (
        "allow_headers",
        list(lists(policy.allow_headers, lambda it: [f"{it}s"], ("x-b", "authorization", "accept", "*"))),
    )
    yield "expose_headers", list(lists(policy.expose_headers, lambda it: [f"{it}s"], ("x-b", "etag", "*")))
    yield "allow_credentials", [not policy.allow_credentials]
    yield "allow_private_network", [not policy.allow_private_network]
    yield "max_age", [policy.max_age + 1, policy.max_age - 1, 0, 86400]
    yield "enforce", [not policy.enforce]
    yield "trusted_hosts", [["api.example.com"], ["api.example.com", "other.example.com"], ["*.example.com"], ["*"]]
    yield "exempt", [["/items"]]
    yield "environment", ["development" if policy.environment == "production" else "production"]
    if policy.allow_origin_regex:
        yield "allow_origin_regex", [None, *REGEXES]


def lists(values: tuple[str, ...], near: Any, more: Iterable[str] = ()) -> Iterator[list[str]]:
    """Lists with one element removed, changed, or added."""
    for place, value in enumerate(values):
        rest = [*values[:place], *values[place + 1 :]]
        yield rest
        if value != "*":
            for other in near(value):
                yield [*values[:place], other, *values[place + 1 :]]
                yield [*values, other]
    for other in more:
        if other not in values:
            yield [*values, other]


def near_origins(text: str) -> Iterator[str]:
    """What stands beside an origin: what a slip of the pen, or of the hand on a list, makes of it."""
    origin = OriginPattern.parse(text).origin
    scheme, host = origin.scheme, origin.host
    other = {"http": "https", "https": "http"}.get(scheme, "https")
    yield text.replace(f"{scheme}://", f"{other}://")
    yield f"{scheme}://{host}"
    yield f"{scheme}://{host}:8080"
    yield f"{scheme}://{host}:*"
    if not host.startswith("[") and not host[0].isdigit():
        yield f"{scheme}://*.{host}"
        yield f"{scheme}://*.{host}:*"
        yield f"{scheme}://evil{host}"
        yield f"{scheme}://{host}.evil.example"
    if "." in host and not host[0].isdigit():
        yield f"{scheme}://crossorigin-probe.{host.partition('.')[2]}"
        yield f"{scheme}://*.{host.partition('.')[2]}"
        yield text.replace(f"://{host}", f"://{host}x").replace(f".{host}", f".{host}x")


# Why two policies that are written differently can be one: nothing that a browser can ask tells them apart.
SAME = {
    "enforce": "`*` lets every page in, so nobody is refused",
    "trusted_hosts": "without `enforce` nothing is refused, and `*` refuses nothing",
    "exempt": "without `enforce` nothing is refused",
    "environment": "it decides what may be written, not what is answered",
    "max_age": "a negative max_age is said as 0",
    "allow_origins": "what is added or removed is taken by another entry, or `*` takes everybody anyway",
    "a regex more": "`*` takes everybody anyway",
    "allow_origin_regex": "`*` takes everybody anyway, or what it takes beyond the other is no origin",
    "allow_methods": "`*` names every standard method already",
    "allow_headers": "the four safelisted names, and Authorization beside a public `*`, are always named",
}


def meaning(policy: Policy) -> tuple[object, ...]:
    """A policy reduced to what its answers depend on."""
    public = policy.any_origin and not policy.allow_credentials
    any_method, any_header = "*" in policy.allow_methods, "*" in policy.allow_headers
    methods = {*policy.allow_methods, *(STANDARD_METHODS if any_method else ())}
    headers = {*policy.allow_headers, *NO_CORS_SAFELISTED_REQUEST_HEADERS}
    if public and any_header:
        headers.add("authorization")
    patterns = set() if public else smallest(policy)
    regex = None if public else {NO_LABEL: REGEX}.get(policy.allow_origin_regex or "", policy.allow_origin_regex)
    return (
        public,
        policy.any_origin,
        patterns,
        regex,
        methods,
        headers,
        set(policy.expose_headers),
        policy.allow_credentials,
        policy.allow_private_network,
        max(policy.max_age, 0),
        guarded(policy),
        # Beside `*`, the developer's own pages get credentials in development.
        policy.any_origin and policy.allow_credentials and policy.environment == "development",
    )


def guarded(policy: Policy) -> tuple[set[str], bool] | None:
    """The names that a policy answers to, where it enforces, and whether it refuses strangers' WebSockets."""
    if policy.enforce is not True:
        return None
    names = set() if "*" in policy.trusted_hosts else set(policy.trusted_hosts)
    refuses = "/items" not in policy.exempt and not (policy.any_origin and not policy.allow_credentials)
    return (names, refuses) if names or refuses else None


def smallest(policy: Policy) -> set[str]:
    """The entries that no other entry takes in; `*` with credentials takes in what is on loopback."""
    kept = set(policy.patterns)
    if policy.any_origin:
        kept = {it for it in kept if not (is_loopback(it.origin.host) and it.origin.scheme in ("http", "https"))}
    return {str(it) for it in kept if not any(takes(other, it) for other in kept - {it})}


def takes(one: OriginPattern, other: OriginPattern) -> bool:
    if one.origin.scheme != other.origin.scheme:
        return False
    if not (one.any_port or (not other.any_port and one.origin.port == other.origin.port)):
        return False
    if one.subdomains:
        below = other.origin.host.endswith(f".{one.origin.host}")
        return below or (other.subdomains and one.origin.host == other.origin.host)
    return not other.subdomains and one.origin.host == other.origin.host


@pytest.mark.parametrize("name", POLICIES)
def test_the_same_policy_shows_no_difference(name: str) -> None:
    report = ask(POLICIES[name], POLICIES[name])
    assert report.findings == ()
    assert report.error == ""
    assert report.exit_code() == 0
    assert "--origin" in report.notes[0]


def few(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """Of each kind of change, the one in the middle."""
    kinds: dict[str, list[tuple[str, Policy]]] = {}
    for change, mutant in mutants(policy):
        kinds.setdefault(change.partition("=")[0], []).append((change, mutant))
    for found in kinds.values():
        yield found[len(found) // 2]


@pytest.mark.parametrize("name", POLICIES)
def test_one_thing_of_each_kind_changed_shows_a_difference(name: str) -> None:
    each_is_found(POLICIES[name], few(POLICIES[name]))


@pytest.mark.parametrize("name", POLICIES)
def test_any_one_thing_changed_shows_a_difference(name: str) -> None:
    each_is_found(POLICIES[name], mutants(POLICIES[name]))


def each_is_found(policy: Policy, changed: Iterable[tuple[str, Policy]]) -> None:
    missed, same = [], []
    for change, mutant in changed:
        found = ask(policy, mutant).findings
        if meaning(mutant) == meaning(policy):
            same.append(change)
            assert found == (), change
        elif not found:
            missed.append(change)
    assert missed == []
    assert {it.partition("=")[0] for it in same} <= set(SAME)


# -- drawn policies ---------------------------------------------------------------------------------------------

ENTRIES = st.sampled_from(
    "https://app.example.com https://*.example.com https://a.b.example.org:8443 http://localhost:* "
    "http://127.0.0.1:8000 https://*.example.org:* chrome-extension://abcdef https://xn--bcher-kva.example".split()
)
DRAWN = st.fixed_dictionaries(
    {
        "allow_origins": st.lists(ENTRIES, min_size=1, max_size=3, unique=True),
        "allow_methods": st.lists(st.sampled_from(["GET", "PUT", "DELETE", "PURGE", "*"]), max_size=3, unique=True),
        "allow_headers": st.lists(st.sampled_from(["x-a", "authorization", "range", "*"]), max_size=3, unique=True),
        "expose_headers": st.lists(st.sampled_from(["x-total", "etag", "x-page"]), max_size=2, unique=True),
        "allow_credentials": st.booleans(),
        "allow_private_network": st.booleans(),
        "max_age": st.integers(-1, 86400),
    }
)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(DRAWN, st.data())
def test_so_it_is_with_policies_that_nobody_thought_of(drawn: dict[str, Any], data: st.DataObject) -> None:
    policy = Policy(**drawn)
    assert ask(policy, policy).findings == ()
    change, mutant = data.draw(st.sampled_from(list(mutants(policy))), label="mutant")
    differs = meaning(mutant) != meaning(policy)
    assert bool(ask(policy, mutant).findings) is differs, change


# -- what a finding says ----------------------------------------------------------------------------------------

LISTED = Policy(allow_origins=["https://app.example.com"], allow_methods=["GET", "PUT"], allow_credentials=True)


def evidence(policy: Policy, server: Any, **options: Any) -> list[tuple[str, str, str]]:
    report = ask(policy, server, **options) if isinstance(server, Policy) else verify(URL, policy, server, **options)
    return [(it.code, it.severity, it.evidence) for it in report.findings]


def test_a_page_that_is_kept_out() -> None:
    found = evidence(LISTED, Policy(**fields(LISTED) | {"allow_methods": ["GET"]}))
    assert found == [
        (
            "verdict-differs",
            "high",
            "https://app.example.com\n  PUT with credentials (preflight)\n  PUT (preflight)\n"
            "  PUT (preflight, private network)\n    policy: allowed\n"
            "    server: blocked: Access-Control-Allow-Methods does not name the method",
        ),
        (
            "answer-differs",
            "info",
            "Access-Control-Allow-Methods\n  policy: GET, PUT\n  server: GET\n"
            "  PUT with credentials (preflight) from https://app.example.com\n"
            "  PUT (preflight) from https://app.example.com\n"
            "  PROPFIND (preflight) from https://app.example.com\n"
            "  DELETE (preflight) from https://app.example.com\n  and 15 more",
        ),
    ]


def test_a_page_that_is_let_in() -> None:
    report = ask(LISTED, Policy(**fields(LISTED) | {"allow_origins": [*LISTED.allow_origins, "https://old.example"]}))
    assert report.findings == ()  # nothing in the policy suggests that name
    report = ask(
        LISTED,
        Policy(**fields(LISTED) | {"allow_origins": [*LISTED.allow_origins, "https://old.example"]}),
        more_origins=["https://old.example"],
    )
    (it,) = report.findings
    assert it.code == "verdict-differs"
    assert it.severity == "critical"
    assert it.why == "The server lets this page do it, and the policy does not: the page can read what it should not."
    assert it.evidence == (
        "https://old.example\n  GET with credentials\n"
        "    policy: blocked: the response has no Access-Control-Allow-Origin\n    server: allowed"
    )
    assert it.details == {
        "page": "https://old.example",
        "calls": [
            {
                "call": "GET with credentials",
                "policy": "blocked: the response has no Access-Control-Allow-Origin",
                "server": "allowed",
            }
        ],
    }
    assert report.exit_code() == 1


class Recorder:
    """A deployment in this process, which remembers what it was asked, and may change its answers."""

    def __init__(self, policy: Policy, change: Any = lambda request, answer: answer) -> None:
        self.transport = serve(policy)
        self.change = change
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response | Failure:
        self.asked.append(request)
        answer = self.transport(request)
        assert isinstance(answer, Response)
        return self.change(request, answer)


def test_nothing_is_sent_that_could_change_anything() -> None:
    server = Recorder(LISTED)
    report = verify(URL, LISTED, server, headers=[(b"Authorization", b"Bearer x")])
    assert {it.method for it in server.asked} == {"GET", "OPTIONS"}
    assert {it.url for it in server.asked} == {URL, URL.replace("http:", "ws:")}
    assert {it.body for it in server.asked} == {b""}
    assert all(it.headers[-1] == (b"Authorization", b"Bearer x") for it in server.asked)
    assert report.requests == len(server.asked) < 80


def rewritten(headers: Any) -> Any:
    return lambda request, answer: answer._replace(headers=headers(list(answer.headers)))


# What a gateway may do to an answer that no browser and no cache takes differently.
SOUND = {
    "the order of headers": rewritten(lambda it: it[::-1]),
    "the case of header names": rewritten(lambda it: [(name.title(), value) for name, value in it]),
    "a repeated Vary": rewritten(lambda it: [*it, (b"vary", b"origin, Accept-Encoding")]),
    "an empty element in a Vary": rewritten(lambda it: [*it, (b"vary", b"Accept-Encoding,, ")]),
    "headers of its own": rewritten(lambda it: [*it, (b"server", b"gateway"), (b"via", b"1.1 gateway")]),
    "lists over several lines": rewritten(
        lambda it: [
            (name, part.strip())
            for name, value in it
            for part in (value.split(b",") if b"allow-methods" in name or b"allow-headers" in name else [value])
        ]
    ),
    "names in capitals": rewritten(
        lambda it: [(name, value.upper() if b"allow-headers" in name else value) for name, value in it]
    ),
    "a preflight with 200": lambda request, answer: answer._replace(status=200) if answer.status == 204 else answer,
    "a denied preflight with 200": lambda request, answer: (
        answer._replace(status=200) if answer.status == 403 else answer
    ),
    "an endpoint that wants a login": lambda request, answer: answer._replace(
        status=401 if request.method == "GET" else answer.status
    ),
    "an endpoint that redirects": lambda request, answer: (
        answer._replace(status=307, headers=[*answer.headers, (b"location", b"/login")])
        if request.method == "GET"
        else answer
    ),
}


@pytest.mark.parametrize("what", SOUND)
def test_what_no_browser_takes_differently_is_no_difference(what: str) -> None:
    policy = POLICIES["listed"]
    report = verify(URL, policy, Recorder(policy, SOUND[what]))
    assert [it.evidence for it in report.findings] == []


def test_a_host_of_the_operators_gives_way_to_names_that_are_tried() -> None:
    server = Recorder(POLICIES["enforced"])
    verify(URL, POLICIES["enforced"], server, headers=[(b"Host", b"www.example.com")])
    hosts = [[value for name, value in it.headers if name.lower() == b"host"] for it in server.asked]
    assert {len(it) for it in hosts} == {1}
    assert len({it for (it,) in hosts}) > 2


def test_where_every_visit_is_forbidden_names_tell_nothing() -> None:
    policy = POLICIES["enforced"]
    forbidden = Recorder(policy, lambda request, it: it._replace(status=403) if request.method == "GET" else it)
    verify(URL, policy, forbidden)
    assert not any(name.lower() == b"host" for it in forbidden.asked for name, _ in it.headers)


UNGUARDED = Policy(**fields(POLICIES["enforced"]) | {"enforce": False, "trusted_hosts": [], "exempt": []})
SOCKET = "\n  WebSocket\n    policy: {policy}\n    server: {server}"
HOSTS = """\
  GET with Host: rebound.crossorigin.invalid
  GET with Host: crossorigin-probe.example.com
  GET with Host: crossorigin-probe.api.example.com
  GET with Host: crossorigin-probe.www.example.com
    policy: refused
    server: allowed"""
OPENED = [
    ("verdict-differs", "critical", f"{page}{SOCKET.format(policy='refused', server='allowed')}")
    for page in ("https://stranger.example", "null")
]
CLOSED = [
    ("verdict-differs", "high", f"{page}{SOCKET.format(policy='allowed', server='refused')}")
    for page in ("https://stranger.example", "null")
]
LISTED_NAME = "  GET with Host: www.example.com\n    policy: allowed\n    server: refused"


@pytest.mark.parametrize(
    ("policy", "server", "expected"),
    [
        (POLICIES["enforced"], UNGUARDED, [*OPENED, ("verdict-differs", "high", HOSTS)]),
        (UNGUARDED, POLICIES["enforced"], CLOSED),
        (
            POLICIES["enforced"],
            Policy(**fields(POLICIES["enforced"]) | {"trusted_hosts": ["api.example.com"]}),
            [("verdict-differs", "high", LISTED_NAME)],
        ),
        (
            POLICIES["enforced"],
            Policy(**fields(POLICIES["enforced"]) | {"trusted_hosts": ["*"]}),
            [("verdict-differs", "high", HOSTS)],
        ),
        (  # a name more, which nobody can guess
            POLICIES["enforced"],
            Policy(
                **fields(POLICIES["enforced"]) | {"trusted_hosts": ["api.example.com", "www.example.com", "b.example"]}
            ),
            [],
        ),
    ],
)
def test_what_enforce_guards(policy: Policy, server: Policy, expected: list[tuple[str, str, str]]) -> None:
    assert evidence(policy, server) == expected


def without(name: bytes) -> Any:
    return rewritten(lambda it: [pair for pair in it if pair[0].lower() != name])


BROKEN = [
    (
        "Vary lost",
        without(b"vary"),
        ("answer-differs", "medium", "Vary\n  policy: origin\n  server: none\n  GET without an Origin\n"),
        "send Vary: origin",
    ),
    (
        "credentials on the answer alone",
        lambda request, answer: (
            without(b"access-control-allow-credentials")(request, answer) if request.method == "OPTIONS" else answer
        ),
        ("verdict-differs", "high", "https://app.example.com\n  PUT with credentials (preflight)\n"),
        "bring the server's CORS settings in line with the policy",
    ),
    (
        "preflights behind a login",
        lambda request, answer: answer._replace(status=401) if request.method == "OPTIONS" else answer,
        ("verdict-differs", "high", "https://app.example.com\n  PUT with credentials (preflight)\n"),
        "bring the server's CORS settings in line with the policy",
    ),
    (
        "headers said twice",
        rewritten(lambda it: [*it, *(pair for pair in it if pair[0] == b"access-control-allow-origin")]),
        ("verdict-differs", "high", "https://app.example.com\n  GET with credentials\n"),
        "bring the server's CORS settings in line with the policy",
    ),
    (
        "exposed headers lost",
        without(b"access-control-expose-headers"),
        ("answer-differs", "medium", "Access-Control-Expose-Headers\n  policy: x-page, x-total\n  server: none\n"),
        "send Access-Control-Expose-Headers: x-page, x-total",
    ),
    (
        "a private network opened",
        lambda request, answer: answer._replace(
            headers=[*answer.headers, (b"access-control-allow-private-network", b"true")]
        ),
        ("answer-differs", "low", "Access-Control-Allow-Private-Network\n  policy: none\n  server: true\n"),
        "leave Access-Control-Allow-Private-Network out",
    ),
    (
        "one origin for everybody",
        rewritten(
            lambda it: [
                *(pair for pair in it if pair[0] != b"access-control-allow-origin"),
                (b"access-control-allow-origin", b"https://app.example.com"),
            ]
        ),
        ("verdict-differs", "high", "https://shop.example.org:8443\n  GET with credentials\n"),
        "bring the server's CORS settings in line with the policy",
    ),
]


@pytest.mark.parametrize(("change", "first", "remedy"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_a_gateway_breaks(change: Any, first: tuple[str, str, str], remedy: str) -> None:
    policy = POLICIES["listed"]
    found = verify(URL, policy, Recorder(policy, change)).findings
    code, severity, begins = first
    hits = [it for it in found if it.evidence.startswith(begins)]
    assert [(it.code, it.severity, it.remedy) for it in hits] == [(code, severity, remedy)]


# (the list that a server sends, whether it is of methods, and what verify asks for because of it)
LISTED_BY_A_SERVER = [
    ("methods", b"GET, TRACE, CONNECT, track", []),
    ("methods", b"GET, \x1b[2J, a b, \xff, ;", []),
    ("methods", b"MKCOL, TRACE", [b"MKCOL"]),
    ("headers", b"cookie, host, sec-fetch-mode, proxy-x", []),
    ("headers", b"\x1b[2J, a b, \xff, :", []),
    ("headers", b"x-new, cookie", [b"x-new"]),
]


@pytest.mark.parametrize(("kind", "listed", "expected"), LISTED_BY_A_SERVER)
def test_what_no_page_can_send_is_not_asked_for(kind: str, listed: bytes, expected: list[bytes]) -> None:
    name = f"access-control-allow-{kind}".encode()
    change = rewritten(lambda headers: [*(pair for pair in headers if pair[0] != name), (name, listed)])
    server = Recorder(LISTED, change)
    assert verify(URL, LISTED, server).error == ""
    plain = Recorder(LISTED)
    verify(URL, LISTED, plain)
    asked_for = b"access-control-request-method" if kind == "methods" else b"access-control-request-headers"

    def names(recorder: Recorder) -> set[bytes]:
        pairs = [pair for request in recorder.asked for pair in request.headers]
        return {value for header, value in pairs if header.lower() == asked_for}

    assert sorted(names(server) - names(plain)) == expected


def test_both_block_it_for_different_reasons() -> None:
    change = rewritten(lambda it: [*it, (b"access-control-allow-origin", b"https://x.example")] if len(it) < 3 else it)
    report = verify(URL, LISTED, Recorder(LISTED, change))
    assert {it.severity for it in report.findings} == {"low", "medium"}
    assert report.findings[-1].evidence.startswith("Both block it, for different reasons\n  policy: blocked: ")
    plain = report.findings[0]
    begins = "Access-Control-Allow-Origin\n  policy: none\n  server: https://x.example\n  GET without an Origin"
    assert plain.evidence.startswith(begins)


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    verify(URL, LISTED, serve(LISTED), progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert told[-1] == (len(told), len(told))


class Unsteady:
    """Answers a number of requests, then fails as often as it is told to."""

    def __init__(self, good: int, bad: int) -> None:
        self.server, self.good, self.bad = Recorder(LISTED), good, bad

    def __call__(self, request: Request) -> Response | Failure:
        if len(self.server.asked) >= self.good and self.bad:
            self.bad -= 1
            return Failure("ReadError: reset")
        return self.server(request)


def test_a_connection_that_breaks_once_is_made_again() -> None:
    report = verify(URL, LISTED, Unsteady(5, 1))
    assert (report.findings, report.error, report.exit_code()) == ((), "", 0)


def test_a_server_that_goes_away_is_an_error() -> None:
    report = verify(URL, LISTED, Unsteady(5, 2))
    assert report.error == f"no answer to GET {URL}: ReadError: reset"
    assert (report.exit_code(), report.notes, report.requests) == (2, (), 7)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (PageCall("null"), "GET"),
        (PageCall("null", credentials="include"), "GET with credentials"),
        (PageCall("null", "PUT", private=True), "PUT (preflight, private network)"),
        (
            PageCall("null", headers=("x-a", "x-b"), credentials="include"),
            "GET with x-a, x-b and credentials (preflight)",
        ),
    ],
)
def test_a_call_in_words(call: PageCall, words: str) -> None:
    assert str(call) == words


def test_only_what_a_browser_sends_is_asked() -> None:
    found = origins(Policy(allow_origins=["https://*.example.com"]), ["https://Example.com/x", "nonsense"])
    assert "https://crossorigin-probe.example.com" in found
    assert "https://evilexample.com" in found
    assert "null" in found
    assert not {"https://Example.com/x", "nonsense"} & set(found)
