"""The regular expressions that `allow_origin_regex` understands: from source to syntax tree.

The subset is what Python's `re` and a finite automaton agree on: literals, escapes, classes, groups, `|`,
`? * + {m,n}` (lazy or not, which matches the same), `(?i)`, and anchors at the ends. What needs a
backtracking matcher (backreferences, lookaround, possessive quantifiers, atomic groups) is rejected, with
the construct, its position, and what to write instead.

The tree is over the bytes of a serialised origin, all of which are printable ASCII, and is matched in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

_MAX_DEPTH: Final = 50


class InvalidRegex(ValueError):
    """This is not a regular expression, even for Python's `re`."""


class UnsupportedRegex(ValueError):
    """A construct that we do not match: which one, its index in the source, and what to write instead."""

    def __init__(self, construct: str, position: int, instead: str) -> None:
        super().__init__(f"{construct}, at position {position}, is not supported here: {instead}")
        self.construct = construct
        self.position = position
        self.instead = instead


class Characters(NamedTuple):
    """One character out of a set. Bit n of `mask` is the character with code n; `position` is in the source."""

    mask: int
    position: int
    dot: bool = False


class Anchor(NamedTuple):
    """`^`, `\\A`, `$`, `\\Z`: always true at its end of a full match."""

    start: bool
    position: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after another; without parts, the empty string."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several branches."""

    parts: tuple[Node, ...]


class Repeat(NamedTuple):
    """`body`, at least `low` and at most `high` times; None is any number of times."""

    body: Node
    low: int
    high: int | None

    @property
    def again(self) -> bool:
        """Whether `body` may be read more than once."""
        return self.high is None or self.high > 1


Node = Characters | Anchor | Sequence | Choice | Repeat

ALL: Final = (1 << 128) - 1


def mask_of(characters: str) -> int:
    """The set of these ASCII characters."""
    mask = 0
    for character in characters:
        mask |= 1 << ord(character)
    return mask


def characters_in(mask: int) -> Iterator[str]:
    """The characters of a set, in the order of their codes."""
    return (chr(code) for code in range(128) if mask >> code & 1)


_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = mask_of("0123456789")
_SPACE: Final = mask_of(" \t\n\r\f\v\x1c\x1d\x1e\x1f")  # what str.isspace says of ASCII, as re does
_WORD: Final = mask_of(_LOWER + _LOWER.upper() + "0123456789_")
_CATEGORIES: Final = {
    "d": _DIGITS, "D": ALL & ~_DIGITS,
    "s": _SPACE, "S": ALL & ~_SPACE,
    "w": _WORD, "W": ALL & ~_WORD,
}  # fmt: skip
_CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_QUANTIFIER: Final = re.compile(r"[*+?]|\{(?!\})([0-9]*)(?:(,)([0-9]*))?\}")
_FLAGS: Final = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_NAMED: Final = re.compile(r"\(\?P<[^>]*>")
_HARMLESS_FLAGS: Final = frozenset("imsau")  # of which only `i` changes what an ASCII string without newlines matches

# What starts like this is for backtracking matchers.
_GROUPS: Final = {
    "(?=": ("a lookahead `(?=`", "write the alternatives that you mean, with `|`"),
    "(?!": ("a negative lookahead `(?!`", "write the alternatives that you mean, with `|`"),
    "(?<=": ("a lookbehind `(?<=`", "write the alternatives that you mean, with `|`"),
    "(?<!": ("a negative lookbehind `(?<!`", "write the alternatives that you mean, with `|`"),
    "(?>": ("an atomic group `(?>`", "write `(?:`; matching takes linear time without it"),
    "(?P=": ("a backreference `(?P=`", "write the repeated part out"),
    "(?(": ("a conditional group `(?(`", "write both alternatives, with `|`"),
    "(?#": ("a comment `(?#`", "leave it out"),
}
_ASCII_ONLY: Final = "an origin is ASCII; write the host as a browser sends it, `xn--...`"


def parse(source: str, *, ignore_case: bool = False) -> Node:
    """The syntax tree of a regular expression. Raises InvalidRegex, UnsupportedRegex."""
    try:
        re.compile(source)
    except (re.error, OverflowError, RecursionError) as why:
        raise InvalidRegex(str(why)) from None
    parser = _Parser(source)
    while (flags := _FLAGS.match(source, parser.at)) and flags[3] == ")":
        ignore_case = parser.flags(flags, ignore_case)
    tree = parser.choice(ignore_case, 0)
    _check_anchors(tree, before=False, after=False)
    return tree


class _Parser:
    """Recursive descent over a source that `re` can compile, so that brackets are known to close."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def _skip(self, expected: str) -> bool:
        found = self.source.startswith(expected, self.at)
        self.at += len(expected) if found else 0
        return found

    def choice(self, ignore_case: bool, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise UnsupportedRegex(f"a group inside {_MAX_DEPTH} others", self.at, "write it flat")
        branches = [self._sequence(ignore_case, depth)]
        while self._skip("|"):
            branches.append(self._sequence(ignore_case, depth))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self, ignore_case: bool, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.source) and self.source[self.at] not in "|)":
            parts.append(self._quantified(self._atom(ignore_case, depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _quantified(self, body: Node) -> Node:
        found = _QUANTIFIER.match(self.source, self.at)
        if found is None:
            return body
        start, self.at = self.at, found.end()
        if self.source.startswith("+", self.at):
            written = self.source[start : self.at + 1]
            raise UnsupportedRegex(
                f"a possessive quantifier `{written}`", start, f"write `{written[:-1]}`; matching takes linear time"
            )
        self._skip("?")
        low, high = _bounds(found)
        return Repeat(body, low, high)

    def _atom(self, ignore_case: bool, depth: int) -> Node:
        position, character = self.at, self.source[self.at]
        if character == "(":
            return self._group(ignore_case, depth)
        if character == "[":
            return Characters(self._class(ignore_case), position)
        if character == "\\" and self.source[position + 1] in "AZz":
            self.at += 2
            return Anchor(self.source[position + 1] == "A", position)
        if character == "\\":
            return Characters(_folded(self._escape(in_class=False), ignore_case), position)
        self.at += 1
        if character in "^$":
            return Anchor(character == "^", position)
        if character == ".":
            return Characters(ALL & ~mask_of("\n"), position, dot=True)
        return Characters(_folded(_single(character, position), ignore_case), position)

    def _group(self, ignore_case: bool, depth: int) -> Node:
        for opening, (construct, instead) in _GROUPS.items():
            if self.source.startswith(opening, self.at):
                raise UnsupportedRegex(construct, self.at, instead)
        flags, name = _FLAGS.match(self.source, self.at), _NAMED.match(self.source, self.at)
        if flags is not None:
            ignore_case = self.flags(flags, ignore_case)
        else:
            self.at = name.end() if name is not None else self.at + 1
        body = self.choice(ignore_case, depth + 1)
        self._skip(")")
        return body

    def flags(self, found: re.Match[str], ignore_case: bool) -> bool:
        """Whether case is ignored after these inline flags, which are read past."""
        added, removed = found[1], found[2] or ""
        unknown = sorted({*added, *removed} - _HARMLESS_FLAGS)
        if unknown:
            raise UnsupportedRegex(f"the flag `{unknown[0]}`", found.start(), "write the expression without it")
        self.at = found.end()
        return (ignore_case or "i" in added) and "i" not in removed

    def _escape(self, *, in_class: bool) -> int:
        """The characters that an escape stands for."""
        position, character = self.at, self.source[self.at + 1]
        self.at += 2
        if character in _CATEGORIES:
            return _CATEGORIES[character]
        if character in _CONTROLS:
            return mask_of(_CONTROLS[character])
        if character == "x":
            self.at += 2
            return _single(chr(int(self.source[position + 2 : self.at], 16)), position)
        if not character.isalnum():
            return _single(character, position)
        written = f"`\\{character}`"
        if character in "bB" and not in_class:
            raise UnsupportedRegex(
                f"a word boundary {written}", position, r"write the character that stands there, such as `\.`"
            )
        if character.isdigit() and character != "0" and not in_class:
            raise UnsupportedRegex(f"a backreference {written}", position, "write the repeated part out")
        raise UnsupportedRegex(f"the escape {written}", position, "write the character itself")

    def _class(self, ignore_case: bool) -> int:
        self.at += 1
        negated = self._skip("^")
        mask, first = 0, True
        while first or self.source[self.at] != "]":
            first = False
            mask |= self._class_item()
        self.at += 1
        mask = _folded(mask, ignore_case)
        return ALL & ~mask if negated else mask

    def _class_item(self) -> int:
        low = self._class_character()
        if self.source[self.at] != "-" or self.source[self.at + 1] == "]":
            return low
        self.at += 1
        high = self._class_character()
        return sum(1 << code for code in range(low.bit_length() - 1, high.bit_length()))

    def _class_character(self) -> int:
        position, character = self.at, self.source[self.at]
        if character == "\\":
            return self._escape(in_class=True)
        self.at += 1
        return _single(character, position)


def _single(character: str, position: int) -> int:
    if ord(character) > 127:
        raise UnsupportedRegex(f"the character `{character}`", position, _ASCII_ONLY)
    return 1 << ord(character)


def _folded(mask: int, ignore_case: bool) -> int:
    if not ignore_case:
        return mask
    return mask | mask_of("".join(characters_in(mask)).swapcase())


def _bounds(quantifier: re.Match[str]) -> tuple[int, int | None]:
    simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
    if quantifier[0] in simple:
        return simple[quantifier[0]]
    low = int(quantifier[1] or 0)
    if quantifier[2] is None:
        return low, low
    return low, int(quantifier[3]) if quantifier[3] else None


def _check_anchors(node: Node, *, before: bool, after: bool) -> None:
    """Rejects an anchor if something may be read `before` a start or `after` an end."""
    if isinstance(node, Anchor) and (before if node.start else after):
        where = "start" if node.start else "end"
        raise UnsupportedRegex("an anchor in the middle", node.position, f"it belongs at the {where}")
    again = isinstance(node, Repeat) and node.again
    children = _children(node)
    reading = [isinstance(node, Sequence) and _reads(child) for child in children]
    for index, child in enumerate(children):
        read_before, read_after = any(reading[:index]), any(reading[index + 1 :])
        _check_anchors(child, before=before or again or read_before, after=after or again or read_after)


def _reads(node: Node) -> bool:
    return isinstance(node, Characters) or any(_reads(child) for child in _children(node))


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Repeat):
        return (node.body,)
    return node.parts if isinstance(node, Sequence | Choice) else ()


def single_dots(node: Node, *, repeated: bool = False) -> Iterator[int]:
    """The positions of each `.` that is not repeated, by which most authors mean a dot."""
    if isinstance(node, Characters) and node.dot and not repeated:
        yield node.position
    again = repeated or (isinstance(node, Repeat) and node.again)
    for child in _children(node):
        yield from single_dots(child, repeated=again)
