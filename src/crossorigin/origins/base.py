"""What a middleware knows of a source without importing `source`, which only apps with changing origins need."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from .source import OriginSource


class Source:
    """The class by which a source is known."""


class OriginsUnavailable(Exception):
    """The first load of a source with `required=True` did not succeed."""


def is_source(value: object) -> TypeGuard[OriginSource]:
    """Whether it is an OriginSource, or one for a store."""
    return isinstance(value, Source)


def is_async(function: Any) -> bool:
    """Whether calling it gives an awaitable."""
    called = function if inspect.isroutine(function) else type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)
