"""CORSMiddleware: the server half over ASGI.

Here belongs how a Decision meets an ASGI connection. Not here: any decision (`server`), which of several
policies holds (`rules`), and what only a Starlette application can do (`starlette`). The request path awaits
nothing but the app, and touches no disk, socket or lock.
"""

from __future__ import annotations

import inspect
import logging
import re
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MethodType
from typing import Any, Final, Unpack

from ..policy.limits import FROM_ROUTES
from ..policy.policy import Policy
from ..policy.presets import OtherFields
from ..policy.problems import PolicyError, problem
from ..server.compiled_policy import CompiledPolicy
from ..server.decision import Decision
from ..standards.origin import is_loopback
from . import marks, routing, server_errors, stack
from .entrances import Inside
from .failed_startup import watch_applications
from .rejection import RejectionLog, refuse
from .reload import PolicyWatcher, policy_file
from .route_policies import RoutePolicies
from .types import AnyASGIApp, ASGIApp, Receive, Scope, Send

logger = logging.getLogger("crossorigin")

watch_applications()


class CORSMiddleware:
    """Answers preflights, and puts the CORS headers of a policy on every response of an ASGI app.

    Takes the keywords of Starlette's middleware of the same name, or a `policy`; `routes` are policies for
    paths, and `watch` is a policy file to follow (see `install`). Raises PolicyError; inside Starlette and FastAPI,
    which build middleware late, a rejected policy stops the server's start-up (`failed_startup`).
    """

    def __init__(
        self,
        app: AnyASGIApp,
        allow_origins: Collection[object] = (),
        allow_methods: Collection[str] = ("GET",),
        allow_headers: Collection[str] = (),
        allow_credentials: bool = False,
        allow_origin_regex: str | re.Pattern[str] | Sequence[str | re.Pattern[str]] | None = None,
        allow_private_network: bool = False,
        expose_headers: Collection[str] = (),
        max_age: int = 600,
        *,
        policy: Policy | None = None,
        routes: Mapping[str, Policy | None] | None = None,
        watch: bool | str | Path = False,
        **others: Unpack[OtherFields],
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
        self.app: ASGIApp = app
        self._core = routing.innermost_app(app)
        self._met = False
        self.tally = RejectionLog()
        self._changing = threading.RLock()  # held by whoever changes the rules; a request never asks for it
        self._watch: PolicyWatcher | None = None
        self.follow(RoutePolicies(_policy_of(policy, keywords), routes))
        if watch:
            self._watch = PolicyWatcher(policy_file(watch), self.reconfigure, running=self.policy)
        marks.subscribe(self)

    @property
    def policy(self) -> Policy:
        """The policy in force, where no route has one of its own."""
        return self._in_force.rules.policy

    @property
    def crossorigin_rules(self) -> RoutePolicies:
        """The rules in force; an outer middleware follows them on the paths of this one (`routing.RULES_ATTRIBUTE`)."""
        return self._in_force.rules

    def reconfigure(self, policy: Policy | None, routes: Mapping[str, Policy | None] | None = None) -> None:
        """Puts another policy in force, for every request that begins from now on.

        None allows no other origin, as `Policy.closed()` does, and enforces what the policy before it did.

        A request that is under way keeps the answers of the policy it began with. Policies for paths stay, unless
        `routes` are given. Raises PolicyError for a path that cannot be read.
        """
        with self._changing:  # or what another thread puts in force meanwhile would be lost
            self.follow(self._in_force.rules.changed(policy, routes))

    def follow(self, rules: RoutePolicies) -> None:
        """Puts other rules in force. Raises PolicyError where they need routes that this app does not show."""
        if self._core is None and FROM_ROUTES in rules.policy.allow_methods:
            raise PolicyError([problem("methods-without-routes", "allow_methods", FROM_ROUTES)])
        for warning in rules.policy.warnings:
            logger.warning("%s: %s → %s", warning.field, warning.message, warning.remedy)
        with self._changing:
            self._in_force = _InForce(rules, self._core)

    def invalidate(self) -> None:
        """What stands in or around the app has changed: see at the next request whether one policy is enough."""
        with self._changing:
            self._in_force = replace(self._in_force)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One ASGI connection."""
        if not self._met:
            self._meet(scope)
        in_force = self._in_force
        answers = in_force.single
        if answers is None or scope["type"] != "http":
            await self._handle(in_force, scope, receive, send)
            return
        decision = answers.decide(scope["method"], scope.get("headers", ()))
        if decision.status is None:
            await self.app(scope, receive, MethodType(decision.forward, send))
        else:
            await _answer(decision, send)

    async def _handle(self, in_force: _InForce, scope: Scope, receive: Receive, send: Send) -> None:
        """A connection whose path, or whose sender, has to be looked at."""
        http = scope["type"] == "http"
        if not http and scope["type"] != "websocket":
            await self._forward(scope, receive, send)
            return
        if in_force.single is not None:  # a WebSocket that nobody guards
            await self.app(scope, receive, send)
            return
        headers = scope.get("headers", ())
        answers, guard, path = in_force.rules.resolve(self._core, scope, many=in_force.many)
        if guard is not None:
            method = scope["method"] if http else "GET"
            refusal = guard.check(method, path, headers, websocket=not http, loopback=_on_loopback(scope))
            if refusal is not None:
                enforced = answers.policy.enforce is True
                self.tally.add(refusal, scope, enforced=enforced)
                if enforced:
                    await refuse(refusal, scope, receive, send)
                    return
        if not http:
            await self.app(scope, receive, send)
            return
        decision = answers.decide(scope["method"], headers)
        if decision.status is not None:
            await _answer(decision, send)
            return
        scope.setdefault(_DECISION, decision)  # the router will change the scope that it was found with
        await self.app(scope, receive, MethodType(decision.forward, send))

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is no request, or no business of CORS; the policy file is followed for as long as the lifespan."""
        if self._watch is None or scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        self._watch.start()
        try:
            await self.app(scope, receive, send)
        finally:
            self._watch.stop()

    def _meet(self, scope: Scope) -> None:
        """Once, when the app around us is known: cover its crash answers, and see who else stands in the stack."""
        self._met = True
        if self._watch is not None:
            self._watch.start()  # here too, for servers without a lifespan
        # What is installed on an app stands outside its stack, and covers it.
        app = scope.get("app") if not isinstance(self.app, Inside) else None
        outermost = getattr(app, "middleware_stack", None)
        if outermost is not self:
            server_errors.cover(outermost, self._wrap)
        for warning in stack.warnings(self, app):
            logger.warning("%s", warning)

    def _wrap(self, scope: Scope, send: Send) -> Send:
        decision = scope.get(_DECISION)
        if decision is None:
            decision = self._in_force.rules.default.decide(scope["method"], scope.get("headers", ()))
        return MethodType(decision.forward, send)


@dataclass(frozen=True)
class _InForce:
    """What a middleware does with requests, replaced whole: the rules, and what was seen of the app around them."""

    rules: RoutePolicies
    core: Any  # a `routing.innermost_app`

    @cached_property
    def many(self) -> bool:
        """Whether routes, or apps further in, may have policies of their own."""
        if self.core is None:
            return False
        return marks.any_made() or next(routing.middleware(self.core), None) is not None

    @cached_property
    def single(self) -> CompiledPolicy | None:
        """The answers to every request, if no request's path can ask for others."""
        rules = self.rules
        return rules.default if rules.one_for_all and not self.many and not rules.policy.enforce else None


def _on_loopback(scope: Scope) -> bool:
    """Whether the server may have taken this connection on a loopback address.

    Some servers, granian for one, tell the address that they are bound to, which is `0.0.0.0` or `::` for every address
    of the machine; a unix socket has a path, and some tell nothing: all of these can be reached through loopback. The
    peer's address is not asked, since uvicorn takes it from `X-Forwarded-For`.
    """
    server = scope.get("server")
    host = "" if server is None else str(server[0])
    return host in _ANY_ADDRESS or host.startswith(("/", "@")) or is_loopback(host)


_ANY_ADDRESS: Final = ("", "None", "0.0.0.0", "::", "[::]")


# Where the scope of a request keeps the decision about it.
_DECISION: Final = "crossorigin.decision"


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
