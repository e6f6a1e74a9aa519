"""The folders below a folder, and the files in each, within a bound.

Here belongs which folders hold what a project has not written itself, so that nothing is looked for there. Not here:
which files can be checked (`kinds`). Links to folders are not followed: they may lead back, or out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

MAX_FILES: Final = 20_000
_OF_OTHERS: Final = frozenset({"node_modules", "site-packages", "dist-packages", "__pycache__", "venv"})
_VIRTUAL_ENVIRONMENT: Final = "pyvenv.cfg"  # PEP 405


class Walk:
    """The files below a folder.

    `cut_at` is the folder that was not entered because there are too many files; `unread` are those that cannot be
    listed, each with the sentence that says so.
    """

    def __init__(self, folder: Path) -> None:
        self.cut_at: Path | None = None
        self.unread: list[tuple[Path, str]] = []
        self.folders: list[tuple[Path, list[Path]]] = []
        self._left = MAX_FILES
        self._add(folder)

    def _add(self, top: Path) -> None:
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            try:
                files, inner = _content(folder)
            except OSError as error:
                self.unread.append((folder, f"{folder} cannot be read: {error.strerror or type(error).__name__}"))
                continue
            if folder != top and folder / _VIRTUAL_ENVIRONMENT in files:
                continue
            self._left -= len(files) + len(inner)
            if self._left < 0:
                self.cut_at = folder
                return
            self.folders.append((folder, files))
            waiting += reversed(inner)


def _content(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files and the folders in a folder, in the order of their names. Raises OSError."""
    files: list[Path] = []
    inner: list[Path] = []
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith(".") and entry.name not in _OF_OTHERS:
                inner.append(folder / entry.name)
        elif _is_file(entry):
            files.append(folder / entry.name)
    return files, inner


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False
