"""The campaign in short, and that it sees what it looks for."""

from __future__ import annotations

import pytest

from tests.e2e.reload.campaign import Figures, hold, run, serving
from tests.e2e.reload.expected import COUNT


@pytest.mark.parametrize("through", ["middleware", "installed"])
def test_every_response_under_load_belongs_to_one_policy(through: str) -> None:
    figures = run(2, through)
    assert (figures.examples, figures.errors, figures.mixed) == ([], 0, 0)
    assert figures.policies == COUNT  # each of wrk's connections met all of them
    assert figures.held == 3 * COUNT * (COUNT - 1)
    assert min(figures.by_wrk, figures.by_client, figures.turns) > COUNT


@pytest.mark.parametrize("how", ["torn", "doubled"])
def test_a_response_of_two_policies_is_seen(how: str) -> None:
    figures = Figures()
    with serving("middleware", how) as port:
        hold(port, figures)  # 281 requests, one after the other; the hundredth and two hundredth are such
    assert (figures.errors, figures.mixed) == (0, 2)


def test_wrk_sees_one_too() -> None:
    figures = run(1, "middleware", "torn")
    assert figures.errors == 0
    assert figures.mixed > 2
    assert figures.examples[-1].startswith(("GET /", "OPTIONS /"))  # the last is wrk's
    assert "x-policy-99" in figures.examples[-1] or "access-control-max-age: 1" in figures.examples[-1]


def test_the_figures_are_one_line() -> None:
    figures = Figures(held=168, by_client=300, by_wrk=9000, turns=3000, seconds=2.0)
    assert str(figures) == (
        "2.0 s: 9,468 responses checked (9,000 by wrk, 300 by a second client, 168 held across a change), "
        "3,000 reconfigurations (1,500 a second), 0 errors, 0 mixed"
    )
    assert Figures().rate == 0.0
