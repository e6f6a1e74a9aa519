"""An nginx configuration, read into one tree by crossplane, one file at a time.

Includes are followed here, and not by crossplane, which opens whatever they name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import crossplane  # type: ignore[import-untyped]

from ..report.documents import files_named, read_file
from ..report.errors import CannotRun
from ..report.findings import NotJudged, Place, not_judged
from .bounds import Budget, check_depth
from .declarations import shorten

_MAX_DIRECTIVES: Final = 50_000
_MAX_BYTES: Final = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive, and the block below it."""

    name: str
    args: tuple[str, ...]
    place: Place
    block: tuple[Directive, ...] | None = None

    @property
    def first(self) -> str:
        """The first argument; empty if it has none."""
        return self.args[0] if self.args else ""

    def __str__(self) -> str:
        return " ".join((self.name, *self.args))


def read_nginx(file: Path) -> tuple[tuple[Directive, ...], list[NotJudged]]:
    """The directives of a configuration, and each include that is not read. Raises CannotRun."""
    reader = _Reader(file.parent)
    return reader.read(file), reader.unread


class _Reader:
    """Reads one configuration: its files, each parsed once, and no more directives than there may be."""

    def __init__(self, folder: Path) -> None:
        self.unread: list[NotJudged] = []
        self._folder = folder
        self._parsed: dict[Path, list[dict[str, Any]]] = {}
        self._bytes = Budget(_MAX_BYTES, "bytes")
        self._directives = Budget(_MAX_DIRECTIVES, "directives")

    def read(self, file: Path, within: tuple[str, ...] = (), depth: int = 0) -> tuple[Directive, ...]:
        """The directives of a file, those of the files that it includes in their place. `within` includes it."""
        statements = self._statements(file)
        return tuple(self._walk(statements, shorten(file), (*within, os.path.realpath(file)), depth))

    def _walk(
        self, statements: Sequence[dict[str, Any]], name: str, within: tuple[str, ...], depth: int
    ) -> Iterator[Directive]:
        for statement in statements:
            place = Place(name, statement["line"])
            check_depth(depth, place)
            self._directives.spend(1, place)
            directive, arguments = statement["directive"], tuple(statement["args"])
            if directive == "include" and arguments:
                yield from self._included(arguments[0], place, within, depth + 1)
            inner = None
            if "block" in statement:
                inner = tuple(self._walk(statement["block"], name, within, depth + 1))
            yield Directive(directive, arguments, place, inner)

    def _included(self, pattern: str, place: Place, within: tuple[str, ...], depth: int) -> Iterator[Directive]:
        """The directives of the files that an include names."""
        try:
            files = files_named(pattern, self._folder)
        except CannotRun as why:
            self._not_read(str(why), place)
            return
        if not files and "*" not in pattern:
            self._not_read(f"not found: {pattern}", place)
        for file in files:
            if os.path.realpath(file) in within:
                self._not_read(f"{pattern} includes itself", place)
                continue
            try:
                self._statements(file)
            except _NotRead as why:
                self._not_read(str(why), place)
                continue
            yield from self.read(file, within, depth)

    def _not_read(self, why: str, place: Place) -> None:
        self.unread.append(not_judged("unread-include", why, place=place))

    def _statements(self, file: Path) -> list[dict[str, Any]]:
        """One file as crossplane parses it. Raises _NotRead if there is nothing to parse, otherwise CannotRun."""
        if file not in self._parsed:
            try:
                content = read_file(file)
            except CannotRun as why:
                raise _NotRead(str(why)) from None
            self._bytes.spend(len(content), file)
            # A site's own file has no `http` block around it, so contexts are not checked.
            payload = crossplane.parse(str(file), single=True, check_ctx=False)
            for error in payload["errors"]:
                raise CannotRun(f"{shorten(file)} is no nginx configuration: {error['error']}")
            self._parsed[file] = payload["config"][0]["parsed"]
        return self._parsed[file]


class _NotRead(CannotRun):
    """A file cannot be opened: if it is included, the rest can be judged all the same."""
