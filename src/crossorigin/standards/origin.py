"""Origins: who is asking, and who is in the list.

Here belong the origin of a URL, the grammar in which operators write allowed origins, and the
matcher that is asked about every request. Not here: what an allowed origin may do (`policy`), or
which headers say so (`server`). No I/O.

Two grammars meet in this file, and they are not the same:

* what an operator writes is parsed as a browser would parse it (WHATWG URL Standard, by ada-url)
  and normalised to what a browser sends;
* what arrives in an `Origin` header is never parsed leniently. It matches the bytes of a listed
  origin, or the strict grammar of a serialised origin, or nothing (Fetch § `Origin` header).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import ada_url

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}

# A scheme has no legal limit, so we set one; a DNS name has 253 bytes, and a root dot; a port has 5.
MAX_SCHEME_BYTES: Final = 64
MAX_HOST_BYTES: Final = 254
MAX_ORIGIN_BYTES: Final = MAX_SCHEME_BYTES + len("://") + MAX_HOST_BYTES + len(":65535")

# Names that resolve on a private network only (RFC 6761, RFC 6762, RFC 8375).
PRIVATE_SUFFIXES: Final = (".local", ".test", ".internal", ".home.arpa", ".lan")

# Fetch § `Origin` header: scheme "://" host [ ":" 1*5DIGIT ], lower-case ASCII. Labels take the
# bytes that browsers were seen to send for names that resolve; the exotic ones Chromium can
# serialise (`!`, `$`, a backtick…) serve nobody but an attacker of matchers, so no pattern takes them.
_SERIALISED: Final = re.compile(
    rb"([a-z][a-z0-9+.-]*)://"
    rb"((?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|\[[0-9a-f:.]{2,45}\])"
    rb"(?::([1-9][0-9]{0,4}))?"
)


class InvalidOrigin(ValueError):
    """An operator wrote something that is no origin: `code` is a row of the catalogue of problems.

    `remedy` is the nearest origin that a browser could send, or empty where none can be guessed.
    """

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Origin:
    """An origin: scheme, host and port (HTML § Origins), or the opaque origin, `null`.

    `port` is None where it is the scheme's default, which is never written. `host` is lower-case
    ASCII, with the brackets of an IPv6 address.
    """

    scheme: str
    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Origin:
        """The origin of a URL or of a serialised origin, as a browser computes it.

        `null`, `data:`, `file:` and every URL without a host give the opaque origin. Schemes that
        only applications know (`capacitor://localhost`, `chrome-extension://…`) give a tuple
        origin, as the engines that register them do.

        Raises ValueError where the WHATWG URL parser fails.
        """
        if text == "null":
            return OPAQUE
        url = ada_url.URL(text)
        if url.protocol == "blob:":
            return cls.parse(url.origin)
        scheme = url.protocol.removesuffix(":")
        if scheme == "file" or not url.hostname:
            return OPAQUE
        port = int(url.port) if url.port else None
        return cls(scheme, url.hostname.lower(), None if port == DEFAULT_PORTS.get(scheme) else port)

    @property
    def opaque(self) -> bool:
        """Whether this is the origin that serialises to `null`."""
        return not self.scheme

    @property
    def loopback(self) -> bool:
        """Whether the host is this very machine (Secure Contexts § potentially trustworthy)."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        if self.opaque:
            return "null"
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port is not None else "")


OPAQUE: Final = Origin("", "")


def same_origin(a: str | Origin, b: str | Origin) -> bool:
    """Whether two URLs or origins have the same origin (HTML § same origin).

    An opaque origin is the same as no other, itself as text included: `null` does not say whose.
    Raises ValueError where one of the two is not a URL.
    """
    one, other = (it if isinstance(it, Origin) else Origin.parse(it) for it in (a, b))
    return one == other and not one.opaque


def is_loopback(host: str) -> bool:
    """Whether a host names the machine itself: `localhost`, a name below it, 127/8 or `[::1]`."""
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = ip_address(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped  # what a socket for both families says of 127.0.0.1; Python 3.11 looks past it
    return address is not None and address.is_loopback


def is_private(host: str) -> bool:
    """Whether a host is reached on a private network only: such addresses, and reserved names."""
    address = ip_address(host)
    if address is not None:
        return address.is_private
    return host.removesuffix(".").endswith(PRIVATE_SUFFIXES)


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a URL's host is, or None where it is a name."""
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class OriginPattern:
    """One entry of a list of allowed origins.

    `https://example.com` is that origin. `https://*.example.com` is every name below it, one or
    more labels deep, and never `https://example.com` itself. `http://localhost:*` is any port, or
    none. The two combine. Nothing else is a pattern.
    """

    origin: Origin
    subdomains: bool = False
    any_port: bool = False

    @classmethod
    def parse(cls, text: str) -> OriginPattern:
        """What an operator wrote, normalised to what a browser sends. Raises InvalidOrigin."""
        text = text.strip()
        if not text:
            raise InvalidOrigin("origin-invalid", "an empty text is no origin")
        if len(several := re.split(r"[\s,;]+(?=[\w.+-]+://)", text)) > 1:
            message = "these are several origins in one text; each is an element of its own"
            raise InvalidOrigin("origin-invalid", message, '", "'.join(it.rstrip(",;/") for it in several))
        if text.lower() == "null":
            raise InvalidOrigin(
                "origin-null",
                "`null` is what every sandboxed frame, file and data: page sends; it identifies nobody",
            )
        scheme, separator, rest = text.partition("://")
        if not separator or not scheme:
            raise _without_scheme(text.removeprefix("//"))
        if scheme.lower() in ("file", "data", "blob", "about", "javascript"):
            raise InvalidOrigin("origin-null", f"a page of the scheme {scheme.lower()!r} sends the origin `null`")
        authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
        tail = rest[len(authority) :]
        any_port = authority.endswith(":*")
        authority = authority.removesuffix(":*") if any_port else authority
        subdomains = authority.startswith("*.")
        authority = authority.removeprefix("*.") if subdomains else authority
        if "*" in scheme + authority:
            raise _misplaced_glob(scheme, authority, "*." if subdomains else "")
        return cls(_parse_exact(f"{scheme}://{authority}", tail, subdomains, any_port), subdomains, any_port)

    def __str__(self) -> str:
        origin = self.origin
        host = f"*.{origin.host}" if self.subdomains else origin.host
        port = ":*" if self.any_port else f":{origin.port}" if origin.port is not None else ""
        return f"{origin.scheme}://{host}{port}"

    @property
    def exact(self) -> bool:
        """Whether this pattern is one origin."""
        return not (self.subdomains or self.any_port)


def _parse_exact(base: str, tail: str, subdomains: bool, any_port: bool) -> Origin:
    """The origin that `base` is, refusing all that a URL has and an origin has not."""
    try:
        url = ada_url.URL(base + tail)
        origin = Origin.parse(base)
    except ValueError:
        raise InvalidOrigin("origin-invalid", f"a browser cannot parse {base + tail!r} as a URL") from None
    if origin.opaque:
        raise InvalidOrigin("origin-invalid", f"{base!r} names no host")
    nearest = str(OriginPattern(origin, subdomains, any_port))
    if url.username or url.password or "@" in base:
        raise InvalidOrigin("origin-userinfo", "an origin has no user name and no password", nearest)
    if url.search or url.hash or tail.endswith(("?", "#")):
        raise InvalidOrigin("origin-query", "an origin has no query and no fragment", nearest)
    if url.pathname not in ("", "/"):
        raise InvalidOrigin("origin-path", "an origin ends after the host and port; it has no path", nearest)
    if subdomains and ip_address(origin.host) is not None:
        raise InvalidOrigin("origin-glob", "an IP address has no subdomains", str(origin))
    if any_port and origin.port is not None:
        raise InvalidOrigin("origin-invalid", "a port is written once")
    if not _sendable(origin):
        raise InvalidOrigin("origin-too-long", f"no browser sends an origin of more than {MAX_ORIGIN_BYTES} bytes")
    return origin


def _sendable(origin: Origin) -> bool:
    return (
        len(origin.scheme) <= MAX_SCHEME_BYTES
        and len(origin.host) <= MAX_HOST_BYTES
        and len(str(origin)) <= MAX_ORIGIN_BYTES
    )


def _without_scheme(text: str) -> InvalidOrigin:
    host = re.split(r"[/?#]", text, maxsplit=1)[0]
    name = host.removeprefix("*.").rsplit(":", 1)[0]
    scheme = "http" if is_loopback(name) else "https"
    try:
        nearest = str(OriginPattern.parse(f"{scheme}://{host}")) if host else ""
    except InvalidOrigin:
        nearest = ""
    return InvalidOrigin("origin-scheme", "an origin starts with its scheme", nearest)


def _misplaced_glob(scheme: str, authority: str, below: str) -> InvalidOrigin:
    message = "`*` may stand for whole labels at the start (`*.`) or for any port at the end (`:*`), nowhere else"
    if "*" in scheme:
        return InvalidOrigin("origin-glob", message, f"https://{below}{authority}" if "*" not in authority else "")
    host, _, port = authority.partition(":")
    if "*" in port and "*" not in host:
        return InvalidOrigin("origin-glob", message, f"{scheme}://{below}{host}:*")
    parent = host.rpartition("*")[2].lstrip(".-")
    nearest = f"{scheme}://*.{parent}" if "." in parent else ""
    return InvalidOrigin("origin-glob", message, nearest)


@dataclass(frozen=True, slots=True)
class _Ports:
    """The ports that one (scheme, host) of a pattern takes: listed ones, or any."""

    listed: frozenset[bytes | None]
    any: bool


class OriginSet:
    """A set of allowed origins that answers in a time independent of its size.

    A listed origin is one dictionary lookup. A pattern costs one lookup for each label of the host
    that asks, which the grammar bounds at 127.
    """

    __slots__ = ("_below", "_hosts", "exact")

    def __init__(self, patterns: Iterable[OriginPattern] = ()) -> None:
        exact: set[bytes] = set()
        tables: dict[bool, dict[tuple[bytes, bytes], list[OriginPattern]]] = {False: {}, True: {}}
        for pattern in patterns:
            if pattern.exact:
                exact.add(str(pattern.origin).encode())
            else:
                key = (pattern.origin.scheme.encode(), pattern.origin.host.encode())
                tables[pattern.subdomains].setdefault(key, []).append(pattern)
        self.exact: frozenset[bytes] = frozenset(exact)
        self._hosts = {key: _ports(found) for key, found in tables[False].items()}
        self._below = {key: _ports(found) for key, found in tables[True].items()}

    def __contains__(self, origin: bytes) -> bool:
        if len(origin) > MAX_ORIGIN_BYTES:
            return False
        return origin in self.exact or self.matches_pattern(origin)

    def __bool__(self) -> bool:
        return bool(self.exact) or self.patterned

    @property
    def patterned(self) -> bool:
        """Whether a pattern is in the set that is more than one origin."""
        return bool(self._hosts or self._below)

    def matches_pattern(self, origin: bytes) -> bool:
        """Whether a pattern takes this origin, of at most `MAX_ORIGIN_BYTES`; `exact` is not asked."""
        parts = split_serialised(origin)
        if parts is None:
            return False
        scheme, host, port = parts
        if _takes(self._hosts.get((scheme, host)), port):
            return True
        # Whole labels only: `https://*.example.com` never meets `https://barexample.com`, the
        # mistake of GHSA-vhxv-fg4m-p2w8 and of every suffix comparison without its dot.
        dot = host.find(b".")
        while dot != -1:
            if _takes(self._below.get((scheme, host[dot + 1 :])), port):
                return True
            dot = host.find(b".", dot + 1)
        return False


def _ports(patterns: list[OriginPattern]) -> _Ports:
    listed = {None if it.origin.port is None else str(it.origin.port).encode() for it in patterns if not it.any_port}
    return _Ports(frozenset(listed), any(it.any_port for it in patterns))


def _takes(ports: _Ports | None, port: bytes | None) -> bool:
    return ports is not None and (ports.any or port in ports.listed)


def split_serialised(origin: bytes) -> tuple[bytes, bytes, bytes | None] | None:
    """Scheme, host and port of a serialised tuple origin as a browser writes it, or None.

    Anything else is refused: `null`, upper case, a default or impossible port, a path, an origin
    longer than `MAX_ORIGIN_BYTES`. Never raises.
    """
    if len(origin) > MAX_ORIGIN_BYTES:
        return None
    match = _SERIALISED.fullmatch(origin)
    if match is None:
        return None
    scheme, host, port = match.groups()
    if port is not None and (int(port) > 65535 or int(port) == DEFAULT_PORTS.get(scheme.decode())):
        return None
    if len(scheme) > MAX_SCHEME_BYTES or len(host) > MAX_HOST_BYTES:
        return None
    return scheme, host, port
