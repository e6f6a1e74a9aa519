"""Watch: the policy file, followed while the process runs.

Here belong when a file is looked at again, when its content is taken, and what is logged. Not here: what a file
means (`settings`), and how a policy comes into force (`asgi`).

A thread of its own does it all, so that it works under any server and event loop, and no request ever waits for
a disk. The folders are watched, not the file: editors and deployments replace files, and what is watched by name
would be the old one. Kubernetes replaces a link that the file's own link leads through, so every folder counts in
which a link on the way stands.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

from ..policy.policy import Policy
from ..policy.problems import PolicyError, problem

# Seconds for which a content must stand before it is taken: an editor that writes in place empties the file first.
SETTLED: Final = 0.2

# Seconds until the file is looked at though nothing was reported: network file systems report nothing.
PATIENCE: Final = 1.0

# Seconds that whoever ends it waits for a disk that does not answer.
_ENDING: Final = 5.0

# How many links are followed, as Linux does; a longer chain is a loop.
_LINKS: Final = 40

_NO_FILE: Final = "it is no file"

# How much of a value a log line shows.
_SHOWN: Final = 120

logger = logging.getLogger("crossorigin")


class PolicyWatcher:
    """Follows a policy file: every good change is applied, a bad one is logged and changes nothing.

    `apply` is called in the watching thread, first with the policy that the file holds at the start, where that
    is not `running` already. Raises ImportError without the library that watches files.
    """

    def __init__(self, path: str | Path, apply: Callable[[Policy], object], *, running: Policy | None = None) -> None:
        try:
            from watchfiles._rust_notify import RustNotify  # watchfiles.watch logs all it sees, its log included
        except ImportError as error:
            raise ImportError('Following a policy file needs watchfiles: pip install "crossorigin[watch]"') from error
        self.path = Path(path).absolute()
        self._apply = apply
        self._running = running
        self._notify = RustNotify
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
            try:
                watched = folders(self.path)
                with self._notify([str(it) for it, _ in watched], False, False, 300, False, True) as notify:
                    self._look(stopping)  # only now: of what changed before, nobody was told
                    while not stopping.is_set() and folders(self.path) == watched:
                        notify.watch(1600, 50, int(PATIENCE * 1000), stopping)
                        self._look(stopping)
            except (OSError, RuntimeError):  # a folder went away, or the system gives no more watches
                self._look(stopping)
                stopping.wait(PATIENCE)

    def _look(self, stopping: threading.Event) -> None:
        """Deals with the file's content, once, when it has stood for a while."""
        content = _content(self.path)
        while content != self._seen:
            if stopping.wait(SETTLED):
                return
            loaded = _load(self.path, Policy if self._running is None else type(self._running))
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
    from ..policy.settings import find

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


def folders(path: Path) -> frozenset[tuple[Path, int]]:
    """Every folder in which something may change where this path leads, with its number on the disk.

    A folder that is not there is stood for by the nearest one above it, in which it may appear.
    """
    found: set[tuple[Path, int]] = set()
    here, links = Path(path.anchor), 0
    left = list(reversed(path.absolute().parts))
    while True:
        step = here / left.pop()
        if step.is_symlink() and links < _LINKS:
            links += 1
            found.add((here, here.stat().st_ino))
            left.extend(reversed(step.readlink().parts or (".",)))
        elif left and step.is_dir():
            here = step.resolve()  # `..` after a link leaves the folder that the link leads to
        else:
            found.add((here, here.stat().st_ino))
            return frozenset(found)


def _load(path: Path, kind: type[Policy]) -> Policy | Exception:
    try:
        if _endless(path):
            raise PolicyError([problem("file-unreadable", "watch", str(path), _NO_FILE, 'watch="crossorigin.toml"')])
        return kind.load(path)
    except Exception as error:
        return error


def _endless(path: Path) -> bool:
    """Whether it is something whose reading may never end."""
    try:
        return path.is_fifo() or path.is_char_device()
    except OSError:  # reading it says why
        return False


def _content(path: Path) -> bytes | str:
    try:
        return _NO_FILE if _endless(path) else path.read_bytes()
    except OSError as why:
        return why.strerror or str(why)


def _changes(old: Policy | None, new: Policy) -> str:
    if old is None:
        return "the first that it holds"
    pairs = [(name, getattr(old, name), getattr(new, name)) for name in Policy.model_fields]
    return "; ".join(f"{name} {_change(was, now)}" for name, was, now in pairs if was != now)


def _change(was: Any, now: Any) -> str:
    if isinstance(was, tuple):
        if len(repr(was)) > _SHOWN or len(repr(now)) > _SHOWN:  # of long lists, what came and what went
            before, after = set(was), set(now)
            came, went = [it for it in now if it not in before], [it for it in was if it not in after]
            return f"+ {_shown(came)} - {_shown(went)}"
        was, now = list(was), list(now)
    return f"{_shown(was)} → {_shown(now)}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
