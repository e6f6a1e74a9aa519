"""What a list of origins can say, and which risks it takes: tiers, patterns, shared suffixes, accepted risks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossorigin import OriginPattern, OriginSet, Policy, PolicyError, decide
from crossorigin.policy.origin_patterns import matches, sample
from crossorigin.server.compiled_policy import CompiledPolicy
from crossorigin.server.enforce import CrossOriginProtection
from crossorigin.standards.origin import Origin
from crossorigin.standards.public_suffixes import PLATFORMS, SHARED_HOSTS
from tests.ids import as_id

APP = "https://app.example.com"
STRANGER = "https://stranger.example"
LOOPBACK = "http://localhost:3000"


def codes(**fields: Any) -> list[str]:
    """The codes of the problems that reject a policy."""
    with pytest.raises(PolicyError) as raised:
        Policy(**fields)
    return [each.code for each in raised.value.problems]


def warned(**fields: Any) -> list[tuple[str, str]]:
    """The code and the field of each warning of a policy."""
    return [(each.code, each.field) for each in Policy(**fields).warnings]


# -- two tiers --------------------------------------------------------------------------------------------


def headers(policy: Policy, origin: str) -> dict[bytes, bytes]:
    decision = decide(policy, "GET", [(b"origin", origin.encode())])
    return {**dict(decision.set_headers), b"vary": decision.vary}


ANONYMOUS = {b"access-control-allow-origin": b"*", b"vary": b"Origin"}


def trusted(origin: str) -> dict[bytes, bytes]:
    return {
        b"access-control-allow-origin": origin.encode(),
        b"access-control-allow-credentials": b"true",
        b"vary": b"Origin",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"allow_origins": ["*", APP]},
        {"allow_origins": [APP, "*"]},
        {"allow_origins": ["*", "https://*.example.com"]},
        {"allow_origins": ["*", "https://a*.example.com"]},
        {"allow_origins": ["*"], "allow_origin_regex": r"https://[a-z]+\.example\.com"},
    ],
    ids=as_id,
)
@pytest.mark.parametrize(("environment", "loopback"), [("production", ANONYMOUS), ("development", trusted(LOOPBACK))])
def test_everybody_without_cookies_and_the_named_with_them(fields: Any, environment: str, loopback: Any) -> None:
    policy = Policy(allow_credentials=True, environment=environment, **fields)
    assert headers(policy, APP) == trusted(APP)
    assert headers(policy, STRANGER) == ANONYMOUS
    assert headers(policy, LOOPBACK) == loopback
    assert headers(policy, "null") == ANONYMOUS
    enforced = CrossOriginProtection(CompiledPolicy(policy.model_copy(update={"enforce": True})))
    sent = [(b"host", b"api.example.net"), (b"sec-fetch-site", b"cross-site")]
    assert enforced.check("POST", "/", [*sent, (b"origin", APP.encode())]) is None
    assert enforced.check("POST", "/", [*sent, (b"origin", STRANGER.encode())]) is not None


@pytest.mark.parametrize("star", ["*", " *", "*\r", "\t* "])
def test_white_space_around_a_star_is_nothing(star: str) -> None:
    assert Policy(allow_origins=[star, APP]).allow_origins == ("*", APP)
    assert Policy(allow_origins=[star]).any_origin
    assert codes(allow_origins=[star], allow_credentials=True) == ["star-with-credentials"]


def test_a_star_alone_with_credentials_is_rejected() -> None:
    assert codes(allow_origins=["*"], allow_credentials=True) == ["star-with-credentials"]


# -- what is suggested ------------------------------------------------------------------------------------

# Two mistakes in one entry: what is suggested for the first does not have the second.
SUGGESTED = [
    ("https://*.127.0.0.1/path", "origin-glob", "https://127.0.0.1"),
    ("https://*.[::1]?q", "origin-glob", "https://[::1]"),
    ("https://" + "a." * 150 + "example.com/path", "origin-too-long", ""),
    ("https://bü*.example.com/path", "origin-path", ""),
    ("https://bü*.example.com#", "origin-query", ""),
    ("https://pr-*.example.com/path", "origin-path", "https://pr-*.example.com"),
    ("https://*.example.com/path", "origin-path", "https://*.example.com"),
    ("*.127.0.0.1", "origin-scheme", ""),
    ("https://*.a.*.example.com", "origin-glob", ""),
    ("http://shop.example/path", "origin-path", "https://shop.example"),
    ("http://me@shop.example", "origin-userinfo", "https://shop.example"),
    ("http://shop.example:8000?x", "origin-query", "https://shop.example:8000"),
    ("http://localhost:3000/path", "origin-path", "http://localhost:3000"),
    ("ws://shop.example", "origin-invalid", "https://shop.example"),
    ("ws://localhost:3000", "origin-invalid", "http://localhost:3000"),
    ("ws://shop.example/socket", "origin-path", "https://shop.example"),
    ("wss://*.shop.example/socket", "origin-path", "https://*.shop.example"),
    ("https://http://shop.example", "origin-invalid", "https://shop.example"),
    ("http://*.shop.example/path", "origin-path", "https://*.shop.example"),
    ("http://*.vercel.app/path", "origin-path", ""),
    ("*.vercel.app", "origin-scheme", ""),
    ("wss://*.vercel.app", "origin-invalid", ""),
    ("moz-extension://*/path", "origin-path", ""),
    ("*://*", "origin-glob", ""),
    ("http://a.example, https://b.example", "origin-invalid", ("https://a.example", "https://b.example")),
    ("https://a.example, https://*.vercel.app", "origin-invalid", ()),
]


@pytest.mark.parametrize("text", ["wss://*", "*://*", "https://*/path", "http:https://*", "http://me@*", "ws://*:*"])
def test_a_mistake_does_not_mean_the_whole_web(text: str) -> None:
    with pytest.raises(PolicyError) as raised:
        Policy(allow_origins=[text])
    assert raised.value.problems[0].suggestion == ""


@pytest.mark.parametrize(("text", "code", "suggestion"), SUGGESTED)
def test_what_is_suggested_is_accepted(text: str, code: str, suggestion: str | tuple[str, ...]) -> None:
    with pytest.raises(PolicyError) as raised:
        Policy(allow_origins=[text], allow_credentials=True)
    found = raised.value.problems[0]
    assert (found.code, found.suggestion) == (code, suggestion)
    if suggestion:
        Policy(allow_origins=as_list(suggestion), allow_credentials=True)


def as_list(suggestion: str | tuple[str, ...]) -> list[str]:
    return [suggestion] if isinstance(suggestion, str) else list(suggestion)


PARTS = """
https http HTTPS https:// http:// ws:// wss:// file:// moz-extension:// : / // :// * *. . a app pr-* *-x localhost
127.0.0.1 [::1] 10.0.0.8 example.com vercel.app co.uk bü xn--a 3000 :3000 :* 443 65536 @ ? # \\ , ; ( ) | { } [ ] ^ $ %
""".split()


@given(st.lists(st.sampled_from([*PARTS, " "]), max_size=7).map("".join), st.booleans())
def test_whatever_is_written_what_is_suggested_is_accepted(text: str, credentials: bool) -> None:
    try:
        Policy(allow_origins=[text], allow_credentials=credentials)
    except PolicyError as refused:
        if len(refused.problems) == 1 and refused.problems[0].suggestion:
            Policy(allow_origins=as_list(refused.problems[0].suggestion), allow_credentials=credentials)


# -- patterns ---------------------------------------------------------------------------------------------

TAKEN = [
    ("https://preview-*.example.com", "https://preview-1.example.com", True),
    ("https://preview-*.example.com", "https://preview-a-b.example.com", True),
    ("https://preview-*.example.com", "https://preview-.example.com", False),
    ("https://preview-*.example.com", "https://preview-a.b.example.com", False),
    ("https://preview-*.example.com", "https://preview-a_b.example.com", False),
    ("https://preview-*.example.com", "https://preview-a.example.com.evil.example", False),
    ("https://preview-*.example.com", "https://x.preview-a.example.com", False),
    ("https://preview-*.example.com", "https://preview-a.example.com:8443", False),
    ("https://preview-*.example.com", "http://preview-a.example.com", False),
    ("https://preview-*.example.com:*", "https://preview-a.example.com:8443", True),
    ("https://preview-*.example.com:8443", "https://preview-a.example.com:8443", True),
    ("https://preview-*.example.com:8443", "https://preview-a.example.com", False),
    ("https://*-team.example.com", "https://shop-team.example.com", True),
    ("https://*-team.example.com", "https://-team.example.com", False),
    ("https://shop-*-team.example.com", "https://shop-git-main-team.example.com", True),
    ("https://shop-*-team.example.com", "https://shop-team.example.com", False),
    ("https://shop-*-team.example.com", "https://shop--team.example.com", False),
    ("https://api.pr-*.example.com", "https://api.pr-7.example.com", True),
    ("https://api.pr-*.example.com", "https://www.pr-7.example.com", False),
    ("https://api.pr-*.example.com", "https://pr-7.example.com", False),
    ("https://Shop-*.Example.com", "https://shop-1.example.com", True),
    ("moz-extension://*", "moz-extension://0b5c2f6a-1111-4222-8333-444455556666", True),
    ("moz-extension://*", "chrome-extension://abc", False),
    ("https://*", "https://anything.example", True),
    ("https://*", "https://anything.example:8443", False),
    ("https://*:*", "https://anything.example:8443", True),
    ("https://*", "http://anything.example", False),
    ("https://*", "null", False),
]


@pytest.mark.parametrize(("pattern", "origin", "taken"), TAKEN)
def test_what_a_pattern_takes(pattern: str, origin: str, taken: bool) -> None:
    parsed = OriginPattern.parse(pattern)
    assert (origin.encode() in OriginSet([parsed])) is taken
    assert matches(parsed, Origin.parse(origin)) is taken
    assert not parsed.exact
    assert OriginPattern.parse(str(parsed)) == parsed
    assert matches(parsed, Origin.parse(sample(parsed)))


LABELS = st.text("ab-", min_size=1, max_size=3)


@given(before=LABELS | st.just(""), after=LABELS, left=st.sampled_from(["", "x."]), host=st.lists(LABELS, max_size=4))
def test_the_set_agrees_with_the_pattern(before: str, after: str, left: str, host: list[str]) -> None:
    patterns = [OriginPattern.parse(f"https://{left}{before}*{after}.ab.example"), OriginPattern.parse("app://*")]
    for name in (".".join([*host, "ab.example"]), f"{left}{before}{'-'.join(host)}{after}.ab.example"):
        origin = f"https://{name}"
        expected = any(matches(each, Origin.parse(origin)) for each in patterns)
        assert (origin.encode() in OriginSet(patterns)) is expected


def test_many_patterns_cost_no_more_than_one() -> None:
    lengths = OriginSet([OriginPattern.parse(f"https://{n:04}-*.example.com") for n in range(1000)])._lengths
    assert lengths == {(5, 0)}


# -- risks ------------------------------------------------------------------------------------------------

RISKS = [
    ({"allow_origins": ["https://*.vercel.app"]}, "public-suffix", "shared-suffix"),
    ({"allow_origins": ["https://*.com"]}, "public-suffix", "shared-suffix"),
    ({"allow_origins": ["https://shop-*-acme.vercel.app"]}, "public-suffix", "shared-suffix"),
    ({"allow_origins": ["https://shop*.com"]}, "public-suffix", "shared-suffix"),
    ({"allow_origins": ["https://*.ngrok-free.app"]}, "public-suffix", "shared-suffix"),
    ({"allow_origin_regex": r"https://shop-[a-z]+\.vercel\.app"}, "public-suffix", "shared-suffix"),
    ({"allow_origins": ["moz-extension://*"]}, "whole-scheme", "whole-scheme"),
    ({"allow_origins": ["https://*"]}, "whole-scheme", "whole-scheme"),
]


@pytest.mark.parametrize(("fields", "code", "risk"), RISKS, ids=as_id)
def test_a_risk_is_rejected_warned_of_or_accepted(fields: Any, code: str, risk: str) -> None:
    (field,) = fields
    place = "allow_origins[0]" if field == "allow_origins" else field
    assert (code, place) in warned(**fields)
    for strict in ({"allow_credentials": True}, {"enforce": True}, {"enforce": "report-only"}):
        assert code in codes(**fields, **strict)
        accepted = warned(**fields, **strict, accept_risks=[risk])
        assert ("risk-accepted", place) in accepted
        assert "risk-not-needed" not in [each for each, _ in accepted]
        assert code in codes(**fields, **strict, accept_risks=["insecure-origin"])


@pytest.mark.parametrize("name", SHARED_HOSTS)
def test_hosts_that_anybody_gets_a_name_under(name: str) -> None:
    assert codes(allow_origins=[f"https://*.{name}"], allow_credentials=True) == ["public-suffix"]
    assert SHARED_HOSTS[name].startswith("https://")
    Policy(allow_origins=[f"https://mine.{name}"], allow_credentials=True)
    Policy(allow_origins=[f"https://*.mine.{name}"], allow_credentials=True)


def test_what_is_above_a_shared_host_is_shared() -> None:
    assert codes(allow_origins=["https://*.github.dev"], allow_credentials=True) == ["public-suffix"]


@pytest.mark.parametrize("name", PLATFORMS)
def test_tenants_of_a_platform_are_warned_of_by_name(name: str) -> None:
    (warning,) = Policy(allow_origins=[f"https://*.{name}"], allow_credentials=True).warnings
    assert (warning.code, name in warning.message) == ("shared-platform", True)
    assert (warning.field, warning.value) == ("allow_origins[0]", f"https://*.{name}")
    assert Policy(allow_origins=[f"https://*.mine.{name}"], allow_credentials=True).warnings == ()


@pytest.mark.parametrize("origin", ["http://intranet.corp.example", "http://10.1.2.3:8080", "http://*.corp.example"])
def test_http_with_credentials_has_an_opt_in(origin: str) -> None:
    assert codes(allow_origins=[origin], allow_credentials=True) == ["origin-insecure"]
    policy = Policy(allow_origins=[origin], allow_credentials=True, accept_risks=["insecure-origin"])
    assert [(each.code, each.value) for each in policy.warnings] == [("risk-accepted", origin)]
    assert Policy(allow_origins=[origin]).warnings == ()


def test_what_can_never_be_accepted() -> None:
    accepted = ["shared-suffix", "whole-scheme", "insecure-origin", "look-alikes"]
    assert codes(allow_origins=["*"], allow_credentials=True, accept_risks=accepted) == ["star-with-credentials"]
    assert codes(allow_origins=["null"], accept_risks=accepted) == ["lists-null"]
    assert codes(allow_origins=[APP], accept_risks=["everything"]) == ["risk-unknown"]


def test_a_risk_that_no_entry_needs_is_warned_of() -> None:
    assert warned(allow_origins=[APP], accept_risks=["shared-suffix"]) == [("risk-not-needed", "accept_risks")]


# -- what says nothing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"allow_headers": ["Origin", "Content-Length", "X-A", "Accept"]},
            [("header-forbidden", "allow_headers[0]"), ("header-forbidden", "allow_headers[1]")],
        ),
        (
            {"allow_headers": ["Cookie", "Host", "Sec-Fetch-Site", "Proxy-Authorization"]},
            [("header-forbidden", f"allow_headers[{n}]") for n in range(4)],
        ),
        (
            {"allow_headers": ["Access-Control-Allow-Origin", "Set-Cookie", "ETag"]},
            [("header-response-only", f"allow_headers[{n}]") for n in range(3)],
        ),
        (
            {"expose_headers": ["Access-Control-Request-Method", "X-A", "Cookie"]},
            [("expose-request-only", "expose_headers[0]"), ("expose-request-only", "expose_headers[2]")],
        ),
        ({"allow_origins": [APP, "https://a$b.example"]}, [("origin-dead", "allow_origins[1]")]),
    ],
    ids=as_id,
)
def test_harmless_names_are_warned_of(fields: Any, expected: list[tuple[str, str]]) -> None:
    assert warned(**{"allow_origins": [APP], **fields}) == expected


# -- other ways to say it ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(timedelta(minutes=10), 600), (timedelta(0), 0), (timedelta(seconds=-1), -1), (timedelta(days=1), 86400)],
)
def test_max_age_as_a_duration(value: timedelta, seconds: int) -> None:
    assert Policy(allow_origins=[APP], max_age=value).max_age == seconds


def test_a_part_of_a_second_is_not_a_max_age() -> None:
    assert codes(allow_origins=[APP], max_age=timedelta(milliseconds=1500)) == ["max-age-invalid"]
    assert codes(allow_origins=[APP], max_age=timedelta(days=2)) == ["max-age-range"]


@pytest.mark.parametrize("enforce", [True, "report-only"])
def test_a_policy_that_enforces_needs_no_origins(enforce: Any) -> None:
    policy = Policy(enforce=enforce, trusted_hosts=["tracking.example.com"])
    assert not decide(policy, "GET", [(b"origin", APP.encode())]).allowed
    assert policy.warnings == ()


def test_nothing_allowed_and_nothing_enforced_is_an_error_that_names_the_field() -> None:
    with pytest.raises(PolicyError) as raised:
        Policy(allow_origins="".split())
    assert [(each.code, each.field) for each in raised.value.problems] == [("empty-policy", "allow_origins")]


def test_a_variable_turns_rejections_into_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_ENFORCE", " report-only\r")
    assert Policy(allow_origins=[APP], enforce=True).enforce == "report-only"
    assert Policy(allow_origins=[APP]).enforce is False


def test_mcp_rejects_foreign_names_wherever_it_runs() -> None:
    for named, host, accepted in (
        (False, b"localhost:8000", True),
        (False, b"mcp.example.com", False),
        (True, b"mcp.example.com", True),
    ):
        policy = Policy.mcp(trusted_hosts=["mcp.example.com"]) if named else Policy.mcp()
        rejection = CrossOriginProtection(CompiledPolicy(policy)).check(
            "GET", "/mcp", [(b"host", host)], loopback=False
        )
        assert (rejection is None) is accepted
