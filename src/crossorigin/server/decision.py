"""Decision: what to do with one request, as a value.

Here belong the shape of a decision and how it meets the headers of a response. Not here: making one
(`compiled_policy`, `preflight`, `enforce`). Everything that explains, counts or logs reads this value, so none can
disagree.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal

from ..standards import fetch

Header = tuple[bytes, bytes]
Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Forward = Callable[[Send, Message], Awaitable[None]]
Headers = Iterable[Header]
Kind = Literal["plain", "cors", "preflight", "websocket"]
Reason = Literal[
    "no-origin",  # not a CORS request
    "allowed",
    "allowed-without-credentials",  # `*` in development, for a page that is not on loopback
    "origin-not-allowed",
    "origin-null",
    "origin-repeated",
    "method-not-allowed",
    "header-not-allowed",
    "headers-too-long",
    "pass-through",  # the response is the app's own
    # What `enforce` rejects.
    "host-not-trusted",
    "cross-site-request",
    "cross-origin-request",
    "cross-origin-websocket",
]

REFUSED_ORIGINS: Final[tuple[Reason, ...]] = (
    "origin-not-allowed",
    "origin-null",
    "origin-repeated",
)

CORS_HEADERS: Final = frozenset(name.encode() for name in fetch.CORS_RESPONSE_HEADERS)
# Of access-control-* and of vary; and of a name after white space, which some servers send as it is.
_FIRST_LETTERS: Final = frozenset({b"a", b"A", b"v", b"V", b" ", b"\t", "a", "A", "v", "V", " ", "\t"})
_FREQUENT: Final = frozenset({b"content-type", b"content-length", b"date", b"server", b"set-cookie", b"cache-control"})

ALLOW_ORIGIN: Final = b"access-control-allow-origin"
CREDENTIALS: Final = (b"access-control-allow-credentials", b"true")


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one request.

    `kind` is `preflight` (answer it, with `status`), `cors` (a request with an `Origin`), `plain`, or `websocket` (a
    handshake that `enforce` rejects). `allowed` is whether a browser would let the page go on, and whether the request
    may go on to the app; `reason` says why. `culprit` is the method or header name that was rejected; of what
    `enforce` rejects, the value of `Origin` or `Host`. `status` is that of the response which this server gives
    itself; None if the app gives it. On the response, take out `remove_headers`, add
    `set_headers`, and merge `vary` (a field value, or empty) into `Vary`. All names are lower-case.
    """

    kind: Kind
    allowed: bool
    reason: Reason
    set_headers: tuple[Header, ...]
    vary: bytes
    status: int | None = None
    culprit: bytes = b""
    remove_headers: frozenset[bytes] = CORS_HEADERS
    forward: Forward = field(init=False, repr=False, compare=False)

    _answer: Callable[[Headers], list[Header]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_answer", partial(_answered, self.remove_headers, self.set_headers, self.vary))
        object.__setattr__(self, "forward", _forwarding(self._answer))

    def answer(self, headers: Headers = ()) -> list[Header]:
        """The headers of a response, with this decision's in place of the app's own. A new list."""
        return self._answer(headers)


def _answered(removed: frozenset[bytes], added: tuple[Header, ...], vary: bytes, headers: Headers) -> list[Header]:
    """`headers` with those `added` in place of what is `removed`, and `vary` merged."""
    kept: list[Header] = []
    varies: list[bytes] = []
    for header in headers:
        name, value = _read(header)
        if name == b"vary" and vary:
            varies.append(value)
        elif name not in removed:
            kept.append(header)
    kept += added
    if varies:
        vary = merge_vary(*varies, vary)
    if vary:
        kept.append((b"vary", vary))
    return kept


def _read(header: Any) -> Header:
    """The name of a header in lower case, and its value, as bytes.

    ASGI has bytes, but servers also take strings, `bytearray` and `memoryview`, and send them. What is neither has no
    name that a server could send.
    """
    try:
        name, value = header
    except (TypeError, ValueError):
        return b"", b""
    return _as_bytes(name).strip().lower(), _as_bytes(value)


def _as_bytes(text: Any) -> bytes:
    if isinstance(text, str):
        return text.encode("latin-1", "replace")
    return bytes(text) if isinstance(text, bytes | bytearray | memoryview) else b""


def merge_vary(*values: bytes) -> bytes:
    """Values of `Vary` as one, each name once (RFC 9110 § 12.5.5); `*` takes in everything."""
    names: dict[bytes, bytes] = {}
    for name in b",".join(values).split(b","):
        name = name.strip(b" \t")
        if name:
            names.setdefault(name.lower(), name)
    return b"*" if b"*" in names else b", ".join(names.values())


def _forwarding(answer: Callable[[Headers], list[Header]]) -> Forward:
    """The ASGI `send` of a decision, as a function of the server's `send` and a message.

    It does not refer to the decision, which refers to it: such a circle stays in memory until a collector finds it.
    """
    added = answer(())

    # A plain function that hands on what the server awaits: one coroutine less for every message of a stream.
    def forward(send: Send, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            try:
                headers = message["headers"]
                answered = headers + added
                # Few responses have a header that we own; what tells is their names, or one look at first letters.
                for name, _ in headers:
                    if name not in _FREQUENT and name[:1] in _FIRST_LETTERS:
                        answered = answer(headers)
                        break
            except (KeyError, TypeError, ValueError):  # no headers, no list of them, or names that are no bytes
                headers = message.get("headers")
                sent = headers if isinstance(headers, Iterable) else ()
                answered = answer(sent)
            # A new dictionary with a new list: what the app sent may be a constant of its own.
            message = message.copy()
            message["headers"] = answered
        return send(message)

    return forward
