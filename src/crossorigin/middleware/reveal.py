"""Which policy an app has that nobody can see from outside: it says so itself, when the request enters it.

A middleware of ours finds the way of a request by looking: through `.app`, mounts and routers, to the endpoint. A
closure ends that way, and a middleware that changes the path makes it another. So the middleware puts a Reveal under a
key of the scope. Each application and router that the request enters finds it there (`entrances`), looks for the way
from itself on, with its own scope, and writes down what that comes to. A preflight that reaches an app is answered
there, before any middleware inside. A middleware of ours further in takes over. When the response starts, the decision
is the one written down. If nobody wrote anything, because a wrapper made a new scope or answered by itself, no other
origin is allowed: what cannot be seen counts as closed.

The key of the scope is used, and not a context variable: a wrapper that asks another app of this process first, an
authentication service for example, would let that app decide.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, cast

from ..server.compiled_policy import CompiledPolicy
from ..server.decision import Decision
from . import routing
from .live import serve
from .marks import UNMARKED
from .rejection import answer_preflight, refuse
from .route_policies import Entrance, ResolvedPolicy, Way, entering
from .types import Message, Receive, Scope, Send

Original = Callable[[Any, Scope, Receive, Send], Awaitable[None]]


class Visit:
    """One app that a request entered, and what it came to there.

    `decision` is what was written down, None if the way from there on cannot be seen. `inner` are the apps that the
    request entered from there on; `superseded` is whether one of them is to be believed in place of this.
    """

    __slots__ = ("answers", "decision", "inner", "outer", "resolved", "superseded")

    def __init__(
        self, outer: Visit | None, resolved: ResolvedPolicy | None, decision: Decision | Reveal | None
    ) -> None:
        self.outer = outer
        self.answers: CompiledPolicy | None = None if resolved is None else resolved.answers
        self.resolved = resolved
        self.decision = decision
        self.inner: list[Visit] = []
        self.superseded = False

    def decisions(self, active: list[Visit]) -> list[Decision]:
        """All that was written down here, and by those that were entered from here: by those that still run, if any."""
        inner = [visit for visit in self.inner if visit in active] or self.inner
        found = []
        for visit in inner:
            found += visit.decisions(active)
        if self.decision is None or (self.superseded and found):
            return found
        mine = self.decision.decided() if isinstance(self.decision, Reveal) else self.decision
        return [*found, mine]


class Asker(Protocol):
    """The middleware that asks."""

    def judge(self, resolved: ResolvedPolicy, scope: Scope) -> Decision | None:
        """Why a policy that enforces rejects this request; None if it may go on."""

    def may_hide(self, end: Any) -> bool:
        """Whether something that cannot be seen into may hide an app with policies of its own."""

    def stands_around(self, middleware: Any) -> bool:
        """Whether another middleware of ours is in the same stack, further in."""

    def unrevealed(self, scope: Scope, resolved: ResolvedPolicy, seen: Decision, found: list[Decision]) -> Decision:
        """The decision if no app has written one down, or if several have that differ; `seen` is the asker's own."""


class Reveal:
    """What one middleware learns about one request, from the apps that the request enters.

    `resolved` is what the middleware saw by itself, and `decision` what that comes to; if something `hidden` may have a
    policy of its own, the decision is not written down yet. `scope` is that of the request, as it came.
    """

    status = None  # it answers nothing by itself

    def __init__(
        self, asker: Asker, scope: Scope, resolved: ResolvedPolicy, decision: Decision | None, *, hidden: bool
    ) -> None:
        self._asker = asker
        self.rejected = False  # whether an app inside has a policy that enforces, and it rejected the request
        self._scope = scope
        self._seen = decision
        known = None if hidden else decision
        self._visit = self._first = Visit(None, resolved, known)

    async def enter(self, app: Any, original: Original, scope: Scope, receive: Receive, send: Send) -> None:
        """An application or a router is called with a connection that carries this."""
        visit = await self._look(app, scope)
        if visit is None:
            await original(app, scope, receive, send)
            return
        outer, self._visit = self._visit, visit
        try:
            if not await self._answer(visit, scope, receive, send):
                await original(app, scope, receive, send)
        finally:
            self._visit = outer

    def take_over(self, middleware: Any, decision: Decision | Reveal, answers: CompiledPolicy) -> bool:
        """Has a middleware of ours further in answer for all that it wraps until `leave`, and tells whether it does.

        It does not if it stands in the stack of the middleware that asks: of two on the same paths, the outer speaks.
        """
        if self._asker.stands_around(middleware):
            return False
        visit = Visit(self._visit, None, decision)
        visit.answers = answers
        self._visit.superseded = True
        self._visit.inner.append(visit)
        self._visit = visit
        return True

    def leave(self) -> None:
        """The middleware that took over has ended."""
        self._visit = self._visit.outer or self._first

    @property
    def answers(self) -> CompiledPolicy | None:
        """The answers of the policy that decided: of the app that the request entered last."""
        visit = self._first
        while visit.inner:
            visit = visit.inner[-1]
        if isinstance(visit.decision, Reveal):
            return visit.decision.answers
        return visit.answers

    def decided(self) -> Decision:
        """The decision about the response that starts now.

        An app that still runs is the one that answers. Of several that have ended, whose answers a wrapper kept, which
        one answers is unknown, unless all come to the same.
        """
        active, visit = [], self._visit
        while visit.outer is not None:
            active.append(visit)
            visit = visit.outer
        found = self._first.decisions(active)
        if found and all(decision == found[0] for decision in found):
            return found[0]
        resolved, seen = cast(ResolvedPolicy, self._first.resolved), cast(Decision, self._seen)
        return self._asker.unrevealed(self._scope, resolved, seen, found)

    def forward(self, send: Send, message: Message) -> Awaitable[None]:
        """Sends a message of the app, with the headers of the decision if it starts the response."""
        if message["type"] != "http.response.start":
            return send(message)
        return self.decided().forward(send, message)  # type: ignore[arg-type]

    async def _look(self, app: Any, scope: Scope) -> Visit | None:
        """Finds the way from an app on; None if it was found already, and the request is still the same."""
        outer = self._visit
        if scope["type"] not in ("http", "websocket") or outer.resolved is None or outer.resolved.way is None:
            return None
        entered = routing.inside(app, scope)
        outside, known = _outside(app, outer, entered)
        if known and outside.request == entering(entered):
            return None
        resolved = outside.rules.resolve(app, scope, mark=outside.mark, begun=outside.begun, shared=True)
        await serve(resolved.answers)
        visit = Visit(outer, resolved, None)
        way = resolved.way
        if scope["type"] == "http" and (way is None or way.end is None or not self._asker.may_hide(way.end)):
            visit.decision = resolved.answers.decide(scope["method"], scope.get("headers", ()), resolved.scope)
        outer.superseded = outer.superseded or known
        outer.inner.append(visit)
        return visit

    async def _answer(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answers in place of an app: a request that `enforce` rejects, and a preflight."""
        resolved = cast(ResolvedPolicy, visit.resolved)
        first = cast(ResolvedPolicy, self._first.resolved)
        rejection = self._asker.judge(resolved, scope) if resolved.guard is not first.guard else None
        if rejection is not None:
            self.rejected = True
            await refuse(rejection, scope, receive, send)
            return True
        if isinstance(visit.decision, Decision) and visit.decision.status is not None:
            await answer_preflight(visit.decision, send)
            return True
        return False


def _outside(app: Any, visit: Visit, scope: Scope) -> tuple[Entrance, bool]:
    """How an app is entered, and whether the way through it was found already."""
    at: Visit | None = visit
    while at is not None:
        way = at.resolved.way if at.resolved is not None else None
        if way is not None and id(app) in way.entrances:
            return way.entrances[id(app)], True
        at = at.outer
    for middleware in routing.ours_in(app):  # which takes over when the request comes to it
        return Entrance(entering(scope), middleware.crossorigin_rules, UNMARKED, scope), False
    way = cast(Way, cast(ResolvedPolicy, visit.resolved).way)
    return Entrance(entering(scope), way.rules, way.mark, way.scope), False


class LifespanReveal:
    """Whether an app took the lifespan: a wrapper that passes it on as it came passes requests on as they come."""

    def __init__(self) -> None:
        self.entered = False

    async def enter(self, app: Any, original: Original, scope: Scope, receive: Receive, send: Send) -> None:
        """An application or a router is called with a connection that carries this."""
        self.entered = True
        await original(app, scope, receive, send)
