"""The places of an app at which middleware may stand: the app itself, what is mounted in it, and routes.

Here belongs the walk. Not here: what an app is made of (`middleware.app_layers`), and any judgement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ..middleware.app_layers import Layer, core_of, layers_of, mounts_of

_PARAMETER: Final = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Spot:
    """One app on the way: where it is mounted, its layers, and the layers of the apps around it."""

    prefix: str
    app: Any
    layers: tuple[Layer, ...]
    around: tuple[Layer, ...]

    @property
    def filled(self) -> str:
        """The prefix with a value for each of its parameters."""
        return filled(self.prefix)

    def covers(self, path: str) -> bool:
        """Whether a path, its parameters filled, is below the prefix."""
        return path == self.filled or path.startswith(self.filled + "/")


def layers_in(everywhere: Iterable[Spot]) -> list[Layer]:
    """The layers of all these places."""
    layers: list[Layer] = []
    for spot in everywhere:
        layers += spot.layers
    return layers


def filled(path: str) -> str:
    """The path of a route with a value for each of its parameters."""
    return _PARAMETER.sub("1", path)


def spots(
    app: Any, prefix: str = "", around: tuple[Layer, ...] = (), seen: frozenset[int] = frozenset()
) -> Iterator[Spot]:
    """The app, and every app mounted in it, outermost first."""
    if id(app) in seen:
        return
    layers, core = tuple(layers_of(app)), core_of(app)
    yield Spot(prefix, app, layers, around)
    for path, mounted in mounts_of(core):
        yield from spots(mounted, prefix + path, (*around, *layers), seen | {id(app)})
    for route in getattr(core, "routes", ()):
        inside = tuple(layers_of(getattr(route, "app", None))) if hasattr(route, "methods") else ()
        if inside:
            yield Spot(prefix + route.path, route.app, inside, (*around, *layers))
