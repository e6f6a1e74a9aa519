"""Which origins an expression accepts: the grammar of what browsers send, named hosts, and witnesses."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossorigin.policy import origin_grammar, regex_judging
from crossorigin.policy.regex_automaton import Automaton, TooComplexRegex
from crossorigin.policy.regex_judging import Hosts, named, witness
from crossorigin.policy.regex_syntax import parse
from crossorigin.standards.origin import MAX_ORIGIN_BYTES, Origin, split_serialised
from tests.examples import examples
from tests.policy.expressions import ORIGINS, expressions, near_origins

_NOT_PAGES = ("about", "blob", "data", "file", "ftp", "javascript", "ws", "wss")


def automaton(source: str) -> Automaton:
    return Automaton(parse(source))


def sent(origin: str) -> bool:
    """Whether a browser sends this origin, by the URL parser and the server's own grammar."""
    if split_serialised(origin.encode()) is None or origin.partition(":")[0] in _NOT_PAGES:
        return False
    try:
        return str(Origin.parse(origin)) == origin
    except ValueError:
        return False


def read(origin: str, *, counting: bool = False) -> bool:
    """Whether our grammar takes this origin."""
    at = origin_grammar.start()
    for character in origin:
        further = origin_grammar.step(at, character, counting)
        if further is None:
            return False
        at = further
    return at.ends


@examples(600)
@given(near_origins())
def test_the_grammar_takes_what_a_browser_sends(origin: str) -> None:
    assert read(origin) is sent(origin)


GRAMMAR: list[tuple[str, bool]] = [
    ("https://a.example", True),
    ("https://example", True),
    ("https://a.example.", True),
    ("https://a.example.:8080", True),
    ("https://A.example", False),
    ("https://a..example", False),
    ("https://.example", False),
    ("https://", False),
    ("https:/a", False),
    ("https://a/", False),
    ("https://a:443", False),
    ("http://a:443", True),
    ("http://a:80", False),
    ("app://a:80", True),
    ("https://a:65535", True),
    ("https://a:65536", False),
    ("https://a:7000", True),
    ("https://a:70000", False),
    ("https://a:044", False),
    ("https://a:", False),
    ("https://1.2.3.4", True),
    ("https://1.2.3.4.", False),
    ("https://1.2.3", False),
    ("https://1.2.3.4.5", False),
    ("https://256.1.1.1", False),
    ("https://249.199.99.0", True),
    ("https://1.2.3.04", False),
    ("https://a.0x1f", False),
    ("https://a.0xg", True),
    ("app://1.2.3", True),
    ("https://[::1]", True),
    ("https://[::1]:8080", True),
    ("https://[::1", False),
    ("https://[::g]", False),
    ("https://[::1]x", False),
    ("https://a[::1]", False),
    ("wss://a.example", False),
    ("data://a", False),
    ("://a", False),
    ("1a://a", False),
    ("a+b-c.1://a", True),
    ("null", False),
]


@pytest.mark.parametrize(("origin", "expected"), GRAMMAR)
def test_the_grammar(origin: str, expected: bool) -> None:
    assert (read(origin), sent(origin)) == (expected, expected)


def test_labels_are_counted_if_asked_for() -> None:
    longest = "https://" + "a" * 63 + ".example"
    assert (read(longest, counting=True), read(longest.replace("//", "//a"), counting=True)) == (True, False)


NAMED: list[tuple[str, set[str], set[str], set[str]]] = [
    (r"https://example\.com", {"example.com"}, set(), set()),
    (r"https://app\.example\.com", {"app.example.com"}, {"example.com"}, set()),
    (r"https://(a|b[0-9]|c.*)\.example\.com", {"a.example.com", "c.example.com"}, {"example.com"}, set()),
    (r"https://.*\.example\.co\.uk", set(), {"example.co.uk"}, set()),
    (r"https://.*example\.com", {"example.com"}, {"example.com"}, {"example.com"}),
    (r"https://(a|b)\.github\.io", {"a.github.io", "b.github.io"}, set(), set()),
    (r"https://[ab]\.github\.io", set(), set(), {".github.io"}),
    (r"https://a+\.github\.io", {"a.github.io"}, set(), {"a.github.io"}),
    (r"https://(a|b){2}\.github\.io", {"ab.github.io", "ba.github.io"}, set(), {"a.github.io", "b.github.io"}),
    (
        r"https://examples?\.(com|org)",
        {f"{n}.{t}" for n in ("example", "examples") for t in ("com", "org")},
        set(),
        set(),
    ),
    (r"https://(?i:Example)\.com(:\d+)?", {"example.com"}, set(), {""}),
    (r"https://[e]xample\.com\.?", {"example.com"}, set(), set()),
    (r"https://.*\.localhost:3000", set(), {"localhost"}, {"3000"}),
    (r"https://.*\.internal", set(), {"internal"}, set()),
    (r"http://\[::1\]:3000", {"[::1]"}, set(), {"3000"}),
    (r"http://127\.0\.0\.1", {"127.0.0.1"}, set(), set()),
    (r"https://[0-9]\.1\.1\.1", set(), set(), {".1.1.1"}),
    (r"https://github\.io", {"github.io"}, set(), set()),
    (r"https://(a?){2}b\.com", {"b.com", "ab.com"}, set(), {"ab.com"}),
    (r".*", set(), set(), {""}),
    (r"[a-z]+://example\.com", {"example.com"}, set(), set()),
    (r"https://[e]x[a]mple\.com", {"example.com"}, set(), set()),
    (r"https://.*\[::1\]", {"[::1]"}, set(), {"[::1]"}),
    (r"https://example\.com:[0-9]{5}", {"example.com"}, set(), {""}),
    (r"https://example\.com:[0-9]{6}", set(), set(), {""}),
    (r"https://example\.com:X", set(), set(), {""}),
    (r"https://example\.comX80", set(), set(), {"80"}),
    (r"https://example\.comX", set(), set(), {""}),
]


@pytest.mark.parametrize(("source", "exact", "domains", "tails"), NAMED)
def test_the_hosts_that_are_named(source: str, exact: set[str], domains: set[str], tails: set[str]) -> None:
    found = named(automaton(source))
    assert found.hosts == Hosts(frozenset(exact), frozenset(domains))
    assert found.tails == tails


def test_no_more_than_256_names_are_named() -> None:
    digits = "(" + "|".join("0123456789") + ")"
    found = named(automaton(rf"https://{digits}{digits}{digits}\.github\.io"))
    assert (len(found.hosts.exact), len(found.tails) > 0) == (256, True)
    found = named(automaton(rf"https://{digits}{digits}{digits}\.example\.com"))
    assert (len(found.hosts.exact), found.hosts.domains) == (255, {"example.com"})


EXAMPLE = Hosts(exact=frozenset({"example.com"}))
BELOW = Hosts(domains=frozenset({"example.com"}))
WITNESSES: list[tuple[str, Hosts, str | None]] = [
    (r"https://.*\.example\.com", BELOW, None),
    (r"https://.*\.example\.com", EXAMPLE, "https://x.example.com"),
    (r"https://.*example\.com", BELOW, "https://xexample.com"),
    (r"https://.*\.example\.com(:\d+)?\.?", BELOW, None),
    (r"https://example\.com.*", EXAMPLE, "https://example.comx"),
    (r"https://example\.com(:\d+)?", EXAMPLE, None),
    (r"https://example\.com\.", EXAMPLE, None),
    (r"https://b?\.?example\.com", EXAMPLE, "https://bexample.com"),
    (r"https://b\.a\.example\.com", Hosts(domains=frozenset({"a.example.com", "c.b.a.example.com"})), None),
    (r"https://example\.com:443", Hosts(), None),
    (r"https://Example\.com", Hosts(), None),
    (r"https://example\.com/", Hosts(), None),
    (r"https://[0-9]+", Hosts(), None),
    (r"https://[0-9.]+", Hosts(), "https://1.1.1.1"),
    (r"wss://example\.com", Hosts(), None),
    (r"https://[a-z]{64}\.example\.com", Hosts(), None),
    (
        r"https://([a-z]{64}|[0-9]{70}|c{20}\.d{50})\.example\.com",
        Hosts(),
        f"https://{'c' * 20}.{'d' * 50}.example.com",
    ),
    (r"http://10\.\d+\.\d+\.\d+(:\d+)?", Hosts(ranges=frozenset({"10."})), None),
    (r"http://10\.[a-z.]+", Hosts(ranges=frozenset({"10."})), "http://10.x"),
    (r"http://1?10\.1\.1\.1", Hosts(ranges=frozenset({"10."})), "http://110.1.1.1"),
    (r"https://[a-z]+\.vercel\.app", Hosts(below=frozenset({"vercel.app"})), None),
    (r"https://[a-z.]*vercel\.app", Hosts(below=frozenset({"vercel.app"})), "https://vercel.app"),
    (r"https://0[g-z]", Hosts(), "https://0g"),
    (r"(..)+", Hosts(), "xx://x"),
    (r"https://0x[a-w]", Hosts(), "https://0xg"),
    (r"", Hosts(), None),
]


@pytest.mark.parametrize(("source", "outside", "expected"), WITNESSES)
def test_the_shortest_witness(source: str, outside: Hosts, expected: str | None) -> None:
    assert witness(automaton(source), outside) == expected


def test_a_witness_of_some_schemes() -> None:
    source = r"(https?|app)://example\.com"
    found = [witness(automaton(source), Hosts(), frozenset({scheme})) for scheme in ("http", "https", "other")]
    assert found == ["http://example.com", "https://example.com", "app://example.com"]


HOSTS = st.builds(
    Hosts,
    exact=st.frozensets(st.sampled_from(["example.com", "a.com", "127.0.0.1", "a", "www.example"]), max_size=2),
    domains=st.frozensets(st.sampled_from(["example", "example.com", "com", "b.a1"]), max_size=2),
    below=st.frozensets(st.sampled_from(["co.uk", "com", "example"]), max_size=1),
    ranges=st.frozensets(st.sampled_from(["127.", "0."]), max_size=1),
)


@examples(250)
@given(st.data(), expressions(), HOSTS, st.lists(ORIGINS, max_size=6))
def test_a_witness_is_true_and_none_is_a_proof(
    data: st.DataObject, source: str, outside: Hosts, origins: list[str]
) -> None:
    found = witness(automaton(source), outside)
    if found is not None:
        host = split_serialised(found.encode())[1].decode()  # type: ignore[index]
        assert re.fullmatch(source, found)
        assert host not in outside
        assert sent(found)
        return
    generated = data.draw(st.from_regex(source, fullmatch=True))
    for origin in [generated, *origins]:
        if origin.isascii() and sent(origin) and re.fullmatch(source, origin):
            assert split_serialised(origin.encode())[1].decode() in outside  # type: ignore[index]


@pytest.mark.parametrize("question", [named, lambda given: witness(given, Hosts())])
@pytest.mark.parametrize("steps", [10, 20])
def test_judging_is_bounded(
    question: Callable[[Automaton], object], steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regex_judging, "_MAX_STEPS", steps)
    words = "^(it spells out too many names|there are too many ways through it to judge them all)$"
    with pytest.raises(TooComplexRegex, match=words):
        question(automaton(r"https://(a|b|c)(d|e|f)(g|h|i)(a1|b1|c1)\.github\.io"))


@pytest.mark.parametrize(("question", "steps"), [(named, 3), (lambda given: witness(given, Hosts()), 10)])
def test_a_step_is_a_character(
    question: Callable[[Automaton], object], steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regex_judging, "_MAX_STEPS", steps)
    question(automaton("https://ab"))
    monkeypatch.setattr(regex_judging, "_MAX_STEPS", steps - 1)
    with pytest.raises(TooComplexRegex):
        question(automaton("https://ab"))


def test_what_no_answer_depends_on_costs_no_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters that nothing tells apart are tried once, and the length of a label is not looked at."""
    monkeypatch.setattr(regex_judging, "_MAX_STEPS", 3000)
    assert witness(automaton(r"https://([a-z0-9-]+\.)*example\.com"), BELOW) is None


HOST_SETS: list[tuple[str, Hosts, bool]] = [
    ("example.com", EXAMPLE, True),
    ("example.com.", EXAMPLE, True),
    ("a.example.com", EXAMPLE, False),
    ("a.example.com", BELOW, True),
    ("aexample.com", BELOW, False),
    ("vercel.app", Hosts(below=frozenset({"vercel.app"})), False),
    ("a.vercel.app", Hosts(below=frozenset({"vercel.app"})), True),
    ("10.1.1.1", Hosts(ranges=frozenset({"10."})), True),
    ("10.evil", Hosts(ranges=frozenset({"10."})), False),
    ("10.X.1.1", Hosts(ranges=frozenset({"10."})), False),
]


@pytest.mark.parametrize(("host", "hosts", "expected"), HOST_SETS)
def test_a_host_is_in_a_set_of_hosts(host: str, hosts: Hosts, expected: bool) -> None:
    assert (host in hosts) is expected


def test_the_longest_origin_bounds_the_search() -> None:
    assert witness(automaton(rf"a{{{MAX_ORIGIN_BYTES}}}://b"), Hosts()) is None
    longest = f"{'a' * 64}://{'b.' * 127}:65535"
    assert len(longest) == MAX_ORIGIN_BYTES
    assert witness(automaton(re.escape(longest)), Hosts()) == longest


def test_hosts_longer_than_a_name_can_be_are_not_judged() -> None:
    with pytest.raises(TooComplexRegex, match=r"^the origins that it matches are too long to judge$"):
        witness(automaton(r"https://([a-z]{60}\.){5}example\.com"), Hosts())
