"""`crossorigin demo`: its help, its banner, its exit codes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from crossorigin.cli import main

ANY = ["--api-port", "0", "--front-port", "0", "--other-port", "0"]
SCRIPT = Path(sys.executable).parent / "crossorigin"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["crossorigin", *arguments])
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_help_teaches(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--help") == 0
    assert "Watch CORS happen" in capsys.readouterr().out
    assert run(monkeypatch, "demo", "--help") == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # CI services ask typer for colours
    for words in ("Two ports are two origins", "--api-port", "--front-port", "--other-port", "A port of 0", "Ctrl-C"):
        assert words in " ".join(text.split()), words


def test_the_banner_and_ctrl_c(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(_: Event) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crossorigin.cli.demo.Event", lambda: type("Never", (), {"wait": interrupt})())
    assert run(monkeypatch, "demo", *ANY) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out, "no colours where there is no terminal"
    lines = [re.sub(r"\d+", "N", it).strip() for it in out.splitlines() if it.strip()]
    assert lines[0] == "crossorigin demo: open http://localhost:N"
    assert [it.split()[0] for it in lines[1:4]] == ["http://localhost:N"] * 3
    assert lines[4:] == ["Ctrl-C stops it.", "Stopped."]


@pytest.mark.parametrize("option", ["front", "other", "api"])
def test_a_port_in_use_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(monkeypatch, "demo", *ANY, f"--{option}-port", str(port)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    choose = f"choose another: crossorigin demo --{option}-port PORT (0: any free)"
    line = f"crossorigin: port {port} is in use; {choose}\n"
    assert err == line


@pytest.mark.parametrize("port", ["65536", "-1", "x"])
def test_a_port_that_cannot_be(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    assert run(monkeypatch, "demo", f"--api-port={port}") == 2


def test_without_typer_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    assert run(monkeypatch, "demo") == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", 'crossorigin: typer is not installed: pip install "crossorigin[cli]"\n')


def test_without_fastapi_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [it for it in sys.modules if it.startswith(("crossorigin.demo", "crossorigin.cli.demo"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    assert run(monkeypatch, "demo", *ANY) == 2
    assert capsys.readouterr() == ("", 'crossorigin: demo needs fastapi: pip install "crossorigin[demo]"\n')


def test_the_console_script_stops_on_ctrl_c() -> None:
    environment: dict[str, Any] = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [SCRIPT, "demo", *ANY], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(timeout=10) == 0
    assert rest.strip() == "Stopped."
