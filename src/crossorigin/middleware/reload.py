"""The policy file, followed while the process runs.

A thread of its own reads the file four times a second, so that this works under any server, event loop and file
system, and no request ever waits for a disk. What counts is the content under the file's name: whether an editor
replaces the file, or Kubernetes a link on the way to it, makes no difference.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

from ..policy.policy import Policy
from ..policy.problems import SHOWN, PolicyError, problem, shown
from ..policy.settings import MAX_FILE_BYTES, find
from ..report.files import read_regular_file

# Seconds between two looks at the file.
POLL: Final = 0.25

# Seconds for which a content must stand before it is taken: an editor that writes in place empties the file first.
SETTLED: Final = 0.2

# Seconds that whoever ends it waits for a disk that does not answer.
_ENDING: Final = 5.0

logger = logging.getLogger("crossorigin")


class PolicyWatcher:
    """Follows a policy file: every good change is applied, a bad one is logged and changes nothing.

    `apply` is called in the watching thread, first with the policy that the file holds at the start, where that
    is not `running` already.
    """

    def __init__(self, path: str | Path, apply: Callable[[Policy], object], *, running: Policy | None = None) -> None:
        self.path = Path(path).absolute()
        self._apply = apply
        self._running = running
        self._seen: bytes | str | None = None  # the content last dealt with, or why there was none
        self._bad = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to follow, in a daemon thread; once begun, does nothing."""
        if self._thread is None:
            self._stopping = threading.Event()
            self._thread = threading.Thread(
                target=self._follow, args=(self._stopping,), name="crossorigin-watch", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Ends it, and waits for the thread, a tenth of a second or so; where nothing runs, does nothing."""
        thread, self._thread = self._thread, None
        self._stopping.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=_ENDING)

    def _follow(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            self._look(stopping)
            stopping.wait(POLL)

    def _look(self, stopping: threading.Event) -> None:
        """Deals with the file's content, once, when it has stood for a while."""
        content = _content(self.path)
        while content != self._seen:
            if stopping.wait(SETTLED):
                return
            kind = Policy if self._running is None else type(self._running)
            loaded = _load(self.path, kind)
            before, content = content, _content(self.path)
            if before == content:
                self._seen = content
                self._take(loaded)

    def _take(self, loaded: Policy | Exception) -> None:
        try:
            if isinstance(loaded, Exception):
                raise loaded
            changes = _changes(self._running, loaded)
            if changes:
                self._apply(loaded)
        except PolicyError as error:
            self._bad = True
            logger.error("%s is not taken, and the policy in force stays. %s", self.path, error)
        except Exception:
            self._bad = True
            logger.exception("%s is not taken, and the policy in force stays.", self.path)
        else:
            self._running = loaded
            if changes:
                logger.info("%s is in force: %s", self.path, changes)
            elif self._bad:
                logger.info("%s is good again, and says what is in force.", self.path)
            self._bad = False


def policy_file(said: Literal[True] | str | Path) -> Path:
    """The file that `watch=` means: the one that is named, or for True the one that `Policy.load()` reads.

    Raises PolicyError where there is none to find; one that is named may come later.
    """
    if said is not True:
        return Path(said).absolute()
    found = find()
    if found is None:
        raise PolicyError(
            [
                problem(
                    "file-unreadable",
                    "watch",
                    True,
                    "there is no crossorigin.toml here or above, and no pyproject.toml with [tool.crossorigin]",
                    'watch="path/to/crossorigin.toml"',
                )
            ]
        )
    return found


def _load(path: Path, kind: type[Policy]) -> Policy | Exception:
    try:
        return kind.load(path)
    except Exception as error:
        return error


def _content(path: Path) -> bytes | str:
    """What the file holds, or why that cannot be said."""
    try:
        return read_regular_file(path, MAX_FILE_BYTES)
    except OSError as why:
        return why.strerror or str(why)


def _changes(old: Policy | None, new: Policy) -> str:
    if old is None:
        return "the first that it holds"
    pairs = [(name, getattr(old, name), getattr(new, name)) for name in Policy.model_fields]
    return "; ".join(f"{name} {_change(was, now)}" for name, was, now in pairs if was != now)


def _change(was: Any, now: Any) -> str:
    if isinstance(was, tuple):
        if len(repr(was)) > SHOWN or len(repr(now)) > SHOWN:  # of long lists, what came and what went
            before, after = set(was), set(now)
            came, went = [entry for entry in now if entry not in before], [entry for entry in was if entry not in after]
            return f"+ {shown(came)} - {shown(went)}"
        was, now = list(was), list(now)
    return f"{shown(was)} → {shown(now)}"
