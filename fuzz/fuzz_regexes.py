"""`allow_origin_regex`: our automaton against Python's `re`, the judgement of an expression, and the time of both."""

from __future__ import annotations

import re
import warnings

from crossorigin.policy.origin_regex import examine
from crossorigin.policy.regex_automaton import Automaton, Matcher, TooComplexRegex
from crossorigin.policy.regex_syntax import InvalidRegex, UnsupportedRegex, parse
from crossorigin.standards.origin import split_serialised
from fuzz import model
from fuzz.common import FuzzedDataProvider, bounded, fuzz

PIECES = (
    "a", "b", "1", "-", r"\.", ".", r"\d", r"\w", r"\W", r"\D", r"\s", r"\S", r"\x61", "[ab]", "[a-z]", "[^a]", "[^.]",
    "[]a]", "[A-Z]", "[a-z0-9-]", r"[\w.-]", "(a|b)", "(?:a|bb)", "(?i:A)", "*", "+", "?", "{2}", "{1,3}", "{,2}",
    "{2,}", "+?", "*?", "|", "(", ")", "(?:", "a?", "a*", "example", r"\.com", "com", "www", "https://", "https?://",
    r"(:\d+)?", "^", "$", r"\A", r"\Z", "(?i)", "(?s)", r"\b", r"\1", "(?=a)", "{", "}", "[", "]", "\\", "é", "/", ":",
)  # fmt: skip
STRINGS = ("a", "b", "bb", "1", "-", ".", "example", ".com", "com", "www", "A", "_", "https://", "http://", ":80", ":1")
SEEDS = [
    b"\0https://[a-z0-9-]+\\.example\\.com",
    b"\0https?://(localhost|127\\.0\\.0\\.1)(:\\d+)?",
    b"\0(?i)https://App\\.example\\.com$",
    b"\0https://(a+)+b{2,3}?\\.example\\.(com|org)",
    b"\0https://.*example\\.com",
    b"\0https?://([a-z]+\\.)*localhost(:\\d+)?",
    b"\0(https://a)?\\.com",
]


def expression(given: FuzzedDataProvider) -> str:
    """An expression that is more or less about origins."""
    if not given.ConsumeBool():
        return given.ConsumeUnicodeNoSurrogates(48)
    opening = given.PickValueInList(("https://", "https?://", "", "^https://", "(?i)https://", "[a-z]+://"))
    closing = given.PickValueInList((r"\.example\.com", "", "$", r"\.com(:\d+)?", ".*"))
    return opening + "".join(given.some(PIECES, 6)) + closing


def strings(given: FuzzedDataProvider) -> list[str]:
    """Origins, and short strings that expressions may match."""
    middles = ["".join(given.some(STRINGS, 4)) for _ in range(4)]
    whole = [f"https://{middle}.example.com" for middle in middles]
    return [
        *middles,
        *whole,
        ".com",
        "https://a.com",
        "https://example.com",
        "https://evil.example",
        model.origin(given),
    ]


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about regular expressions is broken."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of `re`, about sets that a later Python may read differently
        compared(FuzzedDataProvider(data))


def compared(given: FuzzedDataProvider) -> None:
    """One expression, matched and judged."""
    source = expression(given)
    try:
        matcher = Matcher(Automaton(parse(source)))
    except InvalidRegex:
        # The standards of `re` are ours: what it compiles is refused as unsupported, never as invalid.
        assert not compiles(source), source
        judged(source)
        return
    except (UnsupportedRegex, TooComplexRegex):
        judged(source)
        return
    pattern = re.compile(source)
    for string in strings(given):
        if string.isascii():
            expected = pattern.fullmatch(string) is not None
            assert matcher.matches(string.encode()) is expected, (source, string)
    judged(source)


def compiles(source: str) -> bool:
    """Whether Python takes the expression."""
    try:
        re.compile(source)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def judged(source: str) -> None:
    """Each problem's witness is an origin that the expression takes, and the judgement is the same again."""
    problems = examine(source, credentials=True)
    examine.cache_clear()
    assert examine(source, credentials=True) == problems, source
    for problem in problems:
        assert problem.message, source
        if problem.witness is not None:
            assert split_serialised(problem.witness.encode()) is not None, (source, problem)
            assert re.fullmatch(source, problem.witness) is not None, (source, problem)
        if problem.code == "origin-insecure":
            assert problem.witness is not None and problem.witness.startswith("http://"), (source, problem)
            assert not model.is_loopback_page(problem.witness), (source, problem)
    codes = {problem.code for problem in problems}
    if not codes:
        # Nothing is wrong with it: so it takes neither of these, whose host nobody would list.
        for stranger in ("https://evil.com", "https://evilexample.com", "https://example.com.evil.com"):
            assert "evil" in source or re.fullmatch(source, stranger) is None, (source, stranger)


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
