"""`make fuzz`: every harness under atheris for some minutes, one after the other, and what each came to."""

from __future__ import annotations

import argparse
import os
import re
import signal
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
QUIET: Final = 300  # seconds without a new branch, after which a harness is stopped
_LOOKED_AT_EVERY: Final = 1.0  # seconds
_INTERRUPTED: Final = 72  # libFuzzer's exit status after SIGINT
_RUNS: Final = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_STATE: Final = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+)")


class Came(NamedTuple):
    """What a harness came to. `branches` and `features` are libFuzzer's `cov` and `ft`; `quiet` is seconds since the
    last new branch."""

    name: str
    runs: int
    seconds: float
    branches: int
    features: int
    quiet: float
    crashes: list[Path]
    said: str


class Progress:
    """What libFuzzer has printed so far: how far it is, and since when it found no new branch."""

    def __init__(self, printed: Path) -> None:
        self.printed = printed
        self.began = self.found = time.monotonic()
        self.branches = self.features = 0

    def read(self) -> None:
        """Reads it again."""
        states = _STATE.findall(self.printed.read_text(errors="replace"))
        if not states:
            return
        _, branches, features = map(int, states[-1])
        if branches > self.branches:
            self.found = time.monotonic()
        self.branches, self.features = branches, features

    def quiet(self) -> float:
        """Seconds since the last new branch."""
        return time.monotonic() - self.found


def run(name: str, seconds: int) -> Came:
    """One harness, until the time is over, or it crashes, or it has found no new branch for five minutes.

    The inputs that crash are kept in the corpus.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        seeds, crashes, printed = folder / "seeds", folder / "crashes", folder / "printed"
        seeds.mkdir()
        crashes.mkdir()
        for number, seed in enumerate(import_module(f"fuzz.fuzz_{name}").SEEDS):
            seeds.joinpath(str(number)).write_bytes(seed)
        folders = [str(seeds), *([str(CORPUS / name)] if (CORPUS / name).is_dir() else [])]
        options = [f"-max_total_time={seconds}", "-max_len=600", "-timeout=60", "-rss_limit_mb=2048"]
        options += [f"-artifact_prefix={crashes}/", "-print_final_stats=1", "-verbosity=1"]
        command = [sys.executable, "-m", f"fuzz.fuzz_{name}", *options, *folders]
        environment = os.environ | {"PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0"}
        with (
            printed.open("wb") as output,
            subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment) as process,
        ):
            progress = Progress(printed)
            stopped = False
            try:
                while process.poll() is None:
                    time.sleep(_LOOKED_AT_EVERY)
                    progress.read()
                    if progress.quiet() > QUIET and not stopped:
                        stopped = True
                        process.send_signal(signal.SIGINT)
            finally:  # whoever is ended takes the harness along
                process.terminate()
        progress.read()
        kept = [keep(name, crash) for crash in sorted(crashes.iterdir())]
        text = printed.read_text(errors="replace")
    counted = _RUNS.search(text)
    runs = int(counted[1]) if counted else 0
    ended_well = process.returncode == (_INTERRUPTED if stopped else 0)
    return Came(
        name,
        runs,
        seconds=time.monotonic() - progress.began,
        branches=progress.branches,
        features=progress.features,
        quiet=progress.quiet(),
        crashes=kept,
        said="" if ended_well else text[-3000:],
    )


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
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    failed = False
    print(
        f"{'harness':<16}{'runs':>10}{'minutes':>9}{'branches':>10}{'features':>10}{'quiet s':>9}  crashes", flush=True
    )
    for name in given.names or NAMES:
        came = run(name, max(1, round(given.minutes * 60)))
        ran = came.runs > 0
        crashes = ", ".join(str(crash) for crash in came.crashes) or ("0" if ran else "it did not run")
        minutes, quiet = came.seconds / 60, came.quiet
        figures = f"{came.runs:>10,}{minutes:>9.1f}{came.branches:>10,}{came.features:>10,}{quiet:>9.0f}"
        print(f"{name:<16}{figures}  {crashes}", flush=True)
        if came.said or came.crashes or not ran:
            failed = True
            print(came.said, file=sys.stderr, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
