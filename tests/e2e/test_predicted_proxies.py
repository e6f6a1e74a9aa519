"""Who may read, as `check` works it out, and as the real proxies answer: a sample of `make proxies`, and more."""

from __future__ import annotations

import pytest

from tests.e2e.proxies.campaign import PROXIES, SEED, outcome_of_constructs, outcomes


@pytest.mark.parametrize("proxy", list(PROXIES))
def test_predicted_equals_real(proxy: str) -> None:
    (outcome,) = outcomes([proxy], count=20, seed=SEED)
    assert outcome.disagreements == []
    assert outcome.good, str(outcome)


@pytest.mark.parametrize("proxy", list(PROXIES))
def test_constructs_that_chance_does_not_draw(proxy: str) -> None:
    outcome = outcome_of_constructs(proxy)
    assert outcome.disagreements == []
    assert (outcome.not_judged, outcome.compared) == (0, outcome.configurations * 36)
