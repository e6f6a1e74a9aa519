"""What sees every decision: the record of denials, `on_decision`, the counter, and a policy on trial.

A middleware for which none of them is on has no observer, and a request then costs one comparison. Nothing here
changes an answer, and nothing that goes wrong here reaches a request.
"""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from ..policy.policy import Policy
from ..policy.problems import PolicyError, problem
from ..server.compiled_policy import CompiledPolicy
from ..server.decision import CREDENTIALS, Decision
from ..standards.origin import is_loopback
from . import routing
from .denials import DenialLog
from .reveal import Reveal
from .route_policies import RoutePolicies
from .telemetry import NOT_COUNTED, DecisionCounter, decision_counter, mark_span
from .types import Scope

logger = logging.getLogger("crossorigin")

OnDecision = Callable[[Decision, Any], object]

# Where the scope of a request keeps the decision about it.
DECISION: Final = "crossorigin.decision"

_MODES: Final = ("off", "summary", "full")
_SWITCH: Final = ("on", "off")


def get_decision(request_or_scope: Any) -> Decision | None:
    """The decision about a request: for a handler, an error page or a log.

    Takes Starlette's `Request` or `WebSocket`, or an ASGI scope. None if no middleware of ours decided.
    """
    scope: Mapping[str, Any] = getattr(request_or_scope, "scope", request_or_scope)
    decision = scope.get(DECISION)
    if isinstance(decision, Reveal):  # the app inside decides, and it has been entered
        decision = decision.decided()
    return decision if isinstance(decision, Decision) else None


def log_mode() -> str:
    """What CROSSORIGIN_LOG says: `off`, `summary` or `full`. Raises PolicyError for anything else."""
    return _variable("CROSSORIGIN_LOG", _MODES, "full")


def _variable(name: str, values: tuple[str, ...], default: str) -> str:
    said = os.environ.get(name, "").strip().lower() or default
    if said not in values:
        reason = f"this is one of {', '.join(values)}"
        raise PolicyError([problem("variable-invalid", name, said, reason, f"{name}={default}")])
    return said


class InForce(Protocol):
    """What a middleware does with requests (`cors._InForce`), as far as it is read here."""

    @property
    def rules(self) -> RoutePolicies: ...

    @property
    def core(self) -> Any: ...

    @property
    def many(self) -> bool: ...


class Observer:
    """Sees the decisions of one middleware.

    `report_only` is a stricter policy: requests follow the policy in force, and what this one would decide otherwise
    is recorded. Raises TypeError if `on_decision` is not a plain function, and PolicyError for a variable that cannot
    be read.
    """

    def __init__(self, core: Any, on_decision: OnDecision | None, report_only: Policy | None) -> None:
        if on_decision is not None and (not callable(on_decision) or inspect.iscoroutinefunction(on_decision)):
            raise TypeError("on_decision= takes a plain function of a Decision and a scope, which is not awaited")
        if report_only is not None and not isinstance(report_only, Policy):
            raise TypeError(f"report_only= takes a Policy, not {type(report_only).__name__}")
        mode = log_mode()
        client = _variable("CROSSORIGIN_LOG_CLIENT", _SWITCH, "on") == "on"
        self.mode = mode
        self.log: DenialLog | None = None if mode == "off" else DenialLog(mode, self._route_of, client=client)
        self.counter: DecisionCounter | None = None
        self._core = core
        self._on_decision = on_decision
        self.stricter = report_only
        self._trial: RoutePolicies | None = None
        self._tried: RoutePolicies | None = None  # the rules in force that the trial was made for
        self._failed = False
        self._hook_failed = False
        self._attend()

    @property
    def needed(self) -> bool:
        """Whether anything is on."""
        parts = (self.log, self._on_decision, self.counter, self.stricter)
        return any(part is not None for part in parts)

    def decided(self, in_force: InForce, answers: CompiledPolicy, decision: Decision, scope: Scope) -> None:
        """A decision was made, and the request is about to be answered, or to go on. Never raises."""
        try:
            if decision.reason not in NOT_COUNTED:
                if self._on_decision is not None:
                    self._tell(self._on_decision, decision, scope)
                counter = self.counter
                if counter is not None:
                    if counter.spans:
                        mark_span(decision)
                    if decision.status is not None:
                        counter.add(decision, scope)  # the middleware counts the others after the app, with their route
            log = self.log
            if log is None:
                return
            if not decision.allowed:
                log.add(answers, decision, scope, in_force.rules.policy, False)
                self._attend()
                return
            if log.due is not None:
                log.summarise_if_due()
                self._attend()
            if self.stricter is not None:
                self._try(in_force, decision, scope)
        except Exception:
            self._fail()

    def revealed(self, in_force: InForce, answers: CompiledPolicy, reveal: Reveal, scope: Scope) -> None:
        """An app inside has decided, and answered. `answers` are those of the policy outside."""
        if reveal.rejected:
            return  # which was told when it was decided
        if scope["type"] != "http":
            self.handshake(in_force, scope)
            return
        decision = reveal.decided()
        self.decided(in_force, reveal.answers or answers, decision, scope)
        if self.counter is not None and decision.status is None:
            self.counter.add(decision, scope)

    def serve(self) -> None:
        """Requests are about to come: see whether anybody collects the counter."""
        self.count_with(decision_counter())

    def count_with(self, counter: DecisionCounter | None) -> None:
        """Has every decision counted from now on."""
        self.counter = counter
        self._attend()

    def _attend(self) -> None:
        """Sees whether an allowed request concerns anybody, too; if not, it is spared a call."""
        counted = self.log is not None and self.log.due is not None  # a summary is to be written
        told = self._on_decision is not None or self.counter is not None or self.stricter is not None
        self.attentive = counted or told

    def would_reject(self, in_force: InForce, answers: CompiledPolicy, rejection: Decision, scope: Scope) -> None:
        """`enforce="report-only"` found what it would reject. Never raises."""
        if self.log is None:
            return
        try:
            self.log.add(answers, rejection, scope, in_force.rules.policy, True)
            self._attend()
        except Exception:
            self._fail()

    def handshake(self, in_force: InForce, scope: Scope) -> None:
        """A WebSocket goes on, because no policy in force guards it: a stricter one may. Never raises."""
        if self.log is None or self.stricter is None:
            return
        try:
            self._try(in_force, None, scope)
        except Exception:
            self._fail()

    def close(self) -> None:
        """The end of the server."""
        if self.log is not None:
            self.log.close()

    def _tell(self, function: OnDecision, decision: Decision, scope: Scope) -> None:
        try:
            function(decision, scope)
        except Exception:
            if not self._hook_failed:
                self._hook_failed = True
                logger.exception("on_decision raised; the request is not affected, and this is said once")

    def _try(self, in_force: InForce, decision: Decision | None, scope: Scope) -> None:
        """Records it if the stricter policy denies what the policy in force allowed."""
        trial = self._trial
        if trial is None or self._tried is not in_force.rules:
            assert self.stricter is not None
            trial = self._trial = RoutePolicies(self.stricter, in_force.rules.routes)
            self._tried = in_force.rules
        answers, guard, path, _ = trial.resolve(self._core, scope, many=in_force.many)
        method, headers = scope.get("method", "GET"), scope.get("headers", ())
        if guard is not None:
            websocket = scope["type"] == "websocket"
            rejection = guard.check(method, path, headers, websocket=websocket, loopback=on_loopback(scope))
            if rejection is not None:
                self._record_trial(answers, rejection, scope)
                return
        if decision is None:
            return
        stricter = answers.decide(method, headers)
        loses_credentials = CREDENTIALS in decision.set_headers and CREDENTIALS not in stricter.set_headers
        sends_cookies = any(name == b"cookie" for name, _ in headers)
        if not stricter.allowed:
            self._record_trial(answers, stricter, scope)
        elif loses_credentials and sends_cookies:
            denied = Decision(stricter.kind, False, "allowed-without-credentials", (), b"")
            self._record_trial(answers, denied, scope)

    def _record_trial(self, answers: CompiledPolicy, decision: Decision, scope: Scope) -> None:
        assert self.log is not None
        assert self.stricter is not None
        self.log.add(answers, decision, scope, self.stricter, True)

    def _route_of(self, scope: Scope, method: str) -> str | None:
        """The template of the route that takes the request, or that a preflight asks about."""
        if self._core is None:
            return None
        asked = {**scope, "method": method} if scope["type"] == "http" else scope
        return routing.route_template(self._core, asked)

    def _fail(self) -> None:
        if not self._failed:
            self._failed = True
            logger.exception("a decision could not be recorded; the request is not affected, and this is said once")


def on_loopback(scope: Scope) -> bool:
    """Whether the server may have taken this connection on a loopback address.

    Some servers, granian for one, tell the address that they are bound to, which is `0.0.0.0` or `::` for every address
    of the machine; a unix socket has a path, and some tell nothing: all of these can be reached through loopback. The
    peer's address is not asked, since uvicorn takes it from `X-Forwarded-For`.
    """
    server = scope.get("server")
    host = "" if server is None else str(server[0])
    return host in _ANY_ADDRESS or host.startswith(("/", "@")) or is_loopback(host)


_ANY_ADDRESS: Final = ("", "None", "0.0.0.0", "::", "[::]")
