"""The grammar in which operators write allowed origins: exact origins, subdomain wildcards, any port."""

from __future__ import annotations

import re
from dataclasses import dataclass

import ada_url

from ..standards.origin import MAX_HOST_BYTES, MAX_ORIGIN_BYTES, MAX_SCHEME_BYTES, Origin, ip_address, is_loopback


class InvalidOrigin(ValueError):
    """An operator wrote something that is no origin: `code` is a row of the catalogue of problems.

    `remedy` is the nearest origin that a browser could send, or empty where none can be guessed.
    """

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy


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


def matches(pattern: OriginPattern, origin: Origin) -> bool:
    """Whether a pattern covers an origin."""
    listed = pattern.origin
    host = origin.host.endswith("." + listed.host) if pattern.subdomains else origin.host == listed.host
    return host and origin.scheme == listed.scheme and (pattern.any_port or origin.port == listed.port)


def sample(pattern: OriginPattern) -> str:
    """An origin that a pattern stands for, as a browser sends it."""
    origin = pattern.origin
    host = f"app.{origin.host}" if pattern.subdomains else origin.host
    return str(Origin(origin.scheme, host, 3000 if pattern.any_port else origin.port))
