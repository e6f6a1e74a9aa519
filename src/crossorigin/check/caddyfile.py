"""A Caddyfile as a tree: words, lines, blocks.

Here belong the lexing and nesting of the format (caddyserver.com/docs/caddyfile/concepts), imports of snippets and
files expanded in their place. Not here: what any directive means (`caddy`).

`caddy adapt` would give JSON without lines; a finding needs the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..report.errors import CannotRun
from ..report.findings import Place
from .declarations import shorten

# A quoted word, one in backticks, a here-document, or a bare one; `\` before a newline joins lines.
_WORD: Final = re.compile(
    r"""(?P<newline>\n)|(?P<blank>(?:[^\S\n]|\\\n)+)|(?P<comment>\#[^\n]*)"""
    r"""|"(?P<quoted>(?:\\.|[^"\\])*)"|`(?P<raw>[^`]*)`"""
    r"""|<<(?P<mark>[\w-]+)\n(?P<text>.*?)\n?[^\S\n]*(?P=mark)(?=\s|$)|(?P<bare>(?!["`])(?:\\\s|[^\s])+)""",
    re.DOTALL,
)
_DEEPEST: Final = 20


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


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that is imported, and not there."""

    name: str
    place: Place


def read(file: Path) -> tuple[tuple[CaddyLine, ...], list[Missing]]:
    """The tree of a Caddyfile with every import expanded. Raises CannotRun."""
    snippets: dict[str, tuple[CaddyLine, ...]] = {}
    missing: list[Missing] = []
    rest = _without_snippets(_lines(file), snippets)
    return tuple(_expanded(rest, snippets, file.parent, missing, 0)), missing


def _without_snippets(lines: Sequence[CaddyLine], snippets: dict[str, tuple[CaddyLine, ...]]) -> list[CaddyLine]:
    """The lines that are no snippet; those are put by."""
    snippets.update({it.name: it.block for it in lines if it.name.startswith("(") and it.block is not None})
    return [it for it in lines if not it.name.startswith("(")]


def _lines(file: Path) -> tuple[CaddyLine, ...]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise CannotRun(f"{file} cannot be read: {why}") from None
    name = shorten(file)
    return tuple(_nested(_rows(text, name), name, 0))


def _rows(text: str, file: str) -> Iterator[tuple[list[str], Place]]:
    """The words of each line."""
    words: list[str] = []
    line = start = 1
    at = 0
    while at < len(text):
        it = _WORD.match(text, at)
        if it is None:
            raise CannotRun(f"{file}:{line}: a quote is not closed")
        at = it.end()
        if it["newline"]:
            if words:
                yield words, Place(file, start)
            words = []
        else:
            word = next((it[name] for name in ("quoted", "raw", "text", "bare") if it[name] is not None), None)
            if word is not None:
                start = start if words else line
                words.append(word.replace('\\"', '"') if it["quoted"] else word)
        line += it[0].count("\n")
    if words:
        yield words, Place(file, start)


def _nested(rows: Iterator[tuple[list[str], Place]], file: str, depth: int) -> Iterator[CaddyLine]:
    for words, place in rows:
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


def _expanded(
    lines: Sequence[CaddyLine],
    snippets: dict[str, tuple[CaddyLine, ...]],
    folder: Path,
    missing: list[Missing],
    depth: int,
) -> Iterator[CaddyLine]:
    for line in lines:
        if line.name == "import" and len(line.words) > 1 and depth < _DEEPEST:
            yield from _expanded(_imported(line, snippets, folder, missing), snippets, folder, missing, depth + 1)
        elif line.block is not None:
            yield replace(line, block=tuple(_expanded(line.block, snippets, folder, missing, depth)))
        else:
            yield line


def _imported(
    line: CaddyLine, snippets: dict[str, tuple[CaddyLine, ...]], folder: Path, missing: list[Missing]
) -> tuple[CaddyLine, ...]:
    name, *arguments = line.words[1:]
    snippet = snippets.get(f"({name})")
    if snippet is not None:
        return tuple(_filled(it, arguments) for it in snippet)
    files = sorted(it for it in folder.glob(name) if it.is_file())
    if not files and "*" not in name:
        missing.append(Missing(name, line.place))
    lines = [it for file in files for it in _without_snippets(_lines(file), snippets)]
    return tuple(_filled(it, arguments) for it in lines)


def _filled(line: CaddyLine, arguments: Sequence[str]) -> CaddyLine:
    """A snippet's line with `{args[0]}` filled in."""

    def argument(it: re.Match[str]) -> str:
        index = int(it[1] or it[2])
        return arguments[index] if index < len(arguments) else it[0]

    words = [re.sub(r"\{args(?:\[(\d+)\]|\.(\d+))\}", argument, it) for it in line.words]
    block = tuple(_filled(it, arguments) for it in line.block) if line.block is not None else None
    return CaddyLine(tuple(words), line.place, block)
