"""Regular expressions over origins: what is refused, and by which name."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossorigin import Policy, PolicyError
from crossorigin.policy.origin_regex import examine
from crossorigin.policy.regex_automaton import Automaton

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
    r"(https://app\.example\.com|http://localhost(:[0-9]+)?)",
    r"https://[^\W_]+\.example\.com",
    r"https://foo\.example\.com:\d{1,5}",
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
    (r"https://app\.é\.example\.com", ["regex-unsupported"]),
    (r"(?i)https://[a-z\u212a]+\.example\.com", ["regex-unsupported"]),
    (r"https://[a-é]\.example\.com", ["regex-unsupported"]),
    (r"https://[^é]\.example\.com", ["regex-unsupported"]),
    (r"http://10\.[a-z.]+", ["regex-look-alike", "origin-insecure"]),
    (r"http://10\.evil\.[a-z]+", ["regex-look-alike", "origin-insecure"]),
    (r"http://192\.168\.evil\.com", ["origin-insecure"]),
    (r"https://(", ["regex-invalid"]),
    (r"https://a{2,1}", ["regex-invalid"]),
]


@pytest.mark.parametrize(("pattern", "expected"), UNSAFE)
def test_what_is_unsafe_is_named(pattern: str, expected: list[str]) -> None:
    assert [it.code for it in examine(pattern, credentials=True)] == expected


# Each accepts one http:// origin outside loopback at least: in a list with credentials, that origin is rejected.
PLAIN_HTTP = [
    (r"https?://example\.com", "http://example.com"),
    (r"http://example\.com", "http://example.com"),
    (r"http(s)?://example\.com", "http://example.com"),
    (r"http(?:s|)://example\.com", "http://example.com"),
    (r"http[s]?://example\.com", "http://example.com"),
    (r"https*://example\.com", "http://example.com"),
    (r"https{0,1}?://example\.com", "http://example.com"),
    (r"(?:https|http)://example\.com(:\d+)?", "http://example.com"),
    (r"https://app\.example\.com|http://example\.com:8080", "http://example.com:8080"),
    (r"(https://|http://)example\.com", "http://example.com"),
    (r"[a-z]+://example\.com", "http://example.com"),
    (r"\w{4,5}:/{2}example\.com", "http://example.com"),
    (r"[fh]t{2}ps?://example\.com", "http://example.com"),
    (r"h..ps?://example\.com", "http://example.com"),
    (r"\x68ttps?:\x2f\x2fexample\.com", "http://example.com"),
    (r"(?i)HTTPS?://Example\.COM", "http://example.com"),
    (r"(?i:HTTP)://example\.com", "http://example.com"),
    (r"(?x) https? :// example \. com", "http://example.com"),
    (r"^https?://example\.com$", "http://example.com"),
    (r"\Ahttps?://\bexample\.com\Z", "http://example.com"),
    (r"https?+://example\.com", "http://example.com"),
    (r"(?>https?)://example\.com", "http://example.com"),
    (r"https?://(example|other)\.com", "http://other.com"),
    (r"https?://(www\.)?example\.com", "http://example.com"),
    (r"https?://[a-z0-9-]+\.example\.com", "http://a.example.com"),
    (r"https?://example\.com\.?", "http://example.com"),
    (r"https?://example\.com\.", "http://example.com."),
    (r"https?://example\.com:\d+", "http://example.com:0"),
    (r"http://example\.co\.uk", "http://example.co.uk"),
    (r"https?://github\.io", "http://github.io"),
    (r"http://foo\.github\.io", "http://foo.github.io"),
    (r"http://intranet", "http://intranet"),
    (r"http://nas\.local(:\d+)?", "http://nas.local"),
    (r"https?://203\.0\.113\.5", "http://203.0.113.5"),
    (r"http://192\.168\.1\.\d{1,3}", "http://192.168.1.0"),
    (r"http://10\.0\.0\.1:8080", "http://10.0.0.1:8080"),
    (r"http://\[2001:db8::1\]", "http://[2001:db8::1]"),
    (r"http://\[fd00::1\]", "http://[fd00::1]"),
    (r"https?://(localhost|example\.com)(:\d+)?", "http://example.com"),
    (r"https?://(.+\.)?localhost\.example\.com", "http://localhost.example.com"),
    (r"http://localhostess", "http://localhostess"),
    (r"http://mylocalhost", "http://mylocalhost"),
    (r"http://127\.0\.0\.1\.example\.com", "http://127.0.0.1.example.com"),
    (r"http://1127\.0\.0\.1", "http://1127.0.0.1"),
    (r"http://\[::12?\]", "http://[::12]"),
]


@pytest.mark.parametrize(("pattern", "origin"), PLAIN_HTTP, ids=[it for it, _ in PLAIN_HTTP])
def test_plain_http_with_credentials_is_shown(pattern: str, origin: str) -> None:
    shown = [found.message for found in examine(pattern, credentials=True) if found.code == "origin-insecure"]
    assert shown == [f"it accepts `http://` origins, for example `{origin}`; anybody on the network can be such a page"]
    assert re.fullmatch(pattern, origin)
    with pytest.raises(PolicyError):
        Policy(allow_origins=[origin], allow_credentials=True)
    assert "origin-insecure" not in [found.code for found in examine(pattern, credentials=False)]


def test_an_example_that_does_not_match_is_not_shown() -> None:
    """More than eight repetitions count as any number, so the shortest origin may be one repetition too short."""
    (found,) = examine(r"http://(?:a\.){9,12}example\.com", credentials=True)
    assert found.message == "it accepts `http://` origins; anybody on the network can be such a page"


NOT_INSECURE = [
    r"https://example\.com",
    r"https?://localhost(:\d+)?",
    r"https?://localhost\.?(:\d+)?",
    r"https?://([a-z0-9-]+\.)*localhost(:\d+)?",
    r"https?://127(\.\d+){3}(:\d+)?",
    r"https?://(localhost|127\.0\.0\.1|\[::1\]|\[::ffff:7f00:1\])(:[0-9]+)?",
    r"(https://app\.example\.com|http://localhost(:[0-9]+)?)",
    r"(?i)HTTPS://app\.example\.com",
    r"httpss?://example\.com",
    r"http:/[.]example\.com",
    r"HTTP://example\.com",  # no browser writes the scheme in upper case
    r"http://example\.com/",
    r"xhttp://app\.example\.com",
]


@pytest.mark.parametrize("pattern", NOT_INSECURE)
def test_https_and_loopback_may_have_credentials(pattern: str) -> None:
    assert "origin-insecure" not in [found.code for found in examine(pattern, credentials=True)]


PRIVATE_HTTP = [
    (r"http://192\.168\.\d+\.\d+(:\d+)?", []),
    (r"http://10\.\d+\.\d+\.\d+", []),
    (r"http://172\.(1[6-9]|2\d|3[01])\.0\.1", []),
    (r"http://169\.254\.1\.\d+", []),
    (r"https?://(?:nas|printer)\.(?:local|lan|test|internal|home\.arpa)", []),
    (r"http://\[fd00::1\]", []),
    (r"http://\[fe80::1\](:\d+)?", []),
    (r"http://(localhost|192\.168\.1\.7):3000", []),
    (r"http://172\.\d+\.0\.1", ["origin-insecure"]),
    (r"http://192\.168\.evil\.com", ["origin-insecure"]),
    (r"http://\[fc:0:0:0:0:0:0:1\]", ["origin-insecure"]),
    (r"http://nas\.locale", ["origin-insecure"]),
    (r"http://intranet", ["origin-insecure"]),
    (r"https?://example\.com", ["origin-insecure"]),
]


@pytest.mark.parametrize(("pattern", "expected"), PRIVATE_HTTP)
def test_a_private_network_may_have_credentials_in_development(pattern: str, expected: list[str]) -> None:
    found = [it.code for it in examine(pattern, credentials=True, environment="development")]
    assert [code for code in found if code == "origin-insecure"] == expected
    in_production = [it.code for it in examine(pattern, credentials=True, environment="production")]
    assert "origin-insecure" in in_production


HOSTS = """localhost localhost. a.localhost a.b.localhost localhost.example.com alocalhost example.com intranet
    127.0.0.1 127.255.0.9 128.0.0.1 12.0.0.1 [::1] [::2] [::ffff:7f00:1] [::ffff:8000:1] 10.0.0.1 11.0.0.1 192.168.0.1
    192.169.0.1 172.16.0.1 172.15.0.1 172.31.9.9 172.32.0.1 169.254.0.1 169.253.0.1 a.local a.local. local.a a.lan
    a.test a.internal a.home.arpa home.arpa.a [fd00::1] [fcab::1] [fbab::1] [fe80::1] [febf::1] [fec0::1]""".split()


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("environment", ["development", "production"])
def test_an_expression_for_one_host_is_judged_as_the_host_in_a_list_is(host: str, environment: str) -> None:
    def codes(**field: Any) -> list[str]:
        try:
            Policy(allow_credentials=True, environment=environment, **field)
        except PolicyError as error:
            return [problem.code for problem in error.problems]
        return []

    origin = f"http://{host}"
    listed = codes(allow_origins=[origin])
    assert codes(allow_origin_regex=re.escape(origin)) == listed


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
