"""The harnesses of `fuzz/`, in short: each holds over its seeds and some hundred inputs, and finds planted bugs."""

from __future__ import annotations

from importlib import import_module
from itertools import groupby
from pathlib import Path

import pytest

import fuzz
from fuzz.common import Check, inputs
from fuzz.planted import BUGS, Bug, changed, function, planted

NAMES = sorted(file.stem.removeprefix("fuzz_") for file in Path(fuzz.__file__).parent.glob("fuzz_*.py"))
BY_HARNESS = {name: list(bugs) for name, bugs in groupby(BUGS, lambda bug: bug.harness)}
SHORT, UNTIL_FOUND = 150, 3000
# What reads files, and what draws pages, takes some milliseconds for each input.
SLOW = dict.fromkeys(("nginx", "caddy", "envoy", "reports", "regexes"), 50)


def harness(name: str) -> tuple[Check, list[bytes]]:
    """A harness's check, and its seeds."""
    module = import_module(f"fuzz.fuzz_{name}")
    return module.check, module.SEEDS


def found(name: str) -> int:
    """How many inputs a harness needs until one fails; 0 if none of them does."""
    check, seeds = harness(name)
    for number, data in enumerate(inputs(name, seeds, UNTIL_FOUND), 1):
        try:
            check(data)
        except Exception:
            return number
    return 0


def test_every_harness_has_five_bugs() -> None:
    assert {name: len(bugs) for name, bugs in BY_HARNESS.items()} == dict.fromkeys(NAMES, 5)
    assert len({(bug.harness, bug.target, bug.new) for bug in BUGS}) == len(BUGS)


def test_every_bug_is_a_change_of_the_code_as_it_is() -> None:
    for bug in BUGS:
        assert changed(bug) != function(bug.target).__code__, bug.says


def holds(name: str, count: int) -> int:
    """How many inputs a harness was given, none of which failed."""
    check, seeds = harness(name)
    ran = 0
    for data in inputs(name, seeds, count):
        check(data)
        ran += 1
    return ran


@pytest.mark.parametrize("name", NAMES)
def test_a_harness_holds(name: str) -> None:
    count = SLOW.get(name, SHORT)
    assert holds(name, count) >= count


@pytest.mark.parametrize("name", NAMES)
def test_a_harness_is_shaped_for_oss_fuzz(name: str) -> None:
    module = import_module(f"fuzz.fuzz_{name}")
    assert module.TestOneInput(b"") is None
    assert callable(module.main)


@pytest.mark.parametrize("name", NAMES)
def test_a_harness_finds_a_bug(name: str) -> None:
    with planted(BY_HARNESS[name][0]):
        assert found(name)


@pytest.mark.nightly
@pytest.mark.parametrize("bug", BUGS, ids=[f"{bug.harness}: {bug.says}" for bug in BUGS])
def test_a_harness_finds_every_bug(bug: Bug) -> None:
    with planted(bug):
        assert found(bug.harness)


@pytest.mark.nightly
@pytest.mark.parametrize("name", NAMES)
def test_a_harness_holds_for_longer(name: str) -> None:
    count = 10 * SLOW.get(name, SHORT)
    assert holds(name, count) >= count
