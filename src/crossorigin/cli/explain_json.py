"""What `explain` found, as data for machines.

Here belong the keys of `--json`, which stay as they are. Not here: the text for people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..browser import Exchange, Failure, Outcome
from ..explain import ConsoleMessage, Diagnosis
from ..report.formats.escaping import conceal


@dataclass(frozen=True)
class Explanation:
    """One call, what came of it, and why. `server` is how people call the other side.

    `candidates` are the meanings of a console's message that has more than one. `notes` say what was explained, if that
    is not what was given.
    """

    page: str
    call: str
    server: str
    engine: str
    outcome: Outcome
    diagnosis: Diagnosis
    read: tuple[str, ...] = ()
    message: ConsoleMessage | None = None
    candidates: tuple[Diagnosis, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether the page gets what it asked for: the response, and the headers that it wants to read."""
        readable = all(name.lower() in self.outcome.headers for name in self.read)
        return self.outcome.allowed and readable and self.diagnosis.cause != "answered-by-another"


def as_data(finding: Explanation) -> dict[str, Any]:
    """One finding as JSON has it."""
    outcome, diagnosis = finding.outcome, finding.diagnosis
    data = {
        "allowed": outcome.allowed,
        "reason": outcome.reason,
        "cause": diagnosis.cause,
        "title": diagnosis.title,
        "explanation": diagnosis.explanation,
        "evidence": list(diagnosis.evidence),
        "near_miss": diagnosis.near_miss,
        "remedy": diagnosis.remedy,
        "details": dict(diagnosis.details),
        "candidates": [_candidate(each) for each in finding.candidates],
        "page": finding.page,
        "url": outcome.url,
        "engine": finding.engine,
        "status": outcome.status,
        "headers": dict(outcome.headers),
        "readable": {name: outcome.headers.get(name.lower()) for name in finding.read},
        "notes": list(finding.notes),
        "requests": [_exchange(exchange) for exchange in outcome.requests],
        "steps": [
            {"section": step.section, "text": step.text, "ok": step.ok, "code": step.code} for step in outcome.steps
        ],
    }
    return conceal(data)


def _candidate(diagnosis: Diagnosis) -> dict[str, Any]:
    """One of several meanings of a message."""
    return {"cause": diagnosis.cause, "title": diagnosis.title, "remedy": diagnosis.remedy}


def _exchange(exchange: Exchange) -> dict[str, Any]:
    request, answer = exchange.request, exchange.response
    return {
        "method": request.method,
        "url": request.url,
        "preflight": exchange.preflight,
        "headers": _pairs(request.headers),
        "status": None if isinstance(answer, Failure) else answer.status,
        "response_headers": [] if isinstance(answer, Failure) else _pairs(answer.headers),
        "failure": answer.message if isinstance(answer, Failure) else None,
        "failure_kind": answer.kind if isinstance(answer, Failure) else None,
    }


def _pairs(headers: Iterable[tuple[bytes, bytes]]) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]
