"""URLs, pages and sites: who is the same origin, the same site, and secure enough.

Here belong the page a script runs in and the relations between URLs that the standards define. Not
here: the parsing of origins that operators write (`origin`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import ada_url

from ..standards.origin import OPAQUE, Origin, ip_address
from ..standards.public_suffixes import registrable_domain

HTTP_SCHEMES: Final = ("http", "https")
_WEBSOCKET_SCHEMES: Final = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class Url:
    """A URL that the WHATWG parser took: `href` without its fragment."""

    href: str
    fragment: str
    scheme: str
    origin: Origin
    has_credentials: bool

    @property
    def path(self) -> str:
        """The path, from its first slash, without the query."""
        return "/" + self.href.partition("://")[2].partition("/")[2].partition("?")[0]

    @property
    def on_the_wire(self) -> str:
        """The URL as it is asked for: without user name and password."""
        if not self.has_credentials:
            return self.href
        scheme, _, rest = self.href.partition("://")
        authority = rest.partition("/")[0]
        return f"{scheme}://{authority.rpartition('@')[2]}{rest.removeprefix(authority)}"

    @property
    def as_http(self) -> Origin:
        """The origin, with ws for http and wss for https taken back."""
        return replace(self.origin, scheme=_WEBSOCKET_SCHEMES.get(self.scheme, self.scheme))

    @property
    def port(self) -> int | None:
        """The port as written; None for the scheme's default."""
        return self.origin.port


@lru_cache(maxsize=1024)
def parse(text: str, base: str | None = None) -> Url | None:
    """URL § parse a URL, relative to a base where there is one; None for failure."""
    try:
        url = ada_url.URL(text, base=base) if base is not None else ada_url.URL(text)
        origin = Origin.parse(url.href)
    except ValueError:
        return None
    href, _, _ = url.href.partition("#")
    return Url(href, url.hash, url.protocol.removesuffix(":"), origin, bool(url.username or url.password))


@dataclass(frozen=True, slots=True)
class Page:
    """Where the script runs: its URL (empty where unknown) and its origin, opaque or not.

    `secure` pages have no mixed content; `top` is the origin of the top-level page.
    """

    url: str
    origin: Origin
    secure: bool
    top: Origin

    @classmethod
    def of(cls, page: str, sandboxed: bool = False, top: str | None = None) -> Page:
        """The page at a URL or of an origin; `null`, `file:` and `data:` pages are opaque.

        `sandboxed` makes it a frame with `sandbox` and without `allow-same-origin`; `top` is the
        page whose frame it is. Raises ValueError where one is neither `null` nor a URL.
        """
        around = cls.of(top) if top is not None else None
        secure, origin = (around.secure, around.origin) if around is not None else (False, None)
        if page == "null":
            return cls("", OPAQUE, secure, origin or OPAQUE)
        url = parse(page)
        if url is None:
            raise ValueError(f"a page is a URL, an origin or `null`, not {page!r}")
        own = OPAQUE if sandboxed else url.origin
        return cls(url.href, own, secure or url.scheme == "https", origin or url.origin)


@lru_cache(maxsize=1024)
def site(origin: Origin, schemeful: bool = True) -> tuple[str, str] | None:
    """HTML § obtain a site: scheme and registrable domain (or host); None for an opaque origin."""
    if origin.opaque:
        return None
    scheme = _WEBSOCKET_SCHEMES.get(origin.scheme, origin.scheme) if schemeful else ""
    host = origin.host
    if ip_address(host) is None:
        host = registrable_domain(host) or host
    return scheme, host


def same_site(a: Origin, b: Origin, schemeful: bool = True) -> bool:
    """HTML § schemefully same site; without the scheme, § same site."""
    one = site(a, schemeful)
    return one is not None and one == site(b, schemeful)


def is_unregistrable(url: Url) -> bool:
    """Whether the host is a name without a registrable domain, such as localhost."""
    return ip_address(url.origin.host) is None and not registrable_domain(url.origin.host)


def is_trustworthy(url: Url) -> bool:
    """Secure Contexts § potentially trustworthy URL: https, wss, or this very machine."""
    return url.scheme in ("https", "wss") or url.origin.loopback
