"""Runs mutmut on the packages that decide, and judges what it says.

A mutant is tried twice. The first time is fast: tests are collected once, before the mutant is there, so what a test
file builds when it is imported comes from the code without the change. Whoever survives is tried again in a process
that imports everything with the change.

What mutmut does not change: what stands outside of functions, functions with a decorator other than `classmethod` and
`staticmethod`, and annotations.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tools.mutants.judging import Survivor, Verdict, gave_up, reasons, results, survivor, verdict

ROOT: Final = Path(__file__).parents[2]
MADE: Final = ROOT / "build" / "mutants"
REASONS: Final = ROOT / "tools" / "mutants" / "reasons.toml"
PROCESSES: Final = 2
# What tests import that is none of ours: a process that imports the rest anew has these already.
PRELOADED: Final = (
    "pytest", "hypothesis.strategies", "pydantic", "ada_url", "publicsuffixlist", "fastapi", "starlette.testclient",
)  # fmt: skip
_PROGRESS: Final = re.compile(r"(\d+)/(\d+)  \D+(\d+) \D+(\d+)  ")
_SPINS: Final = re.compile(r"[⠀-⣿] ")
_SHOWN_EVERY: Final = 10  # seconds
_QUICK: Final = "not browser and not server and not slow and not nightly"


class Package(NamedTuple):
    """The files of a package in which mutants are made, the tests that have to notice, and pytest's `-m` for them."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    marked: str = _QUICK


PACKAGES: Final = {
    "server": Package(
        files=("server/*.py",),
        tests=("tests/server", "tests/middleware/test_cors.py", "tests/origins/test_decisions.py"),
    ),
    "policy": Package(
        files=(
            "policy/validation.py",
            "policy/*pattern*.py",
            "policy/*regex*.py",
            "policy/origin_grammar.py",
            "policy/origin_set.py",
            "policy/hosts.py",
        ),
        tests=("tests/policy",),
    ),
    "middleware": Package(
        files=("middleware/*.py",),
        tests=(
            "tests/middleware",
            "tests/check/test_app.py",
            "tests/check/test_app_parts.py",
            "tests/audit/test_declared.py",
            "tests/server/test_enforce.py",
            "tests/origins/test_decisions.py",
            "tests/origins/test_install.py",
            # One of its tests fails in the processes that mutmut forks; why is not known.
            "--ignore=tests/middleware/test_reload_install.py",
            # They take minutes, in processes of their own.
            "--ignore=tests/middleware/test_instrumentation.py",
            "--ignore=tests/middleware/test_starlettes_own_tests.py",
        ),
        # Those that measure nothing are drawn by chance, and take long.
        marked="not browser and not server and not nightly and not unmeasured",
    ),
}


class DidNotRunError(Exception):
    """mutmut did not do what it was asked; the last lines that it printed are in the message."""


class Mutmut:
    """mutmut in a folder of its own, with a copy of the sources and the tests of one package."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = MADE / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for part in ("src", "tests", "docs", "examples"):
            shutil.copytree(ROOT / part, self.folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "README.md", self.folder)
        self.folder.joinpath("preload.txt").write_text("\n".join(PRELOADED))
        copies = self.folder / "mutants"
        # The copies come first, also in the processes that a test starts. Python never looks again into a folder that
        # was not there when it started.
        copies.joinpath("src").mkdir(parents=True)
        paths = [copies / "src", copies, ROOT, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        self.environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}

    def configure(self, warmup: str) -> None:
        package = PACKAGES[self.name]
        settings = {
            "source_paths": ["src"],
            "only_mutate": [f"src/crossorigin/{file}" for file in package.files],
            "also_copy": ["docs", "examples", "README.md"],
            "pytest_add_cli_args_test_selection": [*package.tests, "-m", package.marked],
            "pytest_add_cli_args": [
                *("--hypothesis-profile=mutants", "-p", "no:cacheprovider", "-p", "tools.mutants.cheapest_first"),
                *("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"),
            ],
            # The tests run in processes that are forked from one that ran none: no cache is full from the code without
            # the change.
            "process_isolation": "forkserver",
            "forkserver_warmup": warmup,
            "preload_modules_file": "preload.txt",
            "use_git_change_detection": False,
            "on_dependency_change": "ignore",
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        ours = ROOT.joinpath("pyproject.toml").read_text()
        self.folder.joinpath("pyproject.toml").write_text("\n".join([ours, "[tool.mutmut]", *lines, ""]))

    def run(self, *mutants: str) -> None:
        """Tries these mutants, or all; says every ten seconds how far it is."""
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(PROCESSES), *mutants]
        printed: list[str] = []
        shown = time.monotonic()
        with subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            for line in pieces(process):
                progress = _PROGRESS.search(line)
                if progress is None and not _SPINS.match(line):
                    printed = [*printed[-60:], line]
                if progress is not None and time.monotonic() > shown + _SHOWN_EVERY:
                    shown = time.monotonic()
                    print(f"{self.name}: {progress[1]} of {progress[2]} tried", flush=True)
        if process.returncode:
            raise DidNotRunError("\n".join([*printed, f"mutmut ended with status {process.returncode}"]))

    def says(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "mutmut", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise DidNotRunError(f"{done.stdout}{done.stderr}\nmutmut {arguments[0]} ended with {done.returncode}")
        return done.stdout

    def total(self) -> int:
        """How many mutants there are, killed ones too."""
        self.says("export-cicd-stats")
        file = self.folder / "mutants" / "mutmut-cicd-stats.json"
        return int(json.loads(file.read_text())["total"]) if file.exists() else 0

    def survivors(self) -> Iterator[Survivor]:
        for mutant, status in results(self.says("results")).items():
            shown = self.says("show", mutant)
            file = next(line for line in shown.splitlines() if line.startswith("--- "))[4:].strip()
            yield survivor(mutant, status, shown, ROOT.joinpath(file).read_text())


def pieces(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """What a process prints, as lines; a progress bar's are ended by a carriage return."""
    assert process.stdout is not None
    rest = b""
    while read := process.stdout.read1(65536):  # type: ignore[attr-defined]
        *whole, rest = re.split(rb"[\r\n]", rest + read)
        yield from (line.decode(errors="replace") for line in whole)
    yield rest.decode(errors="replace")


def judged(name: str) -> Verdict:
    mutmut = Mutmut(name)
    mutmut.configure("collect")
    mutmut.run()
    total = mutmut.total()
    again = [mutant for mutant, status in results(mutmut.says("results")).items() if status != "no tests"]
    if again:
        print(f"{name}: {len(again)} of {total} survive, and are tried once more", flush=True)
        mutmut.configure("import")
        mutmut.run(*again)
    return verdict(name, total, list(mutmut.survivors()), reasons(tomllib.loads(REASONS.read_text())))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("packages", nargs="*", choices=[*PACKAGES, []], help="which packages; all of them")
    names: list[str] = parser.parse_args().packages or list(PACKAGES)
    failed = False
    for name in names:
        try:
            came = judged(name)
        except DidNotRunError as error:
            came = Verdict([str(error)], gave_up(name, str(error)))
        MADE.joinpath(f"{name}.txt").write_text("\n".join([*came.lines, ""]))
        print(*came.lines, sep="\n")
        if came.fails is not None:
            print(came.fails, file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
