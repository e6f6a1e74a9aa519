"""Origins that a program compares with, one by one: what is wrong with each as it is written.

Here belongs one origin in a list that is compared by `==` or `in`. Not here: finding the comparison (`headers`,
`extensions`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ...policy.origin_patterns import OriginPattern
from ...policy.policy import Policy
from ...policy.problems import PolicyError
from ...report.findings import Finding, Place, finding
from ..policy_findings import from_problem

ALLOW_ORIGIN: Final = "Access-Control-Allow-Origin"
_ORIGIN: Final = "allow_origins[0]"


def judge_exact(origin: str, place: Place, *, cookies: bool) -> Iterator[Finding]:
    """What is wrong with one origin that is compared to the last character; `cookies`: whether it may bring any."""
    if "*" in origin:
        yield finding("no-effect", f"{origin!r} is compared with the whole origin", place=place)
        return
    try:
        seen = Policy(allow_origins=[origin], allow_credentials=cookies).warnings
    except PolicyError as error:
        seen = error.problems
    # The environment of this process is not that of the program.
    problems = [problem for problem in seen if problem.field == _ORIGIN]
    for problem in problems:
        yield from_problem(replace(problem, field=ALLOW_ORIGIN), place)
    nearest = origin if problems else str(OriginPattern.parse(origin))
    if nearest != origin:
        yield finding("no-effect", f"{origin!r} is compared with the origin", remedy=f'write "{nearest}"', place=place)
