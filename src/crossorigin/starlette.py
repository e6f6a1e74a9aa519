"""install(): what needs a FastAPI or Starlette application, not just any ASGI app.

Here belongs putting the middleware where it has to stand in such an application. Not here: the
middleware (`asgi`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from .asgi import ASGIApp, CORSMiddleware
from .policy import Policy


class _Application(Protocol):
    """What FastAPI and Starlette have in common, as far as we need it."""

    middleware_stack: ASGIApp | None
    build_middleware_stack: Callable[[], ASGIApp]


def install(app: object, policy: Policy) -> None:
    """Puts a policy around a whole FastAPI or Starlette application, outermost.

    The order of calls does not matter: whatever middleware is added, before or after, stands inside, and
    so do the handlers of crashes, of too large bodies and of untrusted hosts. All they answer carries
    CORS headers, and no preflight reaches any of them. Called again, it puts the new policy in force.

    Raises TypeError where the app is neither; any other is wrapped: `CORSMiddleware(app, policy=policy)`.
    """
    if not hasattr(app, "build_middleware_stack"):
        raise TypeError(
            f"install() takes a FastAPI or Starlette application, not {type(app).__name__}; "
            "wrap any other ASGI app: app = CORSMiddleware(app, policy=policy)"
        )
    application = cast(_Application, app)
    build = application.build_middleware_stack
    if isinstance(build, _Outermost):
        build.reconfigure(policy)
        return
    outermost = _Outermost(build, policy)
    application.build_middleware_stack = outermost
    if application.middleware_stack is not None:  # the application has started
        application.middleware_stack = outermost.around(application.middleware_stack)


def installed_policy(app: object) -> Policy | None:
    """The policy that install() put around an application; None where there is none."""
    build = getattr(app, "build_middleware_stack", None)
    return build.policy if isinstance(build, _Outermost) else None


class _Outermost:
    """Builds an application's middleware stack as before, and a CORSMiddleware around it."""

    def __init__(self, build: Callable[[], ASGIApp], policy: Policy) -> None:
        self._build = build
        self._policy = policy
        self._built: CORSMiddleware | None = None

    def __call__(self) -> ASGIApp:
        return self.around(self._build())

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._policy

    def around(self, stack: ASGIApp) -> CORSMiddleware:
        self._built = CORSMiddleware(stack, policy=self._policy)
        return self._built

    def reconfigure(self, policy: Policy) -> None:
        self._policy = policy
        if self._built is not None:
            self._built.reconfigure(policy)
