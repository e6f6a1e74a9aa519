"""What a row means: a table of what customers type."""

from __future__ import annotations

import pytest
from pydantic import AnyHttpUrl

from crossorigin import OriginPattern, Policy, Problem
from crossorigin.origins.rows import Owner, Terms, collect, read_origin, terms

STRICT = Terms(credentials=True, environment="production")
OPEN = Terms(credentials=False, environment="production")
DEVELOPMENT = Terms(credentials=True, environment="development")

# What a row says, and what it allows where credentials are: an origin, a pattern, or why it is skipped.
ROWS = [
    ("shop.example", "https://shop.example"),
    ("https://shop.example", "https://shop.example"),
    ("https://shop.example/", "https://shop.example"),
    ("HTTPS://Shop.Example/", "https://shop.example"),
    (" shop.example\n", "https://shop.example"),
    ("shop.example:8443", "https://shop.example:8443"),
    ("https://shop.example:443", "https://shop.example"),
    ("https://shop.example:8443/", "https://shop.example:8443"),
    ("https://shop.example/path?query#fragment", "https://shop.example"),
    ("shop.example/path", "https://shop.example"),
    ("//shop.example/path", "https://shop.example"),
    ("www.shop-1.co.uk", "https://www.shop-1.co.uk"),
    ("bücher.example", "https://xn--bcher-kva.example"),
    ("xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ("1.2.3.4", "https://1.2.3.4"),
    ("localhost", "http://localhost"),
    ("localhost:3000", "http://localhost:3000"),
    ("http://localhost:3000/", "http://localhost:3000"),
    ("app.localhost", "http://app.localhost"),
    ("[::1]:3000", "http://[::1]:3000"),
    ("[::1]", "http://[::1]"),
    ("https://intranet", "https://intranet"),
    ("*.shop.example", "https://*.shop.example"),
    ("https://*.shop.example/", "https://*.shop.example"),
    ("http://localhost:*", "http://localhost:*"),
    ("capacitor://localhost", "capacitor://localhost"),
    # Never allowed by a row.
    ("*", "[star-in-rows]"),
    ("null", "[lists-null]"),
    ("file:///index.html", "[lists-null]"),
    ("http://shop.example", "[origin-insecure]"),
    ("https://*.com", "[public-suffix]"),
    ("https://*.github.io", "[public-suffix]"),
    ("owner@shop.example", "[origin-userinfo]"),
    ("https://shop.example@evil.example", "[origin-userinfo]"),
    ("mailto:owner@shop.example", "[origin-userinfo]"),
    ("javascript:alert(1)", "[origin-scheme]"),
    ("https://a.example,https://b.example", "[origin-invalid]"),
    ("https://a.example https://b.example", "[origin-invalid]"),
    ("ftp://shop.example", "[origin-invalid]"),
    ("https://", "[origin-invalid]"),
    ("https://shop.*", "[origin-glob]"),
    ("n/a", "[origin-scheme]"),
    ("none", "[origin-scheme]"),
    ("TODO", "[origin-scheme]"),
    ("a" * 64 + ".example", f"https://{'a' * 64}.example"),  # not a DNS name, and no browser sends it; no harm
    ("a." * 130 + "example", "[origin-too-long]"),
]


def shown(allowed: bytes | OriginPattern | Problem) -> str:
    if isinstance(allowed, Problem):
        return f"[{allowed.code}]"
    return allowed.decode() if isinstance(allowed, bytes) else str(allowed)


@pytest.mark.parametrize(("text", "allowed"), ROWS)
def test_a_row(text: str, allowed: str) -> None:
    assert shown(read_origin(text, {STRICT})) == allowed


@pytest.mark.parametrize("text", ["https://*", "http://*", "https://*?", "http://*//x", "https://*:*"])
def test_no_row_opens_an_api_to_the_whole_web(text: str) -> None:
    """Without credentials, a policy may say so; what a customer types may not."""
    Policy(allow_origins=["https://*"])
    assert shown(read_origin(text, {OPEN})) == "[whole-scheme]"


@pytest.mark.parametrize(
    ("every", "allowed"),
    [
        ({OPEN}, "http://shop.test"),
        ({DEVELOPMENT}, "http://shop.test"),
        ({STRICT}, "[origin-insecure]"),
        ({OPEN, STRICT}, "[origin-insecure]"),
    ],
)
def test_a_row_has_to_suit_every_policy(every: set[Terms], allowed: str) -> None:
    assert shown(read_origin("http://shop.test", every)) == allowed


def test_enforce_trusts_origins_as_credentials_do() -> None:
    origins = {"allow_origins": ["https://app.example"], "environment": "production"}
    assert terms(Policy(**origins)) == OPEN
    assert terms(Policy(**origins, allow_credentials=True)) == STRICT
    assert terms(Policy(**origins, enforce=True)) == STRICT


NOBODY = (Owner(),)


@pytest.mark.parametrize(
    ("elements", "tenants", "rows", "unusable"),
    [
        ([], False, {}, 0),
        (["a.example", "b.example"], False, {"a.example": NOBODY, "b.example": NOBODY}, 0),
        (["a.example", "a.example"], False, {"a.example": NOBODY}, 0),
        ([("a.example",)], False, {"a.example": NOBODY}, 0),
        ([("a.example", None)], False, {"a.example": NOBODY}, 0),
        ([("a.example", "one", "2026-01-01")], False, {"a.example": (Owner("one", "2026-01-01"),)}, 0),
        ([("a.example", 7)], True, {"a.example": (Owner("7"),)}, 0),
        ([("a.example", "one"), ("a.example", "two")], True, {"a.example": (Owner("one"), Owner("two"))}, 0),
        ([("a.example", "one"), ("a.example", "one")], True, {"a.example": (Owner("one"),)}, 0),
        ([("a.example", None), "b.example"], True, {}, 2),
        ([b"a.example", (b"b.example", b"one")], False, {"a.example": NOBODY, "b.example": (Owner("one"),)}, 0),
        ([AnyHttpUrl("https://a.example")], False, {"https://a.example/": NOBODY}, 0),
        ([None, 7, "", (), (None,), ({},), "x" * 3000], False, {}, 7),
    ],
)
def test_what_a_load_returns(elements: list[object], tenants: bool, rows: dict[str, object], unusable: int) -> None:
    assert collect(elements, tenants=tenants) == (rows, unusable)
