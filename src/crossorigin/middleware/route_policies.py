"""Which policy answers which request, where an app has more than one.

Here belongs the precedence: endpoint, then router or mount (the innermost), then path rule (the first that
matches), then default; a mounted app with a middleware of its own decides for its paths. Not here: finding the
way of a request (`routing`), and what a policy answers (`server`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ..policy.limits import FROM_ROUTES
from ..policy.path_patterns import PathPattern
from ..policy.policy import Policy
from ..policy.problems import PolicyError, problem
from ..server.compiled_policy import CompiledPolicy
from ..server.enforce import CrossOriginProtection
from ..standards import fetch
from . import routing
from .marks import UNMARKED, MarkedPolicy, Unmarked, marked_policy
from .routing import Scope, route_path

logger = logging.getLogger("crossorigin")

_SERVED_BY_NONE: Final = "CROSSORIGIN"  # stands for every method that no route serves, which are answered with 405
_BY_METHOD: Final = "by method"  # tells these answers from those of `allow_methods="routes"`


class ResolvedPolicy(NamedTuple):
    """Who answers one request: a policy's answers, its guard where it enforces, and the path that the guard reads."""

    answers: CompiledPolicy
    guard: CrossOriginProtection | None
    path: str


class RoutePolicies:
    """The default policy of an app, and its rules for paths. Immutable: another policy is other rules.

    `routes` are Starlette's paths, `/items/{id}` or `/public/{rest:path}`, or end in `*`; the first that matches
    counts. None lets no other origin in. Raises PolicyError for a path that cannot be read.
    """

    def __init__(self, policy: Policy, routes: Mapping[str, Policy | None] | None = None) -> None:
        self.policy = policy
        self.routes = dict(routes or {})
        self.default = CompiledPolicy(policy)
        unreadable = [it for it in self.routes if not (isinstance(it, str) and PathPattern(it).readable)]
        if unreadable:
            raise PolicyError([problem("path-invalid", "routes", it) for it in unreadable])
        self._paths = [(PathPattern(path), it) for path, it in self.routes.items()]
        # What None means: it allows nothing, and enforces what the default does. Not by Policy.closed(), which raises
        # where CROSSORIGIN_ENVIRONMENT is wrong: these rules also close an app whose policy was rejected for that.
        kept = {name: getattr(policy, name) for name in ("enforce", "trusted_hosts", "exempt", "environment")}
        self.closed = Policy.model_construct(allow_methods=(), **kept)
        self._answers: dict[object, CompiledPolicy] = {policy: self.default}
        self._guards: dict[Policy, CrossOriginProtection] = {}
        self._raised = False

    def changed(self, policy: Policy | None, routes: Mapping[str, Policy | None] | None) -> RoutePolicies:
        """Other rules: this policy, or for None `closed`; and these routes, or for None those of these rules.

        Raises PolicyError for a path that cannot be read.
        """
        default = self.closed if policy is None else policy
        return RoutePolicies(default, self.routes if routes is None else routes)

    @property
    def one_for_all(self) -> bool:
        """Whether these rules give every request the same answers, whatever its path."""
        return not self._paths and FROM_ROUTES not in self.policy.allow_methods

    def resolve(self, app: Any, scope: Scope, *, many: bool = True) -> ResolvedPolicy:
        """Who answers one request on its way through `app`, a `routing.innermost_app`; None where nothing routes.

        `many` is whether anything on the way may say a policy; if not, nothing is looked for.
        """
        try:
            if app is not None:
                scope = routing.inside(app, scope)
            announced = _announced(scope)
            if announced is not None and many:
                announced = routing.remembering(announced)
            rules, policy, entered = self._said(app if many else None, announced or scope)
            answers = rules._of(policy)
            if announced is not None:
                answers = self._preflighted(app, announced, rules, answers, many=many)
            return ResolvedPolicy(answers, rules._guard(answers), route_path(entered))
        except Exception:
            # A route of somebody's own may raise. What nobody can judge is let in by nobody.
            # With its traceback once: a stranger chooses the path, and shall not fill a disk with it.
            level, self._raised = (logging.DEBUG if self._raised else logging.ERROR), True
            words = "the route of %r cannot be found, so no other origin is let in"
            logger.log(level, words, scope["path"][:200], exc_info=True)
            answers = self._of(None)
            return ResolvedPolicy(answers, self._guard(answers), scope["path"])

    def _of(self, policy: Policy | None) -> CompiledPolicy:
        """The answers of a policy, worked out once."""
        policy = self.closed if policy is None else policy
        answers = self._answers.get(policy)
        if answers is None:
            answers = self._answers[policy] = CompiledPolicy(policy)
        return answers

    def _guard(self, answers: CompiledPolicy) -> CrossOriginProtection | None:
        """The guard of a policy that enforces, worked out once."""
        policy = answers.policy
        if not policy.enforce:
            return None
        guard = self._guards.get(policy)
        if guard is None:
            guard = self._guards[policy] = CrossOriginProtection(answers)
        return guard

    def _said(self, app: Any, scope: Scope) -> tuple[RoutePolicies, Policy | None, Scope]:
        """Whose rules hold for a request, which policy they come to, and the scope as it is where they hold."""
        rules, entered = self, scope
        mark: MarkedPolicy = UNMARKED
        for step in routing.resolve_route(app, scope) if app is not None else ():
            own = getattr(step.carrier, routing.RULES_ATTRIBUTE, None)
            if isinstance(own, RoutePolicies):
                rules, entered, mark = own, step.scope, UNMARKED
            else:
                found = marked_policy(step.carrier)
                mark = mark if isinstance(found, Unmarked) else found
        return rules, rules._by_path(entered) if isinstance(mark, Unmarked) else mark, entered

    def _preflighted(
        self, app: Any, announced: Scope, rules: RoutePolicies, answers: CompiledPolicy, *, many: bool
    ) -> CompiledPolicy:
        """The answers to a preflight, which depend on what the other methods of its path come to."""
        from_routes = FROM_ROUTES in answers.policy.allow_methods
        if not many and not from_routes:
            return answers
        served = routing.methods(app, announced) if app is not None else frozenset()
        governed = self._governed(app, announced, served, answers.policy) if many and app is not None else None
        if from_routes:
            answers = rules._serving(answers.policy, served)
        return answers if governed is None else rules._by_method(answers.policy, governed)

    def _governed(self, app: Any, announced: Scope, served: frozenset[str], policy: Policy) -> frozenset[str] | None:
        """The methods of a path that come to this policy; None if all of them do."""
        listed = {name.upper() for name in policy.allow_methods} - {"*", FROM_ROUTES.upper()}
        known = served | fetch.STANDARD_METHODS | listed
        governed = set()
        split = False
        for method in (*known, announced["method"], _SERVED_BY_NONE):
            rules, said, _ = self._said(app, {**announced, "method": method})
            if rules._of(said).policy == policy:
                governed.add(method)
            else:
                split = True
        return frozenset(governed & known) if split else None

    def _by_method(self, policy: Policy, governed: frozenset[str]) -> CompiledPolicy:
        """The answers of a policy on a path whose other methods have other policies."""
        answers = self._answers.get((policy, governed, _BY_METHOD))
        if answers is None:
            answers = self._answers[policy, governed, _BY_METHOD] = CompiledPolicy(policy, governed=governed)
        return answers

    def _by_path(self, scope: Scope) -> Policy | None:
        if self._paths:
            path = route_path(scope)
            for pattern, policy in self._paths:
                if pattern.matches(path):
                    return policy
        return self.policy

    def _serving(self, policy: Policy, served: frozenset[str]) -> CompiledPolicy:
        """The answers of a policy whose methods come from the routes, where the routes serve these."""
        answers = self._answers.get((policy, served))
        if answers is None:
            listed = [it for it in policy.allow_methods if it != FROM_ROUTES]
            methods = dict.fromkeys([*sorted(it for it in served if not fetch.is_forbidden_method(it)), *listed])
            answers = CompiledPolicy(policy.model_copy(update={"allow_methods": list(methods)}))
            self._answers[policy, served] = answers
        return answers


def _announced(scope: Scope) -> Scope | None:
    """The scope of the request that a preflight announces; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "OPTIONS":
        return None
    headers = dict(scope.get("headers", ()))
    method = headers.get(b"access-control-request-method")
    if method is None or b"origin" not in headers:
        return None
    # Some servers, hypercorn for one, write every method in capitals: what is announced as `patch` comes as PATCH.
    return {**scope, "method": method.decode("latin-1").strip(" \t").upper()}
