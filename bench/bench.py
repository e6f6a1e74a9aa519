"""What this middleware adds to a request, beside what Starlette's adds.

Here belongs the table of the README (the requests of its rows are `ROWS` in `work`): pyperf medians of peers that
take turns in one process, round by round, so that whatever else the machine does falls on all of them. Several
processes, because a hash seed and a memory layout last for a process. Each figure is the time added to the bare app.

Run it with `make bench`. Options: --processes N, --rounds N, --json FILE (pyperf's format).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from itertools import chain
from pathlib import Path
from statistics import median

import observed
import pyperf
from many import BUILD_BAR_MB, BUILD_BAR_SECONDS, ORIGINS, measure_build
from observed import measure_observed
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table
from routed import PEERS, ROUTES, measure_routes
from work import ROWS, SIMULATED, Row, measure

BARS = {"starlette": 0.22, "empty": 2.5, "one origin": 1.3}
HOSTILE_BAR_US = 20.0
SIMULATED_BAR_US = 1000.0
NO_ROUTE_POLICY_BAR_US = 1.5


def main() -> int:
    """Runs the rounds, prints the table, and says which bars are met (exit 1 where one is not)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        values = measure(options.rounds) | measure_routes(options.rounds) | measure_observed(options.rounds)
        json.dump(values, sys.stdout)
        return 0
    medians = collect(options.processes, options.rounds, options.json)
    return report(medians)


def collect(processes: int, rounds: int, out: Path | None) -> dict[str, float]:
    """The pyperf median of every (row, peer), in seconds for one request."""
    values: dict[str, list[list[float]]] = {}
    command = [sys.executable, __file__, "--worker", "--rounds", str(rounds)]
    for _ in track(range(processes), "Measuring", transient=True, console=Console(stderr=True)):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        for name, found in json.loads(done.stdout).items():
            values.setdefault(name, []).append(found)
    benchmarks = [
        pyperf.Benchmark([pyperf.Run(it, metadata={"name": name}, collect_metadata=False) for it in runs])
        for name, runs in values.items()
        if not name.startswith("added/")  # differences: a disturbed one may be below zero, which pyperf does not take
    ]
    if out is not None:
        pyperf.BenchmarkSuite(benchmarks).dump(str(out), replace=True)
    added = {name: median(chain.from_iterable(runs)) for name, runs in values.items() if name.startswith("added/")}
    return {it.get_name(): it.median() for it in benchmarks} | added


def report(medians: dict[str, float]) -> int:
    """Prints the table of added microseconds and ratios."""
    table = Table("µs", title="What a middleware adds to a request", box=box.SIMPLE)
    for heading in ("bare", "empty", "Starlette", "crossorigin", "/ Starlette", "/ empty"):
        table.add_column(heading, justify="right")
    failed = []
    added: dict[str, float] = {}
    for row in ROWS:
        bare, empty, peer, ours = (medians[f"{row.name}/{who}"] * 1e6 for who in ("bare", "empty", "starlette", "ours"))
        added[row.name] = ours - bare
        of_peer, of_empty = (ours - bare) / (peer - bare), (ours - bare) / (empty - bare)
        table.add_row(
            row.name,
            *(f"{it:,.2f}" for it in (bare, empty - bare, peer - bare, ours - bare)),
            f"{of_peer:.3f}",
            f"{of_empty:.2f}",
        )
        failed += _missed(row, of_peer, of_empty, added)
    Console().print(table)
    many = added["10,000 origins"] / added["allowed"]
    print(f"10,000 origins against one: {many:.2f} (bar {BARS['one origin']})")
    hostile = added["1 MB of ACRH"]
    print(f"1 MB of hostile Access-Control-Request-Headers: {hostile:.2f} µs (bar {HOSTILE_BAR_US:.0f} µs)")
    simulated = medians[SIMULATED] * 1e6
    print(f"One simulated in-process fetch with preflight: {simulated:.0f} µs (bar {SIMULATED_BAR_US:.0f} µs)")
    failed += _routed(medians)
    failed += _observed(medians)
    failed += _built(measure_build())
    failed += ["simulated fetch"] if simulated > SIMULATED_BAR_US else []
    failed += ["10,000 origins"] if many > BARS["one origin"] else []
    failed += ["hostile ACRH"] if hostile > HOSTILE_BAR_US else []
    print("Bars missed: " + "; ".join(failed) if failed else "Every bar is met.")
    return 1 if failed else 0


def _routed(medians: dict[str, float]) -> list[str]:
    """Prints what policies for routes cost, and returns the bars that are missed."""
    wrapped, match, plain, rule, marked = (medians[f"added/{it}"] * 1e6 for it in PEERS)
    print(f"A router with {ROUTES} routes takes {match:.1f} µs to find the last; around it the middleware adds:")
    print(f"  no route with a policy: {plain:.2f} µs, {wrapped:.2f} without routes (bar {NO_ROUTE_POLICY_BAR_US} more)")
    print(f"  a rule for a path: {rule:.2f} µs")
    print(f"  a route with a policy: {marked:.1f} µs, {(marked - wrapped) / match:.2f} of a route match more (bar 1)")
    found = ["policies for routes, where there are none"] if plain - wrapped > NO_ROUTE_POLICY_BAR_US else []
    return found + (["policies for routes: more than a route match"] if marked - wrapped > match else [])


def _observed(medians: dict[str, float]) -> list[str]:
    """Prints what the record of denials and the counter cost, and returns the bars that are missed."""
    missed = []
    print("The record of denials and the counter add to the middleware without them:")
    for row in observed.ROWS:
        added = {who: medians[f"added/{row.name}/{who}"] * 1e6 for who in observed.PEERS}
        print(f"  {row.name}: " + ", ".join(f"{who} {value:.2f} µs" for who, value in added.items()))
        bars = {who: observed.BARS.get((who, row.name)) for who in observed.PEERS}
        missed += [f"{who}, {row.name}: {added[who]:.2f} µs" for who, bar in bars.items() if bar and added[who] > bar]
    return missed


def _built(found: dict[str, float]) -> list[str]:
    """Prints what a long list costs to build, and returns the bars that are missed."""
    print(
        f"{ORIGINS:,} origins are built in {found['seconds']:.2f} s (bar {BUILD_BAR_SECONDS:.0f} s), "
        f"with {found['mb']:.0f} MB (bar {BUILD_BAR_MB:.0f} MB)"
    )
    missed = found["seconds"] > BUILD_BAR_SECONDS or found["mb"] > BUILD_BAR_MB
    return [f"{ORIGINS:,} origins"] if missed else []


def _missed(row: Row, of_peer: float, of_empty: float, added: dict[str, float]) -> list[str]:
    if not row.barred:
        return []
    found = [f"{row.name}: {of_peer:.3f} of Starlette"] if of_peer > (row.bar or BARS["starlette"]) else []
    if row.bar:  # a preflight that is worked out costs more than an empty middleware, and less than Starlette's
        return found
    return found + ([f"{row.name}: {of_empty:.2f} of empty"] if of_empty > BARS["empty"] else [])


if __name__ == "__main__":
    sys.exit(main())
