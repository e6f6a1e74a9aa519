"""The words of an nginx configuration, as ngx_conf_read_token divides them.

Here belong quotes, backslashes, comments and `${X}`. Not here: which directive a word belongs to (`nginx_config`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..report.errors import CannotRun


class Word(NamedTuple):
    """One word. Unquoted, `;`, `{` and `}` are words of their own."""

    text: str
    line: int
    quoted: bool = False

    @property
    def mark(self) -> str:
        """`;`, `{` or `}`; empty for every other word."""
        return self.text if not self.quoted and self.text in (";", "{", "}") else ""


_SKIPPED: Final = re.compile(r"(?:\s+|#[^\n]*)+")
# A `{` after `$` belongs to the word; every other one ends it.
_BARE: Final = re.compile(r"(?:\\.|\$\{?|[^\s;{\\$])+", re.DOTALL)
_QUOTED: Final = {
    '"': re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL),
    "'": re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL),
}
_ESCAPE: Final = re.compile(r"""\\(["'\\trn])""")
_CONTROL: Final = {"t": "\t", "r": "\r", "n": "\n"}
_LUA: Final = re.compile(r"\w+_by_lua_block")
_LUA_TOKEN: Final = re.compile(r"""--[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[{}]""")


def words(text: str, name: str) -> Iterator[Word]:
    """The words of a configuration; `name` is where it was found. Raises CannotRun."""
    at, line = 0, 1
    lua = False
    while True:
        blank = _SKIPPED.match(text, at)
        if blank is not None:
            line += text.count("\n", at, blank.end())
            at = blank.end()
        if at >= len(text):
            return
        if lua and text[at] == "{":
            end = _end_of_lua(text, at, f"{name}:{line}")
            yield Word(text[at + 1 : end - 1], line, quoted=True)
            yield Word(";", line)
        else:
            word, end = _word(text, at, line, name)
            yield word
            # `set_by_lua_block $name {`: the block need not follow at once.
            lua = _LUA.fullmatch(word.text) is not None or (lua and not word.mark)
        line += text.count("\n", at, end)
        at = end


def _word(text: str, at: int, line: int, name: str) -> tuple[Word, int]:
    """The word that begins here, and where it ends."""
    first = text[at]
    if first in ";{}":
        return Word(first, line), at + 1
    quoted = _QUOTED.get(first)
    if quoted is None:
        found = _BARE.match(text, at)
        if found is None:  # a backslash at the very end
            return Word(text[at:], line), len(text)
        return Word(_unescaped(found[0]), line), found.end()
    found = quoted.match(text, at)
    if found is None:
        raise CannotRun(f"{name}:{line} is no nginx configuration: a quote is not closed")
    return Word(_unescaped(found[1]), line, quoted=True), found.end()


def _unescaped(word: str) -> str:
    """nginx drops a backslash before a quote or a backslash, and keeps every other one."""
    return _ESCAPE.sub(lambda found: _CONTROL.get(found[1], found[1]), word)


def _end_of_lua(text: str, at: int, place: str) -> int:
    """Where the block of Lua that begins here ends."""
    depth = 0
    for found in _LUA_TOKEN.finditer(text, at):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0 and found[0] == "}":
            return found.end()
    raise CannotRun(f"{place} is no nginx configuration: a block of Lua is not closed")
