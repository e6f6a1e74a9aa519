"""The page beside other libraries: what is asked is on it once, and pictures and cells are made as they should be."""

from __future__ import annotations

import json
from itertools import product
from xml.etree import ElementTree

import pytest

from bench.peers.apps import OURS, PEERS, Wanted
from bench.peers.expectations import EXPECTATIONS
from bench.peers.page import Results, loaded, page, pictures, slower
from bench.peers.plot import DARK, LIGHT, Colours, bars
from bench.peers.speed import ROWS, measure
from tests.e2e.served.servers import ROOT

PAGE = (ROOT / "docs" / "peers.md").read_text()
NAMES = [it.name for it in PEERS]


def results(theirs: float = 5.0, ours: float = 2.0) -> Results:
    """Results as a run would make them, every value of a kind the same."""
    keys = [f"{row.name}/{name}" for row, name in product(ROWS, NAMES)]
    speed = {f"{it}/cors": theirs for it in keys}
    speed |= {f"{it}/ours": ours for it in keys if not it.endswith(OURS)}
    each = dict.fromkeys(NAMES, 1.5)
    return Results({"Date": "today"}, speed, each, each, {"Chromium": "1"}, {"It works": dict.fromkeys(NAMES, "✓")})


def test_a_short_run_measures_each_row_in_turns() -> None:
    found = measure(2, [PEERS[0], PEERS[5]])
    assert [len(it) for it in found.values()] == [2] * 3 * len(ROWS)  # ours alone; asgi-cors, and ours around its app
    assert min(found["preflight/crossorigin/cors"]) > 0


def test_what_is_on_the_page_is_what_was_heard() -> None:
    kept = json.loads((ROOT / "bench" / "peers" / "results.json").read_text())
    assert page(loaded(kept)) == PAGE, "run make peers"


def test_the_page_has_every_expectation_once() -> None:
    assert [PAGE.count(f"\n| {it.says} |") for it in EXPECTATIONS] == [1] * len(EXPECTATIONS), "run make peers"


def test_every_peer_was_asked() -> None:
    assert "not asked" not in PAGE, "run make peers"
    assert [name for name in NAMES if f" {name} |" not in PAGE] == []


def test_a_page_without_runs_says_so() -> None:
    made = page(Results())
    assert "have not been measured" in made
    assert "Nothing has been asked" in made


def test_the_cells() -> None:
    made = page(results())
    assert "| allowed | 5.0 | 5.0 / 2.0 |" in made
    assert "adds less than every other in every row" in made
    assert "| **met, of 1** | **1** |" in made


def test_a_row_that_is_lost_is_said() -> None:
    lost = slower(results(theirs=1.0, ours=2.0))
    assert len(lost) == (len(PEERS) - 1) * len(ROWS)
    assert "It does not in: no Origin, Starlette" in page(results(theirs=1.0, ours=2.0))


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_a_picture_is_svg(colours: Colours) -> None:
    made = ElementTree.fromstring(bars("A <title>", "µs", [("one", 3.0, None), ("two", -4.0, 1200.0)], colours))
    words = [it.text for it in made.iter("{http://www.w3.org/2000/svg}text")]
    assert {"A <title>", "one", "two", "3.0", "-4.0", "1,200.0"} <= set(words)


def test_the_pictures_are_light_and_dark() -> None:
    assert list(pictures(results())) == [
        "peers-one-light.svg",
        "peers-one-dark.svg",
        "peers-many-light.svg",
        "peers-many-dark.svg",
    ]


@pytest.mark.parametrize(
    ("pattern", "regex"),
    [
        ("", None),
        ("http://*.pages.test:3000", r"http://[a-z0-9-]+\.pages\.test:3000"),
        ("http://app.test:*", r"http://app\.test:\d+"),
    ],
)
def test_a_pattern_as_a_regex(pattern: str, regex: str | None) -> None:
    assert Wanted(pattern=pattern).regex == regex
