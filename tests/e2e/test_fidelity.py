"""A few hundred scenarios of the fidelity campaign in each real browser; `make fidelity` plays thousands."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from fidelity.campaign import run
from fidelity.generate import DEFAULT_SEED

COUNTS = {"chromium": 400, "firefox": 200}


@pytest.mark.parametrize("browser", COUNTS)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_simulator_and_the_browser_agree(browser: str) -> None:
    report = asyncio.run(run(browser, DEFAULT_SEED, COUNTS[browser]))
    assert not report.disagreements, "\n".join(f"{it.name}: {found}" for it, found in report.disagreements)
    assert report.scenarios == COUNTS[browser]
    assert report.requests > report.scenarios
