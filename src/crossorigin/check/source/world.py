"""One way through a program: the names it has given, and what it takes for true.

Where a condition is known only when the program runs, the way forks. Ways that came to the same join again, and a
bound on their number keeps a program of many branches readable: beyond it, what differs between them is unknown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .values import FROM_ORIGIN, Either, Held, Unknown, Value

MAX_WAYS: Final = 16
_MAX_OPTIONS: Final = 8


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition on the request's origin that this way has passed (`truth`) or failed. Without a node: any."""

    text: str
    truth: bool
    node: ast.expr | None = field(compare=False)


_ANY_GUARD: Final = Guard("one of several conditions", True, None)


@dataclass(frozen=True, slots=True)
class SetHeader:
    """One header that the program sets on a response, or `added` to what is there."""

    name: str  # in lower case
    value: Value
    line: int
    guards: tuple[Guard, ...]
    added: bool = False


class World:
    """One way through the program."""

    def __init__(self, names: dict[str, Held], outer: Mapping[str, Held]) -> None:
        self.names = names
        self.outer = outer
        self.assumed: dict[str, bool] = {}
        self.former: dict[str, bool] = {}  # assumed of names that have another value since
        self.guards: tuple[Guard, ...] = ()
        self.without_origin = False
        self.sent: dict[str, tuple[SetHeader, ...]] = {}
        self.pairs: dict[str, str] = {}  # names of a loop over raw headers: of the header, and of its value
        self._mark = 0

    def fork(self) -> World:
        """A copy that goes its own way."""
        other = World(dict(self.names), self.outer)
        other.assumed = dict(self.assumed)
        other.former = dict(self.former)
        other.guards = self.guards
        other.without_origin = self.without_origin
        other.sent = dict(self.sent)
        other.pairs = dict(self.pairs)
        other._mark = self._mark
        return other

    def give(self, name: str, value: Held) -> None:
        """A name gets a value. What was assumed of its former value no longer holds."""
        before = self.names.get(name)
        if before is not None:
            self._mark ^= hash((name, before))
        self._mark ^= hash((name, value))
        self.names[name] = value
        stale = [text for text in self.assumed if _is_about(text, name)]
        for text in stale:
            self.former[text] = self.assumed.pop(text)

    def get(self, name: str) -> Held | None:
        """What a name stands for here."""
        found = self.names.get(name)
        return found if found is not None else self.outer.get(name)

    def assume(self, text: str, truth: bool) -> World:
        """A copy in which a condition is settled."""
        other = self.fork()
        other.assumed[text] = truth
        return other

    def same_as(self, other: World) -> bool:
        """Whether nothing but the conditions on the way tells them apart."""
        if self._mark != other._mark:  # names by the thousand are not compared one by one
            return False
        mine = (self.names, self.guards, self.sent, self.without_origin)
        return mine == (other.names, other.guards, other.sent, other.without_origin)


def _is_about(text: str, name: str) -> bool:
    """Whether a condition is about a name; that a variable of the environment is set is about none."""
    return name in text and not text.endswith((" is set", " is given")) and re.search(rf"\b{name}\b", text) is not None


def joined(worlds: Iterable[World]) -> list[World]:
    """The ways that differ."""
    found: list[World] = []
    for world in worlds:
        twin = next((other for other in found if other.same_as(world)), None)
        if twin is None:
            found.append(world)
        else:
            twin.assumed = common(twin.assumed, world.assumed)
            twin.former = common(twin.former, world.former)
    return found


def common(one: Mapping[str, bool], other: Mapping[str, bool]) -> dict[str, bool]:
    """The conditions that both have."""
    return {text: truth for text, truth in one.items() if other.get(text) is truth}


def made_one(worlds: list[World]) -> World:
    """One way in place of several, on which names keep their values apart. What was sent is no longer there."""
    first = worlds[0].fork()
    for world in worlds[1:]:
        first.assumed = common(first.assumed, world.assumed)
        first.former = common(first.former, world.former)
        first.without_origin &= world.without_origin
        if first.guards != world.guards:
            first.guards = (_ANY_GUARD,)
    names: dict[str, None] = {}
    for world in worlds:
        names |= dict.fromkeys(world.names)
    for name in names:
        _give_either(first, name, worlds)
    first.sent = {}
    return first


def _give_either(first: World, name: str, worlds: list[World]) -> None:
    """Gives a name all values that it has on these ways."""
    found: list[tuple[Value, dict[str, bool]]] = []
    for world in worlds:
        value = world.names.get(name)
        for option, conditions in _options(value, world):
            known = next((number for number, (other, _) in enumerate(found) if other == option), None)
            if known is None:
                found.append((option, conditions))
            else:
                found[known] = (option, common(found[known][1], conditions))
    if len(found) > _MAX_OPTIONS:
        first.give(name, _unknown(name, found))
    elif len(found) > 1:
        first.give(name, Either(tuple((value, tuple(conditions.items())) for value, conditions in found)))
    else:
        first.give(name, found[0][0])


def _options(value: Held | None, world: World) -> list[tuple[Value, dict[str, bool]]]:
    if value is None:
        return []
    if isinstance(value, Either):
        return [(option, {**world.assumed, **dict(conditions)}) for option, conditions in value.options]
    return [(value, dict(world.assumed))]


def _unknown(name: str, found: list[tuple[Value, dict[str, bool]]]) -> Unknown:
    origins = {value.origin for value, _ in found if isinstance(value, Unknown)}
    about = FROM_ORIGIN if origins - {""} else ""
    return Unknown(ast.copy_location(ast.Name(name, ast.Load()), found[0][0].node), about)
