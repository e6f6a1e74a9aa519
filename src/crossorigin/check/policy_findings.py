"""A problem of a policy, as a finding.

Here belongs how grave each problem of `problems.CATALOGUE` is, and which advisory shows it. Not here: finding
problems (`validation`), and the words of any other finding (`catalogue`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..policy.problems import CATALOGUE, WARNINGS, Problem, shown
from ..report.catalogue import Severity
from ..report.findings import Finding, Place

_HIGH: Final = "star-with-credentials lists-null origin-insecure public-suffix regex-look-alike regex-dot"
_LOW: Final = "star-covers-others origin-private-network private-network-obsolete development-in-production"
_INFO: Final = "star-in-production star-in-development max-age-capped"

# What opens the API to strangers is high; what only breaks the front end is medium; what is unwise is low, or
# nothing but worth knowing.
GRADES: Final[dict[str, Severity]] = {
    **dict.fromkeys(CATALOGUE, "medium"),
    **dict.fromkeys(WARNINGS, "low"),
    **dict.fromkeys(_HIGH.split(), "high"),
    **dict.fromkeys(_LOW.split(), "low"),
    **dict.fromkeys(_INFO.split(), "info"),
}

_ADVISORIES: Final = {
    "star-with-credentials": "reflection",
    "lists-null": "null",
    "origin-insecure": "scheme",
    "public-suffix": "open-suffix",
    "regex-look-alike": "unanchored",
    "regex-dot": "unescaped-dot",
    "regex-too-complex": "dos",
    "star-in-production": "",
    "private-network-obsolete": "private-network",
}


def from_problem(
    problem: Problem,
    place: Place,
    *,
    severity: Severity | None = None,
    before: str = "",
    then: Iterable[str] = (),
    accepted: str = "",
    refused: str = "",
    expression: str = "",
) -> Finding:
    """A finding with the problem's code.

    `before` names what holds the policy; `then` is what was seen of it; `accepted` is an origin that was allowed,
    `refused` one that was meant and was not. `expression` is what the source says in place of the value, such as
    `settings.CORS_ORIGINS`.
    """
    suggestion = [problem.suggestion] if isinstance(problem.suggestion, str) else list(problem.suggestion)
    known: dict[str, object] = {"suggestion": suggestion, "witness": problem.witness}
    known["accepted"] = [accepted] if accepted else []
    known["refused"] = [refused] if refused else []
    known["expression"] = expression
    facts = {name: value for name, value in known.items() if value}
    written = f"{before}{problem.field} = {shown(problem.value)}"
    if expression:
        written += f", which is {expression}"
    return Finding(
        problem.code,
        severity or GRADES[problem.code],
        sentence(CATALOGUE[problem.code].meaning),
        sentence(problem.message) + ".",
        "\n".join((written, *then)),
        problem.remedy,
        place,
        _ADVISORIES.get(problem.code, ""),
        {"field": problem.field, "value": str(problem.value), **facts},
    )


def sentence(text: str) -> str:
    """The text with a capital at its start, unless it starts with the name of a field or with code."""
    return text if "_" in text.partition(" ")[0] else text[:1].upper() + text[1:]
