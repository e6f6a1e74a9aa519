"""docs/peers.md and its pictures, made of what was measured and heard. No figure is written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.peers.apps import OURS, PEERS
from bench.peers.plot import DARK, LIGHT, bars
from bench.peers.speed import ROWS

PICTURES = {
    "peers-one": ("Time added to an allowed request, one origin", "allowed"),
    "peers-many": ("Time added to an allowed request, 10,000 origins", "allowed, 10,000 origins"),
}


@dataclass(slots=True)
class Results:
    """What the runs found. `speed` is microseconds by `row/peer/who`; `browser` is a cell by expectation and peer."""

    setting: dict[str, str] = field(default_factory=dict)  # of the run of speed
    speed: dict[str, float] = field(default_factory=dict)
    imports: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    browser_setting: dict[str, str] = field(default_factory=dict)
    browser: dict[str, dict[str, str]] = field(default_factory=dict)


HEAD = """# Beside other libraries

What `crossorigin` costs and what a browser sees of it, beside the CORS of other Python libraries, each set as its own
documentation says for the same policy. Made by `make peers`; no figure is written by hand.

"""

SPEED = """## Time

![{one}](images/peers-one-light.svg#only-light)
![{one}](images/peers-one-dark.svg#only-dark)

![{many}](images/peers-many-light.svg#only-light)
![{many}](images/peers-many-dark.svg#only-dark)

Microseconds that CORS adds to a request: the median over all rounds of the app with it minus the app without it, in
one process, all of them in turns. A cell has the library's own figure, then `crossorigin`'s around the same app. A
preflight's figure is the whole time that answering takes, because the app without CORS answers something else. A
difference below zero means that it is less than the run could tell.

"""

BROWSER = """
## In a browser

Each expectation is asked in real Chromium of each library, set as its documentation says for the same policy.
✓ is met, ✗ is not; – means that the library has no way to say the policy, or does not claim to. After ✗ is what
happened. asgi-cors is asked without `max_age`, which its documentation has: it writes that as a string instead of
bytes, and uvicorn cannot send it.

"""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown; every column but the first is a figure."""
    line = ["---", *["---:" for _ in head[1:]]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, line, *rows))


def slower(results: Results) -> list[str]:
    """The rows and peers whose own figure is lower than crossorigin's around the same app."""
    found = []
    for row in ROWS:
        for peer in PEERS:
            key = f"{row.name}/{peer.name}"
            if peer.name != OURS and results.speed[f"{key}/cors"] <= results.speed[f"{key}/ours"]:
                found.append(f"{row.name}, {peer.name}")
    return found


def _speed_cells(results: Results, row: str) -> list[str]:
    cells = []
    for peer in PEERS:
        own = results.speed[f"{row}/{peer.name}/cors"]
        ours = results.speed.get(f"{row}/{peer.name}/ours")
        cells.append(f"{own:,.1f}" if ours is None else f"{own:,.1f} / {ours:,.1f}")
    return cells


def _speed(results: Results) -> str:
    names = [it.name for it in PEERS]
    rows = [[row.name, *_speed_cells(results, row.name)] for row in ROWS]
    others = [
        ["Memory for 10,000 origins, MB", *(f"{results.memory[it]:.1f}" for it in names)],
        ["Import beside its framework, ms", *(f"{results.imports[it]:.1f}" for it in names)],
    ]
    lost = slower(results)
    verdict = (
        f"\n`crossorigin` adds less than the other in {(len(PEERS) - 1) * len(ROWS) - len(lost)} of "
        f"{(len(PEERS) - 1) * len(ROWS)} cells. It does not in: {'; '.join(lost)}.\n"
        if lost
        else "\n`crossorigin` adds less than every other in every row.\n"
    )
    titles = {"one": PICTURES["peers-one"][0], "many": PICTURES["peers-many"][0]}
    parts = [SPEED.format(**titles), table(["µs", *names], rows), verdict, "\n## Memory and imports\n\n"]
    return "".join([*parts, table(["", *names], others), _setting(results.setting)])


def _setting(setting: Mapping[str, str]) -> str:
    return "\n" + "".join(f"* {name}: {value}\n" for name, value in setting.items())


def _browser(results: Results) -> str:
    names = [it.name for it in PEERS]
    rows = [[what, *(by.get(it, "not asked") for it in names)] for what, by in results.browser.items()]
    met = {it: sum(by.get(it) == "✓" for by in results.browser.values()) for it in names}
    total = [f"**met, of {len(rows)}**", *(f"**{met[it]}**" for it in names)]
    return BROWSER + table(["Expectation", *names], [*rows, total]) + _setting(results.browser_setting)


def page(results: Results) -> str:
    """The page; a part that no run has made is said to be missing."""
    parts = [HEAD]
    parts.append(_speed(results) if results.speed else "Time, memory and imports have not been measured.\n")
    parts.append(_browser(results) if results.browser else "\nNothing has been asked in a browser.\n")
    return "".join(parts)


def pictures(results: Results) -> dict[str, str]:
    """The SVG files, by name."""
    found: dict[str, str] = {}
    for name, (title, row) in PICTURES.items():
        values: list[tuple[str, float, float | None]] = [
            (it.name, results.speed[f"{row}/{it.name}/cors"], results.speed.get(f"{row}/{it.name}/ours"))
            for it in PEERS
        ]
        for scheme, colours in (("light", LIGHT), ("dark", DARK)):
            found[f"{name}-{scheme}.svg"] = bars(title, "µs", values, colours)
    return found


def loaded(found: Mapping[str, Any]) -> Results:
    """Results from JSON."""
    return Results(**found)
