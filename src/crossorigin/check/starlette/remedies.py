"""What to write in place of Starlette's settings, in Starlette's own words.

Starlette compares whole strings, or one regular expression: an origin pattern of ours (`https://*.example.com`) is a
letter `*` to it. Here belongs saying the same in its keywords. Not here: which policy is meant (`migration`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...policy.origin_patterns import OriginPattern
from ...policy.policy import Policy
from ...policy.problems import INSTEAD_OF_STAR, Problem
from .migration import Equivalent

_SUBDOMAINS: Final = r"([a-z0-9-]+\.)+"
_PART_OF_A_LABEL: Final = "[a-z0-9-]+"
_ANY_PORT: Final = "(:[0-9]+)?"


def remedy(problem: Problem, said: Mapping[str, Any], instead: Equivalent | None) -> str:
    """A line of code for Starlette's middleware, or the one thing to do.

    `instead` is the policy that the settings mean, every problem in it repaired: a line about the origins is right
    beside all the other lines, too.
    """
    if problem.code == "star-with-credentials":
        return INSTEAD_OF_STAR  # Starlette does not read the environment variable
    name = problem.field.partition("[")[0]
    values = (problem.suggestion,) if isinstance(problem.suggestion, str) else problem.suggestion
    if instead is None or name not in ("allow_origins", "allow_origin_regex") or not any(values):
        return problem.remedy
    patterns = name == "allow_origins" and any("*" in value for value in values)
    if patterns or problem.code == "not-a-list" or not isinstance(problem.suggestion, str):
        return origins(instead.policy, said)
    return problem.remedy


def origins(policy: Policy, said: Mapping[str, Any]) -> str:
    """The keywords that allow what the policy allows."""
    lines: list[str] = []
    exact = [str(pattern) for pattern in policy.patterns if pattern.exact]
    exact = ["*", *exact] if "*" in policy.allow_origins else exact
    if exact or "allow_origins" in said:
        quoted = ", ".join(f'"{origin}"' for origin in exact)
        lines.append(f"allow_origins=[{quoted}]")
    regex = one_regex(policy)
    if regex:
        lines.append(f'allow_origin_regex=r"{regex}"')
    elif said.get("allow_origin_regex") is not None:
        lines.append("allow_origin_regex=None")
    return ", ".join(lines)


def one_regex(policy: Policy) -> str:
    """One expression for the policy's patterns that are not one origin, and its own; empty if there are none."""
    own = policy.allow_origin_regex or ()
    regexes = [own] if isinstance(own, str) else [*own]
    return "|".join([*(as_regex(pattern) for pattern in policy.patterns if not pattern.exact), *regexes])


def as_regex(pattern: OriginPattern) -> str:
    """The expression that matches what an origin pattern matches."""
    scheme, _, rest = str(pattern).partition("://")
    host = rest.removesuffix(":*").removeprefix("*.")
    # `*` last: its expression has brackets.
    for written, meant in ((".", r"\."), ("[", r"\["), ("]", r"\]"), ("*", _PART_OF_A_LABEL)):
        host = host.replace(written, meant)
    below = _SUBDOMAINS if pattern.subdomains else ""
    port = _ANY_PORT if pattern.any_port else ""
    return f"{scheme}://{below}{host}{port}"
