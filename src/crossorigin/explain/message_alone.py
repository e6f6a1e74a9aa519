"""A console's message alone, explained: one cause, or each that the browser says the same of.

Here belongs what is said if nothing can be asked: neither an app nor a server is at hand. Not here: reading the message
(`console`), and the rules.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from ..policy.denial_remedies import UNKNOWN_PAGE
from .case import Case
from .causes import Diagnosis
from .console import ConsoleMessage
from .copied import UNSAFE_VALUES
from .diagnose import diagnose

_LOOK: Final = "look at the response in the browser's network panel"


def diagnose_message(message: ConsoleMessage) -> tuple[Diagnosis, tuple[Diagnosis, ...]]:
    """What a message means, and, if that is more than one thing, each of them.

    A message with several meanings gets the cause `ambiguous-message`, and the next thing to look at as its remedy.
    """
    found: dict[str, Diagnosis] = {}
    for reading in message.readings:
        diagnosis = diagnose(reading.outcome(), page=message.page, facts=reading.facts)
        found.setdefault(diagnosis.cause, diagnosis)
    candidates = tuple(found.values())
    if len(candidates) == 1:
        return candidates[0], ()
    outcome = message.outcome()
    if message.reason.endswith("network-failure"):  # that there was no response is only one of the meanings
        outcome = replace(outcome, requests=())
    case = Case(outcome, message.page)
    evidence = [f"{candidate.title}: {candidate.remedy}" for candidate in candidates]
    return case.is_("ambiguous-message", *evidence, remedy=_next_step(message)), candidates


def _next_step(message: ConsoleMessage) -> str:
    """What tells the meanings apart: the response itself."""
    url = message.redirected_from or message.url
    if urlsplit(url).scheme not in ("http", "https"):
        return _LOOK
    words = ["crossorigin", "explain", url]
    if message.preflight and not message.method:
        words.append(f"METHOD {urlsplit(url).path or '/'}")
    elif message.method not in ("", "GET"):
        words.append(f"{message.method} {urlsplit(url)._replace(scheme='', netloc='').geturl() or '/'}")
    words += ["--from", message.page or UNKNOWN_PAGE]
    if message.header:
        words += ["-H", f"{message.header}: {UNSAFE_VALUES.get(message.header.lower(), '…')}"]
    if "credentials" in message.reason:
        words.append("--credentials")
    return f"{_LOOK}, or ask the server: {shlex.join(words)}"
