"""An app, looked at in a process of its own: it cannot stop the command, and leaves nothing behind.

Here belong starting the process, reading its messages within the time and the size that it has, and ending it with all
that it started. Not here: what happens in it (`app_child`).
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from ..report.errors import CannotRun
from ..report.findings import Result
from .app_messages import AppTask, Message, read_message, write
from .stderr import say

_START: Final = 60.0  # seconds for Python and this package, on a busy machine
_GRACE: Final = 2.0  # seconds after the timeout in which the process ends itself, and says where it was
_ENDED_ITSELF: Final = 1  # its exit status then: `faulthandler.dump_traceback_later`
_MOST_MESSAGES: Final = 16_000_000  # bytes
_MOST_OUTPUT: Final = 200  # of the last lines that the app printed, each cut
_LONGEST_LINE: Final = 2000
# -P: the working directory may hold a json.py. This very package is loaded, wherever it was found.
_PROGRAM: Final = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("crossorigin", sys.argv[1])
sys.modules["crossorigin"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["crossorigin"])
from crossorigin.cli.app_child import main
main(sys.argv[2])
"""
_PACKAGE: Final = str(Path(__file__).resolve().parent.parent / "__init__.py")
# Windows has no process groups: there the one process is ended.
_END_GROUP: Final = getattr(os, "killpg", os.kill)
_END: Final = getattr(signal, "SIGKILL", signal.SIGTERM)


class AppProcess:
    """One process that does one task. As a context manager it ends with the block, whatever it does.

    `printed` are the last lines of what the app wrote to standard output and standard error.
    """

    def __init__(self, task: AppTask) -> None:
        self.task = task
        self.printed: deque[str] = deque(maxlen=_MOST_OUTPUT)
        self._lines: queue.Queue[bytes | None] = queue.Queue()

    def __enter__(self) -> AppProcess:
        self._began = time.monotonic()
        self._ends = self._began + _START
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-u", "-c", _PROGRAM, _PACKAGE, write(self.task)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that it has a process group of its own
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read_messages, args=[self._process.stdout], daemon=True),
            threading.Thread(target=self._read_output, args=[self._process.stderr], daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(ProcessLookupError, PermissionError):  # the group may have ended by itself
            _END_GROUP(self._process.pid, _END)
        self._process.wait()
        for reader in self._readers:  # what left the group may hold a pipe open: nobody waits for that
            reader.join(timeout=1)

    def messages(self) -> Iterator[Message]:
        """Every message up to the last. Raises CannotRun if the process ends, or the time is over, before that."""
        read, imported = 0, False
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, self._ends - time.monotonic()))
            except queue.Empty:
                raise CannotRun(self._too_late(imported=imported)) from None
            if line is None:
                raise CannotRun(self._ended(imported=imported))
            read += len(line)
            if read > _MOST_MESSAGES:
                raise CannotRun(f"{self.task.name}: its process wrote more than {_MOST_MESSAGES:,} bytes")
            try:
                message = read_message(line.decode("ascii"))
            except ValueError:
                raise CannotRun(f"{self.task.name}: its process wrote what is not a message") from None
            if message.done:
                return
            if message.started:
                self._ends = time.monotonic() + self.task.timeout + _GRACE
            imported = imported or message.imported
            yield message

    def _too_late(self, *, imported: bool) -> str:
        what = "looked at" if imported else "imported"
        late = f"{self.task.name} was not {what} within {self.task.timeout:g} s (--timeout)"
        return f"{late}; standard error shows where it was"

    def _ended(self, *, imported: bool) -> str:
        try:
            status = self._process.wait(max(0.0, self._ends - time.monotonic()))
        except subprocess.TimeoutExpired:
            return self._too_late(imported=imported)
        # Its timer is older than the message that told of it, and younger than the process.
        if status == _ENDED_ITSELF and time.monotonic() >= self._began + self.task.timeout:
            return self._too_late(imported=imported)
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        when = "while it was looked at" if imported else "while it was imported"
        return f"{self.task.name} ended its process ({how}) {when}"

    def _read_messages(self, stream: IO[bytes]) -> None:
        with stream:
            while line := stream.readline(_MOST_MESSAGES + 1):
                self._lines.put(line)
        self._lines.put(None)

    def _read_output(self, stream: IO[bytes]) -> None:
        with stream:
            while line := stream.readline(_LONGEST_LINE):
                self.printed.append(line.decode("utf-8", "replace").rstrip("\r\n"))


def look_at_app(task: AppTask) -> tuple[list[Result], list[str], str]:
    """Results, notes, and why the app could not be looked at to the end; what it printed is then shown."""
    results: list[Result] = []
    notes: list[str] = []
    errors: list[str] = []
    with AppProcess(task) as process:
        try:
            for message in process.messages():
                results += [message.result] if message.result is not None else []
                notes += [message.note] if message.note else []
                errors += [message.error] if message.error else []
        except CannotRun as error:
            errors.append(str(error))
    if errors and process.printed:
        say("\n".join([f"{task.name} printed:", *process.printed]))
    return results, notes, "; ".join(errors)
