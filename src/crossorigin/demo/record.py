"""What really reached the API: a recorder around it, and the log that it fills.

Here belong the shape of one exchange, the bounded log, and the ASGI layer that listens. Not here: any
answer (`api`), and how exchanges are drawn (`page/sequence.js`). Nothing here changes a message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

from ..middleware.types import ASGIApp, Message, Receive, Scope, Send
from ..policy.policy import Policy
from ..server.compiled_policy import decide

COOKIE: Final = "crossorigin_demo"
MAX_EXCHANGES: Final = 1000
# What the page draws of a request; cookies are told apart below, for their values are nobody's business.
_SHOWN: Final = (
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "authorization",
    "content-type",
    "x-request-id",
    "x-debug",
)


class Crash(RuntimeError):
    """What the crashing endpoint raises: on purpose, so no traceback frightens whoever runs the demo."""


@dataclass(slots=True)
class RecordedExchange:
    """One request that reached the API, and the answer to it."""

    run: str
    kind: str
    method: str
    path: str
    request: list[tuple[str, str]]
    cookie: bool
    reason: str = ""
    culprit: str = ""
    status: int = 0
    response: list[tuple[str, str]] = field(default_factory=list)


class Log:
    """The last exchanges, oldest first."""

    def __init__(self) -> None:
        self._exchanges: deque[RecordedExchange] = deque(maxlen=MAX_EXCHANGES)

    def add(self, exchange: RecordedExchange) -> None:
        """Remembers an exchange, and forgets the oldest where there are too many."""
        self._exchanges.append(exchange)

    def of(self, run: str) -> list[dict[str, Any]]:
        """The exchanges whose URL carried `?run=<run>`."""
        return [asdict(exchange) for exchange in self._exchanges if exchange.run == run]


def recorded(app: ASGIApp, policies: Mapping[str, Policy], log: Log) -> ASGIApp:
    """The same app, with every exchange put into the log before its answer leaves."""

    async def recorder(scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _begin(scope, policies)

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                headers = _text(message["headers"])
                exchange.response = [(name, value) for name, value in headers if _is_cors(name)]
                log.add(exchange)
            await send(message)

        with suppress(Crash):  # the 500 has been sent by now, and the page shows it
            await app(scope, receive, note)

    return recorder


def _begin(scope: Scope, policies: Mapping[str, Policy]) -> RecordedExchange:
    headers = list(_text(scope["headers"]))
    names = dict(headers)
    preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in names
    kind = "preflight" if preflight else "request"
    policy = policies.get(scope["path"].split("/")[1])
    # The middleware made the same decision from the same bytes; asking again keeps the recorder outside of it.
    decision = decide(policy, scope["method"], scope["headers"]) if policy else None
    reason, culprit = (decision.reason, decision.culprit.decode("latin-1")) if decision else ("", "")
    return RecordedExchange(
        run=parse_qs(scope["query_string"].decode("latin-1")).get("run", [""])[0],
        kind=kind,
        method=scope["method"],
        path=scope["path"],
        request=[(name, names[name]) for name in _SHOWN if name in names],
        cookie=f"{COOKIE}=" in names.get("cookie", ""),
        reason=reason,
        culprit=culprit,
    )


def _text(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str]]:
    return ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)


def _is_cors(name: str) -> bool:
    return name.startswith("access-control-") or name in ("vary", "set-cookie", "x-total-count")
