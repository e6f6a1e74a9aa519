"""CORSMiddleware: the server half over ASGI.

Here belongs how a Decision meets an ASGI connection. Not here: any decision (`server`), which of several
policies holds (`route_policies`), and what only a Starlette application can do (`starlette`). The request path awaits
nothing but the app, and touches no disk, socket or lock.
"""

from __future__ import annotations

import inspect
import logging
import re
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, Unpack

from ..policy.limits import FROM_ROUTES
from ..policy.policy import Policy
from ..policy.presets import OtherFields
from ..policy.problems import CATALOGUE, PolicyError, problem
from ..server.compiled_policy import CompiledPolicy, PassThrough
from ..server.decision import Decision
from . import live, marks, routing, server_errors, stack, startup_line
from .entrances import REVEAL, Inside, apps_are_asked, ask_apps, hook_frameworks
from .failed_startup import watch_applications
from .hidden import hides_policies, may_hide, name_of
from .observer import DECISION, Observer, OnDecision, on_loopback
from .rejection import answer_preflight, refuse
from .reload import PolicyWatcher, policy_file
from .reveal import LifespanReveal, Reveal
from .route_policies import PathPolicy, PolicyFunction, ResolvedPolicy, RoutePolicies
from .types import AnyASGIApp, ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from ..origins.source import OriginSource

logger = logging.getLogger("crossorigin")

_REQUESTS: Final = ("http", "websocket")
# Seconds for which browsers may act on a preflight's answer after its origin was removed from a source.
_REVOCATION_SECONDS: Final = 60

watch_applications()


class CORSMiddleware:
    """Answers preflights, and puts the CORS headers of a policy on every response of an ASGI app.

    Takes the keywords of Starlette's middleware of the same name, or a `policy`; `routes` are policies for
    paths, `watch` is a policy file to follow, and `origins`, `policy_for` and `vary` are as in `install`. Raises
    PolicyError; inside Starlette and FastAPI, which build middleware late, a rejected policy stops the server's
    start-up (`failed_startup`).
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
        routes: Mapping[str, PathPolicy] | None = None,
        watch: bool | str | Path = False,
        origins: OriginSource | None = None,
        policy_for: PolicyFunction | None = None,
        vary: Collection[str] = (),
        report_only: Policy | None = None,
        on_decision: OnDecision | None = None,
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
        self._met = self._announced = False
        self._warned: set[str] = set()
        self._seen = Observer(self._core, on_decision, report_only)
        self._observer = self._seen if self._seen.needed else None
        self._changing = threading.RLock()  # held by whoever changes the rules; a request never asks for it
        self._watch: PolicyWatcher | None = None
        self._followed: tuple[RoutePolicies, ...] = ()  # the rules by which the rows of `origins` are checked
        self.origins = origins
        self.follow(RoutePolicies(_policy_of(policy, keywords), routes, origins, policy_for, vary))
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

    @property
    def denials(self) -> Mapping[str, int]:
        """How many requests were denied, or would have been, by reason; nothing if CROSSORIGIN_LOG is off."""
        return self._seen.log.counts if self._seen.log is not None else {}

    def reconfigure(self, policy: Policy | None, routes: Mapping[str, PathPolicy] | None = None) -> None:
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
        if self.origins is not None:
            _warn_of_revocation(rules.policy)
        with self._changing:
            self._bind(rules, *self._followed)  # until the new policy is in force, a row has to suit the old one, too
            self._in_force = _InForce(rules, self, self.app, self._core)
            self._followed = (rules,)
            self._bind(rules)

    def _bind(self, *followed: RoutePolicies) -> None:
        """Has the rows of the source checked by these policies."""
        if self.origins is not None:
            self.origins.bind(self, {rules.policy for rules in followed})

    def invalidate(self) -> None:
        """What stands in or around the app has changed: see at the next request whether one policy is enough."""
        with self._changing:
            self._in_force = replace(self._in_force)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One ASGI connection."""
        in_force = self._in_force
        answers = in_force.single
        if answers is None:
            in_force, answers = self._look(scope)
        if self.origins is not None and not self.origins.follower.serving and scope["type"] in _REQUESTS:
            await live.serve(in_force.rules.default)
        if answers is None or scope["type"] != "http":
            await self._handle(in_force, scope, receive, send)
            return
        decision = answers.decide(scope["method"], scope.get("headers", ()), scope)
        observer = None
        if DECISION not in scope:  # an outer middleware of ours has told whom it has to tell
            scope[DECISION] = decision
            observer = self._observer
            if observer is not None and (observer.attentive or not decision.allowed):
                observer.decided(in_force, answers, decision, scope)
        if decision.status is not None:
            await answer_preflight(decision, send)
        elif observer is None or observer.counter is None:
            await self.app(scope, receive, MethodType(decision.forward, send))
        else:
            try:
                await self.app(scope, receive, MethodType(decision.forward, send))
            finally:
                observer.counter.add(decision, scope)  # by now the router has left its route in the scope

    def _look(self, scope: Scope) -> tuple[_InForce, CompiledPolicy | None]:
        """What is in force, and the answers to every request if it has one policy for all."""
        if not self._met:
            self._meet(scope)
        in_force = self._in_force
        if self._met and in_force.one_for_all and not apps_are_asked():
            in_force.settle()
        return in_force, in_force.single

    async def _handle(self, in_force: _InForce, scope: Scope, receive: Receive, send: Send) -> None:
        """A connection whose path, or whose sender, has to be looked at."""
        http = scope["type"] == "http"
        if not http and scope["type"] != "websocket":
            await self._forward(scope, receive, send)
            return
        outer = scope.get(REVEAL)  # of a middleware further out
        observer = None if DECISION in scope else self._observer
        if in_force.one_for_all and (outer is None or not http):
            answers = in_force.rules.default
            decision = answers.decide(scope["method"], scope.get("headers", ()), scope) if http else None
            scope.setdefault(DECISION, decision)
            await self._observed(in_force, observer, answers, decision, scope, receive, send)
            return
        resolved = in_force.rules.resolve(self._core, scope, many=in_force.reveals, mark=in_force.mark)
        if resolved.answers.live is not None:
            await live.serve(resolved.answers)  # of a mounted app
        rejection = self._judge(resolved, scope, observer) if resolved.guard is not None else None
        if rejection is not None:
            await refuse(rejection, scope, receive, send)
            return
        way = resolved.way
        untouched = isinstance(resolved.answers, PassThrough)
        hidden = False
        if way is not None and not untouched:
            end = in_force.end if way.end is None else way.end
            hidden = self.may_hide(end)
        headers = scope.get("headers", ())
        decision = resolved.answers.decide(scope["method"], headers, resolved.scope) if http else None
        preflight = decision is not None and decision.status is not None
        asks = in_force.reveals and not preflight
        if preflight and hidden and in_force.unreached:  # only the app inside knows the answer
            asks = True
        answered: Decision | Reveal | None = decision
        if asks:
            answered = Reveal(self, dict(scope), resolved, decision, hidden=hidden)
        # The router will change the scope that it was found with.
        scope.setdefault(DECISION, answered)
        if http and outer is not None and not outer.take_over(self, answered, resolved.answers):
            await self.app(scope, receive, send)  # the outer one speaks, and the apps inside go on to tell it
            return
        scope[REVEAL] = answered if isinstance(answered, Reveal) else None
        try:
            await self._observed(in_force, observer, resolved.answers, answered, scope, receive, send)
        finally:
            _restore(scope, outer)
            if http and outer is not None:
                outer.leave()

    async def _observed(
        self,
        in_force: _InForce,
        observer: Observer | None,
        answers: CompiledPolicy,
        decision: Decision | Reveal | None,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Responds, and tells whoever observes: before the app, or after it if an app inside decides."""
        if observer is None:
            await self._respond(decision, scope, receive, send)
            return
        if decision is None:
            observer.handshake(in_force, scope)
        elif isinstance(decision, Decision):
            observer.decided(in_force, answers, decision, scope)
        try:
            await self._respond(decision, scope, receive, send)
        finally:
            if isinstance(decision, Reveal):
                observer.revealed(in_force, answers, decision, scope)
            elif decision is not None and decision.status is None and observer.counter is not None:
                observer.counter.add(decision, scope)

    async def _respond(self, decision: Decision | Reveal | None, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a preflight, or passes the connection on to the app; None decides nothing, for a WebSocket."""
        if decision is None:
            await self.app(scope, receive, send)
        elif decision.status is None:
            await self.app(scope, receive, MethodType(decision.forward, send))
        else:
            await answer_preflight(decision, send)

    def judge(self, resolved: ResolvedPolicy, scope: Scope) -> Decision | None:
        """Why a policy that enforces rejects this request; None if it may go on."""
        return None if resolved.guard is None else self._judge(resolved, scope, self._observer)

    def _judge(self, resolved: ResolvedPolicy, scope: Scope, observer: Observer | None) -> Decision | None:
        assert resolved.guard is not None
        websocket = scope["type"] == "websocket"
        method = "GET" if websocket else scope["method"]
        headers = scope.get("headers", ())
        rejection = resolved.guard.check(
            method,
            resolved.path,
            headers,
            websocket=websocket,
            loopback=on_loopback(scope),
            scope=resolved.scope,
        )
        if rejection is None:
            return None
        enforced = resolved.answers.policy.enforce is True
        if observer is not None and enforced:
            observer.decided(self._in_force, resolved.answers, rejection, scope)
        elif observer is not None:
            observer.would_reject(self._in_force, resolved.answers, rejection, scope)
        return rejection if enforced else None

    def may_hide(self, end: Any) -> bool:
        """Whether something that cannot be seen into may hide an app with policies of its own."""
        return end is not None and self._in_force.may_hide(end)

    def stands_around(self, middleware: Any) -> bool:
        """Whether another middleware of ours is in the same stack, further in."""
        return any(layer is middleware for layer in self._in_force.stack)

    def unrevealed(self, scope: Scope, resolved: ResolvedPolicy, seen: Decision, found: list[Decision]) -> Decision:
        """The decision about a request if no app inside has said its policy, or if several have that differ.

        `seen` is of the policy that was in force when the request came: another one may be by now.
        """
        in_force = self._in_force
        if found or in_force.unreached:
            end = in_force.end if resolved.way is None or resolved.way.end is None else resolved.way.end
            self._warn_of(end, several=bool(found))
            return in_force.rules.nothing.decide(scope["method"], scope.get("headers", ()))
        return seen

    def _warn_of(self, end: Any, *, several: bool) -> None:
        """Says once which wrapper costs responses their CORS headers, and what to do."""
        wrapper = self.app if end is None else end
        name = name_of(wrapper)
        if name in self._warned:
            return
        self._warned.add(name)
        if several:
            words = "%s: apps with different policies were asked with one request, so no other origin is allowed"
        else:
            words = "%s: no app inside it has said its policy, so no other origin is allowed"
        logger.warning(words + " → %s", name, CATALOGUE["restrictions-behind-wrapper"].remedy)

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is no request, or no business of CORS; files and stores are followed for as long as the lifespan."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        if self._watch is not None:
            self._watch.start()
        try:
            started = self.origins is None or await live.start(self.origins, receive, send)
            if started:
                await self._start(scope, receive, send)
        finally:
            self._seen.close()
            if self._watch is not None:
                self._watch.stop()
            if self.origins is not None:
                await self.origins.stop()

    async def _start(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the lifespan on; if a wrapper hides policies and keeps it to itself, the server does not start."""
        end = self._in_force.end
        if end is None or not hides_policies(end, self):
            await self.app(scope, receive, send)
            return
        hook_frameworks()
        outer, reveal = scope.get(REVEAL), LifespanReveal()
        scope[REVEAL] = reveal
        rejection = PolicyError([problem("restrictions-behind-wrapper", "app", name_of(end))])

        async def sends(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete" and not reveal.entered:
                await send({"type": "lifespan.startup.failed", "message": str(rejection)})
                raise rejection
            await send(message)

        try:
            await self.app(scope, receive, sends)
        finally:
            _restore(scope, outer)

    def _meet(self, scope: Scope) -> None:
        """Once, when the app around us is known: cover its crash answers, and see who else stands in the stack."""
        if scope["type"] != "lifespan":
            # The app has started: by now, whatever collects telemetry is set up.
            self._met = True
            self._seen.serve()
            self._observer = self._seen if self._seen.needed else None
        if self._announced:
            return
        self._announced = True
        if self._watch is not None:
            self._watch.start()  # here too, for servers without a lifespan
        # What is installed on an app stands outside its stack, and covers it.
        app = scope.get("app") if not isinstance(self.app, Inside) else None
        if self._core is not None and getattr(app, "router", None) is self._core:
            self._core = app  # which may carry a mark
            with self._changing:
                self._in_force = _InForce(self._in_force.rules, self, self.app, app)
        server_errors.cover(getattr(app, "middleware_stack", None), self._wrap)
        for warning in stack.warnings(self, app):
            logger.warning("%s", warning)
        if self._seen.mode != "off":
            startup_line.write(self._in_force.rules, self._seen.stricter)

    def _wrap(self, scope: Scope, send: Send) -> Send:
        decision = scope.get(DECISION)
        if isinstance(decision, Reveal):
            decision = decision.decided()
        if decision is None:
            decision = self._in_force.rules.default.decide(scope["method"], scope.get("headers", ()), scope)
        return MethodType(decision.forward, send)


@dataclass(frozen=True)
class _InForce:
    """What a middleware does with requests, replaced whole: the rules, and what was seen of the app around them."""

    rules: RoutePolicies
    owner: CORSMiddleware
    app: Any
    core: Any  # the `routing.innermost_app` of the app
    # The answers to every request, once it was seen that no request's path can ask for others, and that nobody
    # further out asks us. A plain attribute, because every request reads it.
    single: CompiledPolicy | None = field(default=None, init=False, compare=False)

    def settle(self) -> None:
        """Notes that the default policy answers every request."""
        object.__setattr__(self, "single", self.rules.default)

    @cached_property
    def many(self) -> bool:
        """Whether routes, or apps further in, may have policies of their own."""
        if self.core is None:
            return False
        return marks.any_made() or next(routing.middleware(self.core), None) is not None

    @cached_property
    def end(self) -> Any:
        """What the app is, if it cannot be seen into; None if it can, or nothing is behind it."""
        if self.core is not None:
            return None
        innermost = [*routing.layers(self.app)][-1]
        if routing.endpoint_inside(innermost) is not None:
            return None
        return innermost if self.may_hide(innermost) else None

    @cached_property
    def mark(self) -> marks.MarkedPolicy:
        """What is said of all that this middleware wraps: it may be that of one route, whose endpoint has a mark."""
        innermost = [*routing.layers(self.app)][-1] if self.core is None else None
        return marks.marked_policy(routing.endpoint_inside(innermost))

    @cached_property
    def reveals(self) -> bool:
        """Whether apps further in have to say themselves which policy they have."""
        ends = routing.ends(self.core) if self.core is not None else ()
        found = self.many or self.end is not None or any(self.may_hide(end) for end in ends)
        if found:
            ask_apps()
        return found

    @cached_property
    def one_for_all(self) -> bool:
        """Whether every request gets the answers of the default policy."""
        if not self.rules.one_for_all or self.rules.policy.enforce or self.reveals:
            return False
        return isinstance(self.mark, marks.Unmarked)

    @property
    def stack(self) -> list[Any]:
        """What stands between this middleware and the routes, outermost first."""
        around = [*routing.layers(self.app)]
        if self.core is None:
            return around
        return [*around, *routing.ours_in(self.core), *routing.layers(getattr(self.core, "middleware_stack", None))]

    @cached_property
    def unreached(self) -> bool:
        """Whether this process has a mark, or a middleware of ours, that cannot be seen from here."""
        reached: list[Any] = [self.owner, *self.stack]
        if self.core is not None:
            reached += routing.middleware(self.core)
            reached += [marks.mark_of(carrier) for carrier in routing.carriers(self.core)]
        return next(marks.others({id(one) for one in reached}), None) is not None

    @cached_property
    def _ends(self) -> dict[int, tuple[Any, bool]]:
        return {}

    def may_hide(self, end: Any) -> bool:
        """Whether something that cannot be seen into may hide an app with policies of its own."""
        known = self._ends.get(id(end))
        if known is None:
            known = self._ends[id(end)] = end, may_hide(end, self.owner)  # kept, so that its id stays its own
        return known[1]


def _warn_of_revocation(policy: Policy) -> None:
    if policy.enforce is not True and policy.max_age > _REVOCATION_SECONDS:
        warning = problem("preflight-outlives-origin", "max_age", policy.max_age)
        logger.warning("%s: %s → %s", warning.field, warning.message, warning.remedy)


def _restore(scope: Scope, outer: Any) -> None:
    if outer is None:
        scope.pop(REVEAL, None)
    else:
        scope[REVEAL] = outer


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
