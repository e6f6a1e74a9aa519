"""Texts that a regular expression takes, and texts just outside it.

Here belongs reading samples off the automaton of an expression. Not here: the automaton. Every way through the
expression is gone once; every class of characters is tried at the ends of its ranges and one beyond, left out, and
repeated. So an expression that differs in one of these is told from this one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final

from .regex_automaton import Automaton, bits
from .regex_syntax import parse

_BYTES: Final = "abcdefghijklmnopqrstuvwxyz0123456789-_.:/[]"  # what an origin is written with
_IN_ORDER: Final = "".join(sorted(_BYTES))
_OFTEN: Final = (2, 12)
_MAX: Final = 800

_Way = tuple[int, ...]


def samples(pattern: str) -> list[str]:
    """Texts that tell this expression from others; a browser may not be able to send them all."""
    return list(islice(dict.fromkeys(_all(Automaton(parse(pattern)))), _MAX))


def _all(machine: Automaton) -> Iterator[str]:
    into = _shortest(machine.first, machine.follow)
    out = _shortest(machine.last, machine.before)
    whole = [out[p][::-1] for p in bits(machine.first) if p in out]
    for p, way in sorted(into.items()):
        whole += [(*way, *out[q][::-1]) for q in bits(machine.follow[p]) if q in out]
    ways = list(dict.fromkeys(whole))
    for way in ways:
        yield _spell(machine, way)
    seen: set[int] = set()
    for way in ways:
        text = _spell(machine, way)
        for place, p in enumerate(way):
            if p not in seen:
                seen.add(p)
                yield from _variants(machine.leaves[p].mask, text[:place], text[place], text[place + 1 :])


def _shortest(start: int, steps: list[int]) -> dict[int, _Way]:
    """The shortest way from `start` to each position, both included."""
    found: dict[int, _Way] = {p: (p,) for p in bits(start)}
    todo = deque(found)
    while todo:
        p = todo.popleft()
        for q in bits(steps[p]):
            if q not in found:
                found[q] = (*found[p], q)
                todo.append(q)
    return found


def _spell(machine: Automaton, way: _Way) -> str:
    masks = [machine.leaves[p].mask for p in way]
    return "".join(next((each for each in _BYTES if mask >> ord(each) & 1), "~") for mask in masks)


def _variants(mask: int, before: str, here: str, after: str) -> Iterator[str]:
    """The same text with something else at the place where a character of `mask` is read."""
    taken = [mask >> ord(character) & 1 == 1 for character in _IN_ORDER]
    if sum(taken) == 1:
        if not here.isalnum():  # another letter in a name is another name; a dot that takes any is a mistake
            yield before + "x" + after
        return
    yield before + after
    for times in _OFTEN:
        yield before + here * times + after
    around = [False, *taken, False]
    for place, character in enumerate(_IN_ORDER):
        beside = (around[place], around[place + 2])
        if not all(beside) if taken[place] else any(beside):  # an end of a range, or the first beyond one
            yield before + character + after
