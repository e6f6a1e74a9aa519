"""What happens when an application or a router is called, before it runs.

`install` and the policies of apps that nobody can see from outside both need to stand at the entrance of an app. The
attributes of an app are replaced by many libraries: `build_middleware_stack` by tracing instrumentors,
`user_middleware` and `middleware_stack` by test suites. So the entrance is the `__call__` of the app's class, hooked
once per class, and what was installed is in the app's own `__dict__`, where nobody else looks. An app on which nothing
was installed goes on as before.
"""

from __future__ import annotations

from typing import Any, Final

from ..standards.optional import MissingPackage, optional
from . import routing
from .marks import notify_readers
from .types import Receive, Scope, Send

_HOOKED: Final = "__crossorigin_entrance__"
_INSIDE: Final = "crossorigin.inside"  # the app whose installed middleware a connection has entered
_asked = False
REVEAL: Final = "crossorigin.reveal"  # what an outer middleware learns from the apps inside (`reveal.Reveal`)


class Inside:
    """The app that a middleware was installed on, without that middleware."""

    def __init__(self, app: Any) -> None:
        self.app = app
        hook(type(app))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection. A copy of the app has the same middleware: the app that was entered is meant."""
        await scope.get(_INSIDE, self.app)(scope, receive, send)


def hook(kind: Any) -> None:
    """Has every call of this class of apps come past us, once and for all."""
    if _HOOKED in kind.__dict__:
        return
    setattr(kind, _HOOKED, True)
    own = kind.__dict__.get("__call__")

    async def inherited(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        # Found anew at each call: another library may replace the method of a base class later.
        await super(kind, self).__call__(scope, receive, send)

    original = inherited if own is None else own

    # uvicorn looks whether this is a coroutine function.
    async def __call__(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        installed = self.__dict__.get(routing.INSTALLED)
        if installed is not None and scope.get(_INSIDE) is not self:
            scope[_INSIDE] = self
            await installed(scope, receive, send)
            return
        reveal = scope.get(REVEAL)
        if reveal is None:
            await original(self, scope, receive, send)
        else:
            await reveal.enter(self, original, scope, receive, send)

    kind.__call__ = __call__


def ask_apps() -> None:
    """Has applications and routers say their policies from now on; every middleware may be one that is asked."""
    global _asked
    if not _asked:
        _asked = True
        hook_frameworks()
        notify_readers()


def apps_are_asked() -> bool:
    """Whether any middleware of this process asks the apps inside it."""
    return _asked


def hook_frameworks() -> None:
    """Has every call of a Starlette or FastAPI application, and of a router, come past us."""
    try:
        applications = optional("starlette.applications", "demo")
        routing = optional("starlette.routing", "demo")
    except MissingPackage:  # there are no such apps in this process
        return
    hook(applications.Starlette)
    hook(routing.Router)
