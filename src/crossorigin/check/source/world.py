"""One way through a program: the names it has given, and what it takes for true.

Where a condition is known only when the program runs, the way forks. Ways that came to the same join again, and a
bound on their number keeps a program of many branches readable: beyond it, what differs between them is unknown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from .values import (
    FROM_ORIGIN,
    Dictionary,
    Either,
    Held,
    Key,
    Several,
    Unknown,
    Value,
    key_of,
    written_at,
)

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
        self.objects: dict[Key, Held] = {}  # what was changed in its place, as it is now
        self.exported: frozenset[str] = frozenset()  # names of the module that a function has given a value
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
        other.objects = dict(self.objects)
        other.exported = self.exported
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
        self._forget_conditions(name)

    def change(self, value: Value, after: Held) -> None:
        """A list, a dictionary or a class is changed in its place, whatever its names are."""
        key = key_of(value)
        assert key is not None  # of what can be changed
        self._mark ^= hash((key, self.objects.get(key))) ^ hash((key, after))
        self.objects[key] = after
        if self.assumed:
            for name in [name for name, held in self.names.items() if key_of(held) == key]:
                self._forget_conditions(name)

    def lose(self, value: Value, node: ast.expr) -> None:
        """A list or a dictionary, and each that is in it, is changed in a way that is not followed."""
        self.change(value, Unknown(node, lost=True))
        for part in parts_of(value):
            self.lose(part, node)

    def _forget_conditions(self, name: str) -> None:
        stale = [text for text in self.assumed if _is_about(text, name)]
        for text in stale:
            self.former[text] = self.assumed.pop(text)

    def get(self, name: str) -> Held | None:
        """What a name stands for here."""
        found = self.names.get(name)
        if found is None:
            found = self.outer.get(name)
        return self.now(found)

    def now(self, held: Held | None) -> Held | None:
        """A value with everything in it as it is now."""
        if not self.objects or held is None:
            return held
        if not isinstance(held, Either):
            return self._now(held)
        return Either(tuple((self._one_now(value), conditions) for value, conditions in held.options))

    def _now(self, value: Value) -> Held:
        key = key_of(value)
        found = self.objects.get(key) if key is not None else None
        if isinstance(found, Either):
            return found
        value = found or value
        if isinstance(value, Several):
            return replace(value, elements=self._each_now(value.elements))
        if isinstance(value, Dictionary):
            now = self._each_now([each for _, each in value.entries])
            pairs = zip(value.entries, now, strict=True)
            return replace(value, entries=tuple((key, each) for (key, _), each in pairs))
        return value

    def _each_now(self, values: Sequence[Value]) -> tuple[Value, ...]:
        return tuple([self._part_now(each) for each in values])

    def _part_now(self, value: Value) -> Value:
        return self._one_now(value) if type(value) in _OBJECTS else value

    def _one_now(self, value: Value) -> Value:
        """One value. That it hangs on conditions of its own is too much to follow."""
        now = self._now(value)
        return Unknown(written_at(value.node), lost=True) if isinstance(now, Either) else now

    def assume(self, text: str, truth: bool) -> World:
        """A copy in which a condition is settled."""
        other = self.fork()
        other.assumed[text] = truth
        return other

    def same_as(self, other: World) -> bool:
        """Whether nothing but the conditions on the way tells them apart."""
        if self._mark != other._mark:  # names by the thousand are not compared one by one
            return False
        mine = (self.names, self.guards, self.sent, self.without_origin, self.objects)
        return mine == (other.names, other.guards, other.sent, other.without_origin, other.objects)


_OBJECTS: Final = frozenset({Several, Dictionary})


def parts_of(value: Value) -> Iterator[Value]:
    """The lists and dictionaries in a value."""
    if isinstance(value, Several):
        parts: Iterable[Value] = value.elements
    else:
        parts = [each for _, each in value.entries] if isinstance(value, Dictionary) else []
    yield from (part for part in parts if type(part) in _OBJECTS)


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
    keys: dict[Key, None] = {}
    for world in worlds:
        first.exported |= world.exported
        names |= dict.fromkeys(world.names)
        keys |= dict.fromkeys(world.objects)
    objects: dict[Key, Held] = {key: _object_in_all(key, worlds) for key in keys}
    for name in names:
        raw = [world.names[name] for world in worlds if name in world.names]
        same = {key_of(value) for value in raw}
        if len(same) == 1 and same <= objects.keys():
            first.give(name, raw[0])
        else:
            first.give(name, _either(name, [(world.now(world.names.get(name)), world) for world in worlds]))
    first.objects = objects
    first.sent = {}
    return first


def _object_in_all(key: Key, worlds: list[World]) -> Held:
    """What an object may be that is changed on some of these ways."""
    written = written_at(key[0])
    found: list[tuple[Held | None, World]] = []
    for world in worlds:
        before = next((value for value in world.names.values() if key_of(value) == key), None)
        now = world.objects.get(key) or world.now(before)
        if now is None:  # it is known under no name of its own here
            return Unknown(written, lost=True)
        found.append((now, world))
    return _either(ast.unparse(written), found)


def _either(name: str, held: list[tuple[Held | None, World]]) -> Held:
    """All values that something has on these ways."""
    found: list[tuple[Value, dict[str, bool]]] = []
    for value, world in held:
        for option, conditions in _options(value, world):
            known = next((number for number, (other, _) in enumerate(found) if other == option), None)
            if known is None:
                found.append((option, conditions))
            else:
                found[known] = (option, common(found[known][1], conditions))
    if len(found) > _MAX_OPTIONS:
        return _unknown(name, found)
    if len(found) > 1:
        return Either(tuple((value, tuple(conditions.items())) for value, conditions in found))
    return found[0][0]


def _options(value: Held | None, world: World) -> list[tuple[Value, dict[str, bool]]]:
    if value is None:
        return []
    if isinstance(value, Either):
        return [(option, {**world.assumed, **dict(conditions)}) for option, conditions in value.options]
    return [(value, dict(world.assumed))]


def _unknown(name: str, found: list[tuple[Value, dict[str, bool]]]) -> Unknown:
    origins = {value.origin for value, _ in found if isinstance(value, Unknown)}
    about = FROM_ORIGIN if origins - {""} else ""
    lost = any(isinstance(value, Unknown) and value.lost for value, _ in found)
    return Unknown(ast.copy_location(ast.Name(name, ast.Load()), found[0][0].node), about, lost)
