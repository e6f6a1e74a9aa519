"""Origins that change while you serve: `install(app, policy, origins=…)`.

A source loads rows from where a team keeps them, and hands the request path an immutable snapshot. Here belong
sources, what a row means, and tenants. Not here: what an allowed origin may do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..standards.optional import optional
from .only import only
from .source import OriginSource, OriginsUnavailable, Status
from .tenants import by_host, by_path_parameter

if TYPE_CHECKING:
    from .redis import RedisOrigins
    from .sql import SQLOrigins

__all__ = [
    "OriginSource",
    "OriginsUnavailable",
    "RedisOrigins",
    "SQLOrigins",
    "Status",
    "by_host",
    "by_path_parameter",
    "only",
]


def __getattr__(name: str) -> Any:
    """The sources that need an extra: who uses none of its stores imports no driver."""
    if name not in _STORES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, extra = _STORES[name]
    return getattr(optional(f"{__name__}.{module}", extra), name)


_STORES: Final = {"SQLOrigins": ("sql", "sql"), "RedisOrigins": ("redis", "redis")}
