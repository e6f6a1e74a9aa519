"""The expressions of `allow_origin_regex`: what they mean, what is rejected, and how long matching takes."""

from __future__ import annotations

import random
import re
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossorigin.policy import regex_automaton
from crossorigin.policy.regex_automaton import Automaton, Matcher, TooComplexRegex
from crossorigin.policy.regex_syntax import InvalidRegex, UnsupportedRegex, parse, single_dots
from crossorigin.standards.origin import MAX_ORIGIN_BYTES, split_serialised
from tests.examples import examples
from tests.policy.expressions import ORIGINS, PARTS, expressions


def matcher(source: str, *, ignore_case: bool = False) -> Matcher:
    return Matcher(Automaton(parse(source, ignore_case=ignore_case)))


@examples(250)
@given(expressions(), st.lists(ORIGINS, min_size=1, max_size=8))
def test_it_matches_what_re_matches(source: str, origins: list[str]) -> None:
    ours = matcher(source)
    for origin in origins:
        assert ours.matches(origin.encode()) is (re.fullmatch(source, origin) is not None), origin


@examples(250)
@given(st.data(), expressions())
def test_it_matches_what_re_generates(data: st.DataObject, source: str) -> None:
    """Most random origins are not matched: these are."""
    origin = data.draw(st.from_regex(source, fullmatch=True))
    if origin.isascii() and split_serialised(origin.encode()) is not None:
        assert matcher(source).matches(origin.encode())


@examples(250)
@given(PARTS, st.text("abe12-.:/_", max_size=8))
def test_it_matches_short_strings_as_re_does(source: str, string: str) -> None:
    assert matcher(source).matches(string.encode()) is (re.fullmatch(source, string) is not None)


MEANINGS: list[tuple[str, str, bool]] = [
    (r"https://\D\.example\.com", "https://x.example.com", True),
    (r"https://\S+\.example\.com", "https://x.y.example.com", True),
    (r"https://[\d\-x]+\.example\.com", "https://1-x.example.com", True),
    (r"https://[a\]-]\.example\.com", "https://-.example.com", True),
    (r"https://[\x61-\x63]\.example\.com", "https://b.example.com", True),
    (r"https://\s?\t?\x2e?a\.example\.com", "https://a.example.com", True),
    (r"https://a{2}\.example\.com", "https://aa.example.com", True),
    (r"https://a{,2}\.example\.com", "https://aaa.example.com", False),
    (r"https://a{,2}b\.example\.com", "https://b.example.com", True),
    (r"https://a{2,}\.example\.com", "https://aaaa.example.com", True),
    (r"https://a{x}|https://a{}|https://b\.example", "https://b.example", True),
    (r"https://(?P<name>[a-z]+)\.example\.com", "https://a.example.com", True),
    (r"(?i)(?s)HTTPS://Example\.COM", "https://example.com", True),
    (r"https://(?-i:A)\.example\.com", "https://a.example.com", False),
    (r"(?i)https://(?-i:A|b)\.example\.com", "https://b.example.com", True),
    (r"(?i)https://[^A]\.example\.com", "https://a.example.com", False),
    (r"^https://a\.example$|^https://b\.example$", "https://b.example", True),
    (r"(^https://|\Ahttp://)(a\.example\Z)", "http://a.example", True),
    (r"^^https://a\.example$$", "https://a.example", True),
    (r"(?:^)?https://a\.example", "https://a.example", True),
    (r"", "https://a.example", False),
    (r"(?:)*https://a\.example", "https://a.example", True),
    (r"https://a{5000}\.example", "https://a.example", False),
    (r"https://a{0,5000}\.example", "https://aaa.example", True),
]


@pytest.mark.parametrize(("source", "origin", "expected"), MEANINGS)
def test_what_is_written_means_what_it_means_to_re(source: str, origin: str, expected: bool) -> None:
    assert (re.fullmatch(source, origin) is not None) is expected
    assert matcher(source).matches(origin.encode()) is expected


LONGEST = f"{'x' * 64}://{'a.' * 127}:65535"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r".{327}", True),
        (r".{326}", False),
        (r".{328}", False),
        (r".{0,327}", True),
        (r".{0,326}", False),
        (r".{0,328}", True),
        (r".{326,}", True),
        (r".{327,}", True),
        (r".{328,}", False),
        (r".{0,9999}", True),
        (r".*", True),
    ],
)
def test_repetitions_as_long_as_the_longest_origin(source: str, expected: bool) -> None:
    assert len(LONGEST) == MAX_ORIGIN_BYTES == 327
    assert (re.fullmatch(source, LONGEST) is not None) is expected
    assert matcher(source).matches(LONGEST.encode()) is expected


@pytest.mark.parametrize(
    ("source", "positions"), [(r"a{999}", 328), (r"a{328,}", 328), (r"a{0,327}", 327), (r"a{0,328}", 1)]
)
def test_how_often_a_repetition_is_written_out(source: str, positions: int) -> None:
    assert len(Automaton(parse(source)).leaves) == positions


def test_what_is_longer_than_every_origin_is_not_matched() -> None:
    assert not matcher(r".*").matches(b"x" + LONGEST.encode())


def test_case_may_be_ignored() -> None:
    assert matcher(r"HTTPS://A\.example", ignore_case=True).matches(b"https://a.example")
    assert not matcher(r"HTTPS://A\.example").matches(b"https://a.example")


REJECTED: list[tuple[str, str, int, str]] = [
    (r"https://(a)\1\.example\.com", r"a backreference `\1`", 11, "write the repeated part out"),
    (r"https://(?P<x>a)(?P=x)\.example", "a backreference `(?P=`", 16, "write the repeated part out"),
    (r"https://(?=a)app", "a lookahead `(?=`", 8, "write the alternatives that you mean, with `|`"),
    (r"https://(?!a)app", "a negative lookahead `(?!`", 8, "write the alternatives that you mean, with `|`"),
    (r"https://app(?<=p)", "a lookbehind `(?<=`", 11, "write the alternatives that you mean, with `|`"),
    (r"https://app(?<!a)", "a negative lookbehind `(?<!`", 11, "write the alternatives that you mean, with `|`"),
    (r"https://(?>a+)\.example", "an atomic group `(?>`", 8, "write `(?:`; matching takes linear time without it"),
    (r"https://[a-z]++\.example", "a possessive quantifier `++`", 13, "write `+`; matching takes linear time"),
    (r"https://a{1,3}+\.example", "a possessive quantifier `{1,3}+`", 9, "write `{1,3}`; matching takes linear time"),
    (r"(a)?https://(?(1)b|c)", "a conditional group `(?(`", 12, "write both alternatives, with `|`"),
    (r"https://(?#which)a", "a comment `(?#`", 8, "leave it out"),
    (r"https://\bapp", r"a word boundary `\b`", 8, r"write the character that stands there, such as `\.`"),
    (r"https://a\B", r"a word boundary `\B`", 9, r"write the character that stands there, such as `\.`"),
    (r"https://[\b]", r"the escape `\b`", 9, "write the character itself"),
    (r"https://\u0061", r"the escape `\u`", 8, "write the character itself"),
    (r"https://\012", r"the escape `\0`", 8, "write the character itself"),
    (r"https://\N{LATIN SMALL LETTER A}", r"the escape `\N`", 8, "write the character itself"),
    (r"(?x)https://a", "the flag `x`", 0, "write the expression without it"),
    (
        r"https://é\.example",
        "the character `é`",
        8,
        "an origin is ASCII; write the host as a browser sends it, `xn--...`",
    ),
    (r"https://[a-é]", "the character `é`", 11, "an origin is ASCII; write the host as a browser sends it, `xn--...`"),
    (r"https://\x80", "the character `\x80`", 8, "an origin is ASCII; write the host as a browser sends it, `xn--...`"),
    (r"https://\€", "the character `€`", 8, "an origin is ASCII; write the host as a browser sends it, `xn--...`"),
    (r"https://\é", "the escape `\\é`", 8, "write the character itself"),
    (r"https://^a", "an anchor in the middle", 8, "it belongs at the start"),
    (r"https://(a$|b)\.example", "an anchor in the middle", 10, "it belongs at the end"),
    (r"https://a$b", "an anchor in the middle", 9, "it belongs at the end"),
    (r"(^https://a)+", "an anchor in the middle", 1, "it belongs at the start"),
    (r"a*^https://b", "an anchor in the middle", 2, "it belongs at the start"),
    ("(" * 60 + "a" + ")" * 60, "a group inside 50 others", 51, "write it flat"),
]


@pytest.mark.parametrize(("source", "construct", "position", "instead"), REJECTED)
def test_what_an_automaton_cannot_match_is_rejected(source: str, construct: str, position: int, instead: str) -> None:
    with pytest.raises(UnsupportedRegex) as caught:
        parse(source)
    assert (caught.value.construct, caught.value.position, caught.value.instead) == (construct, position, instead)
    assert str(caught.value) == f"{construct}, at position {position}, is not supported here: {instead}"


def test_the_other_name_of_the_end() -> None:
    r"""`\z` is new in Python 3.14; before that, `re` cannot read it."""
    source = r"https://a\z"
    if sys.version_info >= (3, 14):
        assert matcher(source).matches(b"https://a")
        return
    with pytest.raises(InvalidRegex):
        parse(source)


@pytest.mark.parametrize(
    "source", ["https://(", "https://a{2,1}", "a**", "[z-a]", r"\q", "(?P<x>a)(?P<x>b)", "a{99999999999}"]
)
def test_what_re_cannot_read_is_invalid(source: str) -> None:
    with pytest.raises(InvalidRegex):
        parse(source)


SLOW_FOR_BACKTRACKING = [
    (r"https://[a-z0-9-]{1,8}(-[a-z0-9-]{1,8}){0,7}\.example\.com", "-" * 63),
    (r"https://(?:[a-z0-9]{1,8}-?){1,8}\.example\.com", "a" * 63),
    (r"https://(?:(?:[a-z]{1,7}){1,7}){1,7}\.example\.com", "a" * 63),
    (r"https://(a+)+\.example\.com", "a" * 63),
    (r"https://(a|a)*\.example\.com", "a" * 63),
    (r"https://([a-z]*)*\.example\.com", "a" * 63),
    (r"https://[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*\.example\.com", "a" * 63),
    (r"https://(a?){25}a{25}\.example\.com", "a" * 24),
    (r"https://(x(a*|b*)y)*\.example\.com", "xy" * 31),
]


@pytest.mark.parametrize(("source", "label"), SLOW_FOR_BACKTRACKING)
def test_matching_takes_linear_time(source: str, label: str) -> None:
    """The bound is generous: to backtrack through these takes from 0.3 s to years."""
    ours = matcher(source)
    origins = [
        f"https://{label}!.example.com",
        f"https://{label}.{label}.{label}x.example.com",
        f"https://{label}.evil",
    ]
    start = time.perf_counter()
    found = [ours.matches(origin.encode()) for origin in origins]
    assert (found, time.perf_counter() - start < 0.1) == ([False] * 3, True)


def test_an_expression_that_grows_too_large_is_rejected() -> None:
    with pytest.raises(TooComplexRegex, match="more than 1000 characters"):
        matcher(r"(?:(?:[a-z]{1,30}){1,30}){1,30}")


def test_strangers_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The expression has 2**30 states; what is remembered stays within the bound, and right."""
    monkeypatch.setattr(regex_automaton, "_MAX_TRANSITIONS", 500)
    source = r"https://[ab]{30}a[ab]*\.example\.com"
    ours, draws = matcher(source), random.Random(1)
    most = 0
    for _ in range(200):
        origin = "https://" + "".join(draws.choices("ab", k=60)) + ".example.com"
        assert ours.matches(origin.encode()) is (re.fullmatch(source, origin) is not None)
        most = max(most, sum(len(state) for state in [*ours._states.values(), ours._start]))
    assert 0 < most <= 500


def test_threads_share_a_matcher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_automaton, "_MAX_TRANSITIONS", 200)
    source = r"https://[ab]*a[ab]{9}\.example\.com"
    ours, wrong = matcher(source), []

    def ask(seed: int) -> None:
        draws = random.Random(seed)
        for _ in range(300):
            origin = "https://" + "".join(draws.choices("ab", k=30)) + ".example.com"
            if ours.matches(origin.encode()) is not (re.fullmatch(source, origin) is not None):
                wrong.append(origin)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("origin", [b"", b"\xff", b"null", b"https://a.example.com\n", b"https://a\x80.example.com"])
def test_bytes_that_are_not_an_origin_are_not_matched(origin: bytes) -> None:
    assert not matcher(r"https://[^/]+\.example\.com").matches(origin)


DOTS: list[tuple[str, list[int]]] = [
    (r"https://www.example\.com", [11]),
    (r"https://(a.b|c.?d)\.(.*|.{1,3}|.{1})", [10, 14, 31]),
    (r"https://(?:a.)+[.]", []),
]


@pytest.mark.parametrize(("source", "positions"), DOTS)
def test_dots_that_are_not_repeated_are_found(source: str, positions: list[int]) -> None:
    assert list(single_dots(parse(source))) == positions


CASED = ("ab", "AB", "Ab", "aB", "abc", "ABC", "aBc", "AbC")


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        (r"(?i)ab", ["ab", "AB", "Ab", "aB"]),
        (r"(?i:a)b", ["ab", "Ab"]),
        (r"a(?i:b)", ["ab", "aB"]),
        (r"(?i)(?-i:a)b", ["ab", "aB"]),
        (r"(?i)a(?-i:b)c", ["abc", "AbC"]),
        (r"(?i)(?:a(?-i:b))c", ["abc", "AbC"]),
        (r"(?i:(?s:a))b", ["ab", "Ab"]),
        (r"(?-i:ab)", ["ab"]),
        (r"(?s:(?i:a)b)", ["ab", "Ab"]),
    ],
)
def test_where_case_is_ignored(source: str, taken: list[str]) -> None:
    matcher = Matcher(Automaton(parse(source)))
    assert [text for text in CASED if matcher.matches(text.encode())] == taken
    assert [text for text in CASED if re.fullmatch(source, text)] == taken


@pytest.mark.parametrize(
    "source",
    [r"[]a]", r"[^]a]", r"[a]", r"[^a]", r"[a-c\-]", r"[^\x00-\x1f]", r"[\x00-\x7f]", r".", r"\d", r"\W", r"(?i)a"],
)
def test_which_characters_a_class_takes(source: str) -> None:
    matcher = Matcher(Automaton(parse(source)))
    taken = [code for code in range(128) if matcher.matches(bytes([code]))]
    assert taken == [code for code in range(128) if re.fullmatch(source, chr(code))]
    assert not any(matcher.matches(bytes([code])) for code in range(128, 256))
