"""`crossorigin --version`, and the options of the command itself."""

from __future__ import annotations

import sys

import pytest

import crossorigin
from crossorigin import cli


def ran(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str, str]:
    monkeypatch.setattr(sys, "argv", ["crossorigin", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return left.value.code, *capsys.readouterr()


# A command after it does not run; an unknown option is said to be one.
@pytest.mark.parametrize("words", [("--version",), ("--version", "demo"), ("--version", "check", "no.toml")])
def test_the_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert ran(monkeypatch, capsys, *words) == (0, f"crossorigin {crossorigin.__version__}\n", "")


def test_a_command_runs_without_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(monkeypatch, capsys, "check", "no-such-file.toml")
    assert code == 1
    assert "file-unreadable" in out
    assert crossorigin.__version__ not in out + err


def test_without_it_a_command_is_still_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ran(monkeypatch, capsys)
    assert code == 2
    assert "--version" in out
    assert "Show the version and exit." in out
    code, out, err = ran(monkeypatch, capsys, "--versions")
    assert (code, out) == (2, "")
    assert "No such option: --versions" in err


def test_a_group_of_commands_is_loaded_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ran(monkeypatch, capsys, "origins", "--help")
    assert code == 0
    assert "why" in out
