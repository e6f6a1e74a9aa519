"""A pytest plugin for mutmut: what makes most mutants fail soon.

Tests of tables run before those of Hypothesis. And what functions of ours remember is forgotten before the first test,
because test files that build policies when they are imported fill the caches with answers of the unchanged code.
"""

from __future__ import annotations

import gc
from functools import cache

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=is_drawn)


def is_drawn(item: pytest.Item) -> bool:
    return bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    forget()


def forget() -> None:
    """Empties the caches of the functions of `crossorigin`."""
    kind = type(cache(is_drawn))
    for found in gc.get_objects():
        if isinstance(found, kind) and found.__module__.startswith("crossorigin."):
            found.cache_clear()
