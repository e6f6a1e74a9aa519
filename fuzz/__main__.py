"""`make fuzz`: every harness under atheris for some minutes, one after the other, and what each came to."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

from fuzz.common import CORPUS

HERE: Final = Path(__file__).parent
NAMES: Final = sorted(file.stem.removeprefix("fuzz_") for file in HERE.glob("fuzz_*.py"))
RECENT: Final = 300  # seconds: what is new in the last five minutes
_RUNS: Final = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_STATE: Final = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+)")


class Came(NamedTuple):
    """What a harness came to. `features` are libFuzzer's: branches, by how often they were taken."""

    name: str
    runs: int
    features: int
    recent: int
    crashes: list[Path]
    said: str


def run(name: str, seconds: int) -> Came:
    """One harness, for so long or until it crashes; the inputs that crash are kept in the corpus."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        seeds, crashes = folder / "seeds", folder / "crashes"
        seeds.mkdir()
        crashes.mkdir()
        for number, seed in enumerate(import_module(f"fuzz.fuzz_{name}").SEEDS):
            seeds.joinpath(str(number)).write_bytes(seed)
        folders = [str(seeds), *([str(CORPUS / name)] if (CORPUS / name).is_dir() else [])]
        options = [f"-max_total_time={seconds}", "-max_len=600", "-timeout=60", "-rss_limit_mb=2048"]
        options += [f"-artifact_prefix={crashes}/", "-print_final_stats=1", "-verbosity=1"]
        command = [sys.executable, "-m", f"fuzz.fuzz_{name}", *options, *folders]
        features, said = [(0.0, 0)], []
        began = time.monotonic()
        environment = os.environ | {"PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0"}
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", env=environment
        ) as process:
            assert process.stderr is not None
            for line in process.stderr:
                said.append(line)
                state = _STATE.match(line)
                if state is not None:
                    features.append((time.monotonic() - began, int(state[3])))
        kept = [keep(name, crash) for crash in sorted(crashes.iterdir())]
    text = "".join(said[-400:])
    counted = _RUNS.search(text)
    runs = int(counted[1]) if counted else 0
    until = time.monotonic() - began - RECENT
    before = max((number for at, number in features if at <= until), default=0)
    failed = "" if process.returncode == 0 else text[-3000:]
    last = features[-1][1]
    return Came(name, runs, last, last - before, kept, failed)


def keep(name: str, crash: Path) -> Path:
    """Puts an input that crashed into the corpus, where the tests run it."""
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / crash.name
    kept.write_bytes(crash.read_bytes())
    return kept


def main() -> int:
    """Runs the harnesses, prints the table, and returns 1 if one of them crashed or did not run."""
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME")
    given = parser.parse_args()
    failed = False
    print(f"{'harness':<16}{'runs':>10}{'features':>10}{'new in 5 min':>14}  crashes", flush=True)
    for name in given.names or NAMES:
        came = run(name, max(1, round(given.minutes * 60)))
        ran = came.runs > 0
        crashes = ", ".join(str(crash) for crash in came.crashes) or ("0" if ran else "it did not run")
        print(f"{name:<16}{came.runs:>10,}{came.features:>10,}{came.recent:>14,}  {crashes}", flush=True)
        if came.said or came.crashes or not ran:
            failed = True
            print(came.said, file=sys.stderr, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
