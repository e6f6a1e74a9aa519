"""The paths of an app's routes, as Starlette and FastAPI keep them.

Nothing here imports a framework: what has routes is known by what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

_DEEPEST: Final = 16  # apps inside one another; one that is mounted in itself would never end


def route_paths(routes: Iterable[Any], prefix: str = "", depth: int = 0) -> Iterator[str]:
    """The path of every route as it is declared (`/items/{id}`), of mounted apps too; the app's documentation aside."""
    if depth > _DEEPEST:
        return
    for route in routes:
        included = getattr(route, "effective_candidates", None)  # FastAPI's routers, as they are included
        path = getattr(route, "path", None)
        within = getattr(route, "routes", None)
        if callable(included):
            yield from route_paths(included(), prefix, depth + 1)
        elif isinstance(path, str) and within:
            yield from route_paths(within, prefix + path, depth + 1)
        elif isinstance(path, str) and getattr(route, "include_in_schema", True):
            yield prefix + path
