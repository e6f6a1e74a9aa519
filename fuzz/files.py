"""What the harnesses of configuration files share: one file of a kind, inspected, and what is said of it.

Two parts of a file that know nothing of each other are judged together as they are judged alone, each at its lines.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from crossorigin.check import Kind, inspect_file
from crossorigin.report.errors import CannotRun
from crossorigin.report.findings import Finding, NotJudged, Place, RunTimeValue
from fuzz.common import FuzzedDataProvider

# (line, code, evidence) of each place of a result, or why the file cannot be read.
Said = list[tuple[int, str, str]] | str
NAME: Final = "x"


@cache
def folder() -> Path:
    """A folder for the file, which goes when the program ends."""
    made = tempfile.TemporaryDirectory(prefix="fuzz-")
    _kept.append(made)
    return Path(made.name)


_kept: Final[list[tempfile.TemporaryDirectory[str]]] = []


def said(content: str | bytes, kind: Kind) -> Said:
    """What is found in a file with this content; nothing is raised but CannotRun, in one line."""
    file = folder() / NAME
    file.write_bytes(content.encode("utf-8", "replace") if isinstance(content, str) else content)
    before = os.getcwd()
    os.chdir(folder())
    try:
        results = list(inspect_file(Path(NAME), kind))
    except CannotRun as why:
        assert "\n" not in str(why), content
        return str(why)
    finally:
        os.chdir(before)
    found: list[tuple[int, str, str]] = []
    for result in results:
        if isinstance(result, RunTimeValue):
            found.append((line_of(result.place), "run-time", f"{result.setting} {result.expression}"))
            continue
        assert isinstance(result, Finding | NotJudged)
        found += [(line_of(place), result.code, result.evidence) for place in result.places or (None,)]
    lines = content.count("\n" if isinstance(content, str) else b"\n") + 1  # type: ignore[arg-type]
    assert all(0 <= line <= lines + 1 for line, _, _ in found), (content, found)
    return found


def line_of(place: Place | None) -> int:
    """The line of a place in the file itself."""
    return place.line if place is not None and place.file == NAME else 0


def twice(content: str | bytes, kind: Kind) -> Said:
    """The same, asked a second time."""
    first = said(content, kind)
    assert said(content, kind) == first, content
    return first


def codes(found: Said) -> set[tuple[int, str]]:
    """The lines and codes; a file that cannot be read has none."""
    return set() if isinstance(found, str) else {(line, code) for line, code, _ in found}


def moved(found: Said, by: int) -> set[tuple[int, str]]:
    """The same, so many lines further down."""
    return {(line + by, code) for line, code in codes(found)}


def together(blocks: Sequence[str], kind: Kind, comment: str) -> None:
    """Raises if blocks are judged otherwise together than alone, or below some lines of comment."""
    alone = [said(block, kind) for block in blocks]
    expected: set[tuple[int, str]] = set()
    lines = 0
    for block, found in zip(blocks, alone, strict=True):
        assert not isinstance(found, str), (block, found)
        expected |= moved(found, lines)
        lines += block.count("\n")
    whole = "".join(blocks)
    assert codes(twice(whole, kind)) == expected, whole
    below = f"{comment}\n\n"
    assert codes(said(below + whole, kind)) == {(line + 2, code) for line, code in expected}, whole


class Language(NamedTuple):
    """A language whose files are blocks that know nothing of each other.

    `block` writes a block of some parts, with a name of its own; `bare` one in which a single part is all that CORS is
    about, and that part stands in its fourth line. `sure` are parts of which one finding is known.
    """

    kind: Kind
    comment: str
    parts: Sequence[str]
    other: Sequence[str]
    sure: Mapping[str, str]
    block: Callable[[FuzzedDataProvider, int], str]
    bare: Callable[[str], str]


def check_blocks(data: bytes, language: Language) -> None:
    """Raises if a promise about the files of a language is broken: one of four, which the data choose."""
    given = FuzzedDataProvider(data)
    way = given.ConsumeIntInRange(0, 3)
    if way == 0:
        twice(given.ConsumeBytes(600), language.kind)
        return
    blocks = [language.block(given, number) for number in range(given.ConsumeIntInRange(1, 3))]
    whole = "".join(blocks)
    if way == 1:
        twice(spoilt(whole, given, [*language.parts, *language.other]), language.kind)
        return
    if way == 2:
        together(blocks, language.kind, language.comment)
        return
    part, code = given.PickValueInList(list(language.sure.items()))
    found = said(whole + language.bare(part), language.kind)
    line = whole.count("\n") + 4
    assert not isinstance(found, str), (blocks, found)
    assert (line, code) in {(at, what) for at, what, _ in found}, (blocks, found)


def spoilt(text: str, given: FuzzedDataProvider, pieces: Iterable[str]) -> str:
    """A file with some mistakes: parts that are gone, doubled, or of another file."""
    extra = [*pieces, "", "\0", "\n", "{", "}", '"', "'", "\\", "é", "\x1b", " ", "#"]
    for _ in range(given.ConsumeIntInRange(1, 4)):
        at = given.ConsumeIntInRange(0, max(0, len(text)))
        until = min(len(text), at + given.ConsumeIntInRange(0, 12))
        text = text[:at] + given.PickValueInList(extra) + text[until:]
    return text
