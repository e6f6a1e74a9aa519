"""Which policy answers which request, where an app has more than one.

Here belongs the precedence: endpoint, then router or mount (the innermost), then path rule (the first that
matches), then default; a mounted app with a middleware of its own decides for its paths. Not here: finding the
way of a request (`routing`), and what a policy answers (`server`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from . import fetch, routing
from .checks import FROM_ROUTES
from .marks import UNSAID, Said, Unsaid, said
from .paths import PathPattern, route_path
from .policy import Policy
from .routing import Scope
from .server import Answers

logger = logging.getLogger("crossorigin")


class Rules:
    """The default policy of an app, and its rules for paths. Immutable: another policy is other rules.

    `routes` are Starlette's paths, `/items/{id}` or `/public/{rest:path}`, or end in `*`; the first that matches
    counts. None lets no other origin in. Raises PolicyError for a path that cannot be read.
    """

    def __init__(self, policy: Policy, routes: Mapping[str, Policy | None] | None = None) -> None:
        self.policy = policy
        self.routes = dict(routes or {})
        self.default = Answers(policy)
        self._paths = [(PathPattern.parse(path), it) for path, it in self.routes.items()]
        # What stands where None was said: it allows nothing, and enforces what the default does.
        self._closed = Policy.model_construct(enforce=policy.enforce)
        self._answers: dict[object, Answers] = {policy: self.default}

    @property
    def one_for_all(self) -> bool:
        """Whether these rules give every request the same answers, whatever its path."""
        return not self._paths and FROM_ROUTES not in self.policy.allow_methods

    def answers(self, app: Any, scope: Scope, *, many: bool = True) -> Answers:
        """The answers to one request, on its way through `app`, a `routing.core`; None where nothing routes.

        `many` is whether anything on the way may say a policy; if not, nothing is looked for.
        """
        try:
            announced = _announced(scope)
            rules, policy = self._said(app if many else None, announced or scope)
            if announced is not None and policy is not None and FROM_ROUTES in policy.allow_methods:
                served = routing.methods(app, announced) if app is not None else ()
                return rules._serving(policy, frozenset(served))
            return rules.of(policy)
        except Exception:
            # A route of somebody's own may raise. What nobody can judge is let in by nobody.
            logger.exception("the route of %r cannot be found, so no other origin is let in", scope["path"])
            return self.of(None)

    def of(self, policy: Policy | None) -> Answers:
        """The answers of a policy, worked out once."""
        policy = self._closed if policy is None else policy
        answers = self._answers.get(policy)
        if answers is None:
            answers = self._answers[policy] = Answers(policy)
        return answers

    def _said(self, app: Any, scope: Scope) -> tuple[Rules, Policy | None]:
        """Whose rules hold for a request, and which policy they come to."""
        rules, entered = self, scope
        mark: Said = UNSAID
        for step in routing.way(app, scope) if app is not None else ():
            own = getattr(step.carrier, routing.OURS, None)
            if isinstance(own, Rules):
                rules, entered, mark = own, step.scope, UNSAID
            else:
                found = said(step.carrier)
                mark = mark if isinstance(found, Unsaid) else found
        return rules, rules._by_path(entered) if isinstance(mark, Unsaid) else mark

    def _by_path(self, scope: Scope) -> Policy | None:
        if self._paths:
            path = route_path(scope)
            for pattern, policy in self._paths:
                if pattern.matches(path):
                    return policy
        return self.policy

    def _serving(self, policy: Policy, served: frozenset[str]) -> Answers:
        """The answers of a policy whose methods come from the routes, where the routes serve these."""
        answers = self._answers.get((policy, served))
        if answers is None:
            listed = [it for it in policy.allow_methods if it != FROM_ROUTES]
            methods = dict.fromkeys([*sorted(it for it in served if not fetch.is_forbidden_method(it)), *listed])
            answers = Answers(policy.model_copy(update={"allow_methods": list(methods)}))
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
    return {**scope, "method": method.decode("latin-1").strip(" \t")}
