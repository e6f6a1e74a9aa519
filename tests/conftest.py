"""What every test stands on: no environment but the one it sets, and real ports of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from crossorigin import HTTPTransport
from tests import examples

# `--hypothesis-profile` is read after this, and wins.
examples.load("dev")

# Coverage starts in each worker of pytest-xdist, before any plugin is imported. The processes that a test starts are
# not measured: they would be slower, and lines would count that no test looks at.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_START", None)

# What decides how wide and how colourful a terminal is.
TERMINAL = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM", "TERM"}

# A shell without job control starts what it puts in the background with Ctrl-C ignored, and children inherit that:
# the tests of Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine that runs the tests reaches a policy or an output."""
    for name in os.environ:
        if name.startswith("CROSSORIGIN_") or name in TERMINAL:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def wire() -> Iterator[HTTPTransport]:
    """HTTP to real servers."""
    with HTTPTransport() as transport:
        yield transport
