"""The guard: what `enforce` refuses, sans-IO: a request's method, path and headers in, a Decision or nothing out.

CORS decides who may read an answer. It does not stop a page from sending what a form can send, nor from opening a
WebSocket, nor does it see a name that was pointed at this machine. Here belongs that: the request is looked at
before the endpoint runs. Not here: sending the refusal (`rejection`), or any CORS header (`compiled_policy`).

The order is that of Go's http.CrossOriginProtection, with its holes closed: `Origin` is read by the strict grammar
(golang/go#78563), paths are compared as they are (CVE-2025-47910), a repeated line is believed by nobody, and
WebSockets are looked at too.
"""

from __future__ import annotations

from typing import Any, Final

from ..policy.hosts import LOOPBACK_HOSTS, HostSet
from ..policy.path_patterns import PathPattern, is_ambiguous
from ..standards.origin import DEFAULT_PORTS, split_serialised
from .compiled_policy import REPEATED, CompiledPolicy
from .decision import Decision, Headers, Kind, Reason

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS: Final = frozenset({b"same-origin", b"none"})  # Fetch Metadata § Sec-Fetch-Site: same-site is another origin
_WEB: Final = (b"http", b"https")
_MAX_SHOWN: Final = 200


class CrossOriginProtection:
    """What one policy's `enforce` refuses, worked out once."""

    def __init__(self, answers: CompiledPolicy) -> None:
        policy = answers.policy
        self._answers = answers
        self._exempt = [PathPattern(path) for path in policy.exempt]
        self._hosts = HostSet(policy.trusted_hosts) if policy.trusted_hosts else None

    def check(
        self,
        method: str,
        path: str,
        headers: Headers,
        *,
        websocket: bool = False,
        loopback: bool = False,
        scope: Any = None,
    ) -> Decision | None:
        """Why this request is refused; None where it may go on.

        `path` is the router's (`routing.route_path`); `headers` are pairs of bytes with lower-case names, repeated
        lines kept; `loopback` says that the server may be listening on a loopback address. Never raises for what a
        request says.
        """
        host = origin = site = None
        for name, value in headers:
            if name == b"host":
                host = value if host is None else REPEATED
            elif name == b"origin":
                origin = value if origin is None else REPEATED
            elif name == b"sec-fetch-site":
                site = value if site is None else REPEATED
        if self._is_exempt(path):
            return None
        trusted = self._hosts or (_LOOPBACK if loopback else None)
        if trusted is not None and (host is None or host not in trusted):
            return _rejected("host-not-trusted", origin, host, websocket=websocket)
        if method in SAFE_METHODS and not websocket:
            return None
        if site in _OURS or self._lets_in(origin, scope):
            return None
        # No browser, or one from before Sec-Fetch-Site, or a page or a handshake that does not get it.
        if site is None and (origin is None or _same_host(origin, host)):
            return None
        reason: Reason = "cross-site-request" if site is not None else "cross-origin-request"
        if websocket:
            reason = "cross-origin-websocket"
        return _rejected(reason, origin, origin, websocket=websocket)

    def _is_exempt(self, path: str) -> bool:
        # A newline at the end is none of a webhook's, and to other routers than Starlette's it is another path.
        if not self._exempt or path.endswith("\n") or is_ambiguous(path):
            return False
        return any(pattern.matches(path) for pattern in self._exempt)

    def _lets_in(self, origin: bytes | None, scope: Any) -> bool:
        # `*` in development lets every page in, but only loopback's with cookies; a form would bring them too.
        return origin is not None and self._answers.of(origin, scope).reason == "allowed"


_VARY: Final = b"Origin, Sec-Fetch-Site"
_LOOPBACK: Final = HostSet(LOOPBACK_HOSTS)


def _rejected(reason: Reason, origin: bytes | None, culprit: bytes | None, *, websocket: bool) -> Decision:
    """The decision to reject a request; `vary` are the request headers that it came from."""
    kind: Kind = "plain" if origin is None else "cors"
    if websocket:
        kind = "websocket"
    vary = b"" if reason == "host-not-trusted" else _VARY
    return Decision(kind, False, reason, (), vary, 403, _shown(culprit))


def _same_host(origin: bytes, host: bytes | None) -> bool:
    """Whether an origin's host and port are those of `Host`; the scheme is what a proxy may have changed."""
    parts = split_serialised(origin)
    if parts is None or host is None:
        return False
    scheme, name, port = parts
    if scheme not in _WEB:
        return False
    default = DEFAULT_PORTS.get(scheme.decode())
    spelt = {name if port is None else name + b":" + port}
    if port is None and default is not None:
        spelt.add(name + b":%d" % default)
    return host.lower() in spelt


def _shown(value: bytes | None) -> bytes:
    if value is None:
        return b""
    return b"(repeated)" if value == REPEATED else value[:_MAX_SHOWN]
