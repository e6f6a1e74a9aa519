"""The tools that a new machine meets first, with what such a machine lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent / "tools"
NEEDED = "This needs Python 3.11 or newer; found: {}. On Debian 12: apt-get install python3\n"


def run(*words: str | Path, stdin: Path | None = None, **environment: str) -> tuple[int, str]:
    """The exit status of a program and what it writes to standard error, at once."""
    with (stdin or Path(os.devnull)).open() as given:
        ran = subprocess.run(
            words, stdin=given, env=environment, cwd="/", capture_output=True, text=True, timeout=60, check=False
        )
    return ran.returncode, ran.stderr


@pytest.mark.parametrize(
    ("installed", "named", "found"),
    [
        ([], "", "none"),
        (["python3"], "", "/python3"),
        (["python3.13"], "", "/python3.13"),
        (["python3", "python3.13"], "", "/python3.13"),
        (["python3", "python3.13", "python3.12"], "", "/python3.12"),
        (["python3", "python3.11"], "", "/python3.11"),
        (["python3", "python3.11"], "python3", "python3"),
        ([], "python9", "python9"),
    ],
)
def test_the_environment_is_made_with(tmp_path: Path, installed: list[str], named: str, found: str) -> None:
    """Each Python here says that it is too old, so tools/venv ends with the name of the one that it chose."""
    for name in installed:
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "dirname").symlink_to(str(shutil.which("dirname")))
    where = f"{tmp_path}{found}" if found.startswith("/") else found
    status, said = run(TOOLS / "venv", tmp_path / "made", PATH=str(tmp_path), PYTHON=named)
    assert (status, said.splitlines(keepends=True)[-1:]) == (1, [NEEDED.format(where)])
    assert not (tmp_path / "made").exists()


def test_make_leaves_the_choice_of_python_to_tools_venv() -> None:
    """GNU Make 4.4 runs `$(shell command -v …)` without a shell, and finds no program called `command`."""
    assert "$(shell" not in (TOOLS.parent / "Makefile").read_text()


@pytest.mark.parametrize("suite", ["", "Bookworm", "book worm", "../bookworm", "bookworm;id", "--help"])
def test_a_fresh_machine_needs_a_release(suite: str) -> None:
    said = "fresh: this needs a release of Debian, such as: make fresh SUITE=bookworm\n"
    assert run("bash", TOOLS / "fresh", suite, PATH=os.environ["PATH"]) == (1, said)


def test_a_fresh_machine_needs_root() -> None:
    as_nobody = ["setpriv", "--reuid=65534", "--clear-groups"] if os.getuid() == 0 else []
    said = "fresh: a new root needs root's rights to make: run it with sudo\n"
    ran = run(*as_nobody, "bash", "-s", "bookworm", stdin=TOOLS / "fresh", PATH=os.environ["PATH"])
    assert ran == (1, said)
