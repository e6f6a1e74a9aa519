"""What every test stands on: no environment but the one it sets, and real ports of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from crossorigin import HTTPTransport

settings.register_profile("tests", deadline=None, max_examples=200)
settings.load_profile("tests")

# A shell without job control starts what it puts in the background with Ctrl-C ignored, and children inherit that:
# the tests of Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine that runs the tests reaches a policy."""
    for name in os.environ:
        if name.startswith("CROSSORIGIN_"):
            monkeypatch.delenv(name)


@pytest.fixture
def wire() -> Iterator[HTTPTransport]:
    """HTTP to real servers."""
    with HTTPTransport() as transport:
        yield transport
