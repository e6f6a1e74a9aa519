"""Who else stands in the middleware stack of an app.

Here belongs what the operator should hear about it: middleware outside ours, which preflights reach first, and
another CORS middleware on the same paths, which has nothing left to do. Not here: apps that are mounted further
in (`routing`), which may well have one of their own.

Nothing here imports Starlette: another framework shows no stack, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from . import routing

_STARLETTES: Final = ("starlette.middleware.cors", "CORSMiddleware")


def warnings(middleware: Any, app: Any) -> Iterator[str]:
    """What is worth saying about the stack that `middleware`, ours, stands in; `app` is the app around it, if any."""
    outer = _outside(middleware, app)
    if outer:
        yield (
            f"CORSMiddleware stands inside {', '.join(outer)}: they see preflights first, and what they answer has no "
            "CORS headers → install(app, policy), or add CORSMiddleware last"
        )
    for name in dict.fromkeys(_redundant(middleware)):
        yield f"{name} is redundant: an outer CORSMiddleware already answers for the same paths → remove it"
    core = routing.innermost_app(middleware.app)
    rules = middleware.crossorigin_rules.routes
    for path, mounted in routing.mounts(core) if core is not None else ():
        if f"{path}/*" not in rules and any(_starlettes_own(mounted)):
            yield (
                f"Starlette's CORSMiddleware in the app at {path} has no effect: an outer one answers for its "
                f'paths → remove it, or leave these paths alone: routes={{"{path}/*": "pass-through"}}'
            )


def is_starlettes(kind: Any) -> bool:
    """Whether a class is Starlette's CORSMiddleware, which FastAPI only re-exports, or made from it."""
    return isinstance(kind, type) and any(map(is_exactly_starlettes, kind.__mro__))


def is_exactly_starlettes(kind: Any) -> bool:
    """Whether a class is Starlette's CORSMiddleware itself."""
    return isinstance(kind, type) and (kind.__module__, kind.__name__) == _STARLETTES


def _starlettes_own(mounted: Any) -> Iterator[bool]:
    """Whether each layer of a mounted app, built or declared, is Starlette's CORSMiddleware."""
    around = [*routing.layers(mounted)]
    yield from (is_starlettes(type(layer)) for layer in around)
    yield from (is_starlettes(entry.cls) for entry in getattr(around[-1], "user_middleware", ()))


def _outside(middleware: Any, app: Any) -> list[str]:
    """The names of the user's middleware that an app puts around ours, outermost first."""
    names: list[str] = []
    for entry in getattr(app, "user_middleware", ()):
        if entry.cls is type(middleware):
            return names
        names.append(getattr(entry.cls, "__name__", repr(entry.cls)))
    return []


def _redundant(middleware: Any) -> Iterator[str]:
    inside = [*routing.layers(middleware.app)]
    for layer in inside:
        if hasattr(layer, routing.RULES_ATTRIBUTE):
            yield "a CORSMiddleware further in"
        elif is_starlettes(type(layer)):
            yield "Starlette's CORSMiddleware"
    core = inside[-1]
    if routing.installed_on(core) not in (None, middleware):
        yield "install() on the app inside"
    for entry in getattr(core, "user_middleware", ()):
        if hasattr(entry.cls, routing.RULES_ATTRIBUTE):
            yield "app.add_middleware(CORSMiddleware, ...)"
        elif is_starlettes(entry.cls):
            yield "app.add_middleware(CORSMiddleware, ...) of Starlette"
