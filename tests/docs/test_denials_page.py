"""docs/denials.md: its lines are what its program writes, and its command prints what the page shows."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from crossorigin.middleware import denials
from tests.asgi import request
from tests.cli.test_denials import run
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "denials.md"
SUBDOMAIN = [("origin", "https://www.example.com"), ("sec-fetch-site", "same-site")]
LISTED = [("origin", "https://app.example.com")]
ASKS = [("access-control-request-method", "PUT")]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log of the page's program, after the page's requests."""
    file = tmp_path / "server.log"
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setLevel(logging.WARNING)  # the line at the start-up is INFO
    logging.getLogger("crossorigin").addHandler(handler)
    now = [100.0]
    monkeypatch.setattr(denials, "monotonic", lambda: now[0])
    namespace: dict[str, Any] = {}
    exec(compile(blocks("python", PAGE)[0], PAGE.name, "exec"), namespace)
    try:
        for headers in (SUBDOMAIN, LISTED, LISTED):
            request(namespace["app"], "OPTIONS", "/items/7", [*headers, *ASKS])
        now[0] += 61
        request(namespace["app"], "GET", "/")
    finally:
        logging.getLogger("crossorigin").removeHandler(handler)
        handler.close()
    return file


def test_the_lines(written: Path) -> None:
    assert written.read_text() == "".join(blocks("log", PAGE))


def test_the_command(written: Path) -> None:
    shown = blocks("console", PAGE)[0]
    assert shown.splitlines()[0] == "$ crossorigin denials server.log"
    assert "$ crossorigin denials server.log\n" + run(str(written)).output == shown


def test_the_places_of_the_page_are_those_of_the_code() -> None:
    numbers = re.search(
        r"It has (\d+) places .*?, (\d+) for methods.*? (\d+) for each kind", PAGE.read_text(), re.DOTALL
    )
    assert numbers is not None
    places = [denials._PLACES["stranger"], denials._PLACES["culprit"], denials._PLACES_OF_OTHERS]
    assert [int(each) for each in numbers.groups()] == places


def test_the_prometheus_example() -> None:
    from examples.prometheus.server import app

    request(app, "GET", "/items", LISTED)
    request(app, "BREW", "/items", SUBDOMAIN)
    request(app, "OPTIONS", "/items", [*LISTED, ("access-control-request-method", "PUT")])
    lines = request(app, "GET", "/metrics/").body.decode().splitlines()
    assert [line for line in lines if line.startswith("crossorigin_decisions_total")] == [
        'crossorigin_decisions_total{kind="cors",method="GET",reason="allowed"} 1.0',
        'crossorigin_decisions_total{kind="cors",method="_OTHER",reason="origin-not-allowed"} 1.0',
        'crossorigin_decisions_total{kind="preflight",method="OPTIONS",reason="method-not-allowed"} 1.0',
    ]
