"""Tenants: whose origins hold for a request.

A tenant function takes the scope of a request and returns the tenant as the store writes it, or None for a request
that belongs to nobody. It is called on the request path, so it does no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

Tenant = Callable[[Any], object]

_MAX_HOST: Final = 261  # a name of 253 characters, root dot, brackets or port; a longer one is nobody's


def by_host(scope: Mapping[str, Any]) -> str | None:
    """The host that a request names, in lower case, without port and root dot; None for none or for two."""
    host = None
    for name, value in scope["headers"]:
        if name == b"host":
            if host is not None:
                return None  # two servers on the way may each believe another
            host = value
    if not host or len(host) > _MAX_HOST:
        return None
    return _name(host)


@lru_cache(maxsize=1024)
def _name(host: bytes) -> str | None:
    end = host.find(b"]") + 1 if host[:1] == b"[" else host.find(b":")
    named = host[:end] if end > 0 else host
    return named.decode("latin-1").lower().removesuffix(".") or None


@dataclass(frozen=True, slots=True)
class PathParameter:
    """The tenant is a parameter of the route's path: `by_path_parameter("realm")`."""

    name: str

    def __call__(self, scope: Mapping[str, Any]) -> object:
        """The value of the parameter; None if the route has none, or no route takes the path."""
        return (scope.get("path_params") or {}).get(self.name)


def by_path_parameter(name: str) -> PathParameter:
    """The tenant is this parameter of the path: `realm` in `/realms/{realm}/users`.

    The route is looked for before the app runs, so the app has to be a Starlette or FastAPI application.
    """
    return PathParameter(name)
