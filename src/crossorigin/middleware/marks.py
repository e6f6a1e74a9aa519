"""Marks: the policy that an endpoint, a router or a mount carries with it.

A mark is an attribute of what it stands on, and nothing else: it travels with a function that is pickled, and goes
when the function goes. Which of several marks counts is said in `route_policies`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final, Protocol, TypeAlias
from weakref import WeakSet

from ..policy.policy import Policy

_ATTRIBUTE: Final = "__crossorigin_policy__"


class Unmarked:
    """What stands where no policy was said; None already means that no other origin is let in."""


UNMARKED: Final = Unmarked()
MarkedPolicy: TypeAlias = Policy | Unmarked | None


class Mark:
    """One policy, as it stands on an endpoint. One that was unpickled is as good as one that was written here."""

    def __init__(self, policy: Policy | None) -> None:
        self.policy = policy
        _alive.add(self)
        notify_readers()

    def __reduce__(self) -> tuple[type[Mark], tuple[Policy | None]]:
        return Mark, (self.policy,)


class Reader(Protocol):
    """Whoever reads marks once, and has to look again if there is a new one."""

    def invalidate(self) -> None:
        """A mark, or a middleware, is new."""
        ...


# Which marks there are, so that a middleware knows that some stand where it cannot see them. What they say, and what
# they stand on, is not kept here.
_alive: Final[WeakSet[Mark]] = WeakSet()
_readers: Final[WeakSet[Any]] = WeakSet()


def mark(carrier: object, policy: Policy | None) -> None:
    """Writes a policy on an endpoint, a router or a mount.

    Raises TypeError for what is no policy, and for what cannot carry one: a bound method, for example.
    """
    if policy is not None and not isinstance(policy, Policy):
        raise TypeError(f"a Policy or None is due here, not {type(policy).__name__}")
    try:
        setattr(carrier, _ATTRIBUTE, Mark(policy))
    except AttributeError:
        raise TypeError(
            f"{carrier!r} takes no attribute, so it cannot carry a policy: "
            "put @cors above the function where it is defined, in a class above its method"
        ) from None


def any_made() -> bool:
    """Whether anything in this process carries a mark; if not, no app need be searched for one."""
    return bool(_alive)


def mark_of(carrier: object) -> Mark | None:
    """The mark on an endpoint, a router or a mount; None if it carries none."""
    found = getattr(carrier, _ATTRIBUTE, None)
    while not isinstance(found, Mark) and isinstance(carrier, partial):  # the mark may be on the function inside
        carrier = carrier.func
        found = getattr(carrier, _ATTRIBUTE, None)
    return found if isinstance(found, Mark) else None


def marked_policy(carrier: object) -> MarkedPolicy:
    """What an endpoint, a router or a mount carries; UNMARKED if it carries nothing."""
    found = mark_of(carrier)
    return UNMARKED if found is None else found.policy


def others(reached: set[int]) -> Iterator[object]:
    """Every mark and every reader of this process that is not among those reached, which are known by id."""
    yield from (one for one in (*_alive, *_readers) if id(one) not in reached)


def subscribe(reader: Reader) -> None:
    """Has this reader told of every mark and every middleware from now on, for as long as it lives."""
    notify_readers()
    _readers.add(reader)


def notify_readers() -> None:
    """Tells all readers to look again: routes may be added, and apps mounted, while a server runs."""
    for reader in list(_readers):
        reader.invalidate()
