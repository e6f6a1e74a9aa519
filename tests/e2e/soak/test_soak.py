"""The soak in short, and that it sees what it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.reload.expected import OTHER, PAGE
from tests.e2e.soak.campaign import COMMANDS, soaking
from tests.e2e.soak.expected import STRANGER, Force, tenant
from tests.e2e.soak.traffic import KINDS, Forces


@pytest.mark.parametrize("server", COMMANDS)
def test_every_response_of_mixed_traffic_is_right(server: str, tmp_path: Path) -> None:
    with soaking(server, tmp_path / "log") as soak:
        soak.run(10)
        assert soak.figures.examples == []
        assert soak.faults == []
        assert set(soak.figures.judged) >= set(KINDS)


@pytest.mark.parametrize(
    ("fault", "starts"),
    [("wrong", ["wrong verdicts"]), ("error", ["wrong verdicts"]), ("leak", ["memory grew"])],
)
def test_a_planted_fault_is_seen(fault: str, starts: list[str], tmp_path: Path) -> None:
    with soaking("uvicorn", tmp_path / "log", SOAK_FAULT=fault) as soak:
        soak.run(6)
        assert [it for it in starts if not any(it in found for found in soak.faults)] == []


def test_a_server_that_ends_is_seen(tmp_path: Path) -> None:
    with soaking("uvicorn", tmp_path / "log") as soak:
        soak.process.kill()
        soak.process.wait()
        soak.run(5)
        assert "the server ended" in soak.faults


@pytest.mark.parametrize(
    ("force", "origin", "allowed"),
    [
        (Force(0, 0), PAGE, True),
        (Force(0, 0), OTHER, True),
        (Force(1, 0), OTHER, False),
        (Force(1, 2), tenant(2), True),
        (Force(1, 2), tenant(3), True),
        (Force(1, 2), tenant(4), False),
        (Force(1, 7), tenant(0), True),
        (Force(0, 0), STRANGER, False),
    ],
)
def test_who_is_allowed(force: Force, origin: str, allowed: bool) -> None:
    assert force.allows(origin) is allowed
    assert force.status_of_write(origin) == (200 if allowed else 403)
    assert force.answer(origin, preflight=True)[0] == (204 if allowed else 403)


def test_a_change_and_what_it_replaces_are_in_force_until_it_is_seen() -> None:
    forces = Forces()
    forces.begin(Force(1))
    assert forces.between(0, float("inf")) == {Force(0), Force(1)}
    forces.seen()
    assert forces.between(float("inf"), float("inf")) == {Force(1)}
    assert forces.now == Force(1)
