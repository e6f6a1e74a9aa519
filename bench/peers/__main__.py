"""`make peers`: the peers measured, then asked in a browser; writes docs/peers.md and its pictures.

`--steps speed` or `--steps browser` runs one of the two and keeps what the other found before, in results.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from statistics import median

import pyperf

from bench.peers.apps import OURS, PEERS
from bench.peers.browser import ask_all
from bench.peers.expectations import EXPECTATIONS
from bench.peers.page import Results, loaded, page, pictures, slower
from bench.peers.speed import imports, measure, memories

ROOT = Path(__file__).parent.parent.parent
KEPT = Path(__file__).parent / "results.json"


def setting() -> dict[str, str]:
    """Where and when, and what."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((it.partition(": ")[2] for it in lines if it.startswith("model name")), platform.machine())
    versions = [f"{it.package} {version(it.package)}" for it in PEERS if it.name != OURS]
    return {
        "Date": date.today().isoformat(),
        "Machine": f"{processor}, {os.cpu_count()} processors, {platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Versions": ", ".join(["crossorigin of this tree", *versions]),
        "Load of the machine at the start": ", ".join(f"{it:.1f}" for it in os.getloadavg()),
    }


def run_speed(results: Results, processes: int, rounds: int, import_rounds: int) -> None:
    """Several processes, because a hash seed and a memory layout last for a process."""
    results.setting = setting()
    values: dict[str, list[list[float]]] = {}
    command = [sys.executable, "-m", "bench.peers", "--worker", "--rounds", str(rounds)]
    for number in range(processes):
        print(f"speed: process {number + 1} of {processes}", file=sys.stderr)
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for name, found in json.loads(done.stdout).items():
            values.setdefault(name, []).append(found)
    results.speed = {name: median(chain.from_iterable(runs)) for name, runs in values.items()}
    results.memory, results.imports = memories(), imports(import_rounds)
    results.setting["Load at the end"] = ", ".join(f"{it:.1f}" for it in os.getloadavg())
    results.setting["Rounds"] = f"{rounds} in each of {processes} processes"
    results.setting["Clock"] = f"perf_counter, {pyperf.__name__} {pyperf.__version__}"


def run_browser(results: Results, names: Iterable[str]) -> None:
    """Asks these peers; what others were found to do before is kept."""
    before = setting()
    found, chromium = ask_all([it for it in PEERS if it.name in names])
    results.browser_setting = before | {"Chromium": chromium}
    kept = results.browser
    results.browser = {it.says: kept.get(it.says, {}) | found[it.says] for it in EXPECTATIONS}


def write(results: Results, docs: Path) -> None:
    """The page, its pictures, and what they are made of."""
    KEPT.write_text(json.dumps(asdict(results), indent=1, ensure_ascii=False) + "\n")
    (docs / "peers.md").write_text(page(results))
    if results.speed:
        for name, svg in pictures(results).items():
            (docs / "images" / name).write_text(svg)


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", nargs="+", choices=("speed", "browser"), default=("speed", "browser"))
    names = [it.name for it in PEERS]
    parser.add_argument("--peers", nargs="+", choices=names, default=names, help="whom the browser asks")
    parser.add_argument("--processes", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--imports", type=int, default=7)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(None if arguments is None else list(arguments))
    os.environ["CROSSORIGIN_LOG"] = "off"
    if options.worker:
        json.dump(measure(options.rounds), sys.stdout)
        return 0
    results = loaded(json.loads(KEPT.read_text())) if KEPT.exists() else Results()
    if "speed" in options.steps:
        run_speed(results, options.processes, options.rounds, options.imports)
    if "browser" in options.steps:
        run_browser(results, options.peers)
    write(results, ROOT / "docs")
    lost = slower(results) if results.speed else ["not measured"]
    print("crossorigin adds more in: " + "; ".join(lost) if lost else "crossorigin adds less in every row.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
