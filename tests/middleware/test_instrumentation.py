"""`install` beside libraries that wrap or rebuild the middleware of an app: in each order, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.served.servers import PATIENCE, ROOT
from tests.middleware.instrumented import LIBRARIES

STATUSES = [200, 401, 401, 404, 500, 204]
ORDERS = ["install add", "add install", "install add install-again", "install add reset", "add install reset"]
# Only OpenTelemetry takes itself away. Without us, it counts nothing after that, or nothing until it is added again.
REMOVED = [
    "install add remove",
    "add install remove",
    "add remove install",
    "install add remove reset add",
    "add install remove reset add",
    "add install remove install-again",
]


# Every night, all orders with each library; else the two orders, and all of them with one library.
EVERY = [(library, order) for library in LIBRARIES for order in ORDERS]
NIGHTLY = [pair for pair in EVERY if pair[0] != "opentelemetry" and pair[1] not in ORDERS[:2]]


@pytest.mark.parametrize(
    ("library", "order"),
    [
        *(pair for pair in EVERY if pair not in NIGHTLY),
        *(pytest.param(*pair, marks=pytest.mark.nightly) for pair in NIGHTLY),
    ],
)
def test_both_do_their_work_in_each_order(library: str, order: str) -> None:
    steps = order.split()
    alone = _run(library, *[step for step in steps if not step.startswith("install")])
    both = _run(library, *steps)
    assert both["seen"] == [[status, both["page"]] for status in STATUSES]
    assert both["counted"] == alone["counted"] != []


@pytest.mark.parametrize("order", REMOVED)
def test_after_the_library_has_gone(order: str) -> None:
    steps = order.split()
    both = _run("opentelemetry", *steps)
    assert both["seen"] == [[status, both["page"]] for status in STATUSES]
    added_last = steps.index("remove") < len(steps) - 1 and "add" in steps[steps.index("remove") :]
    assert both["counted"] == (STATUSES[:5] if added_last else [])


def test_installed_after_the_first_request() -> None:
    both = _run("opentelemetry", "add", "start", "install")
    assert both["seen"] == [[status, both["page"]] for status in STATUSES]
    assert both["counted"] == sorted([200, *STATUSES[:5]])


@cache
def _run(library: str, *steps: str) -> Any:
    command = [sys.executable, "-m", "tests.middleware.instrumented", library, *steps]
    environment = os.environ | {"PYTHONPATH": str(Path(sys.prefix) / "beside")}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
