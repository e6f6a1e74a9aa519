"""CORSMiddleware: the server half over ASGI.

Here belongs how a Decision meets an ASGI connection. Not here: any decision (`server`), and anything
that needs a framework's router (`starlette`). The request path awaits nothing but the app, and touches
no disk, socket or lock.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from typing import Any

from . import crash
from .policy import Policy
from .problems import PolicyError, problem
from .refusal import Refused, built_late
from .server import Answers, Decision

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
        decision = self._answers.decide(scope["method"], scope["headers"])
        if decision.kind == "preflight":
            await _answer(decision, send)
            return
        try:
            await self.app(scope, receive, _through(decision, send))
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
        return _through(self._answers.decide(scope["method"], scope["headers"]), send)


def _policy_of(policy: Policy | None, keywords: dict[str, Any]) -> Policy:
    if policy is None:
        return Policy(**keywords)
    defaults = CORSMiddleware.__init__.__defaults__ or ()
    said = [name for name, (value, default) in _pairs(keywords, defaults) if value != default]
    if said:
        raise PolicyError([problem("policy-and-keywords", name, keywords[name]) for name in said])
    return policy


def _pairs(keywords: dict[str, Any], defaults: Iterable[object]) -> Iterable[tuple[str, tuple[object, object]]]:
    given = list(keywords.values())
    known = list(defaults)
    return zip(keywords, zip(given, known + [None] * (len(given) - len(known)), strict=True), strict=True)


def _through(decision: Decision, send: Send) -> Send:
    """A `send` that puts a decision's headers on the response, and touches nothing else."""

    # A plain function that hands on the awaitable: one coroutine less for every message of a stream.
    def send_with_cors(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            # A new dictionary and a new list: what the app sent may be a constant of its own.
            message = {**message, "headers": decision.answer(message.get("headers", ()))}
        return send(message)

    return send_with_cors


async def _answer(decision: Decision, send: Send) -> None:
    headers = decision.answer()
    if decision.status != 204:
        headers.append((b"content-length", b"0"))  # RFC 9110 § 8.6: never on a 204
    await send({"type": "http.response.start", "status": decision.status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
