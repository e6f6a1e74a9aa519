"""Scenarios of the fidelity campaign in each real browser: some, every night some hundred; `make fidelity` plays
thousands.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from fidelity.campaign import run
from fidelity.generate import DEFAULT_SEED

COUNTS = {"chromium": 400, "firefox": 200}
SOME = 4  # so many times fewer are some


@pytest.mark.parametrize("browser", COUNTS)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_simulator_and_the_browser_agree_on_some(browser: str) -> None:
    agree(browser, COUNTS[browser] // SOME)


@pytest.mark.parametrize("browser", COUNTS)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_simulator_and_the_browser_agree(browser: str) -> None:
    agree(browser, COUNTS[browser])


def agree(browser: str, count: int) -> None:
    report = asyncio.run(run(browser, DEFAULT_SEED, count))
    assert not report.disagreements, "\n".join(f"{it.name}: {found}" for it, found in report.disagreements)
    assert report.scenarios == count
    assert report.requests > report.scenarios
    assert not report.misread, "\n\n".join(f"{paste.reason}:\n{paste.text}" for paste in report.misread)
    explained = report.verdicts["own reason"] + report.verdicts["one of several"]
    assert explained > 0.8 * report.verdicts.total() > 0.2 * count
