"""Regular expressions over origins: what is refused, and by which name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossorigin.automaton import Automaton
from crossorigin.regex import examine

SAFE = [
    r"https://example\.com",
    r"https://[a-z0-9-]+\.example\.com",
    r"https://([a-z0-9-]+\.)?example\.com",
    r"https://([a-z0-9-]+\.)*example\.com(:[0-9]+)?",
    r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+example\.com",
    r"^https://\w+\.example\.(com|org|co\.uk)$",
    r"https://[\w.-]+\.example\.com\.?",
    r"https://(?i:App)\.example\.com",
    r"(?i)https://app\.example\.com",
    r"https://(?>[a-z]+)\.example\.com",
    r"https://[a-z]++\.example\.com",
    r"https://[a-z]+?\.example\.com",
    r"https?://(localhost|127\.0\.0\.1)(:\d+)?",
    r"http://\[::1\](:\d+)?",
    r"http://192\.168\.\d+\.\d+(:\d+)?",
    r"(https://app\.example\.com|http://localhost(:[0-9]+)?)",
    r"https://[^\W_]+\.example\.com",
    r"https://foo\.example\.com:\d{1,5}",
    r"https://app\.é\.example\.com|https://app\.example\.com",
    r"https://[a-zé]+\.example\.com",
    r"https:/[/]app\.example\.com",
]


@pytest.mark.parametrize("pattern", SAFE)
def test_what_is_safe_passes(pattern: str) -> None:
    assert examine(pattern, credentials=True) == []


UNSAFE = [
    (r"https://www.example.com", ["regex-dot"]),
    (r"https://example\.com|https://foo.com", ["regex-dot"]),
    (r"https://.*\.example\.org", ["regex-any"]),
    (r"https://[^.]+\.example\.com", ["regex-any"]),
    (r"https://\S+\.example\.com", ["regex-any"]),
    (r"https://.*example\.org", ["regex-any", "regex-look-alike"]),
    (r"https://.+.example.org", ["regex-dot", "regex-any"]),
    (r"https://example\.com.*", ["regex-any", "regex-look-alike"]),
    (r"https://[a-z0-9-]*example\.com", ["regex-look-alike"]),
    (r"https://example\.(com|[a-z]+)", ["regex-look-alike"]),
    (r"https://[a-z]+\.com", ["regex-look-alike"]),
    (r"https://myapp-[a-z0-9-]+\.vercel\.app", ["regex-look-alike"]),
    (r"https://[a-z]{3}\.com", ["regex-look-alike"]),
    (r"chrome-extension://[a-z]{32}", ["regex-look-alike"]),
    (r"http://\[[0-9a-f:]+\]", ["regex-look-alike", "origin-insecure"]),
    (r"http://\d+\.\d+\.\d+\.\d+", ["regex-look-alike", "origin-insecure"]),
    (r"https?://app\.example\.com", ["origin-insecure"]),
    (r".*", ["regex-any", "regex-look-alike", "origin-insecure"]),
    (r"https://[^/]+", ["regex-look-alike"]),
    (r"https://(a+)+\.example\.com", ["regex-slow"]),
    (r"https://(a|a)*\.example\.com", ["regex-slow"]),
    (r"https://([a-z]*)*\.example\.com", ["regex-slow"]),
    (r"https://(x(a*|b*)y)*\.example\.com", ["regex-slow"]),
    (r"https://[a-z]+[a-z0-9]+\.example\.com", ["regex-slow"]),
    (r"https://(a?){25}a{25}\.example\.com", ["regex-slow"]),
    (r"https://(?=a)app\.example\.com", ["regex-unsupported"]),
    (r"https://(a)\1\.example\.com", ["regex-unsupported"]),
    (r"https://" + "[a-z]{8}" * 60 + r"\.example\.com", ["regex-unsupported"]),
    (r"https://(", ["regex-invalid"]),
    (r"https://a{2,1}", ["regex-invalid"]),
]


@pytest.mark.parametrize(("pattern", "expected"), UNSAFE)
def test_what_is_unsafe_is_named(pattern: str, expected: list[str]) -> None:
    assert [it.code for it in examine(pattern, credentials=True)] == expected


def test_what_takes_too_long_to_check_is_refused() -> None:
    (finding,) = examine(r"https://(?:" + "[a-z]" * 120 + r"\.)*example\.com", credentials=True)
    assert finding.code == "regex-unsupported"
    assert "too ambiguous to check" in finding.message


def test_without_credentials_plain_http_may_pass() -> None:
    assert examine(r"https?://app\.example\.com", credentials=False) == []


SHOWN = [
    (r"https://[a-z0-9-]*example\.com", "https://evilexample.com"),
    (r"https://example\.com[a-z.]*", "https://example.com.evil.example"),
    (r"https://example\.com\.?[a-z]+", "https://example.comevil"),
    (r"https?://[^/]+", "https://evil"),
]


@pytest.mark.parametrize(("pattern", "origin"), SHOWN)
def test_a_look_alike_is_shown(pattern: str, origin: str) -> None:
    found = [it for it in examine(pattern, credentials=False) if it.code == "regex-look-alike"]
    assert f"`{origin}`" in found[0].message
    assert re.fullmatch(pattern, origin)


ALPHABET = "ab."
EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", r"\.", "[ab]", "[^a]", r"\w"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=2).map(lambda it: f"(?:{it[0]}|{it[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "*?"])).map(lambda it: f"(?:{it[0]}){it[1]}"),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, st.text(ALPHABET, max_size=7))
def test_the_automaton_accepts_what_re_accepts(pattern: str, text: str) -> None:
    automaton = Automaton(pattern)
    at_end = (
        bool(automaton.reads(text[:-1]) & {p for p in automaton.last if automaton.masks[p] >> ord(text[-1]) & 1})
        if text
        else automaton.matches_nothing
    )
    assert at_end is (re.fullmatch(pattern, text) is not None)


@given(EXPRESSIONS)
def test_what_is_called_linear_is(pattern: str) -> None:
    """The number of ways to match a word, counted on the automaton, does not grow with the word."""
    automaton = Automaton(pattern)
    if not automaton.linear():
        return
    for unit in ("a", "b", "ab", "."):
        ways = [_ways(automaton, unit * n) for n in (6, 12, 24)]
        assert ways[2] <= max(ways[0], 1) * 8, (pattern, unit, ways)


def _ways(automaton: Automaton, text: str) -> int:
    counts = {p: 1 for p in automaton.first if automaton.masks[p] >> ord(text[0]) & 1}
    for character in text[1:]:
        after: dict[int, int] = {}
        for p, ways in counts.items():
            for q, more in automaton.follow[p].items():
                if automaton.masks[q] >> ord(character) & 1:
                    after[q] = after.get(q, 0) + ways * more
        counts = after
    return sum(counts.values())
