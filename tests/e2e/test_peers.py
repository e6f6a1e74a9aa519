"""Five of the expectations of `make peers`, of crossorigin and of Starlette."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.peers.apps import PEERS
from bench.peers.browser import CANNOT, MET, Stage, staged
from bench.peers.expectations import EXPECTATIONS

PEER = {it.name: it for it in PEERS}
NAMED = {it.says: it for it in EXPECTATIONS}
NOT_NAMED = "✗ the console does not name it"

SAMPLE = [  # expectation, crossorigin, Starlette
    ("An allowed page reads a 200", MET, MET),
    ("An allowed page reads a 500 of a crash", MET, "✗ blocked"),
    ("A method that is not allowed is blocked, and the console names it", MET, NOT_NAMED),
    ("A stranger reads nothing with cookies", MET, MET),
    ("An allowed page opens a WebSocket, a stranger does not", MET, CANNOT),
]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as made:
        yield made


@pytest.mark.parametrize(("says", "ours", "starlette"), SAMPLE)
def test_what_a_page_gets(says: str, ours: str, starlette: str, stage: Stage) -> None:
    found = [stage.ask(PEER[name], NAMED[says]) for name in ("crossorigin", "Starlette")]
    assert found == [ours, starlette]


def test_there_are_thirty_and_no_two_are_the_same() -> None:
    assert len(NAMED) == len(EXPECTATIONS) >= 30
