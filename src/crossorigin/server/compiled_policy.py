"""The server half of the CORS protocol, sans-IO: a request's method and headers in, a Decision out.

Here belongs which headers answer which request (Fetch § HTTP responses). Not here: preflights in detail
(`preflight`), sending anything (`asgi`), and what a browser makes of the answer (`browser`), which
follows the standard by itself so that each can check the other.

What a policy can say before a request comes is said in `Answers.__init__`; a request costs one pass
over its header names and one lookup of its origin.

On purpose unlike Starlette, each listed in docs/differences.md: a denied origin gets no CORS header
and learns nothing; an allowed origin gets 204 with the truth even where the method or a header is not
allowed, so that the browser's console names the culprit; and the app's own CORS headers are replaced.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from ..policy.policy import Policy
from ..standards.origin import MAX_ORIGIN_BYTES, is_loopback, split_serialised
from .decision import ALLOW_ORIGIN, CREDENTIALS, REFUSED_ORIGINS, Decision, Headers
from .preflight import MAX_REQUEST_HEADERS_BYTES, Preflights

# Stands for two Origin lines, of which a proxy and an app may each believe another. No header value has a NUL.
REPEATED: Final = b"\0"
_STAR: Final = (ALLOW_ORIGIN, b"*")


def decide(policy: Policy, method: str, raw_headers: Headers) -> Decision:
    """The decision of a policy about one request.

    `method` as sent; `raw_headers` as pairs of bytes with lower-case names, repeated lines kept, as
    ASGI has them. Never raises because of what a request says.
    """
    return _answers(policy).decide(method, raw_headers)


class CompiledPolicy:
    """All that one policy answers, as bytes, worked out once; `governed` as in `preflight.Preflights`."""

    def __init__(self, policy: Policy, *, governed: frozenset[str] | None = None) -> None:
        self.policy = policy
        exposed = ", ".join(policy.expose_headers).encode()
        expose = ((b"access-control-expose-headers", exposed),) if exposed else ()
        self._rest = ((CREDENTIALS,) if policy.allow_credentials else ()) + expose
        # Fetch § CORS protocol and HTTP caches: one answer for everybody needs no Vary and goes out always;
        # an answer that depends on the origin says so on every response, allowed or not, asked or not.
        self._public = policy.any_origin and not policy.allow_credentials
        vary = b"" if self._public else b"Origin"
        for_all = (_STAR, *expose)
        self.plain = Decision("plain", True, "no-origin", for_all if self._public else (), vary)
        self._for_all = Decision(
            "cors", True, "allowed" if self._public else "allowed-without-credentials", for_all, vary
        )
        denied = {reason: Decision("cors", False, reason, (), vary) for reason in REFUSED_ORIGINS}
        self._not_allowed = denied["origin-not-allowed"]
        # What is settled before anybody asks: each listed origin, and, unless there are patterns, all others.
        self.exact: dict[bytes, Decision] = {}
        self.default: Decision | None = self._for_all if self._public else self._not_allowed
        if not self._public:
            self.exact = {origin: self._allow(origin) for origin in policy.origins.exact}
            self.exact[REPEATED] = denied["origin-repeated"]
            if not policy.any_origin:
                self.exact[b"null"] = denied["origin-null"]
            if policy.any_origin or policy.origins.patterned or policy.regex:
                self.default = None
        self._patterned, self._regex = policy.origins.patterned, policy.regex
        self._preflights = Preflights(policy, public=self._public, governed=governed)

    def decide(self, method: str, headers: Headers) -> Decision:
        """The decision about one request; see `crossorigin.server.decide`."""
        if method == "OPTIONS":
            return self.options(headers)
        origin = None
        for name, value in headers:
            if name == b"origin":
                origin = value if origin is None else REPEATED
        return self.plain if origin is None else self.of(origin)

    def of(self, origin: bytes) -> Decision:
        """The decision about a request from this origin that is no preflight."""
        if origin in self.exact:
            return self.exact[origin]
        return self.default or self.match(origin)

    def match(self, origin: bytes) -> Decision:
        """The decision about an origin that is not listed, where patterns or a regex may take it."""
        # Before anything reads it: matching a megabyte is work that a stranger would choose.
        if len(origin) > MAX_ORIGIN_BYTES:
            return self._not_allowed
        if self._matches_regex(origin) or (self._patterned and self.policy.origins.matches_pattern(origin)):
            return self._allow(origin)
        if self.policy.any_origin:
            # Everybody else is answered without credentials. In development, the developer's own pages get them,
            # and a hostile page in the next tab reads nothing that a login protects.
            own = self.policy.environment == "development" and _from_loopback(origin)
            return self._allow(origin) if own else self._for_all
        return self._not_allowed

    def _allow(self, origin: bytes) -> Decision:
        return Decision("cors", True, "allowed", ((ALLOW_ORIGIN, origin), *self._rest), b"Origin")

    def _matches_regex(self, origin: bytes) -> bool:
        # The grammar, too: nothing but a serialised origin is allowed, or ever echoed. It comes second because it
        # costs more than to tell a stranger.
        regex = self._regex
        return regex is not None and regex.matches(origin) and split_serialised(origin) is not None

    def options(self, headers: Headers) -> Decision:
        """The decision about an OPTIONS request, which is a preflight or is not."""
        origin = method = None
        lines = b""
        private = False
        for name, value in headers:
            if name not in _READ_ON_OPTIONS:
                continue
            if name == b"origin":
                origin = value if origin is None else REPEATED
            elif name == b"access-control-request-headers":
                if len(lines) <= MAX_REQUEST_HEADERS_BYTES:  # more is refused, however many lines bring it
                    lines = lines + b"," + value if lines else value
            elif name == b"access-control-request-method":
                method = value if method is None else b""  # two lines announce no method
            else:
                private = value == b"true"
        if origin is None:
            return self.plain
        decision = self.of(origin)
        return decision if method is None else self._preflights.answer(decision, method, lines, private)


_READ_ON_OPTIONS: Final = frozenset(
    b"""origin access-control-request-method access-control-request-headers
    access-control-request-private-network""".split()
)


def _from_loopback(origin: bytes) -> bool:
    parts = split_serialised(origin)
    return parts is not None and parts[0] in (b"http", b"https") and is_loopback(parts[1].decode("ascii"))


@lru_cache(maxsize=32)
def _answers(policy: Policy) -> CompiledPolicy:
    return CompiledPolicy(policy)
