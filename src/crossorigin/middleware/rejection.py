"""A refusal over ASGI: the 403, counted and logged.

Here belong the messages that refuse an HTTP request or a WebSocket handshake before the app sees it, and the
tally of refusals. Not here: what is refused (`guard`).
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from ..server.decision import Decision
from ..server.enforce import Rejection

Scope = MutableMapping[str, Any]

_BODY: Final = b"Refused: this server does not take this request from another origin.\n"
HOST_BODY: Final = b"Refused: this server does not go by that name.\n"
_POLICY_VIOLATION: Final = 1008  # RFC 6455 § 7.4.1
_MAX_NAMED: Final = 256
_MAX_COUNTED: Final = 64
_MINUTE: Final = 60.0

logger = logging.getLogger("crossorigin")


class RejectionLog:
    """How often each reason rejected a request, or would have.

    The first of each (reason, origin or host) is logged as a warning, up to a bound, so that nobody can fill a disk
    from outside. A stranger who uses up that bound with made-up names hides nobody: from then on, one warning a minute
    says how many requests had other names, and which name came most often. Each of them is logged at DEBUG.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._named: set[tuple[str, bytes]] = set()
        self._others = _MostOften()
        self._summed_up = 0.0

    def add(self, refusal: Rejection, scope: Scope, *, enforced: bool) -> None:
        """Counts one rejection, and logs it."""
        self.counts[refusal.reason] += 1
        key = refusal.reason, refusal.culprit
        new = key not in self._named and len(self._named) < _MAX_NAMED
        if new:
            self._named.add(key)
        rejected = "is refused" if enforced else "would be refused (enforce is report-only)"
        logger.log(
            logging.WARNING if new else logging.DEBUG,
            "%s: %s %r from %r %s → %s",
            refusal.reason,
            scope.get("method", "WebSocket"),
            scope["path"][:200],
            refusal.culprit.decode("latin-1"),
            rejected,
            refusal.remedy,
        )
        if key not in self._named:
            self._sum_up(key, rejected)

    def _sum_up(self, key: tuple[str, bytes], rejected: str) -> None:
        """Counts a name that was not logged, and says once a minute which of these came most often."""
        self._others.add(key)
        now = time.monotonic()
        if now - self._summed_up < _MINUTE:
            return
        self._summed_up = now
        reason, culprit = self._others.most_often
        words = "%s: %d more requests have had other names; most often %r, which %s"
        logger.warning(words, reason, self._others.total, culprit.decode("latin-1"), rejected)
        self._others = _MostOften()


class _MostOften:
    """Which of many keys came most often, in bounded memory: the algorithm of Misra and Gries (1982)."""

    def __init__(self) -> None:
        self.total = 0
        self._counted: Counter[tuple[str, bytes]] = Counter()
        self._last = ("", b"")

    def add(self, key: tuple[str, bytes]) -> None:
        """Counts a key. One that comes more often than all of the others together cannot be lost."""
        self.total += 1
        self._last = key
        if key in self._counted or len(self._counted) < _MAX_COUNTED:
            self._counted[key] += 1
            return
        self._counted = Counter({one: count - 1 for one, count in self._counted.items() if count > 1})

    @property
    def most_often(self) -> tuple[str, bytes]:
        """The key that came most often, as far as that was kept."""
        return self._counted.most_common(1)[0][0] if self._counted else self._last


async def answer_preflight(decision: Decision, send: Callable[[Any], Awaitable[None]]) -> None:
    """Answers a preflight before the app sees it."""
    headers = decision.answer()
    if decision.status != 204:
        headers.append((b"content-length", b"0"))  # RFC 9110 § 8.6: never on a 204
    await send({"type": "http.response.start", "status": decision.status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def refuse(
    refusal: Rejection,
    scope: Scope,
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[Any], Awaitable[None]],
) -> None:
    """Refuses an HTTP request, or a WebSocket handshake before it is accepted."""
    body = HOST_BODY if refusal.reason == "host-not-trusted" else _BODY
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    if refusal.vary:
        headers.append((b"vary", refusal.vary))
    if scope["type"] == "http":
        kind = "http.response"
    elif "websocket.http.response" in (scope.get("extensions") or {}):
        kind = "websocket.http.response"
    else:  # ASGI § WebSocket close: before the handshake is accepted, servers answer it with 403
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "cross-origin"})
        return
    await send({"type": f"{kind}.start", "status": 403, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
