"""The process that an app runs in: what ends it, what it prints, and what it may say."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from crossorigin.cli import app_child
from crossorigin.cli.app_messages import AppTask, Message, read_message, read_task, write
from crossorigin.cli.app_process import AppProcess, look_at_app
from crossorigin.report.errors import CannotRun
from crossorigin.report.findings import Finding, NotJudged, Place, RunTimeValue

APP = """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com/"])
"""
THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=[600]).start()\n"
CHILD = "import subprocess\nopen('pid', 'w').write(str(subprocess.Popen(['sleep', '600']).pid))\n"
PRINTS = "import os, sys\nprint('to stdout')\nos.write(1, b'raw\\n')\nprint('to stderr', file=sys.stderr)\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "main", raising=False)
    return tmp_path


def codes(task: AppTask) -> list[str]:
    results, _, error = look_at_app(task)
    assert not error
    return [result.code for result in results if isinstance(result, Finding)]


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to read its status."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("before", ["", THREAD, CHILD, PRINTS])
def test_what_else_an_app_does_does_not_matter(before: str, capfd: pytest.CaptureFixture[str]) -> None:
    Path("main.py").write_text(before + APP)
    began = time.monotonic()
    assert codes(AppTask("main:app", timeout=60)) == ["no-effect"]
    assert time.monotonic() - began < 50
    assert capfd.readouterr() == ("", "")
    assert before != CHILD or has_ended(int(Path("pid").read_text()))


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import os\nos._exit(3)", "main:app ended its process (exit status 3) while it was imported"),
        ("import os\nos.kill(os.getpid(), 9)", "main:app ended its process (signal SIGKILL) while it was imported"),
        ("import time\nprint('to stdout')\ntime.sleep(600)", "main:app was not imported within 1.5 s (--timeout); "),
        (
            "import time, faulthandler\nfaulthandler.cancel_dump_traceback_later()\ntime.sleep(600)",
            "main:app was not imported within 1.5 s (--timeout); ",
        ),
        (
            "import os, time, faulthandler\nfaulthandler.cancel_dump_traceback_later()\nos.close(3)\ntime.sleep(600)",
            "main:app was not imported within 1.5 s (--timeout); ",
        ),
        ("import os\nos.write(3, b'x\\n')\nos._exit(0)", "main:app: its process wrote what is not a message"),
        (
            'import os\nos.write(3, b\'{"note": "\\xff"}\\n\')\nos._exit(0)',
            "main:app: its process wrote what is not a message",
        ),
        (
            "import os\nwhile True:\n    os.write(3, b'x' * 1_000_000)",
            "main:app: its process wrote more than 16,000,000 bytes",
        ),
    ],
)
def test_an_app_that_stops_its_process(source: str, error: str) -> None:
    Path("main.py").write_text(source)
    results, notes, why = look_at_app(AppTask("main:app", timeout=1.5))
    assert (results, notes) == ([], [])
    assert why == error + ("standard error shows where it was" if error.endswith("; ") else "")


def test_an_app_that_hangs_is_late_also_where_this_process_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timer runs in the app's process, and ends it before this one thinks that the time is over."""

    def slowly(line: str) -> Message:
        time.sleep(0.5)
        return read_message(line)

    monkeypatch.setattr("crossorigin.cli.app_process.read_message", slowly)
    Path("main.py").write_text("import time\ntime.sleep(600)")
    _, _, why = look_at_app(AppTask("main:app", timeout=1))
    assert why == "main:app was not imported within 1 s (--timeout); standard error shows where it was"


def test_what_is_shown_if_an_app_fails(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # what it printed is shown with and without
    Path("main.py").write_text(PRINTS + "print('\\x1b[31m')\nimport time\ntime.sleep(600)\n")
    look_at_app(AppTask("main:app", timeout=3))
    out, err = capfd.readouterr()
    lines = err.splitlines()
    assert (out, lines[0]) == ("", "main:app printed:")
    assert set(lines[1:5]) == {"to stdout", "raw", "to stderr", "\\x1b[31m"}
    assert f'  File "{Path.cwd()}/main.py", line 7 in <module>' in lines


def test_a_variable_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("main.py").write_text("import os\nassert os.environ['A'] + os.environ['B'] == 'set1'\n" + APP)
    Path(".env").write_text("A=0\nB=1\n")
    monkeypatch.setenv("A", "set")
    assert codes(AppTask("main:app", env_file=".env")) == ["no-effect"]


def test_a_variable_from_a_file_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_A_FILE", "")
    monkeypatch.delenv("FROM_A_FILE")  # both, so that it is gone after the test
    Path(".env").write_text("FROM_A_FILE=1\n")
    (_, error, _) = app_child.inspected(AppTask("gone:app", env_file=".env"))
    assert error.error == f"there is no module 'gone' here ({Path.cwd()})"
    assert os.environ["FROM_A_FILE"] == "1"


@pytest.mark.parametrize(
    ("task", "error"),
    [
        (AppTask("main:app", env_file="gone.env"), "--env-file gone.env: there is no such file"),
        (AppTask("gone:app", app_dir="sub"), "there is no module 'gone' here (HERE/sub)"),
        (
            AppTask("serves:app"),
            "serves:app serves when it is imported (serves.py:3: uvicorn.run(…)): "
            'put that below if __name__ == "__main__":',
        ),
        (AppTask("gone"), "'gone' is neither a URL nor an app: write main:app, or http://localhost:8000"),
    ],
)
def test_what_cannot_be_done(task: AppTask, error: str, folder: Path) -> None:
    Path("serves.py").write_text("import uvicorn\napp = None\nuvicorn.run(app)\n")
    told = [Message(started=True), Message(error=error.replace("HERE", str(folder))), Message(done=True)]
    assert list(app_child.inspected(task)) == told


def test_without_dotenv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dotenv", None)
    (_, error, _) = app_child.inspected(AppTask("main:app", env_file=".env"))
    assert error.error == "--env-file needs python-dotenv: pip install python-dotenv"


def test_the_process_ends_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `main` does in the process: messages on the first standard output, and all the rest on standard error."""
    reader, writer = os.pipe()
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(os, "dup", lambda number: writer)
    monkeypatch.setattr(os, "dup2", lambda *numbers: calls.append(numbers))
    monkeypatch.setattr(os, "_exit", calls.append)
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr(app_child.faulthandler, "dump_traceback_later", lambda *given, **how: calls.append(given))
    app_child.main(write(AppTask("gone:app", timeout=7.0)))
    with os.fdopen(reader) as stream:
        lines = [json.loads(stream.readline()) for _ in range(3)]
    assert lines == [{"started": True}, {"error": f"there is no module 'gone' here ({Path.cwd()})"}, {"done": True}]
    assert calls == [(2, 1), (7.0,), 0]


FINDING = Finding("a", "low", "T", "w", "e", "r", Place("f", 1), "", {"n": 1, "s": ["x"], "none": None, "on": True})
RESULTS = [
    FINDING,
    NotJudged("b", "T", "w", "e", "r"),
    RunTimeValue("allow_origins", "settings.X", Place("f", 2, "name")),
]


@pytest.mark.parametrize("result", RESULTS)
def test_a_result_comes_back(result: Any) -> None:
    assert read_message(write(Message.of(result))).result == result


def test_what_json_cannot_hold() -> None:
    finding = Finding("a", "low", "T", "w", "\udcff", "r", None, "", {"o": Path("x"), "t": {1: ("y",)}})
    read = read_message(write(Message.of(finding))).finding
    assert read is not None
    assert (read.evidence, read.details) == ("\\udcff", {"o": "x", "t": {"1": ["y"]}})


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        '{"done": 7}',
        '{"note": []}',
        '{"finding": {"code": 1}}',
        '{"finding": {"code": "a", "severity": "worst"}}',
    ],
)
def test_what_is_not_a_message(line: str) -> None:
    with pytest.raises(ValueError, match="this is not a message"):
        read_message(line)


def test_a_task_comes_back() -> None:
    task = AppTask("main:app", "backend", True, ".env", 2.5)
    assert read_task(write(task)) == task


def test_a_stream_of_messages() -> None:
    stream = io.StringIO()
    app_child.serve(AppTask("gone"), stream)
    assert [read_message(line) for line in stream.getvalue().splitlines()][-1] == Message(done=True)


def test_the_messages_end_with_the_last() -> None:
    Path("main.py").write_text(APP)
    with AppProcess(AppTask("main:app")) as process:
        told = list(process.messages())
    assert told[:2] == [Message(started=True), Message(imported=True)]
    assert Message(done=True) not in told


def test_a_process_that_closes_what_it_writes_to() -> None:
    Path("main.py").write_text("import os, time\nos.close(3)\ntime.sleep(600)")
    with AppProcess(AppTask("main:app", timeout=1.5)) as process, pytest.raises(CannotRun, match="was not imported"):
        list(process.messages())
