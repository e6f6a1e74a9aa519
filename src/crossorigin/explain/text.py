"""The explanation as plain text, for a failing test or a log.

Here belongs its wording. Not here: the text of `crossorigin explain` (`cli`).
"""

from __future__ import annotations

from ..browser import Exchange, Failure, Outcome
from ..report.formats.escaping import visible
from .causes import Diagnosis


def explanation(outcome: Outcome, diagnosis: Diagnosis) -> str:
    """The requests, where it stopped, the cause and the remedy, a line each."""
    lines = [_line(exchange) for exchange in outcome.requests] or ["no request was sent"]
    lines += [f"✗ {step.section}: {step.text}" for step in outcome.steps if not step.ok]
    lines += ["", f"{diagnosis.title} [{diagnosis.cause}]", diagnosis.explanation]
    lines += [diagnosis.near_miss] if diagnosis.near_miss else []
    lines += [f"→ {diagnosis.remedy}"] if diagnosis.remedy else []
    return "\n".join(visible(line) for line in lines)


def _line(exchange: Exchange) -> str:
    answer = exchange.response
    came = f"no response: {answer.message}" if isinstance(answer, Failure) else str(answer.status)
    what = "preflight " if exchange.preflight else ""
    return f"{what}{exchange.request.method} {exchange.request.url} → {came}"
