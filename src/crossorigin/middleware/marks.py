"""Marks: the policy that an endpoint, a router or a mount carries with it.

Here belongs the mark alone: writing it, reading it, and telling whoever stands around the app that one is new.
Not here: which of several marks counts (`rules`), and the functions that people call (`starlette`).
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, Protocol, TypeAlias
from weakref import WeakSet, WeakValueDictionary

from ..policy.policy import Policy

_ATTRIBUTE: Final = "__crossorigin_policy__"


class Unmarked:
    """What stands where no policy was said; None already means that no other origin is let in."""


UNMARKED: Final = Unmarked()
Mark: TypeAlias = Policy | Unmarked | None


class Reader(Protocol):
    """Whoever reads marks once, and has to look again where there is a new one."""

    def invalidate(self) -> None:
        """A mark, or a middleware, is new."""
        ...


# By id: Starlette's routes compare by value, and have no hash.
_marked: Final[WeakValueDictionary[int, object]] = WeakValueDictionary()
_readers: Final[WeakSet[Any]] = WeakSet()


def mark(carrier: object, policy: Policy | None) -> None:
    """Writes a policy on an endpoint, a router or a mount. Raises TypeError for what is no policy."""
    if policy is not None and not isinstance(policy, Policy):
        raise TypeError(f"a Policy or None is due here, not {type(policy).__name__}")
    setattr(carrier, _ATTRIBUTE, policy)
    _marked[id(carrier)] = carrier
    notify_readers()


def any_made() -> bool:
    """Whether anything in this process carries a mark; if not, no app need be searched for one."""
    return bool(_marked)


def marked_policy(carrier: object) -> Mark:
    """What an endpoint, a router or a mount carries; UNSAID where it carries nothing."""
    found: Mark = getattr(carrier, _ATTRIBUTE, UNMARKED)
    while isinstance(found, Unmarked) and isinstance(carrier, partial):  # the mark may be on the function inside
        carrier = carrier.func
        found = getattr(carrier, _ATTRIBUTE, UNMARKED)
    return found


def subscribe(reader: Reader) -> None:
    """Has this reader told of every mark and every middleware from now on, for as long as it lives."""
    notify_readers()
    _readers.add(reader)


def notify_readers() -> None:
    """Tells all readers to look again: routes may be added, and apps mounted, while a server runs."""
    for reader in list(_readers):
        reader.invalidate()
