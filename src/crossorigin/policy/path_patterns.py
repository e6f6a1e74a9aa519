"""Paths in rules: how they are written, and how a request's path is compared with them.

Here belong the grammar, which is Starlette's with a trailing `*`, and the path of a request as Starlette's router
reads it. Case counts, the whole path is compared, nothing is decoded again and no dot segment is folded: each of
these, done otherwise, was an advisory (CVE-2020-25032, CVE-2024-6844, CVE-2024-6866, CVE-2025-47910). Not here:
what a rule says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Final, NamedTuple
from urllib.parse import unquote


class Element(NamedTuple):
    """One place of a pattern: a character that is one of `characters`, or none of them if `other`.

    `repeated` is whether more of them may follow; `skipped` is how many elements, with this, may be left out.
    """

    characters: str
    other: bool = False
    repeated: bool = False
    skipped: int = 0

    def takes(self, character: str) -> bool:
        """Whether this character may stand here."""
        return (character in self.characters) is not self.other

    def overlaps(self, element: Element) -> bool:
        """Whether some character may stand at both places."""
        if self.other and element.other:
            return True
        if self.other or element.other:
            listed, rest = (element, self) if self.other else (self, element)
            return any(rest.takes(character) for character in listed.characters)
        return not set(self.characters).isdisjoint(element.characters)

    @property
    def expression(self) -> str:
        """A regular expression for one such character."""
        if not self.characters:
            return "."
        negation = "^" if self.other else ""
        return f"[{negation}{re.escape(self.characters)}]"


_DIGIT: Final = "0123456789"
_HEX: Final = Element("0123456789abcdefABCDEF")
_HYPHEN: Final = Element("-", skipped=1)
_ANY: Final = Element("", other=True, repeated=True, skipped=1)
# Starlette's routes end in `$`, which takes a newline at the end too: there, /pay%0A is /pay.
_NEWLINE: Final = Element("\n", skipped=1)

# Starlette's convertors (starlette.convertors), by name.
_CONVERTORS: Final = {
    "str": (Element("/", other=True, repeated=True),),
    "path": (_ANY,),
    "int": (Element(_DIGIT, repeated=True),),
    "float": (Element(_DIGIT, repeated=True), Element(".", skipped=2), Element(_DIGIT, repeated=True)),
    "uuid": (*8 * [_HEX], *3 * [_HYPHEN, *4 * [_HEX]], _HYPHEN, *12 * [_HEX]),
}
_PARAMETER: Final = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)(?::([a-z]+))?\}")
_ANYTHING: Final = "*"
_RESERVED: Final = re.compile(r"[{}*?#]")
_MAX_STEPS: Final = 2000  # that a pattern remembers; a stranger chooses the characters
_DOTS: Final = frozenset({".", ".."})


def is_ambiguous(path: str) -> bool:
    """Whether a router, a file system or another server may read this path as that of another place.

    So may any path with an empty, `.` or `..` segment, or one that has such a segment when it is decoded once more:
    StaticFiles serves `//internal/x` and `/x/../internal/x` as `/internal/x`. A slash at the end is common, and fine.
    """
    for text in {path, unquote(path)}:
        first, *segments = text.replace("\\", "/").split("/")
        if first or "" in segments[:-1] or not _DOTS.isdisjoint(segments):
            return True
    return False


@dataclass(frozen=True)
class PathPattern:
    """A path as a rule writes it: `/webhooks/stripe`, `/items/{id:int}`, `/public/{rest:path}`, `/saml/*`.

    `{name}` is one segment; `{name:path}` is anything, and so is `*` at the end, slashes included. Matching takes time
    that grows with the length of the path, and no faster, whatever the pattern.
    """

    text: str

    @property
    def readable(self) -> bool:
        """Whether it keeps to the grammar."""
        plain = _PARAMETER.sub("", self.text.removesuffix(_ANYTHING))
        kinds = {found[1] or "str" for found in _PARAMETER.findall(self.text)}
        return self.text.startswith("/") and not _RESERVED.search(plain) and kinds <= _CONVERTORS.keys()

    def matches(self, path: str) -> bool:
        """Whether the whole of this path, decoded once by the server, is one that the rule speaks of."""
        if self._expression is not None:
            return self._expression.fullmatch(path) is not None
        return self._simulate(path)

    @cached_property
    def _elements(self) -> tuple[Element, ...]:
        body = self.text.removesuffix(_ANYTHING)
        elements: list[Element] = []
        last = 0
        for found in _PARAMETER.finditer(body):
            elements += map(Element, body[last : found.start()])
            elements += _CONVERTORS[found[2] or "str"]
            last = found.end()
        elements += map(Element, body[last:])
        return (*elements, _ANY if body != self.text else _NEWLINE)

    @cached_property
    def _expression(self) -> re.Pattern[str] | None:
        """The pattern as a regular expression, if matching it never tries one part of a path in two ways."""
        elements = self._elements
        repeated = [number for number, element in enumerate(elements) if element.repeated]
        for number, element in enumerate(elements):
            # After the last repetition a match can fail, but no other repetition can make up for it.
            if repeated and number >= repeated[-1]:
                break
            after = [elements[place] for place in self._reach(number + 1) if place < len(elements)]
            choices = [element, *after] if element.repeated else after
            if any(one.overlaps(other) for one, other in combinations(choices, 2)):
                return None
        return re.compile("".join(self._parts()), re.DOTALL)

    def _parts(self) -> Iterator[str]:
        ends: list[int] = []
        for number, element in enumerate(self._elements):
            if element.skipped:
                ends.append(number + element.skipped)
                yield "(?:"
            yield element.expression + ("+" if element.repeated else "")
            while ends and ends[-1] == number + 1:
                ends.pop()
                yield ")?"

    def _reach(self, number: int) -> Iterator[int]:
        """This element, and those that may stand in its place because it may be left out."""
        yield number
        while number < len(self._elements) and self._elements[number].skipped:
            number += self._elements[number].skipped
            yield number

    def _simulate(self, path: str) -> bool:
        """Follows every way to read the path at once, character by character."""
        places, steps = self._places[0], self._steps
        for character in path:
            after = steps.get((places, character))
            if after is None:
                after = self._step(places, character)
                if len(steps) < _MAX_STEPS:
                    steps[places, character] = after
            places = after
        return len(self._elements) in places

    def _step(self, places: frozenset[int], character: str) -> frozenset[int]:
        after: set[int] = set()
        for place in places:
            if place < len(self._elements) and self._elements[place].takes(character):
                after |= self._places[place + 1]
                if self._elements[place].repeated:
                    after.add(place)
        return frozenset(after)

    @cached_property
    def _places(self) -> list[frozenset[int]]:
        return [frozenset(self._reach(number)) for number in range(len(self._elements) + 1)]

    @cached_property
    def _steps(self) -> dict[tuple[frozenset[int], str], frozenset[int]]:
        return {}
