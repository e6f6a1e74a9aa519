"""The policies of parts of an app: path rules, endpoints, routers and mounts.

Here belong gathering them, with what says each, and what is wrong with them. Not here: the policy of a whole layer
(`app`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ..middleware import routing
from ..middleware.app_layers import Layer
from ..middleware.marks import Unmarked, marked_policy
from ..policy.policy import Policy
from ..report.findings import Finding, Place, finding
from .declarations import Sources, shorten
from .policy_findings import from_problem

_SHOWN: Final = 3


def of_rules(layers: Iterable[Layer]) -> dict[Policy, list[str]]:
    """The policies of the path rules of these layers, each with the rules that say it."""
    found: dict[Policy, list[str]] = {}
    for layer in layers:
        for path, policy in layer.governing.routes.items() if layer.governing else ():
            if isinstance(policy, Policy):
                found.setdefault(policy, []).append(f"routes[{path!r}]")
    return found


def of_marks(app: Any) -> dict[Policy, list[str]]:
    """The policies of endpoints, routers and mounts anywhere in an app, each with what says it."""
    found: dict[Policy, list[str]] = {}
    for carrier in _marked(app):
        policy = marked_policy(carrier)
        if isinstance(policy, Policy):
            found.setdefault(policy, []).append(_name(carrier))
    return found


def judge(parts: Mapping[Policy, list[str]], name: str, sources: Sources) -> Iterator[Finding]:
    """What is worth saying of the policies of parts."""
    for policy, who in parts.items():
        call = sources.take(["Policy"], policy.model_dump(exclude_defaults=True), sure=True)
        for problem in policy.warnings:
            place = call.place(problem.field) if call else Place(name=name)
            yield from_problem(problem, place, before=f"{_listed(who)}: ")


def unread(app: Any, name: str) -> Iterator[Finding]:
    """Policies that nothing reads, since no middleware of ours stands around the app."""
    for carrier in _marked(app):
        yield finding(
            "no-effect",
            f"{_name(carrier)}: no CORSMiddleware of crossorigin stands around the app, so nothing reads it",
            remedy="install(app, policy)",
            place=_place(carrier, name),
        )


def _marked(app: Any) -> Iterator[Any]:
    core = routing.innermost_app(app)
    for carrier in routing.carriers(core) if core is not None else ():
        if not isinstance(marked_policy(carrier), Unmarked):
            yield carrier


def _place(carrier: Any, name: str) -> Place:
    code = getattr(carrier, "__code__", None)
    return Place(shorten(Path(code.co_filename)), code.co_firstlineno) if code is not None else Place(name=name)


def _name(carrier: Any) -> str:
    name = getattr(carrier, "__name__", "")
    if name:
        return f"@cors on {name}()"
    places = [getattr(carrier, attribute, "") for attribute in ("prefix", "path", "host")]
    where = next((place for place in places if place and isinstance(place, str)), f"a {type(carrier).__name__}")
    return f"cors_router on {where}"


def _listed(who: list[str]) -> str:
    more = len(who) - _SHOWN
    return ", ".join(who[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
