"""The server half of the CORS protocol, sans-IO: a request's method and headers in, a Decision out.

Here belongs which headers answer which request (Fetch § HTTP responses). Not here: preflights in detail
(`preflight`), sending anything (`cors`), and what a browser makes of the answer (`browser`), which
follows the standard by itself so that each can check the other.

What a policy can say before a request comes is worked out in `CompiledPolicy.__init__`; a request costs one pass
over its header names and one lookup of its origin.

On purpose unlike Starlette, each listed in docs/differences.md: a denied origin gets no CORS header
and learns nothing; an allowed origin gets 204 with the truth even where the method or a header is not
allowed, so that the browser's console names the culprit; and the app's own CORS headers are replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Any, Final, Protocol

from ..policy.near_misses import Neighbours
from ..policy.policy import Policy
from ..standards.origin import MAX_ORIGIN_BYTES, is_loopback, split_serialised
from .decision import ALLOW_ORIGIN, CREDENTIALS, REFUSED_ORIGINS, Decision, Header, Headers, Reason
from .preflight import MAX_REQUEST_HEADERS_BYTES, Preflights
from .recent import Recent

# Stands for two Origin lines, of which a proxy and an app may each believe another. No header value has a NUL.
REPEATED: Final = b"\0"
# Origins of which the decision is remembered; there may be more, and each of them costs more.
MAX_REMEMBERED: Final = 2048
_STAR: Final = (ALLOW_ORIGIN, b"*")


class LiveSet(Protocol):
    """The origins of a source at one time."""

    def allows(self, origin: bytes, tenant: str | None = None) -> bool:
        """Whether an origin of any length is allowed; for this tenant, if the source has tenants."""


class LiveOrigins(Protocol):
    """Allowed origins that change while a server runs: `crossorigin.origins.OriginSource`."""

    @property
    def snapshot(self) -> LiveSet:
        """The origins that are allowed now."""

    @property
    def tenant(self) -> Any:
        """The function that tells the tenant of a request; None if the source has no tenants."""

    def tenant_of(self, scope: Any) -> str | None:
        """The tenant of a request; None if it belongs to nobody, which closes."""


def decide(policy: Policy, method: str, raw_headers: Headers) -> Decision:
    """The decision of a policy about one request.

    `method` as sent; `raw_headers` as pairs of bytes with lower-case names, repeated lines kept, as
    ASGI has them. Never raises because of what a request says.
    """
    return _answers(policy).decide(method, raw_headers)


class CompiledPolicy:
    """All that one policy answers, as bytes, worked out once; `governed` as in `preflight.Preflights`.

    `live` are origins that are allowed beside the policy's own; `vary` are request headers, besides `Origin`, by which
    somebody chose this policy. `scope` is the ASGI scope of a request, for the tenant function of `live`.
    """

    def __init__(
        self,
        policy: Policy,
        live: LiveOrigins | None = None,
        vary: Iterable[str] = (),
        *,
        governed: frozenset[str] | None = None,
    ) -> None:
        self.policy = policy
        self.live = live
        self.vary = tuple(vary)
        exposed = ", ".join(policy.expose_headers).encode()
        expose = ((b"access-control-expose-headers", exposed),) if exposed else ()
        # Fetch § CORS protocol and HTTP caches: one answer for everybody needs no Vary and goes out always;
        # an answer that depends on the origin says so on every response, allowed or not, asked or not.
        public = policy.any_origin and not policy.allow_credentials
        names = ["Origin", *self.vary] if self.vary or not public else []
        varies = ", ".join(dict.fromkeys(names)).encode()
        headers = (_STAR, *expose)
        without_origin = headers if public else ()
        self.plain = Decision("plain", True, "no-origin", without_origin, varies)
        reason: Reason = "allowed" if public else "allowed-without-credentials"
        for_all = Decision("cors", True, reason, headers, varies)
        self.by_origin = OriginDecisions(policy, expose, for_all)
        # Where everybody is answered alike, more origins change nothing.
        self._live = None if live is None or public else _LiveDecisions(live, self.by_origin)
        self._preflights = Preflights(policy, public=public, vary=self.vary, governed=governed)

    @cached_property
    def neighbours(self) -> Neighbours:
        """What finds the listed origins that are near to one that was denied; made when it is first needed."""
        return Neighbours(self.policy.allow_origins)

    def decide(self, method: str, headers: Headers, scope: Any = None) -> Decision:
        """The decision about one request; see `crossorigin.server.decide`."""
        if method == "OPTIONS":
            return self.options(headers, scope)
        origin = None
        for name, value in headers:
            if name == b"origin":
                origin = value if origin is None else REPEATED
        if origin is None:
            return self.plain
        if self._live is not None:
            return self._live.decide(origin, scope)
        return self.by_origin.get(origin) or self.by_origin.work_out(origin)

    def of(self, origin: bytes, scope: Any = None) -> Decision:
        """The decision about a request from this origin that is no preflight."""
        if self._live is not None:
            return self._live.decide(origin, scope)
        return self.by_origin.get(origin) or self.by_origin.work_out(origin)

    def options(self, headers: Headers, scope: Any = None) -> Decision:
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
        decision = self.of(origin, scope)
        return decision if method is None else self._preflights.answer(decision, method, lines, private)


class PassThrough(CompiledPolicy):
    """Leaves responses and preflights to the app. What `enforce` rejects, it rejects as the policy does."""

    def decide(self, method: str, headers: Headers, scope: Any = None) -> Decision:
        """The same decision about every request: nothing is answered, added or removed."""
        return _UNTOUCHED


_UNTOUCHED: Final = Decision("plain", True, "pass-through", (), b"", remove_headers=frozenset())

_READ_ON_OPTIONS: Final = frozenset(
    b"""origin access-control-request-method access-control-request-headers
    access-control-request-private-network""".split()
)


class OriginDecisions(Recent[bytes, Decision]):
    """The decision about each origin: `decisions.get(origin) or decisions.work_out(origin)`.

    Allowed origins are remembered, because their pages ask all day; strangers fill nothing.
    """

    __slots__ = ("_everybody_else", "_listed", "_matches", "_rest", "_vary", "not_allowed", "unnamed")

    def __init__(self, policy: Policy, expose: tuple[Header, ...], for_all: Decision) -> None:
        super().__init__(MAX_REMEMBERED)
        denied = {reason: Decision("cors", False, reason, (), for_all.vary) for reason in REFUSED_ORIGINS}
        named = policy.allow_credentials or not policy.any_origin
        self._vary = for_all.vary
        self._rest = ((CREDENTIALS,) if policy.allow_credentials else ()) + expose
        self._listed = policy.origins.exact if named else frozenset()
        self._matches = _matcher(policy) if named else None
        # What nothing allows by name: everybody else, and two values that say why they are not an origin.
        self._everybody_else = for_all if policy.any_origin else denied["origin-not-allowed"]
        self.not_allowed = denied["origin-not-allowed"]
        self.unnamed = {REPEATED: denied["origin-repeated"]} if named else {}
        if not policy.any_origin:
            self.unnamed[b"null"] = denied["origin-null"]

    def work_out(self, origin: bytes) -> Decision:
        """The decision about an origin of which none is remembered."""
        if origin in self._listed:
            return self._recalled(origin)
        if self._matches is not None:
            if self._matches(origin):
                return self._recalled(origin)
            if len(origin) > MAX_ORIGIN_BYTES:
                return self.not_allowed
        return self.unnamed.get(origin, self._everybody_else)

    def _recalled(self, origin: bytes) -> Decision:
        return self.recall(origin) or self.keep(origin, self.allow(origin))

    def allow(self, origin: bytes) -> Decision:
        """The decision that allows an origin."""
        return Decision("cors", True, "allowed", ((ALLOW_ORIGIN, origin), *self._rest), self._vary)


class _LiveDecisions:
    """The decision about each origin, if live origins are allowed beside the policy's own."""

    def __init__(self, live: LiveOrigins, own: OriginDecisions) -> None:
        self._source = live
        self._own = own
        self._decisions = _SnapshotDecisions(own, live.snapshot, tenants=live.tenant is not None)

    def decide(self, origin: bytes, scope: Any) -> Decision:
        source = self._source
        decisions = self._decisions
        # What was remembered of an origin is worth nothing once it is gone: a new snapshot has a memory of its own.
        if decisions.snapshot is not source.snapshot:
            self._decisions = decisions = _SnapshotDecisions(self._own, source.snapshot, tenants=decisions.tenants)
        if not decisions.tenants:
            return decisions.get(origin) or decisions.work_out(origin)
        tenant = source.tenant_of(scope)
        if tenant is None:  # not even the policy's own origins are let in
            return self._own.unnamed.get(origin, self._own.not_allowed)
        asked = (tenant, origin)
        return decisions.get(asked) or decisions.work_out(asked)


class _SnapshotDecisions(Recent[Any, Decision]):
    """The decision about each origin while a snapshot is in force; with tenants, about each tenant and origin."""

    __slots__ = ("_own", "snapshot", "tenants")

    def __init__(self, own: OriginDecisions, snapshot: LiveSet, *, tenants: bool) -> None:
        super().__init__(MAX_REMEMBERED)
        self._own = own
        self.snapshot = snapshot
        self.tenants = tenants

    def work_out(self, asked: Any) -> Decision:
        """The decision about an origin, or a tenant and an origin, of which none is remembered."""
        tenant, origin = asked if self.tenants else (None, asked)
        own = self._own
        if self.snapshot.allows(origin, tenant):
            return self.recall(asked) or self.keep(asked, own.allow(origin))
        decision = own.get(origin) or own.work_out(origin)
        # Remembered only if the policy itself names the origin: strangers fill nothing.
        return self.keep(asked, decision) if decision.allowed and origin in own else decision


def _matcher(policy: Policy) -> Callable[[bytes], bool] | None:
    """What tells whether an origin that is not listed is allowed, as one function; None if no such origin is.

    A policy with `*` has one in any case: what is too long to be an origin is not everybody's.
    """
    found: list[Callable[[bytes], bool]] = []
    if policy.origins.patterned:
        found.append(policy.origins.matches_pattern)
    if policy.regex is not None:
        found.append(_serialised(policy.regex.matches))
    # Everybody else is answered without credentials. In development, the developer's own pages get them, and a hostile
    # page in the next tab reads nothing that a login protects.
    if policy.any_origin and policy.environment == "development":
        found.append(_from_loopback)
    if len(found) == 1:
        return found[0]
    return (lambda origin: any(matches(origin) for matches in found)) if found or policy.any_origin else None


def _serialised(matches: Callable[[bytes], bool]) -> Callable[[bytes], bool]:
    # The grammar, too: nothing but a serialised origin is allowed, or ever echoed. It comes second because it costs
    # more than to tell a stranger.
    return lambda origin: matches(origin) and split_serialised(origin) is not None


def _from_loopback(origin: bytes) -> bool:
    parts = split_serialised(origin)
    return parts is not None and parts[0] in (b"http", b"https") and is_loopback(parts[1].decode("ascii"))


@lru_cache(maxsize=32)
def _answers(policy: Policy) -> CompiledPolicy:
    return CompiledPolicy(policy)
