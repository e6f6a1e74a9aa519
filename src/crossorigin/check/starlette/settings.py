"""Starlette's CORS settings as they are written today: what is wrong with them, and what Starlette does with them.

Here belong the judgement of its keywords by our policy's checks, and what only Starlette gets wrong: what is
written so that nothing ever matches it. What Starlette does is asked of Starlette (`isolated_layer`), never known by
heart. Not here: the policy that is meant (`migration`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ...middleware.app_layers import Layer
from ...policy.lookalikes import STRANGER
from ...policy.origin_patterns import OriginPattern, sample
from ...policy.policy import Policy
from ...policy.problems import INSTEAD_OF_STAR, PolicyError, Problem
from ...policy.problems import problem as make_problem
from ...report.catalogue import Severity
from ...report.findings import Finding, Place, finding
from ...standards.fetch import STANDARD_METHODS
from ...transport.isolated_layer import IsolatedLayer
from ..policy_findings import from_problem
from .migration import told

_Where = Callable[[str], Place]
_PAGE: Final = "https://app.example.com"


def judge(layer: Layer, where: _Where) -> Iterator[Finding]:
    """Everything that is wrong with one layer's settings; `where` places a field."""
    said: Mapping[str, Any] = layer.said or {}
    probe = IsolatedLayer(layer.build)  # type: ignore[arg-type]  # a layer with settings can be built
    problems: tuple[Problem, ...]
    try:
        problems = Policy(**said).warnings
    except PolicyError as error:
        problems = told(error)
    if not any(problem.code == "star-with-credentials" for problem in problems):
        graver = tuple(_star_with_credentials(said, probe))
        milder = ("star-in-production", "star-in-development") if graver else ()
        problems = (*graver, *(problem for problem in problems if problem.code not in milder))
    for problem in problems:
        if problem.code == "star-with-credentials":  # Starlette does not read the environment variable
            problem = replace(problem, remedy=INSTEAD_OF_STAR)
        accepted, then = _seen(probe, problem)
        severity: Severity | None = "high" if accepted else None
        yield from_problem(problem, where(problem.field), severity=severity, then=then, accepted=accepted)
    refused = {it.field for it in problems}
    if not probe.failed:
        yield from _without_effect(said, probe, where, refused)


def _star_with_credentials(said: Mapping[str, Any], probe: IsolatedLayer) -> Iterator[Problem]:
    """The `*` in a list of several, beside which our policy gives credentials to the named origins alone.

    Starlette gives them to everybody, as its answer to a stranger shows.
    """
    value = said.get("allow_origins", ())
    starred = isinstance(value, list | tuple) and "*" in value
    if starred and not probe.failed and probe.get(STRANGER).get("access-control-allow-credentials") == "true":
        yield make_problem("star-with-credentials", f"allow_origins[{list(value).index('*')}]", "*")


# -- what Starlette does with what our policy refuses -----------------------------------------------


def _seen(probe: IsolatedLayer, problem: Problem) -> tuple[str, list[str]]:
    """What Starlette was seen to do with it: a stranger's origin that it allows, or empty, and the words."""
    if probe.failed:
        return "", [f"Starlette fails at the first request: {probe.failed}"]
    for origin in _strangers(problem):
        if probe.allows(origin):
            answer = probe.get(origin)
            cookies = ", with cookies" if answer.get("access-control-allow-credentials") == "true" else ""
            return origin, [f"Starlette allows {origin}{cookies}"]
    return "", list(_refused_or_sent(probe, problem))


def _refused_or_sent(probe: IsolatedLayer, problem: Problem) -> Iterator[str]:
    meant = _meant(problem)
    if meant and not probe.allows(meant):
        yield f"Starlette refuses {meant}"
    if problem.code == "not-a-list" and problem.field in _SENT:
        header = _SENT[problem.field]
        value = {**probe.preflight(_PAGE, "GET"), **probe.get(_PAGE)}.get(header.lower(), "")
        if value:
            yield f"Starlette sends {header}: {value if len(value) <= 60 else value[:57] + '...'}"


_SENT: Final = {
    "allow_methods": "Access-Control-Allow-Methods",
    "allow_headers": "Access-Control-Allow-Headers",
    "expose_headers": "Access-Control-Expose-Headers",
}


def _strangers(problem: Problem) -> Iterable[str]:
    """Origins that nobody meant, which this mistake may let in: the worst first."""
    text = str(problem.value)
    if problem.field == "allow_origins" and problem.code == "not-a-list":
        first = re.split(r"[,\s]+", text)[0].rstrip("/")
        return (STRANGER, first[:-1])
    if problem.code in ("star-with-credentials", "star-in-production"):
        return (STRANGER,) if problem.code == "star-with-credentials" else ()
    if problem.field.startswith("allow_origin_regex"):
        return (STRANGER, problem.witness) if problem.witness else (STRANGER,)
    return ("null",) if problem.code == "lists-null" else ()


def _meant(problem: Problem) -> str:
    """The origin that the writer had in mind."""
    entry = problem.suggestion if isinstance(problem.suggestion, str) else ""
    return sample(OriginPattern.parse(entry)) if entry and problem.field.startswith("allow_origins[") else ""


# -- what only Starlette gets wrong -------------------------------------------------------------------


def _without_effect(
    said: Mapping[str, Any], probe: IsolatedLayer, where: _Where, refused: set[str]
) -> Iterator[Finding]:
    """What our policy normalises, and Starlette compares as it is written: no browser ever sends that."""
    for field, value in _elements(said, "allow_origins"):
        text = str(value)
        if field in refused:
            continue
        pattern = OriginPattern.parse(text)
        sent = sample(pattern)
        if not probe.allows(sent):
            yield finding(
                "no-effect",
                f"{field} = {value!r}\nStarlette refuses {sent}",
                place=where(field),
                remedy=f'write "{pattern}"' + ("; it is a pattern of crossorigin's" if "*" in text else ""),
                field=field,
                refused=[sent],
            )
    for field, value in _elements(said, "allow_methods"):  # of which `*` covers every spelling
        text = str(value).strip().upper()
        if field not in refused and text != value and text in STANDARD_METHODS:
            yield finding(
                "no-effect", f"{field} = {value!r}", place=where(field), remedy=f'write "{text}"', field=field
            )
    for field, value in _elements(said, "allow_headers"):
        if field not in refused and str(value) != str(value).strip():
            remedy = f'write "{str(value).strip()}"'
            yield finding("no-effect", f"{field} = {value!r}", place=where(field), remedy=remedy, field=field)


def _elements(said: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    value = said.get(name, ())
    if isinstance(value, list | tuple | set | frozenset) and "*" not in value:
        yield from ((f"{name}[{index}]", it) for index, it in enumerate(value))
