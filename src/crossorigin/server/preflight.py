"""How one policy answers preflights, sans-IO; what a browser does with the answer is in `browser.preflight`.

Here belongs the server's reading of Fetch § CORS-preflight fetch: from an origin already decided on, a
method and the names of headers, to the one answer. Not here: origins, and any other request
(`compiled_policy`), and sending the answer (`middleware.rejection`). `make bench` measures it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..policy.limits import FROM_ROUTES, MAX_METHOD_BYTES
from ..policy.policy import Policy
from ..standards import fetch
from .decision import ALLOW_ORIGIN, CREDENTIALS, REFUSED_ORIGINS, Decision, Reason
from .recent import Recent

# A page's own header names, sorted and without duplicates, are far below both; a megabyte of commas is not.
# Whatever a policy may list (`policy.limits`) fits, with the four names that need no listing.
MAX_REQUEST_HEADERS_BYTES: Final = 4096
MAX_REQUEST_HEADERS: Final = 128
# Questions that are remembered, and how long one may be: longer ones are a stranger's.
_MAX_REMEMBERED: Final = 1024
_MAX_REMEMBERED_BYTES: Final = 256

_ALLOW_HEADERS: Final = b"access-control-allow-headers"
_ALLOW_METHODS: Final = b"access-control-allow-methods"
_PRIVATE_NETWORK: Final = (b"access-control-allow-private-network", b"true")
_FOR_PREFLIGHTS: Final = (ALLOW_ORIGIN, CREDENTIALS[0])
# An origin, a method, lines and whether it is private, as in `Preflights.answer`.
_Question = tuple[bytes, bytes, bytes, bool]


class Preflights:
    """All preflights of one policy.

    `governed` are the methods that this policy governs, in upper case, on a path whose other methods have other
    policies; None if it governs them all. A browser remembers the answer to a preflight by its URL, not by its method
    (Fetch § CORS-preflight cache), and would send the other methods under this answer. So an answer by method is kept
    for 0 seconds, and, for caches that keep one longer, names these methods alone. `vary` are request headers by which
    somebody chose this policy.
    """

    def __init__(
        self, policy: Policy, *, public: bool, vary: Iterable[str] = (), governed: frozenset[str] | None = None
    ) -> None:
        self._any_method = "*" in policy.allow_methods
        self._any_header = "*" in policy.allow_headers
        self._public = public
        standard = sorted(fetch.STANDARD_METHODS) if self._any_method else []
        listed = [method for method in policy.allow_methods if method not in ("*", FROM_ROUTES)]
        if governed is not None:
            standard = [name for name in standard if name in governed]
            listed = [name for name in listed if name.upper() in governed]
        self._says_star = self._any_method and public and governed is None
        stars = ["*"] if self._says_star else []
        self._methods_value = ", ".join(dict.fromkeys([*standard, *listed, *stars])).encode()
        self._methods = frozenset(fetch.CORS_SAFELISTED_METHODS | {*standard, *listed})
        # As in Starlette, the four names of simple requests are always allowed, JSON's Content-Type with them.
        names = sorted({*fetch.NO_CORS_SAFELISTED_REQUEST_HEADERS, *policy.allow_headers} - {"*"})
        # `*` never covers Authorization (Fetch § CORS non-wildcard request-header name); Starlette's does.
        # With it stand the names that Firefox, which caches no `*`, is most often asked for.
        shown = ["*", "authorization", *names] if public and self._any_header else names
        self._names_value = ", ".join(dict.fromkeys(shown)).encode()
        self._names = frozenset(name.encode() for name in names)
        # 0 has to be said: without the header a browser keeps the answer for 5 seconds.
        seconds = max(policy.max_age, 0) if governed is None else 0
        self._age = (b"access-control-max-age", str(seconds).encode())
        self._private_network = policy.allow_private_network
        varies = ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"]
        varies = [*varies, *vary] if vary or not public else []
        if public and governed is not None:
            varies.append("Access-Control-Request-Method")
        if self._private_network:
            varies.append("Access-Control-Request-Private-Network")
        self._vary = ", ".join(dict.fromkeys(varies)).encode()
        self._denied = {why: Decision("preflight", False, why, (), self._vary, 403) for why in REFUSED_ORIGINS}
        self._remembered: Recent[_Question, Decision] = Recent(_MAX_REMEMBERED)

    def answer(self, origin: Decision, method: bytes, lines: bytes, private: bool) -> Decision:
        """The answer to a preflight.

        `origin` is the decision about its origin; `method` the value of Access-Control-Request-Method;
        `lines` those of Access-Control-Request-Headers, joined with commas; `private` whether it asks for
        a private network.
        """
        if not origin.allowed:
            return self._denied[origin.reason]
        if len(lines) > MAX_REQUEST_HEADERS_BYTES or len(method) > MAX_METHOD_BYTES:
            # A bound on bytes before anything is read (GHSA-vh9x-phq6-fx54).
            bounded = lines if len(lines) <= MAX_REQUEST_HEADERS_BYTES else None
            return self._work_out(origin, method[: MAX_METHOD_BYTES + 1], bounded, private)
        if len(lines) > _MAX_REMEMBERED_BYTES:
            return self._work_out(origin, method, lines, private)
        # A front end asks the same few questions all day; each is worked out once. A stranger who asks
        # others costs what they cost, and a bounded piece of memory.
        question = (origin.set_headers[0][1], method, lines, private)
        answer = self._remembered.get(question) or self._remembered.recall(question)
        return answer or self._remembered.keep(question, self._work_out(origin, method, lines, private))

    def _work_out(self, origin: Decision, method: bytes, lines: bytes | None, private: bool) -> Decision:
        methods, reason, culprit = self._methods_value, origin.reason, b""
        token = method.decode("latin-1").strip(" \t")
        if token not in self._methods:
            if self._says_star and _is_a_method(token):
                pass  # `*` covers it, and is said
            elif self._any_method and _could_be_a_method(token):
                methods = methods + b", " + token.encode() if methods else token.encode()
            else:
                reason, culprit = "method-not-allowed", method
        names, refused = self._read_names(lines)
        if refused is not None and reason != "method-not-allowed":
            reason, culprit = refused
        headers = [header for header in origin.set_headers if header[0] in _FOR_PREFLIGHTS]
        if methods:
            headers.append((_ALLOW_METHODS, methods))
        headers += [(_ALLOW_HEADERS, names), self._age]
        if private and self._private_network:
            headers.append(_PRIVATE_NETWORK)
        allowed = reason in ("allowed", "allowed-without-credentials")
        return Decision("preflight", allowed, reason, tuple(headers), self._vary, 204, culprit)

    def _read_names(self, lines: bytes | None) -> tuple[bytes, tuple[Reason, bytes] | None]:
        """The value of Access-Control-Allow-Headers, and why the browser will stop, if it will."""
        if self._public and self._any_header:
            return self._names_value, None
        elements = lines.split(b",", MAX_REQUEST_HEADERS) if lines is not None else []
        if lines is None or len(elements) > MAX_REQUEST_HEADERS:
            return self._names_value, ("headers-too-long", b"")
        asked = [name for element in elements if (name := element.strip(b" \t").lower())]
        unknown = [name for name in dict.fromkeys(asked) if name not in self._names]
        if not self._any_header:
            return self._names_value, ("header-not-allowed", unknown[0]) if unknown else None
        broken = [name for name in unknown if not fetch.is_token(name.decode("latin-1"))]
        refused: tuple[Reason, bytes] | None = ("header-not-allowed", broken[0]) if broken else None
        # Where `*` may not be said (Fetch § CORS-preflight fetch, step 7), the names asked for are said instead.
        mirrored = [name for name in unknown if name not in broken]
        return b", ".join([self._names_value, *mirrored]), refused


def _is_a_method(token: str) -> bool:
    return fetch.is_token(token) and not fetch.is_forbidden_method(token)


def _could_be_a_method(token: str) -> bool:
    return len(token) <= MAX_METHOD_BYTES and _is_a_method(token)
