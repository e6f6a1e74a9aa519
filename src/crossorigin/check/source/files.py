"""A file or a folder of Python source, inspected.

Here belong reading and parsing files that may come from a stranger, and what is said of one that cannot be read. A
file without a word about CORS is not parsed: it cannot set what is looked for.
"""

from __future__ import annotations

import ast
import codecs
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ...report.documents import read_file
from ...report.errors import CannotRun
from ...report.findings import Place, Result, RunTimeValue, not_judged
from ..bounds import for_one_target
from ..declarations import shorten
from . import extensions
from .calls import Calls
from .expressions import Expressions
from .headers import Headers
from .relevance import MENTIONS
from .results import Results
from .statements import Changes, Program
from .unread import unread
from .values import Class, Value
from .world import World

_NAMES_IT: Final = re.compile("CORSMiddleware|import_module|__import__")
_CODING: Final = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263
_BLANK: Final = re.compile(rb"^[ \t\f]*(?:#.*)?$")
# Some of Python's codecs take quadratic time, and some are no encodings of text.
_ENCODINGS: Final = frozenset(
    {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "cp1251", "koi8-r", "gbk", "gb18030"}
)


def inspect_source(file: Path) -> Iterator[Result]:
    """Everything found in one file of Python, nothing of which is run. Raises CannotRun if there is no such file."""
    yield from _inspect(read_file(file), file, named=True)


def inspect_sources(files: Iterable[Path]) -> tuple[list[Result], int]:
    """Everything found in these files, and how many of them mention CORS."""
    results: list[Result] = []
    mentioning = 0
    for file in files:
        try:
            content = read_file(file)
        except CannotRun as why:
            results.append(not_judged("unread-source", str(why), place=Place(shorten(file))))
            continue
        found = for_one_target(lambda file=file, content=content: list(_inspect(content, file, named=False)))  # type: ignore[misc]
        mentioning += MENTIONS.search(content.decode("latin-1")) is not None
        results += found
    return results, mentioning


def _inspect(content: bytes, file: Path, *, named: bool) -> Iterator[Result]:
    shown = shorten(file)
    try:
        text = _decoded(content)
        if not named and MENTIONS.search(text) is None:
            return
        tree = _parsed(text)
        if MENTIONS.search(text) is not None:
            yield from _read(tree, file, shown, names_it=_NAMES_IT.search(text) is not None)
    except _Unreadable as why:
        if named or MENTIONS.search(content.decode("latin-1")):
            yield not_judged("unread-source", why.reason, place=Place(shown, why.line))


class _Unreadable(Exception):
    """A file that Python would not run either, or that is too much to read."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def _decoded(content: bytes) -> str:
    if content.startswith(codecs.BOM_UTF8):
        content, encoding = content[len(codecs.BOM_UTF8) :], "utf-8"
    else:
        encoding = _encoding(content)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as why:
        line = content.count(b"\n", 0, why.start) + 1
        raise _Unreadable(f"it is not {encoding} (byte {why.start})", line) from None


def _encoding(content: bytes) -> str:
    """The encoding that one of the first two lines declares."""
    for line in content.splitlines()[:2]:
        declared = _CODING.match(line)
        if declared is not None:
            return _known(declared[1].decode("ascii"))
        if _BLANK.match(line) is None:
            break
    return "utf-8"


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        found = ""
    if found not in _ENCODINGS:
        raise _Unreadable(f"its encoding is not read here: {name}")
    return found


def _parsed(text: str) -> ast.Module:
    if "\0" in text:  # versions of Python word it differently, and without the line
        raise _Unreadable("it is not Python: it has a NUL character", text.count("\n", 0, text.index("\0")) + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes in the file's own strings
            return ast.parse(text)
    except SyntaxError as why:
        raise _Unreadable(f"it is not Python: {why.msg}", why.lineno or 1) from None
    except (RecursionError, MemoryError):
        raise _Unreadable("it nests too deeply") from None


def _read(tree: ast.Module, file: Path, shown: str, *, names_it: bool) -> Iterator[Result]:
    try:
        results, changes = _followed(tree, file, shown, Changes(), names_it=names_it)
        if changes:
            results, _ = _followed(tree, file, shown, changes, names_it=names_it)
    except RecursionError:
        raise _Unreadable("it nests too deeply") from None
    except CannotRun as why:
        raise _Unreadable(str(why)) from None
    yield from _once(results)


def _followed(tree: ast.Module, file: Path, shown: str, changes: Changes, *, names_it: bool) -> tuple[Results, Changes]:
    """The results of a file in which these changes may happen at any time, and the changes that are found."""
    results = Results()
    listeners: list[_CorsListener] = []

    def listen(expressions: Expressions) -> _CorsListener:
        calls = Calls(expressions, file, shown, names_it=names_it)
        listeners.append(_CorsListener(expressions, calls, Headers(expressions, results, shown), results))
        return listeners[0]

    program = Program(tree, listen, changes)
    program.follow()
    listeners[0].finished()
    calls = listeners[0].calls
    for each in unread(tree, calls.judged, tuple(calls.prefixes), shown):
        results.add(each, World({}, {}))
    return results, program.found


def _once(results: Iterable[Result]) -> Iterator[Result]:
    """A value of run time is not told beside what was found at its place."""
    found = list(results)
    judged = {result.place for result in found if not isinstance(result, RunTimeValue)}
    for result in found:
        # Such as the parameter of a function whose calls are known.
        passed_on = isinstance(result, RunTimeValue) and result.expression.isidentifier()
        if not passed_on or result.place not in judged:
            yield result


class _CorsListener:
    """What looks for CORS in a program."""

    def __init__(self, expressions: Expressions, calls: Calls, headers: Headers, results: Results) -> None:
        self._expressions = expressions
        self._results = results
        self.calls = calls
        self._headers = headers

    def expression(self, node: ast.expr, world: World, inside: Class | None) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                extensions.configure_by_call(part, self._expressions, world)
                for result, after in self.calls.look(part, world, inside):
                    self._results.add(result, after)
        self._headers.expression(node, world)

    def put(self, target: ast.Attribute, value: Value, world: World) -> None:
        self._headers.put(target, value, world)

    def assigned(self, target: ast.Subscript, value: Value, world: World) -> None:
        self._headers.assigned(target, value, world)
        extensions.configure(target, value, self._expressions, world)

    def deleted(self, target: ast.Subscript, world: World) -> None:
        self._headers.removed(target.value, target.slice, world)

    def defined(self, made: Class, world: World) -> None:
        for result in self.calls.defined(made):
            self._results.add(result, world)

    def ended(self, world: World) -> None:
        self._headers.ended(world)

    def finished(self) -> None:
        """The file is followed to its end."""
        for result, world in self.calls.unread():
            self._results.add(result, world)
