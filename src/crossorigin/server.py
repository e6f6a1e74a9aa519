"""The server half of the CORS protocol, sans-IO: a request's method and headers in, a Decision out.

Here belongs which headers answer which request (Fetch § HTTP responses, § CORS-preflight request).
Not here: sending anything (`asgi`), and what a browser makes of the answer (`browser`), which
follows the standard by itself so that each can check the other.

What a policy can say before a request comes is said in `Answers.__init__`; a request costs one pass
over its header names and one lookup of its origin.

On purpose unlike Starlette, each listed in docs/differences.md: a denied origin gets no CORS header
and learns nothing; an allowed origin gets 204 with the truth even where the method or a header is not
allowed, so that the browser's console names the culprit; and the app's own CORS headers are replaced.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from . import fetch
from .origin import MAX_ORIGIN_BYTES, is_loopback, split_serialised
from .policy import Policy

Headers = Iterable[tuple[bytes, bytes]]
Kind = Literal["plain", "cors", "preflight"]
Reason = Literal[
    "no-origin",  # not a CORS request
    "allowed",
    "allowed-without-credentials",  # `*` in development, for a page that is not on loopback
    "origin-not-allowed",
    "origin-null",
    "origin-repeated",
    "origin-too-long",
    "method-not-allowed",
    "header-not-allowed",
    "headers-too-long",
]

# A page's own header names, sorted and without duplicates, are far below both; a megabyte of commas is not.
MAX_REQUEST_HEADERS_BYTES: Final = 4096
MAX_REQUEST_HEADERS: Final = 128
MAX_METHOD_BYTES: Final = 64

CORS_HEADERS: Final = frozenset(name.encode() for name in fetch.CORS_RESPONSE_HEADERS)
_TAKEN_OUT: Final = CORS_HEADERS | {b"vary"}

_ALLOW_ORIGIN: Final = b"access-control-allow-origin"
_ALLOW_HEADERS: Final = b"access-control-allow-headers"
_ALLOW_METHODS: Final = b"access-control-allow-methods"
_CREDENTIALS: Final = (b"access-control-allow-credentials", b"true")
_PRIVATE_NETWORK: Final = (b"access-control-allow-private-network", b"true")
_STAR: Final = (_ALLOW_ORIGIN, b"*")
_ALWAYS_HEADERS: Final = ("accept", "accept-language", "content-language", "content-type")


class Decision(NamedTuple):
    """What to do with one request.

    `kind` is `preflight` (answer it, with `status`), `cors` (a request with an `Origin`) or `plain`.
    `allowed` is whether a browser would let the page go on; `reason` says why, and `culprit` is the
    method or header name that was refused. On the response, take out `remove_headers`, add
    `set_headers`, and merge `vary` (a field value, or empty) into `Vary`. All names are lower-case.
    """

    kind: Kind
    allowed: bool
    reason: Reason
    status: int | None
    set_headers: tuple[tuple[bytes, bytes], ...]
    vary: bytes
    remove_headers: frozenset[bytes] = CORS_HEADERS
    culprit: bytes = b""

    def answer(self, headers: Headers = ()) -> list[tuple[bytes, bytes]]:
        """The headers of a response, with this decision's in place of the app's own. A new list."""
        kept = []
        vary: bytes = self.vary
        for header in headers:
            name = header[0].lower()
            if name in _TAKEN_OUT:
                if name == b"vary":
                    vary = merge_vary(header[1], vary)
            else:
                kept.append(header)
        kept += self.set_headers
        if vary:
            kept.append((b"vary", vary))
        return kept


def merge_vary(one: bytes, other: bytes) -> bytes:
    """Two values of `Vary` as one, each name once (RFC 9110 § 12.5.5); `*` takes in everything."""
    names: dict[bytes, bytes] = {}
    for name in (*one.split(b","), *other.split(b",")):
        name = name.strip(b" \t")
        if name == b"*":
            return b"*"
        if name:
            names.setdefault(name.lower(), name)
    return b", ".join(names.values())


def decide(policy: Policy, method: str, raw_headers: Headers) -> Decision:
    """The decision of a policy about one request.

    `method` as sent; `raw_headers` as pairs of bytes with lower-case names, repeated lines kept, as
    ASGI has them. Never raises because of what a request says.
    """
    return _answers(policy).decide(method, raw_headers)


class Answers:
    """All that one policy answers, as bytes, worked out once."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        exposed = ", ".join(policy.expose_headers).encode()
        expose = ((b"access-control-expose-headers", exposed),) if exposed else ()
        self._credentials = (_CREDENTIALS,) if policy.allow_credentials else ()
        self._rest = self._credentials + expose
        # Fetch § CORS protocol and HTTP caches: one answer for everybody needs no Vary and goes out always;
        # an answer that depends on the origin says so on every response, allowed or not, asked or not.
        self._public = policy.any_origin and not policy.allow_credentials
        vary = b"" if self._public else b"Origin"
        for_all = (_STAR, *expose)
        self._plain = Decision("plain", True, "no-origin", None, for_all if self._public else (), vary)
        self._for_all = Decision(
            "cors", True, "allowed" if self._public else "allowed-without-credentials", None, for_all, vary
        )
        self._denied = {reason: Decision("cors", False, reason, None, (), vary) for reason in _REFUSALS}
        self._listed = {origin: self._allow(origin) for origin in policy.origins.exact}
        self._patterns = policy.origins.matches_pattern
        self._regex = policy.regex
        self._preflight = _Preflight(policy, public=self._public)

    def decide(self, method: str, headers: Headers) -> Decision:
        """The decision about one request; see `crossorigin.server.decide`."""
        origin = None
        for name, value in headers:
            if name == b"origin":
                if origin is not None:
                    origin = _REPEATED
                    break
                origin = value
        if origin is None:
            return self._plain
        if method == "OPTIONS":
            preflight = self._preflight.read(headers)
            if preflight is not None:
                return self._preflight.answer(self._of(origin), *preflight)
        return self._of(origin)

    def _of(self, origin: bytes) -> Decision:
        """The decision about a request from this origin that is no preflight."""
        # Before anything reads it: hashing or matching a megabyte is work that a stranger would choose.
        if len(origin) > MAX_ORIGIN_BYTES:
            return self._denied["origin-too-long"]
        decision = self._listed.get(origin)
        if decision is not None:
            return decision
        if origin is _REPEATED:
            return self._denied["origin-repeated"]
        if self._public:
            return self._for_all
        if self._patterns(origin) or self._matches_regex(origin):
            return self._allow(origin)
        if self.policy.any_origin:
            # `*` with credentials exists in development only: the developer's own pages get credentials,
            # and a hostile page in the next tab reads nothing that a login protects.
            return self._allow(origin) if _from_loopback(origin) else self._for_all
        return self._denied["origin-null" if origin == b"null" else "origin-not-allowed"]

    def _allow(self, origin: bytes) -> Decision:
        return Decision("cors", True, "allowed", None, ((_ALLOW_ORIGIN, origin), *self._rest), b"Origin")

    def _matches_regex(self, origin: bytes) -> bool:
        # The grammar first: nothing but a serialised origin reaches the expression, or is ever echoed.
        return (
            self._regex is not None
            and split_serialised(origin) is not None
            and self._regex.fullmatch(origin.decode("ascii")) is not None
        )


_REPEATED: Final = b"\0"  # no origin: two Origin lines, of which a proxy and an app may each believe another
_REFUSALS: Final[tuple[Reason, ...]] = ("origin-not-allowed", "origin-null", "origin-repeated", "origin-too-long")


def _from_loopback(origin: bytes) -> bool:
    parts = split_serialised(origin)
    return parts is not None and is_loopback(parts[1].decode("ascii"))


class _Preflight:
    """How one policy answers preflights (Fetch § CORS-preflight fetch, read from the other side)."""

    def __init__(self, policy: Policy, *, public: bool) -> None:
        self._any_method = "*" in policy.allow_methods
        self._any_header = "*" in policy.allow_headers
        self._public = public
        standard = sorted(fetch.STANDARD_METHODS) if self._any_method else []
        listed = [it for it in policy.allow_methods if it != "*"]
        stars = ["*"] if self._any_method and public else []
        self._methods_value = ", ".join(dict.fromkeys([*standard, *listed, *stars])).encode()
        self._methods = frozenset(fetch.CORS_SAFELISTED_METHODS | {*standard, *listed})
        # As in Starlette, the four names of simple requests are always allowed, JSON's Content-Type with them.
        names = sorted({*_ALWAYS_HEADERS, *policy.allow_headers} - {"*"})
        # `*` never covers Authorization (Fetch § CORS non-wildcard request-header name); Starlette's does.
        # With it stand the names that Firefox, which caches no `*`, is most often asked for.
        public_names = ["*", "authorization", *names] if self._any_header else names
        self._names_value = ", ".join(dict.fromkeys(public_names if public else names)).encode()
        self._names = frozenset(it.encode() for it in names)
        self._age = (b"access-control-max-age", str(max(policy.max_age, 0)).encode())
        self._private_network = policy.allow_private_network
        vary = [] if public else ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"]
        if self._private_network:
            vary.append("Access-Control-Request-Private-Network")
        self._vary = ", ".join(vary).encode()

    def read(self, headers: Headers) -> tuple[bytes, list[bytes], bool] | None:
        """What a preflight asks for: method, header lines, private network. None where it is not one."""
        method, lines, private = None, [], False
        for name, value in headers:
            if name == b"access-control-request-method":
                method = value if method is None else b""  # two lines announce no method
            elif name == b"access-control-request-headers":
                lines.append(value)
            elif name == b"access-control-request-private-network":
                private = value == b"true"
        return None if method is None else (method, lines, private)

    def answer(self, origin: Decision, method: bytes, lines: list[bytes], private: bool) -> Decision:
        """The answer to a preflight whose origin was decided on."""
        if not origin.allowed:
            return origin._replace(kind="preflight", status=403, vary=self._vary)
        methods, reason, culprit = self._methods_value, origin.reason, b""
        token = method[: MAX_METHOD_BYTES + 1].decode("latin-1").strip(" \t")
        if token not in self._methods:
            if self._any_method and _could_be_a_method(token):
                methods = methods + b", " + token.encode()
            else:
                reason, culprit = "method-not-allowed", token.encode("latin-1")
        names, refused = self._read_names(lines)
        if refused is not None and reason != "method-not-allowed":
            reason, culprit = refused
        headers = [*(it for it in origin.set_headers if it[0] in _WITH_PREFLIGHT)]
        if methods:
            headers.append((_ALLOW_METHODS, methods))
        headers.append((_ALLOW_HEADERS, names))
        headers.append(self._age)
        if private and self._private_network:
            headers.append(_PRIVATE_NETWORK)
        allowed = reason in ("allowed", "allowed-without-credentials")
        return Decision("preflight", allowed, reason, 204, tuple(headers), self._vary, culprit=culprit)

    def _read_names(self, lines: list[bytes]) -> tuple[bytes, tuple[Reason, bytes] | None]:
        """The value of Access-Control-Allow-Headers, and why the browser will stop, if it will."""
        # A bound on bytes before anything is split (GHSA-vh9x-phq6-fx54), and one on elements.
        if sum(map(len, lines)) > MAX_REQUEST_HEADERS_BYTES:
            return self._names_value, ("headers-too-long", b"")
        elements = b",".join(lines).split(b",", MAX_REQUEST_HEADERS)
        if len(elements) > MAX_REQUEST_HEADERS:
            return self._names_value, ("headers-too-long", b"")
        asked = [name for it in elements if (name := it.strip(b" \t").lower())]
        unknown = [it for it in dict.fromkeys(asked) if it not in self._names]
        if not self._any_header:
            return self._names_value, ("header-not-allowed", unknown[0]) if unknown else None
        broken = [it for it in unknown if not fetch.is_token(it.decode("latin-1"))]
        refused: tuple[Reason, bytes] | None = ("header-not-allowed", broken[0]) if broken else None
        if self._public:
            return self._names_value, refused
        # Where `*` may not be said (Fetch § CORS-preflight fetch, step 7), the names asked for are said instead.
        mirrored = [it for it in unknown if it not in broken]
        return b", ".join([self._names_value, *mirrored]), refused


_WITH_PREFLIGHT: Final = (_ALLOW_ORIGIN, _CREDENTIALS[0])


def _could_be_a_method(token: str) -> bool:
    return len(token) <= MAX_METHOD_BYTES and fetch.is_token(token) and not fetch.is_forbidden_method(token)


@lru_cache(maxsize=32)
def _answers(policy: Policy) -> Answers:
    return Answers(policy)
