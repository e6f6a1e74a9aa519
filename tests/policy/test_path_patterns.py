"""Path patterns: what they match, as Starlette's routes do; in linear time; and paths that may be another place."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import compile_path

from crossorigin.policy.path_patterns import Element, PathPattern, is_ambiguous
from tests.examples import examples

UUID = "01234567-89ab-cdef-0123-456789abcdef"
MATCHES = [
    ("/pay", ["/pay", "/pay\n"], ["/pay/", "/Pay", "/pay\n\n", "pay", ""]),
    ("/items/{id}", ["/items/7", "/items/a.b", "/items/7\n"], ["/items/", "/items/a/b", "/items/a/"]),
    ("/n/{n:int}", ["/n/0", "/n/12"], ["/n/", "/n/1a", "/n/-1"]),
    ("/f/{f:float}", ["/f/1", "/f/1.5"], ["/f/1.", "/f/.5", "/f/1.5.2"]),
    ("/u/{u:uuid}", [f"/u/{UUID}", f"/u/{UUID.replace('-', '')}"], [f"/u/{UUID}0", f"/u/{UUID[:-1]}"]),
    ("/p/{rest:path}", ["/p/", "/p/a/b", "/p/\n\n"], ["/p"]),
    ("/p/*", ["/p/", "/p/a/b\n\n"], ["/p", "/q/"]),
    ("/p*", ["/p", "/p/a", "/pa"], ["/q"]),
    ("/{a}.{b}", ["/x.y", "/x.y.z", "/..."], ["/x", "/.y", "/x."]),
    ("/a/{x:path}/b/{y:path}/c", ["/a//b//c", "/a/1/b/b/b/2/c"], ["/a/b/c", "/a/1/b/2/d"]),
    ("/{x:path}/{n:int}", ["/a/1", "/1/2/3", "//1"], ["/1", "/a/b"]),
]


@pytest.mark.parametrize(("pattern", "matched", "others"), MATCHES)
def test_what_a_pattern_matches(pattern: str, matched: list[str], others: list[str]) -> None:
    assert PathPattern(pattern).readable
    assert [path for path in (*matched, *others) if PathPattern(pattern).matches(path)] == matched


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (Element("ab"), Element("bc"), True),
        (Element("ab"), Element("cd"), False),
        (Element("/", other=True), Element("a"), True),
        (Element("/", other=True), Element("/"), False),
        (Element("/", other=True), Element("/a"), True),
        (Element("", other=True), Element("/"), True),
        (Element("/", other=True), Element("a", other=True), True),
        (Element(""), Element("", other=True), False),
    ],
)
def test_whether_two_places_take_the_same_character(one: Element, other: Element, overlap: bool) -> None:
    assert one.overlaps(other) is overlap
    assert other.overlaps(one) is overlap


PIECES = ["/", "a", "1", ".", "-", "{}", "{}", "{:path}", "{:int}", "{:float}", "{:uuid}"]
patterns = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
paths = st.lists(st.sampled_from(["/", "a", "b", "1", ".", "-", UUID, "é"]), max_size=9).map("".join)


@given(pieces=patterns, path=paths, end=st.sampled_from(["", "", "\n", "\n\n"]))
@examples(3000)
def test_a_pattern_matches_as_starlettes_route_does(pieces: str, path: str, end: str) -> None:
    """Except that `.` of `{name:path}` takes line breaks here: what a rule closes stays closed with one inside."""
    path += end if "path" not in pieces else ""
    numbers = iter("abcdefgh")
    pattern = "/" + re.sub(r"\{", lambda found: "{" + next(numbers), pieces)
    expression = compile_path(pattern)[0]
    assert PathPattern(pattern).matches("/" + path) == (expression.match("/" + path) is not None)


@pytest.mark.parametrize(
    "pattern",
    [
        "/a/{x:path}/b/{y:path}/c",
        "/a/{x:path}/{y:path}/{z:path}/c",
        "/{a}-{b}-{c}-{d}",
        "/{a}{b}{c}{d}/x",
        "/{a:int}{b:int}{c:int}x",
        "/x/{f:float}.{g:float}.{h}",
        "/{a:path}{b:path}*",
        "/a/{x}/b/{y}/c",
        "/{name}.pdf",
    ],
)
def test_no_path_takes_more_than_linear_time(pattern: str) -> None:
    matcher = PathPattern(pattern)
    for piece in ("/b", "-", "1", "1.", "a", "/a/b/c", "/é"):
        for path in ("/" + piece * 4000, "/a" + piece * 4000 + "/c"):
            matcher.matches(path)
            start = time.process_time()
            matcher.matches(path)
            assert time.process_time() - start < 0.25  # what backtracks takes seconds


def test_what_a_pattern_remembers_is_bounded() -> None:
    matcher = PathPattern("/{a}-{b}")
    for number in range(3000):
        assert matcher.matches(f"/{chr(0x4E00 + number)}-x")
    assert len(matcher._steps) == 2000


AMBIGUOUS = [
    "//a",
    "/a//b",
    "/./a",
    "/a/.",
    "/a/..",
    "/../a",
    "/a/../b",
    "/a/%2e%2e/b",
    "/a/..%2fb",
    "/a/%2e",
    "/%2fa",
    "/a%2f%2fb",
    "/a/..\\b",
    "/a%5c..%5cb",
    "a",
    "*",
    "a/b",
]
PLAIN = [
    "",
    "/",
    "/a",
    "/a/",
    "/a/b/",
    "/a.b",
    "/...",
    "/a..",
    "/..a",
    "/a%2fb",
    "/a%20b",
    "/%252e%252e/a",
    "/a\n",
    "/é",
]


def test_which_paths_may_be_another_place() -> None:
    assert [path for path in (*AMBIGUOUS, *PLAIN) if is_ambiguous(path)] == AMBIGUOUS
