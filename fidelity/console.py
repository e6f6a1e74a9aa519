"""What the consoles say of each failure, and whether `crossorigin explain` finds the simulator's reason in it.

Here belong the lines of one failed call, put together as a person would copy them, and the comparison. Not here:
reading the lines out of a browser (`chromium`, `firefox`), and understanding them (`crossorigin.explain`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from crossorigin.browser import Outcome
from crossorigin.explain import read_console

from .names import Seen
from .scenario import Call

# What the explanation came to: the reason and nothing else; the reason among others for which the browser says the
# same; that the browser does not say why; another rule that the same call breaks, which the browser names; none of it.
Verdict: TypeAlias = Literal["own reason", "one of several", "not said", "another rule", "wrong"]

# Failures of which a browser's console says nothing, or what it says of every failure.
_NEVER: Final = frozenset(
    {"redirect-mode-error", "redirect-credentials", "redirect-location-invalid", "redirect-stream"}
)
SILENT: Final = {
    "chromium": _NEVER | {"redirect-scheme"},
    "firefox": _NEVER
    | {"redirect-scheme", "redirect-count", "bad-port", "no-cors-redirect-mode"}
    | {"network-failure", "preflight-network-failure", "preflight-redirect", "mixed-content"},
}

# A call that breaks two rules: the browser names the second, because it looks at that first.
OTHER_RULES: Final = {
    "bad-port": {"mixed-content", "same-origin-mode", "websocket-refused", "scheme-not-http", "network-failure"},
    "mixed-content": {"same-origin-mode"},
    "preflight-redirect": {"mixed-content", "preflight-status"},
}


@dataclass(frozen=True, slots=True)
class Paste:
    """The lines of one failed call, and the simulator's reason for the failure."""

    engine: str
    reason: str
    text: str

    def verdict(self) -> Verdict:
        try:
            message = read_console(self.text)
        except ValueError:
            return "wrong"
        if message.reason == self.reason:
            return "own reason" if not message.others else "one of several"
        if self.reason in message.others:
            return "one of several"
        unsaid = message.cause.startswith("said-") or (self.engine, message.reason) == ("firefox", "network-failure")
        if unsaid:
            return "not said" if self.reason in SILENT[self.engine] else "wrong"
        return "another rule" if message.reason in OTHER_RULES.get(self.reason, ()) else "wrong"


def pastes(engine: str, calls: Sequence[Call], outcomes: Sequence[Outcome], seen: Seen) -> list[Paste]:
    """The lines of each failed call. A call that shares a URL with another has no lines of its own, and is left out."""
    urls = [_urls(call, outcome) for call, outcome in zip(calls, outcomes, strict=True)]
    found = []
    for number, outcome in enumerate(outcomes):
        others = {url for place, each in enumerate(urls) if place != number for url in each}
        if outcome.reason is None or urls[number] & others:
            continue
        lines = [line for line in seen.console if any(url in line for url in urls[number])]
        message = seen.calls[number].get("message", "")
        if message:
            lines.append(f"Uncaught (in promise) TypeError: {message}")
        if lines:
            found.append(Paste(engine, outcome.reason, "\n".join(lines)))
    return found


def _urls(call: Call, outcome: Outcome) -> set[str]:
    return {call.url, outcome.url, *(exchange.request.url for exchange in outcome.requests)}
