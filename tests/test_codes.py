"""One namespace of codes: whoever reads a code in a report, a log or a program knows what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import get_args

import pytest

from crossorigin.browser import REASONS
from crossorigin.browser.outcome import StepCode
from crossorigin.explain import CAUSES
from crossorigin.policy.problems import CATALOGUE
from crossorigin.report.advisories import ADVISORIES
from crossorigin.report.catalogue import FINDINGS, NOT_JUDGED, RUN_TIME_CODE
from crossorigin.server import decision

# The decisions of the server half have the browser's names where both speak of the same check of the same header.
SAME_CHECK = {"method-not-allowed", "header-not-allowed", "allowed"}

CATALOGUES: dict[str, Iterable[str]] = {
    "problems of a policy": CATALOGUE,
    "findings": FINDINGS,
    "not judged": {*NOT_JUDGED, RUN_TIME_CODE},
    "causes": CAUSES,
    "reasons of a fetch": REASONS,
    "advisories": ADVISORIES,
    "steps of a fetch": get_args(StepCode),
    "decisions": set(get_args(decision.Reason)) - SAME_CHECK,
}


@pytest.mark.parametrize(("one", "other"), list(combinations(CATALOGUES, 2)))
def test_no_code_is_in_two_catalogues(one: str, other: str) -> None:
    assert sorted(set(CATALOGUES[one]) & set(CATALOGUES[other])) == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_code_is_words_in_lower_case(name: str) -> None:
    assert [code for code in CATALOGUES[name] if not all(word.isalnum() for word in code.split("-"))] == []
    assert [code for code in CATALOGUES[name] if code != code.lower()] == []


# One idea has one word: each row, the word that the codes use and the ones that they do not.
WORDS = [("star", ("wildcard", "asterisk")), ("look-alike", ("lookalike",))]


@pytest.mark.parametrize(("word", "others"), WORDS)
def test_no_synonyms(word: str, others: tuple[str, ...]) -> None:
    codes = [code for catalogue in CATALOGUES.values() for code in catalogue]
    assert any(word in code for code in codes)
    assert [code for code in codes for other in others if other in code] == []


def test_the_same_words_in_another_order_are_a_synonym() -> None:
    seen: dict[frozenset[str], str] = {}
    for catalogue in CATALOGUES.values():
        for code in catalogue:
            words = frozenset(code.split("-"))
            assert seen.setdefault(words, code) == code
