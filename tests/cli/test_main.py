"""What holds for every command: its help, its bar, and what is printed if crossorigin itself makes a mistake."""

from __future__ import annotations

import importlib
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crossorigin import cli

MAIN = [sys.executable, "-c", "from crossorigin.cli import main; main()"]
PAGES = [*cli.COMMANDS, "origins", "origins why", "origins sql"]
NGINX = "add_header Access-Control-Allow-Origin https://app.example.com always;\n"


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["crossorigin", *words])
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


@pytest.mark.parametrize("page", PAGES)
def test_help_begins_with_a_task_and_an_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    assert run(monkeypatch, *page.split(), "--help") == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    usage, task, example, *_ = [line.strip() for line in text.splitlines() if line.strip()]
    assert usage.startswith("Usage: ")
    assert re.match(r"[A-Z][a-z]+ .*\.$", task), "a sentence that says what the command does"
    assert f"crossorigin {page}" in example


# -- the bar ------------------------------------------------------------------------------------------


def on_a_terminal(folder: Path, *words: str) -> str:
    """What a command writes to standard error, if that is a terminal."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as terminal:
        with open(theirs, "wb", buffering=0) as end:
            process = subprocess.Popen(
                [*MAIN, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=end, env=kept | {"TERM": "xterm"}
            )
        shown = b""
        try:
            while chunk := terminal.read(65_536):
                shown += chunk
        except OSError:  # EIO: the last one who had it open has closed it
            pass
        assert process.wait(60) == 0
    return shown.decode()


@pytest.mark.parametrize(("names", "shown"), [(["a.conf", "b.conf"], True), (["a.conf"], False)])
def test_a_check_of_several_targets_shows_a_bar(tmp_path: Path, names: list[str], shown: bool) -> None:
    for name in names:
        (tmp_path / name).write_text(NGINX)
    assert ("Checking" in on_a_terminal(tmp_path, "check", "--kind", "nginx", *names)) is shown


@pytest.mark.parametrize("colours", [{}, {"FORCE_COLOR": "1"}, {"NO_COLOR": "1"}])
def test_no_bar_in_a_pipe(tmp_path: Path, colours: dict[str, str]) -> None:
    for name in ("a.conf", "b.conf"):
        (tmp_path / name).write_text(NGINX)
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    command = [*MAIN, "check", "--kind", "nginx", "a.conf", "b.conf"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=kept | colours)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ("\x1b[" in ran.stdout) is ("FORCE_COLOR" in colours)


# -- a mistake of our own -----------------------------------------------------------------------------


def broken() -> None:
    """Fails."""
    cli.load_group("gone\x1b[2J")


def test_a_mistake_of_ours_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli, "load_command", lambda name: broken)
    assert run(monkeypatch, "check") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    said, _, rest = printed.err.partition(" (cli/__init__.py:")
    module = r"crossorigin.cli.gone\x1b[2J"
    assert said == f"crossorigin: a mistake in crossorigin: ModuleNotFoundError: No module named '{module}'"
    assert re.fullmatch(r"\d+\); please report it, with what it prints under CROSSORIGIN_TRACEBACK=1\n", rest)


def test_a_mistake_of_ours_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_TRACEBACK", "1")
    monkeypatch.setattr(cli, "load_command", lambda name: broken)
    monkeypatch.setattr(sys, "argv", ["crossorigin", "check"])
    with pytest.raises(ModuleNotFoundError):
        cli.main()


def test_a_mistake_elsewhere_has_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    failure: Any = ValueError("a\nb")
    assert cli._unexpected(failure).startswith("a mistake in crossorigin: ValueError: a\\x0ab; please report it")


def test_the_module_is_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["crossorigin", "--version"])
    with pytest.raises(SystemExit) as left:
        importlib.import_module("crossorigin.__main__")
    assert not left.value.code
    assert capsys.readouterr().out.startswith("crossorigin ")
