"""A set of origins: who is in it, by an exact table, at each edge of what a pattern takes."""

from __future__ import annotations

import pytest

from crossorigin.policy.origin_patterns import OriginPattern
from crossorigin.policy.origin_set import OriginSet
from crossorigin.standards.origin import MAX_ORIGIN_BYTES


@pytest.mark.parametrize(
    ("patterns", "taken", "others"),
    [
        ([], [], ["https://a.example", "", "null", "*"]),
        (
            ["https://a.example", "http://b.example:8080"],
            ["https://a.example", "http://b.example:8080"],
            [
                "http://a.example",
                "https://a.example:8443",
                "http://b.example",
                "https://x.a.example",
                "https://a.exampl",
            ],
        ),
        (
            ["https://*.example.com"],
            ["https://a.example.com", "https://a.b.example.com", "https://a_b.example.com", "https://a--b.example.com"],
            [
                "https://example.com",
                "https://.example.com",
                "https://aexample.com",
                "https://a.example.com:8443",
                "https://a.example.com:443",
                "https://a.example.com.",
                "https://a.example.comx",
                "http://a.example.com",
                "https://a.example.com://a.example.com",
                "https://A.example.com",
                "https://a..example.com",
                "https://user@a.example.com",
                "a.example.com",
                "https:a.example.com",
            ],
        ),
        (  # a label that is too short for one of them is compared with the others, whatever their order
            [f"https://{'a' * before}*{'z' * after}.example.com" for before in (0, 1, 5, 9) for after in (1, 4, 7)],
            [f"https://{'a' * before}-{'z' * after}.example.com" for before in (0, 1, 5, 9) for after in (1, 4, 7)],
            ["https://z.example.com", "https://a-.example.com", "https://-zz-.example.com", "https://-z.b.example.com"],
        ),
        (
            ["https://*.example.com:8443", "https://*.example.com:9443"],
            ["https://a.example.com:8443", "https://a.example.com:9443"],
            ["https://a.example.com", "https://a.example.com:8444", "https://a.example.com:08443"],
        ),
        (
            ["https://*.example.com:*", "https://*.example.com:8443"],
            ["https://a.example.com", "https://a.example.com:8443", "https://a.b.example.com:1"],
            [
                "https://a.example.com:443",
                "https://a.example.com:0",
                "https://a.example.com:x",
                "https://a.example.com:",
            ],
        ),
        (
            ["http://localhost:*", "http://[::1]:*"],
            ["http://localhost", "http://localhost:3000", "http://[::1]", "http://[::1]:3000"],
            ["http://x.localhost", "http://localhost:80", "http://[::2]", "http://[::1", "https://localhost"],
        ),
        (
            ["https://pr-*.example.com"],
            ["https://pr-7.example.com", "https://pr-a-b.example.com", "https://pr--.example.com"],
            [
                "https://pr-.example.com",
                "https://pr-a.b.example.com",
                "https://pr-a_b.example.com",
                "https://xpr-a.example.com",
                "https://x.pr-a.example.com",
                "https://pr-a.example.com:1",
                "https://pr-a.example.org",
            ],
        ),
        (
            ["https://*-shop.example.com", "https://x*y.example.com", "https://a.*z.b.example.com"],
            ["https://my-shop.example.com", "https://x1y.example.com", "https://a.1z.b.example.com"],
            [
                "https://-shop.example.com",
                "https://xy.example.com",
                "https://1z.b.example.com",
                "https://a.z.b.example.com",
            ],
        ),
        (
            ["https://a*_b.example.com", "https://x.y.pr-*.example.com"],
            ["https://a1_b.example.com", "https://x.y.pr-1.example.com"],
            [
                "https://a_b.example.com",
                "https://a1_b.x.example.com",
                "https://y.pr-1.example.com",
                "https://pr-1.example.com",
            ],
        ),
        (
            # Lengths that differ: a label that is too short for one pattern may be long enough for another.
            ["https://long-name-*.example.com", "https://a*.example.com"],
            ["https://ab.example.com", "https://long-name-1.example.com"],
            ["https://a.example.com", "https://b.example.com", "https://long-name-.example.com"],
        ),
        (
            [f"https://{letter * times}*.example.com" for times, letter in enumerate("abcdefgh", 1)],
            [f"https://{letter * times}x.example.com" for times, letter in enumerate("abcdefgh", 1)],
            [f"https://{letter * times}.example.com" for times, letter in enumerate("abcdefgh", 1)],
        ),
        (["moz-extension://*"], ["moz-extension://0a1b", "moz-extension://a.b"], ["https://a", "moz-extension://"]),
        (
            ["https://*.a.example", "https://*.b.a.example", "https://*.example.org"],
            ["https://x.a.example", "https://b.a.example", "https://x.b.a.example", "https://x.example.org"],
            ["https://a.example", "https://x.example", "https://org"],
        ),
    ],
)
def test_who_is_in(patterns: list[str], taken: list[str], others: list[str]) -> None:
    found = OriginSet(map(OriginPattern.parse, patterns))
    assert [origin for origin in taken if origin.encode() not in found] == []
    assert [origin for origin in others if origin.encode() in found] == []


@pytest.mark.parametrize(
    ("length", "taken"), [(MAX_ORIGIN_BYTES - 1, True), (MAX_ORIGIN_BYTES, True), (MAX_ORIGIN_BYTES + 1, False)]
)
def test_how_long_an_origin_may_be(length: int, taken: bool) -> None:
    origin = f"https://{'a' * (length - 8)}"
    assert len(origin) == length
    assert (origin.encode() in OriginSet(exact=[origin])) is taken
    assert not OriginSet([OriginPattern.parse("https://*.example.com")]).matches_pattern(origin.encode())


def test_the_longest_origin_of_a_pattern() -> None:
    found = OriginSet([OriginPattern.parse(f"{'x' * 64}://*:*")])
    host = ".".join(["a" * 63] * 3 + ["a" * 62])
    origin = f"{'x' * 64}://{host}:65535".encode()
    assert len(origin) == MAX_ORIGIN_BYTES
    assert found.matches_pattern(origin)


def test_nothing_longer_is_matched() -> None:
    """Whatever is in front, a megabyte that ends like an allowed origin is not read."""
    found = OriginSet([OriginPattern.parse("https://*.example.com"), OriginPattern.parse("moz-extension://*")])
    for front in ("https://", "moz-extension://"):
        origin = f"{front}{'a.' * 500_000}example.com".encode()
        assert origin not in found
        assert not found.matches_pattern(origin)


@pytest.mark.parametrize(
    ("patterns", "exact", "patterned", "some"),
    [
        ([], [], False, False),
        (["https://a.example"], [], False, True),
        ([], ["https://a.example"], False, True),
        (["https://*.a.example"], [], True, True),
        (["https://a.example:*"], [], True, True),
        (["https://x*.a.example"], [], True, True),
        (["moz-extension://*"], [], True, True),
    ],
)
def test_what_is_in_it(patterns: list[str], exact: list[str], patterned: bool, some: bool) -> None:
    found = OriginSet(map(OriginPattern.parse, patterns), exact=exact)
    assert (found.patterned, bool(found)) == (patterned, some)
