"""How much of a configuration is read: a few lines can include one another until they are billions.

The bounds are far above what people write. What goes beyond one is `CannotRun`, because nothing can be said about the
rest.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Final, TypeVar

from ..report.errors import CannotRun

MAX_DEPTH: Final = 100
MAX_COMPARISON: Final = 2000  # characters of a regular expression, a prefix or a suffix
MAX_REGEX_POSITIONS: Final = 300
_MAX_REGEX_WORK: Final = 100_000_000  # the cubes of the positions of all regular expressions in one target


class Budget:
    """So much may be read of one target: directives, lines or characters."""

    def __init__(self, most: int, unit: str) -> None:
        self._most = most
        self._left = most
        self._unit = unit

    def spend(self, amount: int, place: object) -> None:
        """Takes an amount away. Raises CannotRun if there is not so much left."""
        self._left -= amount
        if self._left < 0:
            raise CannotRun(f"{place}: with everything that is included, it has more than {self._most:,} {self._unit}")


def check_depth(depth: int, place: object) -> None:
    """Raises CannotRun for what is inside too many blocks and files."""
    if depth > MAX_DEPTH:
        raise CannotRun(f"{place}: it is inside more than {MAX_DEPTH} blocks and files")


_regex_work: ContextVar[list[int]] = ContextVar("_regex_work")
_Result = TypeVar("_Result")


def for_one_target(inspect: Callable[[], _Result]) -> _Result:
    """Calls it with a new allowance for regular expressions."""

    def call() -> _Result:
        _regex_work.set([_MAX_REGEX_WORK])
        return inspect()

    return copy_context().run(call)


def spend_on_regexes(positions: int) -> None:
    """Takes one expression's work from what is left for this target. Raises ValueError if it is not enough."""
    left = _regex_work.get([_MAX_REGEX_WORK])
    left[0] -= positions**3
    if left[0] < 0:
        raise ValueError("the regular expressions before it took all the steps that one target may take")
