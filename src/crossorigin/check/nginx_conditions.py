"""On what an nginx configuration makes the allowed origin depend: `if`, `map` and `set`.

Here belong the tests of `$http_origin`, each judged where it stands, and the variables that come of them. Not here:
the blocks and what they inherit (`nginx`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..report.findings import Finding, Place, Result
from .origin_matching import judge_regex
from .proxy_headers import ALLOW_CREDENTIALS, Sent, found, listed, tells_caches

if TYPE_CHECKING:
    from .nginx_config import Directive

_VARIABLE: Final = re.compile(r"\$\{?(\w+)\}?")
_ORIGIN: Final = "http_origin"


@dataclass(slots=True)
class Conditions:
    """The variables that depend on the origin, the maps that make them, and every regular expression for it."""

    variables: set[str] = field(default_factory=lambda: {_ORIGIN})
    maps: list[Directive] = field(default_factory=list)
    tests: list[tuple[str, str, Place]] = field(default_factory=list)  # operator, pattern, place
    cookies: bool = False

    @classmethod
    def of(cls, tree: Sequence[Directive]) -> Conditions:
        """Those of a whole configuration."""
        known = cls()
        for it in _all(tree):
            if it.name == "map" and len(it.args) == 2 and known._depends(it.args[0]):
                known.maps.append(it)
                known.variables.add(it.args[1].lstrip("$"))
            elif it.name == "if" and known._depends(it.first):
                known.variables |= {name for inner in it.block or () if (name := _set(inner))}
                if _names(it.first) == {_ORIGIN} and len(it.args) == 3:
                    known.tests.append((it.args[1], it.args[2], it.place))
            elif it.name == "add_header" and [word.lower() for word in it.args[:2]] == [ALLOW_CREDENTIALS, "true"]:
                known.cookies = True
        return known

    def _depends(self, text: str) -> bool:
        return bool(_names(text) & self.variables)

    def judge(self) -> Iterator[Result]:
        """Every test of the origin, where it stands."""
        for operator, pattern, place in self.tests:
            yield from self._test(operator, pattern, place)
        for it in self.maps:
            if _names(it.args[0]) == {_ORIGIN}:
                yield from self._map(it)

    def _test(self, operator: str, pattern: str, place: Place) -> Iterator[Result]:
        if operator in ("~", "~*"):
            yield from self._regex(pattern, operator == "~*", place)
        elif operator == "=":
            yield from listed(pattern, place, f"$http_origin = {pattern}")

    def _map(self, it: Directive) -> Iterator[Result]:
        for entry in it.block or ():
            value = entry.args[0] if entry.args else ""
            if entry.name == "default":
                yield from self._default(value, entry.place)
            elif value in ("", "0"):
                continue  # an origin that is kept out
            elif entry.name.startswith("~"):
                ignore_case = entry.name.startswith("~*")
                yield from self._regex(entry.name.lstrip("~").removeprefix("*"), ignore_case, entry.place)
            else:
                yield from listed(entry.name, entry.place, f"{entry.name} {value}")

    def _default(self, value: str, place: Place) -> Iterator[Finding]:
        if _names(value) & self.variables:
            yield found("accepts-any-origin", f"default {value}", place=place)
        elif value == "*":
            yield found("sends-star-with-credentials" if self.cookies else "sends-star", "default *", place=place)

    def _regex(self, pattern: str, ignore_case: bool, place: Place) -> Iterator[Result]:
        yield from judge_regex(pattern, place, whole=False, ignore_case=ignore_case, cookies=self.cookies)

    def use(self, allowed: Sent, own: Sequence[Sent], opened_by: Directive | None) -> Iterator[Finding]:
        """The allowed origin of one block, if it is made of the visitor's own."""
        names = _names(allowed.value)
        if not names & self.variables:
            return
        guarded = opened_by is not None and opened_by.name == "if" and self._depends(opened_by.first)
        if names == {_ORIGIN} and not guarded:
            yield found("accepts-any-origin", str(allowed), place=allowed.place)
        if not tells_caches(own):
            remedy = "add_header Vary Origin always;"
            yield found("missing-vary", f"{allowed}, and no `Vary: Origin`", place=allowed.place, remedy=remedy)


def _all(block: Sequence[Directive]) -> Iterator[Directive]:
    for it in block:
        yield it
        yield from _all(it.block or ())


def _set(directive: Directive) -> str:
    """The variable that a `set` gives a value; empty for any other directive."""
    return directive.first.lstrip("$") if directive.name == "set" else ""


def _names(text: str) -> set[str]:
    return set(_VARIABLE.findall(text))
