"""Origins that change while you serve: `install(app, policy, origins=…)`.

A source loads rows from where a team keeps them, and hands the request path an immutable snapshot. Here belong
sources, what a row means, and tenants. Not here: what an allowed origin may do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..standards.optional import optional

if TYPE_CHECKING:
    from .api_keys import only
    from .base import OriginsUnavailable
    from .redis import RedisOrigins
    from .source import OriginSource, Status
    from .sql import SQLOrigins
    from .tenants import by_host, by_path_parameter

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
    """A name is loaded when it is first used: who uses none of the stores imports no driver."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, extra = _MODULES[name]
    return getattr(optional(f"{__name__}.{module}", extra), name)


# The module of each public name, and the extra that it needs.
_MODULES: Final = {
    "OriginSource": ("source", ""),
    "OriginsUnavailable": ("base", ""),
    "RedisOrigins": ("redis", "redis"),
    "SQLOrigins": ("sql", "sql"),
    "Status": ("source", ""),
    "by_host": ("tenants", ""),
    "by_path_parameter": ("tenants", ""),
    "only": ("api_keys", ""),
}
