"""A Caddyfile as a tree: words, lines, blocks.

Here belong the lexing and nesting of the format (caddyserver.com/docs/caddyfile/concepts), imports of snippets and
files expanded in their place. Not here: what any directive means (`caddy_findings`).

`caddy adapt` would give JSON without lines; a finding needs the line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

from ..report.documents import read_text
from ..report.errors import CannotRun
from ..report.findings import Place
from .bounds import Budget, check_depth
from .declarations import shorten
from .includes import Includes, cannot_hold_cors

# A quoted word, one in backticks, a here-document, or a bare one; `\` before a newline joins lines.
_WORD: Final = re.compile(
    r"""(?P<newline>\n)|(?P<blank>(?:[^\S\n]|\\\n)+)|(?P<comment>\#[^\n]*)"""
    r"""|"(?P<quoted>(?:\\.|[^"\\])*)"|`(?P<raw>[^`]*)`"""
    r"""|<<(?P<mark>[\w-]+)\n|(?P<bare>(?!["`])(?:\\\s|[^\s])+)""",
    re.DOTALL,
)
_MAX_LINES: Final = 10_000
_MAX_CHARACTERS: Final = 4 * 2**20
_ARGUMENT: Final = re.compile(r"\{args(?:\[(\d{1,3})\]|\.(\d{1,3}))\}")


@dataclass(frozen=True, slots=True)
class CaddyLine:
    """One line of a Caddyfile: its words, and the block that it opens."""

    words: tuple[str, ...]
    place: Place
    block: tuple[CaddyLine, ...] | None = None

    @property
    def name(self) -> str:
        """The directive, or the first address of a site; empty for the block of global options."""
        return self.words[0] if self.words else ""

    @property
    def matcher(self) -> str:
        """The matcher that a directive begins with: named, a path, or `*`; empty if it has none."""
        second = self.words[1] if len(self.words) > 1 else ""
        return second if second.startswith(("@", "/")) or second == "*" else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after the directive and its matcher."""
        return self.words[2:] if self.matcher else self.words[1:]

    def __str__(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Missing:
    """An import that is not read, and why."""

    why: str
    place: Place


@dataclass(frozen=True, slots=True)
class Caddyfile:
    """A Caddyfile with every import expanded: the blocks of its sites, its global options, its named routes."""

    sites: tuple[tuple[CaddyLine, ...], ...]
    options: tuple[CaddyLine, ...]
    routes: dict[str, tuple[CaddyLine, ...]]
    missing: tuple[Missing, ...]


def read(file: Path, root: Path | None = None) -> Caddyfile:
    """A Caddyfile. Raises CannotRun."""
    expansion = _Expansion(file.parent, root)
    lines = _lines(file)
    rest = _without_snippets(lines, expansion.snippets)
    within = (os.path.realpath(file),)
    tree = list(expansion.expanded(rest, within, 0))
    blocks_of_options = [line.block or () for line in tree if not line.words]
    options = tuple(chain.from_iterable(blocks_of_options))
    routes = {line.name[2:].removesuffix(")"): line.block or () for line in tree if line.name.startswith("&(")}
    mine = tuple(line for line in tree if line.words and not line.name.startswith("&("))
    if not mine:
        # A file of snippets, which others import: each is read as if a site did.
        blocks = [tuple(expansion.expanded(block, within, 0)) for block in expansion.snippets.values()]
        return Caddyfile(tuple(blocks), options, routes, tuple(expansion.missing))
    return Caddyfile(tuple(_sites(mine)), options, routes, tuple(expansion.missing))


_DIRECTIVE: Final = re.compile(r"@.*|[a-z_]+")


def _sites(lines: tuple[CaddyLine, ...]) -> Iterator[tuple[CaddyLine, ...]]:
    """The block of each site. A single site needs no braces, and a file that others import has no address."""
    first = lines[0]
    addressed = first.name == "localhost" or not _DIRECTIVE.fullmatch(first.name)
    if first.block is None:
        yield lines[1:] if addressed else lines
    elif not addressed:
        yield lines
    else:
        yield from (line.block or () for line in lines)


def _without_snippets(lines: Sequence[CaddyLine], snippets: dict[str, tuple[CaddyLine, ...]]) -> list[CaddyLine]:
    """The lines that are no snippet; those are put by."""
    snippets.update({line.name: line.block for line in lines if line.name.startswith("(") and line.block is not None})
    return [line for line in lines if not line.name.startswith("(")]


def _lines(file: Path) -> tuple[CaddyLine, ...]:
    return _parsed(read_text(file), shorten(file))


def _parsed(text: str, name: str) -> tuple[CaddyLine, ...]:
    return tuple(_nested(_rows(text, name), name, 0))


def _rows(text: str, file: str) -> Iterator[tuple[list[str], Place]]:
    """The words of each line."""
    words: list[str] = []
    line = start = 1
    at = 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise CannotRun(f"{file}:{line}: a quote is not closed")
        end = found.end()
        if found["newline"]:
            if words:
                yield words, Place(file, start)
            words = []
        else:
            word = next((found[name] for name in ("quoted", "raw", "bare") if found[name] is not None), None)
            if found["mark"]:
                word, end = _here_document(text, end, found["mark"], f"{file}:{line}")
            if word is not None:
                start = start if words else line
                if found["quoted"]:
                    word = word.replace('\\"', '"')
                words.append(word)
        line += text.count("\n", at, end)
        at = end
    if words:
        yield words, Place(file, start)


def _here_document(text: str, start: int, mark: str, place: str) -> tuple[str, int]:
    """A text over several lines, up to its mark, and where it ends."""
    closing = re.compile(re.escape(mark) + r"(?=\s|$)").search(text, start)
    if closing is None:
        raise CannotRun(f"{place}: a here-document is not closed")
    return text[start : closing.start()].rstrip(), closing.end()


def _nested(rows: Iterator[tuple[list[str], Place]], file: str, depth: int) -> Iterator[CaddyLine]:
    for words, place in rows:
        check_depth(depth, place)
        if words == ["}"]:
            if depth == 0:
                raise CannotRun(f"{place}: a `}}` closes nothing")
            return
        if words[-1] == "{":
            yield CaddyLine(tuple(words[:-1]), place, tuple(_nested(rows, file, depth + 1)))
        else:
            yield CaddyLine(tuple(words), place)
    if depth:
        raise CannotRun(f"{file}: a block is not closed")


class _Expansion:
    """Puts what is imported in the place of the imports, within bounds: Caddy itself rejects what imports itself."""

    def __init__(self, folder: Path, root: Path | None) -> None:
        self.snippets: dict[str, tuple[CaddyLine, ...]] = {}
        self.missing: list[Missing] = []
        self._includes = Includes(folder, root, "/etc/caddy")
        self._lines = Budget(_MAX_LINES, "lines")
        self._characters = Budget(_MAX_CHARACTERS, "characters")

    def expanded(self, lines: Sequence[CaddyLine], within: tuple[str, ...], depth: int) -> Iterator[CaddyLine]:
        """The lines without imports. `within` are the snippets and files that import them."""
        for line in lines:
            check_depth(depth, line.place)
            self._lines.spend(1, line.place)
            if line.name == "import" and len(line.words) > 1:
                yield from self._imported(line, within, depth + 1)
            elif line.block is not None:
                yield replace(line, block=tuple(self.expanded(line.block, within, depth + 1)))
            else:
                yield line

    def _imported(self, line: CaddyLine, within: tuple[str, ...], depth: int) -> Iterator[CaddyLine]:
        name, *arguments = line.words[1:]
        snippet = self.snippets.get(f"({name})")
        if snippet is not None:
            yield from self._import(f"({name})", snippet, line, arguments, within, depth)
            return
        try:
            files = [file for file in self._includes.named(name) if not file.is_dir()]
        except CannotRun as why:
            self.missing.append(Missing(str(why), line.place))
            return
        if not files and not cannot_hold_cors(name):
            self.missing.append(Missing(f"import {name}: not found", line.place))
        for file in files:
            try:
                content = read_text(file)
            except CannotRun as why:
                self.missing.append(Missing(str(why), line.place))
                continue
            self._characters.spend(len(content), line.place)
            lines = _without_snippets(_parsed(content, shorten(file)), self.snippets)
            yield from self._import(os.path.realpath(file), lines, line, arguments, within, depth)

    def _import(
        self,
        key: str,
        lines: Sequence[CaddyLine],
        by: CaddyLine,
        arguments: Sequence[str],
        within: tuple[str, ...],
        depth: int,
    ) -> Iterator[CaddyLine]:
        if key in within:
            self.missing.append(Missing(f"{' '.join(by.words)}: it imports itself", by.place))
            return
        filled = [self._filled(line, arguments) for line in lines]
        yield from self.expanded(filled, (*within, key), depth)

    def _filled(self, line: CaddyLine, arguments: Sequence[str]) -> CaddyLine:
        """An imported line with `{args[0]}` filled in."""
        longest = max((len(argument) for argument in arguments), default=0)

        def argument(found: re.Match[str]) -> str:
            index = int(found[1] or found[2])
            return arguments[index] if index < len(arguments) else found[0]

        for word in line.words:
            self._characters.spend(len(word) + word.count("{args") * longest, line.place)
        words = [_ARGUMENT.sub(argument, word) for word in line.words]
        block = None
        if line.block is not None:
            block = tuple(self._filled(inner, arguments) for inner in line.block)
        return CaddyLine(tuple(words), line.place, block)
