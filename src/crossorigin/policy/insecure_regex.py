"""Which plain `http://` pages does a regular expression accept?

A page that came over plain http can be anybody on its way, so a list of origins refuses such a page together with
credentials: loopback never travels, and in development a private network is accepted too. Here belongs the same
rule for an expression. Not here: how an expression is read. The search asks three machines what they read next and
where they may end, so that any machine of the expression will do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import cache
from typing import Any, Final, Protocol

from ..standards.origin import PRIVATE_SUFFIXES
from .limits import Environment
from .regex_automaton import Automaton

# A state of a machine is whatever the machine likes, as long as it can be put into a set; None is the beginning.
_State = Any
_States = frozenset[_State]

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789-_.:/[]"
_LABELS: Final = r"(?:[a-z0-9_-]+\.)*"
_NUMBERS: Final = r"(?:\.[0-9]+){1,3}\.?"

# The grammar of `origin.split_serialised`, for one scheme and without its limits of length.
_PAGE: Final = (rf"{_LABELS}[a-z0-9_-]+\.?", r"\[[0-9a-f:.]+\]")

# What `origin.is_loopback` accepts: localhost and every name below it, 127/8, ::1, and 127/8 in IPv6's notation.
_LOOPBACK: Final = (
    rf"{_LABELS}localhost\.?",
    rf"127{_NUMBERS}",
    r"\[::1\]",
    r"\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]",
)

# What `origin.is_private` accepts: names of private networks, and the networks of RFC 6890 that no router forwards.
_PRIVATE: Final = (
    *(rf"{_LABELS}[a-z0-9_-]+{suffix.replace('.', '[.]')}\.?" for suffix in PRIVATE_SUFFIXES),
    rf"10{_NUMBERS}",
    r"192\.168\.[0-9]+\.[0-9]+",
    r"172\.(?:1[6-9]|2[0-9]|3[01])\.[0-9]+\.[0-9]+",
    r"169\.254\.[0-9]+\.[0-9]+",
    r"\[f[cd][0-9a-f]{2}:[0-9a-f:]+\]",
    r"\[fe[89ab][0-9a-f]:[0-9a-f:]+\]",
)


class Machine(Protocol):
    """Reads strings one character at a time: all of an expression that the search needs."""

    def reads_after(self, state: _State, character: str) -> Iterable[_State]:
        """The states in which it can be once it has read one character more; `state` None is the beginning."""
        ...

    def may_end(self, state: _State) -> bool:
        """Whether it accepts what it has read on its way to this state."""
        ...


def insecure_origin(expression: Machine, environment: Environment) -> str | None:
    """A shortest `http://` origin that the expression accepts and credentials exclude; None if there is none."""
    return _shortest(expression, _machine(_PAGE), _machine(_harmless(environment)))


def _harmless(environment: Environment) -> tuple[str, ...]:
    return _LOOPBACK + _PRIVATE if environment == "development" else _LOOPBACK


@cache
def _machine(hosts: tuple[str, ...]) -> Automaton:
    """The machine of plain http origins with one of these hosts, on any port or none."""
    return Automaton(f"http://(?:{'|'.join(hosts)})(?::[0-9]+)?")


def _shortest(expression: Machine, inside: Machine, outside: Machine) -> str | None:
    """A shortest string that `expression` and `inside` accept and `outside` does not.

    Breadth first through the product of the three. Of `expression` one state at a time is enough, because one way to
    accept is enough. Of the other two all states are kept: that `outside` does not accept is said by all its ways.
    """
    begin: tuple[_State, _States, _States] = (None, frozenset([None]), frozenset([None]))
    todo, seen = deque([(begin, "")]), {begin}
    while todo:
        (at, within, beyond), text = todo.popleft()
        if expression.may_end(at) and _accepts(inside, within) and not _accepts(outside, beyond):
            return text
        for character in _ALPHABET:
            if not (within_next := _step(inside, within, character)):
                continue
            beyond_next = _step(outside, beyond, character)
            for after in expression.reads_after(at, character):
                state = (after, within_next, beyond_next)
                if state not in seen:
                    seen.add(state)
                    todo.append((state, text + character))
    return None


def _step(machine: Machine, states: _States, character: str) -> _States:
    after: set[_State] = set()
    for state in states:
        after.update(machine.reads_after(state, character))
    return frozenset(after)


def _accepts(machine: Machine, states: _States) -> bool:
    return any(machine.may_end(state) for state in states)
