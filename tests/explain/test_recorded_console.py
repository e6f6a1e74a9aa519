"""What the consoles of real browsers said of failures in the fidelity campaigns: explained with the simulator's reason.

tests/recorded/console.json holds one failure for each reason and browser; the campaigns judge all of theirs
(`fidelity.console`).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from crossorigin.explain import CAUSES, diagnose_message, read_console

FAILURES = json.loads((Path(__file__).parents[1] / "recorded" / "console.json").read_text())["failures"]
LEFT_OPEN = ("said-above", "said-in-console", "ambiguous-message", "no-response")


def test_both_browsers_and_most_reasons_are_there() -> None:
    engines = Counter(failure["engine"] for failure in FAILURES)
    assert min(engines["chromium"], engines["firefox"]) > 30
    assert len({failure["reason"] for failure in FAILURES}) > 30


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: f"{failure['engine']}-{failure['reason']}")
def test_a_failure(failure: dict[str, str]) -> None:
    message = read_console(failure["text"])
    found, candidates = diagnose_message(message)
    assert {found.cause, *(candidate.cause for candidate in candidates)} <= set(CAUSES)
    meanings = (message.reason, *message.others)
    if failure["verdict"] == "own reason":
        assert meanings == (failure["reason"],)
    elif failure["verdict"] == "one of several":
        assert failure["reason"] in meanings
    elif failure["verdict"] == "not said":
        assert found.cause in LEFT_OPEN
    else:  # the call breaks two rules, and the browser names the other
        assert message.reason in ("same-origin-mode", "websocket-refused")
