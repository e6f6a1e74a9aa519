"""Lists of many origins: the short way through the parser, and the set, agree with the long way."""

from __future__ import annotations

from itertools import product
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossorigin import OriginPattern, OriginSet, Policy, PolicyError
from crossorigin.policy import origin_patterns
from crossorigin.policy.origin_patterns import InvalidOrigin, is_ordinary, matches
from crossorigin.policy.regex_automaton import Automaton, Matcher
from crossorigin.policy.regex_syntax import parse
from crossorigin.policy.validation import Stakes, origin_problems
from crossorigin.standards.origin import Origin, split_serialised

ORDINARY = [
    ("https://example.com", True),
    ("https://a.b-c.d--e.example", True),
    ("https://1.2.3.example", True),
    ("https://localhost:8443", True),
    ("https://example.com:1", True),
    ("https://example.com:9999", True),
    ("https://" + "a" * 63 + ".example", True),
    ("https://" + "a" * 64 + ".example", False),
    ("https://" + "a." * 92 + "examples", True),
    ("https://" + "a." * 92 + "examples1", False),
    ("https://" + "a." * 100 + "example", False),
    ("https://example.com:443", False),
    ("https://example.com:0", False),
    ("https://example.com:080", False),
    ("https://example.com:65536", False),
    ("https://example.com:", False),
    ("https://example.com/", False),
    ("https://example.com.", False),
    ("https://example.com\n", False),
    ("https://Example.com", False),
    ("https://*.example.com", False),
    ("https://xn--a.example", False),
    ("https://a.xn--p1ai", False),
    ("https://1.2.3.4", False),
    ("https://a.0x7f", False),
    ("https://a_b.example", False),
    ("https://-a.example", False),
    ("https://a-.example", False),
    ("https://a..example", False),
    ("https://é.example", False),
    ("https://[::1]", False),
    ("https://u@example.com", False),
    ("http://example.com", False),
    ("https://", False),
]


@pytest.mark.parametrize(("text", "ordinary"), ORDINARY)
def test_what_is_ordinary(text: str, ordinary: bool) -> None:
    assert is_ordinary(text) is ordinary


LABELS = st.text("ab-01xn_éA", min_size=1, max_size=6) | st.sampled_from(["xn--", "xn--a", "0x1", "a--b", "1", ""])
PORTS = st.sampled_from(["", ":", ":0", ":1", ":80", ":443", ":8080", ":4430", ":65535", ":99999", ":*", ":08"])
TEXTS = st.builds(lambda labels, port: "https://" + ".".join(labels) + port, st.lists(LABELS, max_size=4), PORTS)
STAKES = [
    Stakes(credentials, enforce, environment)
    for credentials, enforce, environment in product([False, True], [False, True], ["production", "development"])
]


@given(TEXTS | st.from_regex(origin_patterns._ORDINARY, fullmatch=True))
def test_the_short_way_agrees_with_the_long_way(text: str) -> None:
    if not is_ordinary(text):
        return
    short = OriginPattern.parse(text)
    with patch.object(origin_patterns, "is_ordinary", return_value=False):
        assert OriginPattern.parse(text) == short
    assert str(Origin.parse(text)) == str(short) == text
    assert split_serialised(text.encode()) is not None
    assert [list(origin_problems(short, "allow_origins[0]", text, stakes)) for stakes in STAKES] == [[]] * len(STAKES)


def test_an_ordinary_origin_costs_no_parser() -> None:
    with patch.object(origin_patterns.ada_url, "URL", side_effect=AssertionError):
        policy = Policy(allow_origins=[f"https://t{n}.example.com" for n in range(1000)], allow_credentials=True)
        assert (len(policy.origins.exact), policy.warnings) == (1000, ())


# -- patterns -------------------------------------------------------------------------------------------------

PATTERNS = st.lists(
    st.sampled_from(
        "https://*.b.example https://*.a.b.example https://x-*.b.example https://a.x-*.b.example https://*.a:81 "
        "http://*.b.example:* https://*.b.example:8443 https://*.b.example. https://a:* app://* https://*.a "
        "https://b.example https://[::1]:* https://*-x.b.example:8443".split()
    ),
    min_size=1,
    max_size=4,
)
HOSTS = st.lists(st.sampled_from(["a", "b", "x-1", "x-", "x-x", "1-x", "example", "bexample"]), max_size=5)
ORIGINS = st.builds(
    lambda scheme, host, end, port: f"{scheme}://{'.'.join(host)}{end}{port}",
    st.sampled_from(["https", "http", "app"]),
    HOSTS,
    st.sampled_from(["", ".b.example", "a.b.example", ".", "[::1]", ".a"]),
    st.sampled_from(["", ":81", ":8443", ":443", ":80", ":", ":99999"]),
)


@given(PATTERNS, ORIGINS)
def test_the_set_agrees_with_each_pattern(written: list[str], origin: str) -> None:
    patterns = [OriginPattern.parse(text) for text in written]
    serialised = split_serialised(origin.encode()) is not None
    expected = serialised and any(matches(each, Origin.parse(origin)) for each in patterns)
    assert (origin.encode() in OriginSet(patterns)) is expected


@pytest.mark.parametrize("text", ["https://*.example.com", "https://a-*.example.com", "https://*.example.com:8443"])
def test_a_set_of_patterns_never_takes_what_is_not_an_origin(text: str) -> None:
    origins = OriginSet([OriginPattern.parse(text)])
    port = text.partition(".com")[2].encode()
    assert b"https://a-1.example.com" + port in origins
    for scheme in (b"", b"https:", b"https:/", b"HTTPS://", b"https://https://", b"x\nhttps://", b"https://u@"):
        assert scheme + b"a-1.example.com" + port not in origins
    for label in (b"a-\xff", b"a-A", b"a- ", b"a-/", b"a-?", b"a-:", b"a-" + b"a" * 64, b"a-a." * 100):
        assert b"https://" + label + b".example.com" + port not in origins


def test_strangers_cost_two_labels_at_most() -> None:
    """Whatever a stranger sends, only names above a pattern's are looked up."""
    origins = OriginSet([OriginPattern.parse("https://*.a.example.com")])
    assert origins._above == {b"a.example.com", b"example.com", b"com"}
    assert (origins._ending, origins._endings) == (-14, {b".a.example.com"})


def test_the_policys_set_has_what_the_patterns_have() -> None:
    texts = ["*", "https://a.example", "https://*.b.example", "http://localhost:*", "https://[::1]:8443"]
    policy = Policy(allow_origins=texts)
    assert policy.origins.exact == OriginSet(policy.patterns).exact == {b"https://a.example", b"https://[::1]:8443"}
    assert b"http://localhost:1" in policy.origins
    assert b"https://c.b.example" in policy.origins


@pytest.mark.parametrize(
    ("source", "ending"),
    [
        (r"https://[a-z]+\.example\.com", b".example.com"),
        (r"https://(.*\.)?example\.com", b"example.com"),
        (r"https://example\.com", b"https://example.com"),
        (r"https://example\.com(:8443)?", b""),
        (r"https://a\.(com|net)", b""),
        (r"https://a\.b(m|m)", b"https://a.bm"),
        (r"https://x+", b"x"),
        (r"x*", b""),
        (r"(?i)https://EXAMPLE", b""),
        (r"[a-z]+a{3}", b"aaa"),
        (r"a{3,}", b"aaa"),
    ],
)
def test_what_every_match_of_an_expression_ends_in(source: str, ending: bytes) -> None:
    assert Matcher(Automaton(parse(source)))._ending == ending


@pytest.mark.parametrize(
    ("element", "code"),
    [(7, "not-text"), (None, "not-text"), ("https://", "origin-invalid"), ("ftp://a.b", "origin-invalid")],
)
def test_a_problem_deep_in_a_list_says_where(element: object, code: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=[*(f"https://t{n}.example" for n in range(1000)), element, "https://a.example"])
    (problem,) = caught.value.problems
    assert (problem.code, problem.field) == (code, "allow_origins[1000]")


def test_what_is_no_origin_is_not_ordinary() -> None:
    with pytest.raises(InvalidOrigin):
        OriginPattern.parse("https://-.0x")
