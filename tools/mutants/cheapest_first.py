"""A pytest plugin for mutmut: what makes most mutants fail soon.

Tests of tables run before those of Hypothesis. And what functions of ours remember is forgotten: before the first test,
because test files that build policies when they are imported fill the caches with answers of the unchanged code; and
before every test while mutmut records which tests call a function, because a test that gets a remembered answer calls
nothing, and would then not be run against the mutants of what it tests.
"""

from __future__ import annotations

import gc
import os
import sys
from functools import cache
from typing import Any

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=is_drawn)


def is_drawn(item: pytest.Item) -> bool:
    return bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    forget()


def pytest_runtest_setup() -> None:
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        forget()


def forget() -> None:
    """Empties the caches of the functions of `crossorigin`."""
    for function in _remembering(len(sys.modules)):
        function.cache_clear()


@cache
def _remembering(modules: int) -> list[Any]:
    """Our functions that have a cache; they are looked for again when there are more modules."""
    kind = type(_remembering)
    return [
        found for found in gc.get_objects() if isinstance(found, kind) and found.__module__.startswith("crossorigin.")
    ]
