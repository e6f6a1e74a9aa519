"""What tests need stands in `NEEDS` of tests/conftest.py: each place exists, and who starts something is there."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import NEEDS

ROOT = Path(__file__).parent.parent
FILES = [str(file.relative_to(ROOT)) for file in sorted((ROOT / "tests").rglob("test_*.py"))]

# Who imports one of these starts a browser or a server.
STARTS = {
    ("playwright.sync_api", "sync_playwright"): "browser",
    ("tests.e2e.chromium", "chromium"): "browser",
    ("tests.e2e.served.chromium", "pages"): "browser",
    ("fidelity.firefox", "Firefox"): "browser",
    ("fidelity.campaign", "run"): "browser",
    ("tests.e2e.served.servers", "start"): "server",
    ("tests.e2e.served.servers", "launch"): "server",
    ("tests.e2e.served.servers", "serving"): "server",
    ("tests.e2e.reload.campaign", "serving"): "server",
    ("tests.audit.targets.serving", "served"): "server",
}


def needs(name: str) -> set[str]:
    """The marks of a file: its folder's, its own, and those of its functions."""
    found: set[str] = set()
    for place, marks in NEEDS.items():
        if name == place or name.startswith(f"{place}/") or place.startswith(f"{name}::"):
            found |= set(marks)
    return found


@cache
def imported(file: Path) -> set[tuple[str, str]]:
    """(module, name) of every `from … import …` of a file."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {(node.module, alias.name) for alias in node.names}
    return found


@pytest.mark.parametrize("place", NEEDS)
def test_each_place_exists(place: str) -> None:
    file, _, function = place.partition("::")
    assert (ROOT / file).exists()
    if function:
        assert f"def {function}(" in (ROOT / file).read_text()


@pytest.mark.parametrize("file", FILES)
def test_what_starts_something_is_marked(file: str) -> None:
    started = {STARTS[name] for name in imported(ROOT / file) if name in STARTS}
    assert started <= needs(file)


@pytest.mark.parametrize("file", [file for file in FILES if file.startswith("tests/e2e/")])
def test_each_end_to_end_test_needs_a_browser_or_a_server(file: str) -> None:
    assert needs(file) & {"browser", "server"}


def test_what_starts_something_has_its_name_still() -> None:
    """A name that no test imports any more would let the next one pass unmarked."""
    names = set()
    for file in FILES:
        names |= imported(ROOT / file)
    assert STARTS.keys() - names == {("tests.e2e.served.servers", "launch")}  # used by the audit's targets
