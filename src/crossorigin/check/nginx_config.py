"""An nginx configuration, read into one tree, with what it includes in its place."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..report.documents import read_file
from ..report.errors import CannotRun
from ..report.findings import NotJudged, Place, not_judged
from .bounds import Budget, check_depth
from .declarations import shorten
from .includes import Includes, cannot_hold_cors
from .nginx_lexer import Word, words

_MAX_DIRECTIVES: Final = 50_000
_MAX_BYTES: Final = 4 * 2**20
UNREAD: Final = "include (not read)"


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

    def inside(self) -> Iterator[Directive]:
        """This directive and everything below it."""
        yield self
        for directive in self.block or ():
            yield from directive.inside()


def read_nginx(file: Path, root: Path | None = None) -> tuple[tuple[Directive, ...], list[NotJudged]]:
    """The directives of a configuration, and a result for each include that is not read. Raises CannotRun.

    An include that is not read, and that may hold CORS, is a directive `UNREAD` in its place.
    """
    reader = _NginxReader(file.parent, root)
    return reader.read(file), reader.unread


def included_by_others(files: Sequence[Path], root: Path | None = None) -> set[Path]:
    """Those of some files that others of them include. Of files that include one another, the first stands alone."""
    reads = {file: _files_read(file, root) for file in files}
    included: set[Path] = set()
    # Who includes a file reads more files than that one.
    for file in sorted(files, key=lambda file: -len(reads[file])):
        if file not in included:
            included |= {other for other in files if other != file and os.path.realpath(other) in reads[file]}
    return included


def _files_read(file: Path, root: Path | None) -> set[str]:
    """The files that a configuration consists of; only itself, if it cannot be read."""
    reader = _NginxReader(file.parent, root)
    try:
        reader.read(file)
    except CannotRun:  # which is said when somebody looks into it
        return {os.path.realpath(file)}
    return {os.path.realpath(each) for each in reader.files}


class _NginxReader:
    """Reads one configuration: its files, each parsed once, and no more directives than there may be."""

    def __init__(self, folder: Path, root: Path | None) -> None:
        self.unread: list[NotJudged] = []
        self._includes = Includes(folder, root, "/etc/nginx")
        self.files: dict[Path, tuple[Directive, ...]] = {}
        self._bytes = Budget(_MAX_BYTES, "bytes")
        self._directives = Budget(_MAX_DIRECTIVES, "directives")

    def read(self, file: Path, within: tuple[str, ...] = (), depth: int = 0) -> tuple[Directive, ...]:
        """The directives of a file, those of the files that it includes in their place. `within` includes it."""
        return tuple(self._walk(self._statements(file), (*within, os.path.realpath(file)), depth))

    def _walk(self, statements: Sequence[Directive], within: tuple[str, ...], depth: int) -> Iterator[Directive]:
        for statement in statements:
            check_depth(depth, statement.place)
            self._directives.spend(1, statement.place)
            if statement.name == "include" and statement.args:
                yield from self._included(statement, within, depth + 1)
            elif statement.block is None:
                yield statement
            else:
                inner = tuple(self._walk(statement.block, within, depth + 1))
                yield Directive(statement.name, statement.args, statement.place, inner)

    def _included(self, include: Directive, within: tuple[str, ...], depth: int) -> Iterator[Directive]:
        """The directives of the files that an include names."""
        pattern, place = include.first, include.place
        try:
            files = self._includes.named(pattern)
        except CannotRun as why:
            yield from self._not_read(str(why), pattern, place)
            return
        if not files:  # nginx takes a wildcard that names none, but there may be some where it runs
            yield from self._not_read(f"not found: {pattern}", pattern, place)
        for file in files:
            if os.path.realpath(file) in within:
                yield from self._not_read(f"{pattern} includes itself", pattern, place)
                continue
            try:
                self._statements(file)
            except _NotRead as why:
                yield from self._not_read(str(why), pattern, place)
                continue
            yield from self.read(file, within, depth)

    def _not_read(self, why: str, pattern: str, place: Place) -> Iterator[Directive]:
        if cannot_hold_cors(pattern):
            return
        self.unread.append(not_judged("unread-include", why, place=place))
        yield Directive(UNREAD, (pattern, why), place)

    def _statements(self, file: Path) -> tuple[Directive, ...]:
        """The directives of one file. Raises _NotRead if it cannot be opened, otherwise CannotRun."""
        if file not in self.files:
            try:
                content = read_file(file)
            except CannotRun as why:
                raise _NotRead(str(why)) from None
            self._bytes.spend(len(content), file)
            self.files[file] = _tree(content.decode("utf-8", "replace"), shorten(file))
        return self.files[file]


class _NotRead(CannotRun):
    """A file cannot be opened: if it is included, the rest can be judged all the same."""


def _tree(text: str, name: str) -> tuple[Directive, ...]:
    return tuple(_statements(words(text, name), name, 0))


def _statements(given: Iterator[Word], name: str, depth: int) -> Iterator[Directive]:
    line = 1
    started: list[Word] = []
    for word in given:
        line = word.line
        begun = started[0].line if started else line
        place = Place(name, begun)
        check_depth(depth, place)
        if word.mark == "}" and not started:
            if depth == 0:
                raise CannotRun(f'{name} is no nginx configuration: unexpected "}}" in {name}:{line}')
            return
        if not word.mark:
            started.append(word)
        elif not started:
            raise CannotRun(f'{name} is no nginx configuration: unexpected "{word.text}" in {name}:{line}')
        elif word.mark == "}":
            raise CannotRun(
                f'{name} is no nginx configuration: "{started[0].text[:40]}" does not end before {name}:{line}'
            )
        else:
            inner = tuple(_statements(given, name, depth + 1)) if word.mark == "{" else None
            yield _directive(started, place, inner)
            started = []
    if depth:
        raise CannotRun(f'{name} is no nginx configuration: unexpected end of file, expecting "}}" in {name}:{line}')
    if started:
        raise CannotRun(f"{name} is no nginx configuration: {_begun(started)} does not end in {name}:{line}")


def _begun(started: Sequence[Word]) -> str:
    return f'"{started[0].text[:40]}"'


def _directive(said: Sequence[Word], place: Place, block: tuple[Directive, ...] | None) -> Directive:
    first, *rest = (word.text for word in said)
    if first == "include" and len(rest) != 1:
        why = 'invalid number of arguments in "include" directive'
        raise CannotRun(f"{place.file} is no nginx configuration: {why} in {place}")
    if first == "if" and rest:
        rest = _condition(rest)
    return Directive(first, tuple(rest), place, block)


def _condition(given: list[str]) -> list[str]:
    """The words of a condition without its parentheses."""
    if given[0].startswith("(") and given[-1].endswith(")"):
        given = [given[0][1:], *given[1:]]
        given[-1] = given[-1][:-1]
    return [word for index, word in enumerate(given) if word or 0 < index < len(given) - 1]
