"""CORSMiddleware: the server half over ASGI.

Here belongs how a Decision meets an ASGI connection. Not here: any decision (`server`), and anything
that needs a framework's router (`starlette`). The request path awaits nothing but the app, and touches
no disk, socket or lock.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from types import MethodType
from typing import Any, Final

from . import crash
from .decision import Decision
from .origin import MAX_ORIGIN_BYTES
from .policy import Policy
from .problems import PolicyError, problem
from .refusal import Refused, built_late
from .server import REPEATED, Answers

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger("crossorigin")


class CORSMiddleware:
    """Answers preflights, and puts the CORS headers of a policy on every response of an ASGI app.

    Takes the keywords of Starlette's middleware of the same name, or a `policy`. Raises PolicyError;
    inside Starlette, which builds middleware late, a refused policy fails the server's start-up instead.
    """

    def __init__(
        self,
        app: ASGIApp,
        allow_origins: Collection[object] = (),
        allow_methods: Collection[str] = ("GET",),
        allow_headers: Collection[str] = (),
        allow_credentials: bool = False,
        allow_origin_regex: str | None = None,
        allow_private_network: bool = False,
        expose_headers: Collection[str] = (),
        max_age: int = 600,
        *,
        policy: Policy | None = None,
        **others: Any,
    ) -> None:
        keywords: dict[str, Any] = {
            "allow_origins": allow_origins,
            "allow_methods": allow_methods,
            "allow_headers": allow_headers,
            "allow_credentials": allow_credentials,
            "allow_origin_regex": allow_origin_regex,
            "allow_private_network": allow_private_network,
            "expose_headers": expose_headers,
            "max_age": max_age,
            **others,
        }
        self.app = app
        try:
            self.reconfigure(_policy_of(policy, keywords))
        except PolicyError as error:
            if not built_late():
                raise
            logger.critical("%s", error)
            self.app = Refused(error)
            self._answers = Answers(Policy.model_construct())  # which allows nothing
        self._looked = False

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._answers.policy

    def reconfigure(self, policy: Policy) -> None:
        """Puts another policy in force, for every request that begins from now on.

        One assignment: a request that is under way keeps the answers of the policy it began with.
        """
        answers = Answers(policy)
        for warning in policy.warnings:
            logger.warning("%s: %s → %s", warning.field, warning.message, warning.remedy)
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection. `lifespan` and `websocket` are passed on untouched."""
        if scope["type"] != "http":
            self._look(scope)
            await self.app(scope, receive, send)
            return
        answers = self._answers
        try:
            headers = scope["headers"]
        except KeyError:
            headers = ()
        if scope["method"] == "OPTIONS":
            decision = answers.options(headers)
            if decision.status is not None:
                await _answer(decision, send)
                return
        else:
            # `answers.decide`, without its two calls: they would be a tenth of all that this middleware costs.
            origin = None
            for name, value in headers:
                if name == b"origin":
                    origin = value if origin is None else REPEATED
            if origin is None:
                decision = answers.plain
            elif len(origin) > MAX_ORIGIN_BYTES:
                decision = answers.too_long
            elif origin in answers.settled:
                decision = answers.settled[origin]
            else:
                decision = answers.otherwise or answers.ask(origin)
        try:
            await self.app(scope, receive, MethodType(decision.forward, send))
        except Exception:
            self._look(scope)
            raise

    def _look(self, scope: Scope) -> None:
        """Once, when the app around us is known: cover its crash answers, and see who stands outside."""
        if self._looked:
            return
        self._looked = True
        app = scope.get("app")
        crash.cover(getattr(app, "middleware_stack", None), self._wrap)
        outer = crash.outer_layers(app, type(self))
        if outer:
            logger.warning(
                "CORSMiddleware stands inside %s: they see preflights first, and what they answer has no CORS "
                "headers → install(app, policy), or add CORSMiddleware last",
                ", ".join(outer),
            )

    def _wrap(self, scope: Scope, send: Send) -> Send:
        return MethodType(self._answers.decide(scope["method"], scope.get("headers", ())).forward, send)


def _policy_of(policy: Policy | None, keywords: dict[str, Any]) -> Policy:
    if policy is None:
        return Policy(**keywords)
    said = [name for name, value in keywords.items() if value != _DEFAULTS.get(name, _UNSAID)]
    if said:
        raise PolicyError([problem("policy-and-keywords", name, keywords[name]) for name in said])
    return policy


_UNSAID: Final = object()
_DEFAULTS: Final = {
    name: parameter.default for name, parameter in inspect.signature(CORSMiddleware.__init__).parameters.items()
}


async def _answer(decision: Decision, send: Send) -> None:
    headers = decision.answer()
    if decision.status != 204:
        headers.append((b"content-length", b"0"))  # RFC 9110 § 8.6: never on a 204
    await send({"type": "http.response.start", "status": decision.status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
