"""A rejected policy stops the start-up of the server, however the middleware was built.

Starlette and FastAPI build their middleware inside the first ASGI call, the `lifespan` one. A server takes whatever
that call raises for "this app has no lifespan", and serves on. `lifespan.startup.failed` is the one signal that every
server obeys. So the method that builds the middleware is watched: if a PolicyError escapes from it, the application
gets an app in place of its middleware that answers `lifespan.startup.failed`. Subclasses, factories and lists of
middleware are all built there; nothing has to be known about who raised the error.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from typing import Any

from ..policy.problems import PolicyError
from ..standards.optional import MissingPackage, optional
from . import routing

logger = logging.getLogger("crossorigin")

_WATCHED = "__crossorigin_watched__"


class FailedStartup:
    """An ASGI app in place of one whose policy was rejected: it fails to start, and serves nothing.

    The server prints the reason, because it logs the message of `lifespan.startup.failed`. A server without a
    lifespan never asks; there, the reason is logged once, and every request is answered with a 500.
    """

    def __init__(self, error: PolicyError) -> None:
        self.error = error
        self._logged = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One ASGI connection. Raises PolicyError, which a test client passes on; it drops the message."""
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(self.error)})
            raise PolicyError(self.error.problems)
        if not self._logged:
            self._logged = True
            logger.critical("%s", self.error)
        if scope["type"] == "http":
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"21")]
            await send({"type": "http.response.start", "status": 500, "headers": headers})
            await send({"type": "http.response.body", "body": b"Internal Server Error"})
        raise PolicyError(self.error.problems)


def watch_applications() -> None:
    """Watches how Starlette and every class derived from it, FastAPI for one, build their middleware."""
    try:
        base: Any = optional("starlette.applications", "demo").Starlette
    except MissingPackage:  # no application of this process builds its middleware late
        return
    if _WATCHED in base.__dict__:
        return
    setattr(base, _WATCHED, True)
    for kind in (base, *_derived(base)):
        _watch(kind)

    def __init_subclass__(cls: Any, /, **keywords: Any) -> None:
        super(base, cls).__init_subclass__(**keywords)
        _watch(cls)

    base.__init_subclass__ = classmethod(__init_subclass__)


def _derived(kind: Any) -> Iterator[Any]:
    for derived in kind.__subclasses__():
        yield derived
        yield from _derived(derived)


def _watch(kind: Any) -> None:
    """Has a class of applications build its middleware as before, or an app that fails to start."""
    build: Callable[[Any], Any] | None = kind.__dict__.get("build_middleware_stack")
    if build is None:  # it inherits one that is watched
        return

    @functools.wraps(build)
    def build_middleware_stack(self: Any) -> Any:
        try:
            stack = build(self)
            return _first_failure(self) or stack
        except Exception as error:
            rejection = _rejection(error)
            if rejection is None:
                raise
            return FailedStartup(rejection)

    kind.build_middleware_stack = build_middleware_stack


def _rejection(error: BaseException | None) -> PolicyError | None:
    """The PolicyError that an exception is, or that it was raised because of."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, PolicyError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def _first_failure(app: Any) -> FailedStartup | None:
    """The failure of an app mounted inside, which no lifespan reaches; None if there is none.

    Its middleware is built now only if one of ours, or a function that may make one, is in it.
    """
    for mounted in routing.mounted_apps(app):
        declared = getattr(mounted, "user_middleware", ())  # a router has none
        if any(_may_be_ours(one.cls) for one in declared):
            if mounted.middleware_stack is None:
                mounted.middleware_stack = mounted.build_middleware_stack()
            if isinstance(mounted.middleware_stack, FailedStartup):
                return mounted.middleware_stack
    return None


def _may_be_ours(factory: Any) -> bool:
    while isinstance(factory, functools.partial):
        factory = factory.func
    return not isinstance(factory, type) or hasattr(factory, routing.RULES_ATTRIBUTE)
