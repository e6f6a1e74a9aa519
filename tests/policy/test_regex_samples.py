"""Samples of an expression: every way through it, each class at its ends and beyond, left out and repeated."""

from __future__ import annotations

import re

import pytest

from crossorigin.policy.regex_samples import samples

TWELVE_A, TWELVE_B = "a" * 12, "b" * 12


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"a\.b", ["a.b", "axb"]),  # a dot that takes any character is a mistake, another letter another name
        (r"(x|y)b", ["xb", "yb"]),
        (r"(x|y)\.b", ["x.b", "y.b", "xxb"]),  # what is beside a place is tried there once
        (r"a(:1)?", ["a", "a:1", "ax1"]),
        (r"(ab)*c", ["abc", "c", "ababc"]),
        (r"x+|y", ["x", "y", "xx"]),
        (r"[b-d]", ["b", "", "bb", TWELVE_B, "a", "d", "e"]),
        (r"[ac-e-]z", ["az", "z", "aaz", f"{TWELVE_A}z", "-z", ".z", "_z", "bz", "cz", "ez", "fz"]),
        (r"a.c", ["aac", "ac", "aaac", f"a{TWELVE_A}c", "a-c", "azc"]),
        (r"[^a-z0-9]", ["-", "", "--", "-" * 12, "/", "0", "9", ":", "_", "a"]),
        (r"a%b", ["a~b", "ab", "a~~b", f"a{'~' * 12}b"]),  # what no origin is written with
        (r"", []),
    ],
)
def test_samples(pattern: str, found: list[str]) -> None:
    assert samples(pattern) == found


@pytest.mark.parametrize(
    ("pattern", "taken", "beside"),
    [
        (r"https://a\.b", ["https://a.b"], ["https://axb"]),
        (r"https://(x|y)\.b", ["https://x.b", "https://y.b"], []),
        (
            r"https://[b-d]\.e",
            ["https://b.e", "https://d.e"],
            ["https://a.e", "https://e.e", "https://.e", "https://bb.e"],
        ),
        (r"https://a(:1)?", ["https://a", "https://a:1"], ["https://ax1"]),
    ],
)
def test_samples_of_origins(pattern: str, taken: list[str], beside: list[str]) -> None:
    found = samples(pattern)
    assert {*taken, *beside} <= set(found)
    assert {it for it in found if re.fullmatch(pattern, it)} >= set(taken)
    assert not any(re.fullmatch(pattern, it) for it in beside)


def test_samples_are_bounded() -> None:
    assert len(samples(r"https://" + "[a-z0-9-]" * 300)) == 800
