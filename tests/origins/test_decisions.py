"""What is remembered of decisions beside a source: nothing of strangers, and nothing that a change has made wrong."""

from __future__ import annotations

from typing import Any

import pytest

from crossorigin import Policy
from crossorigin.origins import OriginSource, by_host
from crossorigin.server.compiled_policy import MAX_REMEMBERED, REPEATED, CompiledPolicy
from crossorigin.server.decision import ALLOW_ORIGIN, CREDENTIALS, Header
from crossorigin.server.enforce import CrossOriginProtection
from crossorigin.standards.origin import MAX_ORIGIN_BYTES

OWN, ROW, STRANGER = b"https://app.example", b"https://shop.example", b"https://evil.example"


def answers(rows: list[Any], **options: Any) -> tuple[OriginSource, CompiledPolicy]:
    """A source with these rows, and the answers of a policy beside it."""
    source = OriginSource(lambda: rows, **options)
    policy = Policy(allow_origins=["https://app.example", "https://*.own.example"], allow_credentials=True)
    source.bind(source, [policy])
    source.refresh_sync()
    return source, CompiledPolicy(policy, source)


def scope(host: bytes) -> dict[str, Any]:
    return {"headers": [(b"host", host)]}


def test_an_origin_of_the_source_is_answered_as_one_of_the_policy() -> None:
    source, made = answers(["shop.example"])
    assert made.live is source
    for origin in (OWN, ROW):
        assert made.of(origin).set_headers == ((ALLOW_ORIGIN, origin), CREDENTIALS)


PREFLIGHT = (b"access-control-request-method", b"GET")


@pytest.mark.parametrize(("method", "more"), [("GET", []), ("OPTIONS", []), ("OPTIONS", [PREFLIGHT])])
def test_each_way_of_asking_is_answered_alike(method: str, more: list[Header]) -> None:
    _, made = answers([("shop.example", "one.test"), ("other.example", "two.test")], tenant=by_host)
    asked = {
        (origin, host): made.decide(method, [(b"origin", origin), *more], scope(host)).allowed
        for origin in (OWN, ROW)
        for host in (b"one.test", b"two.test", b"")
    }
    assert [pair for pair, allowed in asked.items() if allowed] == [
        (OWN, b"one.test"),
        (OWN, b"two.test"),
        (ROW, b"one.test"),
    ]


def test_a_change_counts_from_the_next_request_on() -> None:
    rows = ["shop.example"]
    source, made = answers(rows)
    for _ in range(3):
        assert [made.of(origin).allowed for origin in (OWN, ROW, STRANGER)] == [True, True, False]
    rows[:] = ["other.example", "evil.example"]
    source.refresh_sync()
    for _ in range(3):
        assert [made.of(origin).allowed for origin in (OWN, ROW, STRANGER)] == [True, False, True]


def test_a_change_of_a_tenant_counts_from_the_next_request_on() -> None:
    rows = [("shop.example", "one.test"), ("other.example", "two.test")]
    source, made = answers(rows, tenant=by_host)
    hosts = (b"one.test", b"two.test", b"three.test", b"")
    for _ in range(2):
        assert [made.of(ROW, scope(host)).allowed for host in hosts] == [True, False, False, False]
        assert [made.of(OWN, scope(host)).allowed for host in hosts] == [True, True, True, False]
    rows[0] = ("shop.example", "two.test")
    source.refresh_sync()
    assert [made.of(ROW, scope(host)).allowed for host in hosts] == [False, True, False, False]


@pytest.mark.parametrize("tenant", [None, by_host], ids=["none", "by-host"])
@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        (OWN, "allowed"),
        (ROW, "allowed"),
        (b"https://x.own.example", "allowed"),
        (b"https://x.shop.example", "allowed"),
        (STRANGER, "origin-not-allowed"),
        (b"null", "origin-null"),
        (REPEATED, "origin-repeated"),
        (b"", "origin-not-allowed"),
        (b"https://" + b"x" * MAX_ORIGIN_BYTES + b".shop.example", "origin-not-allowed"),
        (b"https://" + b"x" * MAX_ORIGIN_BYTES + b".own.example", "origin-not-allowed"),
    ],
)
def test_the_reason(origin: bytes, reason: str, tenant: Any) -> None:
    _, made = answers([("shop.example", "one.test"), ("*.shop.example", "one.test")], tenant=tenant)
    assert [made.of(origin, scope(b"one.test")).reason for _ in range(3)] == [reason] * 3


@pytest.mark.parametrize("tenant", [None, by_host], ids=["none", "by-host"])
def test_a_request_of_nobody_has_the_reasons_of_strangers(tenant: Any) -> None:
    _, made = answers([("shop.example", "one.test")], tenant=tenant)
    reasons = [made.of(origin, scope(b"")).reason for origin in (STRANGER, b"null", REPEATED)]
    assert reasons == ["origin-not-allowed", "origin-null", "origin-repeated"]


def test_enforce_lets_in_the_origins_of_the_requests_tenant() -> None:
    _, made = answers([("shop.example", "one.test"), ("other.example", "two.test")], tenant=by_host)
    guard = CrossOriginProtection(made)
    lines = [(b"origin", ROW), (b"sec-fetch-site", b"cross-site")]
    refusals = [guard.check("POST", "/", lines, scope=scope(host)) for host in (b"one.test", b"two.test")]
    assert [refusal and refusal.reason for refusal in refusals] == [None, "cross-site-request"]


def test_strangers_fill_nothing_and_hosts_fill_no_more_than_the_bound() -> None:
    _, made = answers([("shop.example", "one.test")], tenant=by_host)
    live = made._live
    assert live is not None
    for n in range(5 * MAX_REMEMBERED):
        host = scope(b"host-%d.test" % n)
        assert not made.of(b"https://stranger-%d.example" % n, host).allowed
        assert not made.of(ROW, host).allowed
    assert len(live._decisions) == 0
    for n in range(10):
        assert made.of(OWN, scope(b"host-%d.test" % n)).allowed
    assert len(live._decisions) == 10
    for n in range(5 * MAX_REMEMBERED):
        assert made.of(OWN, scope(b"host-%d.test" % n)).allowed
    assert 0 < len(live._decisions) <= MAX_REMEMBERED
    assert made.of(ROW, scope(b"one.test")).allowed


def test_what_is_asked_again_is_remembered_beyond_the_bound() -> None:
    _, made = answers([("shop.example", "one.test")], tenant=by_host)
    first = made.of(ROW, scope(b"one.test"))
    for n in range(MAX_REMEMBERED):
        assert made.of(OWN, scope(b"host-%d.test" % n)).allowed
    assert made.of(ROW, scope(b"one.test")) is first


def test_a_star_in_development_remembers_no_stranger() -> None:
    source = OriginSource(lambda: ["shop.example"])
    policy = Policy(allow_origins=["*"], allow_credentials=True, environment="development")
    source.bind(source, [policy])
    source.refresh_sync()
    made = CompiledPolicy(policy, source)
    live = made._live
    assert live is not None
    reasons = [made.of(origin).reason for origin in (STRANGER, ROW, b"http://localhost:3000")]
    assert reasons == ["allowed-without-credentials", "allowed", "allowed"]
    assert sorted(live._decisions) == [b"http://localhost:3000", ROW]
