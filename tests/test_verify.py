"""`verify`: the same policy shows no difference, and a policy with any one thing changed always shows one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossorigin import CORSMiddleware, Policy, PolicyError
from crossorigin.browser import Failure, Request, Response
from crossorigin.fetch import NO_CORS_SAFELISTED_REQUEST_HEADERS, STANDARD_METHODS
from crossorigin.findings import Report
from crossorigin.origin import DEFAULT_PORTS, OriginPattern, is_loopback
from crossorigin.transport import ASGITransport
from crossorigin.verify import verify
from crossorigin.verify.calls import Call
from crossorigin.verify.origins import origins
from crossorigin.verify.sampling import samples

URL = "http://api.example.com/items?page=2"


async def endpoint(scope: Any, receive: Any, send: Any) -> None:
    """An endpoint of a deployment: it answers 404, with headers of its own."""
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
REGEXES = (
    r"https://[a-z0-9-]{1,20}\.(eu|us)\.example\.net",  # the port gone
    r"https://[a-z0-9-]{1,20}\.(eu|us)\.example\.net:8443",
    r"https://[a-z0-9-]{1,20}\.eu\.example\.net(:8443)?",  # a branch gone
    r"https://[a-z0-9-]{1,20}\.us\.example\.net(:8443)?",
    r"https://[a-z0-9-]{0,20}\.(eu|us)\.example\.net(:8443)?",  # one more, or none
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
        yield "a regex more", Policy(**fields(policy) | {"allow_origin_regex": r"https://[a-z-]+\.example\.com:49151"})


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
        yield f"{scheme}://crossorigin-probe.{host.partition('.')[2]}"
        yield f"{scheme}://*.{host.partition('.')[2]}"
        yield text.replace(f"://{host}", f"://{host}x").replace(f".{host}", f".{host}x")


# Why two policies that are written differently can be one: nothing that a browser can ask tells them apart.
SAME = {
    "environment": "it decides what may be written, not what is answered",
    "max_age": "a negative max_age is said as 0",
    "allow_origins": "what is added or removed is taken by another entry, or `*` takes everybody anyway",
    "a regex more": "`*` takes everybody anyway",
    "allow_origin_regex": "`*` takes everybody anyway",
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
    regex = None if public else policy.allow_origin_regex
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
    )


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
    assert report.exit_code == 0
    assert "--origin" in report.notes[0]


@pytest.mark.parametrize("name", POLICIES)
def test_any_one_thing_changed_shows_a_difference(name: str) -> None:
    policy = POLICIES[name]
    missed, same = [], []
    for change, mutant in mutants(policy):
        found = ask(policy, mutant).findings
        if meaning(mutant) == meaning(policy):
            same.append(change)
            assert found == (), change
        elif not found:
            missed.append(change)
    assert missed == []
    assert {it.partition("=")[0] for it in same} <= set(SAME)
