"""The grammar in which operators write allowed origins: exact origins and patterns.

A pattern has one `*` for the host (`https://*.example.com`, `https://preview-*.example.com`, `moz-extension://*`), one
for the port (`http://localhost:*`), or both.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import ada_url

from ..standards.origin import DEFAULT_PORTS, MAX_HOST_BYTES, MAX_SCHEME_BYTES, Origin, ip_address, is_loopback


class InvalidOrigin(ValueError):
    """An operator wrote something that is no origin: `code` is a row of the catalogue of problems.

    `suggestion` is the nearest entry of a list that would be one, a tuple if the string holds several, or empty if
    none can be guessed.
    """

    def __init__(self, code: str, message: str, suggestion: str | tuple[str, ...] = "") -> None:
        super().__init__(message)
        self.code = code
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class OriginPattern:
    """One entry of a list of allowed origins.

    `https://example.com` is that origin. `https://*.example.com` is every name below it, one or
    more labels deep, and never `https://example.com` itself. `https://preview-*.example.com` is every host whose first
    label is `preview-` and one or more of `a-z0-9-`: the `*` is part of one label. `moz-extension://*` is every host of
    a scheme. `http://localhost:*` is any port, or none; it goes with each of the others. Nothing else is a pattern.

    `origin.host` keeps a `*` that is part of a label, or that is the whole host.
    """

    origin: Origin
    subdomains: bool = False
    any_port: bool = False

    @classmethod
    def parse(cls, text: str) -> OriginPattern:
        """What an operator wrote, normalised to what a browser sends. Raises InvalidOrigin."""
        text = text.strip()
        if is_ordinary(text):
            host, _, digits = text.removeprefix("https://").partition(":")
            port = int(digits) if digits else None
            return cls(Origin("https", host, port))
        if not text:
            raise InvalidOrigin("origin-invalid", "an empty text is no origin")
        if len(several := re.split(r"[\s,;]+(?=[\w.+-]+://)", text)) > 1:
            raise InvalidOrigin("origin-invalid", _SEVERAL, _if_all_accepted(several))
        alternatives = _ALTERNATIVES.search(text)
        if alternatives is not None:
            raise InvalidOrigin("origin-invalid", _SEVERAL, _each_of(text, alternatives))
        glued = _GLUED.split(text)
        if len(glued) > 1 and (each := _if_all_accepted(glued)):
            raise InvalidOrigin("origin-invalid", _SEVERAL, each)
        if text.lower() == "null":
            raise InvalidOrigin(
                "lists-null",
                "`null` is what every sandboxed frame, file and data: page sends; it identifies nobody",
            )
        scheme, separator, rest = text.partition("://")
        if not separator or not scheme:
            raise _without_scheme(text.removeprefix("//"))
        if _SCHEME.fullmatch(scheme) is None or _SCHEME_OF_THE_WEB.match(rest):
            raise _misspelt_scheme(scheme, text)
        if scheme.lower() in ("file", "data", "blob", "about", "javascript"):
            raise InvalidOrigin("lists-null", f"a page of the scheme {scheme.lower()!r} sends the origin `null`")
        # Where a browser ends the host: at a backslash only if it knows the scheme (URL § special scheme).
        special = "*" in scheme or scheme.lower() in DEFAULT_PORTS
        separators = r"[/?#\\]" if special else "[/?#]"
        authority = re.split(separators, rest)[0]
        tail = rest[len(authority) :]
        any_port = authority.endswith(":*")
        subdomains = authority.startswith("*.")
        name = authority.removesuffix(":*").removeprefix("*.")
        if "*" in scheme + name:
            if "*" in scheme or subdomains or not _GLOB.fullmatch(name):
                raise _misplaced_glob(scheme, authority)
            return cls(_parse_glob(scheme, name, tail, any_port), any_port=any_port)
        return cls(_parse_exact(f"{scheme}://{name}", tail, any_port, subdomains), subdomains, any_port)

    def __str__(self) -> str:
        origin = self.origin
        host = f"*.{origin.host}" if self.subdomains else origin.host
        port = "" if origin.port is None else f":{origin.port}"
        if self.any_port:
            port = ":*"
        return f"{origin.scheme}://{host}{port}"

    @property
    def exact(self) -> bool:
        """Whether this pattern is one origin."""
        return not (self.subdomains or self.any_port or "*" in self.origin.host)

    @property
    def any_host(self) -> bool:
        """Whether this is every host of a scheme."""
        return self.origin.host == "*"

    @property
    def whole_web(self) -> bool:
        """Whether this is every host of `http:` or `https:`, which is nearly as much as `*`."""
        return self.any_host and self.origin.scheme in ("http", "https")

    @property
    def parent(self) -> str:
        """The name below which this pattern matches names that it does not list; empty for one host, and for any."""
        if self.subdomains:
            return self.origin.host
        _, star, after = self.origin.host.partition("*")
        return after.partition(".")[2] if star else ""


# An https: origin that the URL Standard leaves as it is, told without a URL parser, which takes ten times as long:
# labels of lower-case letters and digits, hyphens inside, none of them Punycode, the last one not a number (URL § host
# parsing), and a port that is not the default. Nothing in it is wrong or unwise, either.
_ORDINARY: Final = re.compile(
    r"https://(?:(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*"
    r"(?!xn--)[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?(?::(?!443$)[1-9][0-9]{0,3})?"
)
_MAX_ORDINARY: Final = 200


def is_ordinary(text: str) -> bool:
    """Whether this is an `https:` origin of a plain name, written as a browser sends it. Most origins of a list are."""
    return len(text) <= _MAX_ORDINARY and _ORDINARY.fullmatch(text) is not None


# The host of a pattern whose `*` is not `*.` and a name: `*` alone, or a `*` that is part of a label of a name. It is
# never in the last label, for a name below any top-level domain can be anybody's.
_LABEL_BYTES: Final = r"[^*\[\]:@%.]"
_GLOB: Final = re.compile(
    rf"\*|(?:{_LABEL_BYTES}+\.)*(?:{_LABEL_BYTES}+\*{_LABEL_BYTES}*|\*{_LABEL_BYTES}+)"
    rf"(?:\.{_LABEL_BYTES}+)+(?::[0-9]+)?"
)
_MATCHED: Final = re.compile(r"[a-z0-9-]+")


def _parse_glob(scheme: str, authority: str, tail: str, any_port: bool) -> Origin:
    """The origin of a pattern whose `*` is part of a label or the whole host; its host keeps the `*`."""
    # Parsed with a character in place of the `*`, so that everything around it is checked as in any other origin.
    example = authority.replace("*", "x")
    try:
        parsed = _parse_exact(f"{scheme}://{example}", tail, any_port)
    except InvalidOrigin as why:
        port = ":*" if any_port else ""
        nearest = _if_accepted(f"{scheme}://{authority}{port}") if tail else ""
        message = str(why).replace(repr(f"{scheme}://{example}{tail}"), repr(f"{scheme}://{authority}{tail}"))
        raise InvalidOrigin(why.code, message, nearest) from None
    written = authority.partition(":")[0].lower()
    if parsed.host != written.replace("*", "x"):
        raise InvalidOrigin("origin-glob", f"`*` cannot be part of a label that is not ASCII: {authority!r}")
    return Origin(parsed.scheme, written, parsed.port)


def _parse_exact(base: str, tail: str, any_port: bool, subdomains: bool = False) -> Origin:
    """The origin that `base` is, refusing all that a URL has and an origin has not."""
    try:
        url = ada_url.URL(base + tail)
        origin = Origin.parse(base)
    except ValueError:
        raise InvalidOrigin("origin-invalid", f"a browser cannot parse {base + tail!r} as a URL") from None
    if origin.opaque:
        raise InvalidOrigin("origin-invalid", f"{base!r} names no host")
    # First what the nearest origin would have, too: what is suggested below is accepted.
    if subdomains and ip_address(origin.host) is not None:
        raise InvalidOrigin("origin-glob", "an IP address has no subdomains", str(origin))
    for part, length, most in (
        ("scheme", len(origin.scheme), MAX_SCHEME_BYTES),
        ("host", len(origin.host), MAX_HOST_BYTES),
    ):
        if length > most:
            raise InvalidOrigin("origin-too-long", f"the {part} of an origin has at most {most} bytes")
    nearest = str(OriginPattern(origin, subdomains, any_port))
    if "@" in base:
        raise InvalidOrigin("origin-userinfo", "an origin has no user name and no password", nearest)
    if url.search or url.hash or tail.endswith(("?", "#")):
        raise InvalidOrigin("origin-query", "an origin has no query and no fragment", nearest)
    if url.pathname not in ("", "/"):
        raise InvalidOrigin("origin-path", "an origin ends after the host and port; it has no path", nearest)
    if any_port and origin.port is not None:
        raise InvalidOrigin("origin-invalid", "a port is written once")
    return origin


_SEVERAL: Final = "these are several origins in one text; each is an element of its own"
# Where a comma is missing between two strings of Python: `"https://a.example" "https://b.example"`.
_GLUED: Final = re.compile(r"(?<=[^\s/:])/?(?=https?://)", re.IGNORECASE)


# Alternatives that other tools take: `:[8080,8081]`, `:8080,8081`, `{a,b}.example.com`, `(http|https)://`.
_ALTERNATIVES: Final = re.compile(
    r"[\[({](?P<within>[^\[\](){}/]*[,|][^\[\](){}/]*)[\])}]|(?<=:)(?P<ports>[0-9]+(?:[,|][0-9]+)+)(?=/?$)"
)
_MAX_ALTERNATIVES: Final = 20


def _each_of(text: str, alternatives: re.Match[str]) -> tuple[str, ...]:
    """The origins that a string with alternatives means, each as an entry; none if one of them would be none."""
    counts = [len(re.split("[,|]", each[0])) for each in _ALTERNATIVES.finditer(text)]
    if math.prod(counts) > _MAX_ALTERNATIVES:
        return ()
    found: list[str] = []
    for part in re.split("[,|]", alternatives["within"] or alternatives["ports"]):
        written = text[: alternatives.start()] + part.strip() + text[alternatives.end() :]
        try:
            found.append(str(OriginPattern.parse(written)))
        except InvalidOrigin as why:
            if isinstance(why.suggestion, str) or not why.suggestion:
                return ()
            found += why.suggestion
    return tuple(dict.fromkeys(found))


# What stands before `://` (URL § scheme start state); a `*` in it gets a message of its own.
_SCHEME: Final = re.compile(r"[a-z*][a-z0-9+.*-]*", re.IGNORECASE)
_SCHEME_OF_THE_WEB: Final = re.compile(r"(?<!\w)https?:/", re.IGNORECASE)
_OTHER_SEPARATOR: Final = re.compile(r"(https?)[\s:;,/\\]++([^/?#\\]*[a-z.\[][^/?#\\]*).*", re.IGNORECASE | re.DOTALL)


def _misspelt_scheme(scheme: str, text: str) -> InvalidOrigin:
    """`http:https://a.example`, `http://https://a.example`: the last scheme is the one that is meant."""
    *_, last = [0, *(found.start() for found in _SCHEME_OF_THE_WEB.finditer(text))]
    twice = _SCHEME.fullmatch(scheme) is not None
    message = "the scheme is written twice" if twice else f"{scheme!r} is no scheme"
    nearest = _if_accepted(text[last:]) if last else ""
    return InvalidOrigin("origin-invalid", message, nearest)


def _without_scheme(text: str) -> InvalidOrigin:
    misspelt = _OTHER_SEPARATOR.fullmatch(text)
    if misspelt is not None:
        nearest = _if_accepted(f"{misspelt[1]}://{misspelt[2]}")
        return InvalidOrigin("origin-invalid", "a scheme is followed by `://`", nearest)
    host = re.split(r"[/?#]", text)[0]
    name = re.sub(r":[0-9*]*$", "", host.removeprefix("*."))
    scheme = "http" if is_loopback(name) else "https"
    nearest = "" if name.lower() in ("*", "http", "https") else _if_accepted(f"{scheme}://{host}")
    return InvalidOrigin("origin-scheme", "an origin starts with its scheme", nearest)


def _misplaced_glob(scheme: str, authority: str) -> InvalidOrigin:
    message = "`*` stands for labels at the start (`*.`), for a part of one label, or for any port at the end (`:*`)"
    host, colon, port = re.sub(r"\*+", "*", authority).rpartition("@")[2].partition(":")
    if "*" in port:
        port = "*"
    page = "https" if "*" in scheme else scheme
    nearest = f"{page}://{host}{colon}{port}"
    if nearest == f"{scheme}://{authority}":
        return InvalidOrigin("origin-glob", message)
    return InvalidOrigin("origin-glob", message, _if_accepted(nearest))


def _if_all_accepted(texts: Iterable[str]) -> tuple[str, ...]:
    """Entries that are to be suggested together; none if one of them would be rejected."""
    entries = tuple(_if_accepted(text.rstrip(",;/")) for text in texts)
    return entries if all(entries) else ()


def _if_accepted(text: str) -> str:
    """An entry that is to be suggested, as a browser sends it; empty if it would be rejected itself."""
    try:
        return str(OriginPattern.parse(text))
    except InvalidOrigin:
        return ""


def matches(pattern: OriginPattern, origin: Origin) -> bool:
    """Whether a pattern covers an origin."""
    listed = pattern.origin
    port = pattern.any_port or origin.port == listed.port
    return port and origin.scheme == listed.scheme and covers_host(pattern, origin.host)


def covers_host(pattern: OriginPattern, host: str) -> bool:
    """Whether a pattern covers a host, whatever the scheme and the port."""
    listed = pattern.origin.host
    if pattern.subdomains:
        return host.endswith("." + listed)
    if pattern.any_host or "*" not in listed:
        return pattern.any_host or host == listed
    before, _, after = listed.partition("*")
    if not (host.startswith(before) and host.endswith(after)):
        return False
    return _MATCHED.fullmatch(host[len(before) : len(host) - len(after)]) is not None


def sample(pattern: OriginPattern) -> str:
    """An origin that a pattern stands for, as a browser sends it."""
    origin = pattern.origin
    host = f"app.{origin.host}" if pattern.subdomains else origin.host.replace("*", "app")
    port = 3000 if pattern.any_port else origin.port
    return str(Origin(origin.scheme, host, port))
