"""Who may read, as `check` works it out, and as the real proxies answer: a sample of `make proxies`."""

from __future__ import annotations

import pytest

from tests.e2e.proxies.campaign import CAMPAIGNS, SEED, outcomes


@pytest.mark.parametrize("proxy", list(CAMPAIGNS))
def test_predicted_equals_real(proxy: str) -> None:
    (outcome,) = outcomes([proxy], count=20, seed=SEED)
    assert outcome.disagreements == []
    assert outcome.good, str(outcome)
