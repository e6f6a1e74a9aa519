"""The cookie jar, and why a cookie is not sent (RFC 6265bis).

Here belong Set-Cookie, the rules of Domain, Path, Secure, expiry and SameSite, and the words that
say which of them kept a cookie back. Not here: whether a fetch includes credentials at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from ..standards.origin import Origin, ip_address
from ..standards.public_suffixes import registrable_domain
from .engines import Engine
from .outcome import CookieRule
from .sites import Page, Url, is_trustworthy, same_site, site

SameSite: TypeAlias = Literal["strict", "lax", "none", "unsaid"]

_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_TIME: Final = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D.*)?")
_DAY: Final = re.compile(r"(\d{1,2})(?:\D.*)?")
_YEAR: Final = re.compile(r"(\d{2,4})(?:\D.*)?")
_DELIMITERS: Final = re.compile(r"[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")

# RFC 6265bis § storage model: name and value together, and one attribute value, in bytes.
_MAX_PAIR: Final = 4096
_MAX_ATTRIBUTE: Final = 1024


@dataclass(slots=True)
class Cookie:
    """One cookie as stored: `expires` in seconds of the jar's clock, None until the browser closes.

    `partition` is the site of the page it belongs to, where the browser keeps third parties apart.
    """

    name: str
    value: str
    domain: str
    host_only: bool
    path: str
    secure: bool
    same_site: SameSite
    expires: float | None
    partition: str
    created: int

    @property
    def pair(self) -> str:
        """How it stands in the Cookie header."""
        return f"{self.name}={self.value}" if self.name else self.value


class Withheld(NamedTuple):
    """A cookie that the server might have expected, the words for why it was kept back, and the rule that did it."""

    cookie: Cookie
    why: str
    rule: CookieRule


class CookieJar:
    """The cookies of one browser. `clock` gives seconds since 1970."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._cookies: list[Cookie] = []
        self._created = 0

    def __iter__(self) -> Iterator[Cookie]:
        return iter(self._cookies)

    def set(self, url: str, set_cookie: str) -> str:
        """Store a cookie as a visit to `url` would: the words of one Set-Cookie header.

        Gives the reason why the browser refuses it, or an empty text. Raises ValueError where `url`
        is not one.
        """
        page = Page.of(url)
        target = Url(page.url, "", page.top.scheme, page.top, False)
        return self.receive(target, set_cookie, page)

    def receive(self, url: Url, set_cookie: str, page: Page, before: Sequence[Url] = ()) -> str:
        """RFC 6265bis § storage model: store what a response to a fetch of `page` sets, or say why not.

        `before` are the URLs that redirected here.
        """
        cookie, why = _parse(set_cookie, url, self._clock())
        if cookie is None:
            return why
        why = self._refusal(cookie, url, page, before)
        if why:
            return why
        cookie.partition = self._partition(url, page)
        for old in self._cookies:
            if _identity(old) == _identity(cookie):
                cookie.created = old.created
                self._cookies.remove(old)
                break
        else:
            self._created += 1
            cookie.created = self._created
        if cookie.expires is None or cookie.expires > self._clock():
            self._cookies.append(cookie)
        return ""

    def header(self, url: Url, page: Page, before: Sequence[Url] = ()) -> tuple[str, list[Withheld]]:
        """RFC 6265bis § retrieval model: the value of `Cookie` (may be empty), and what was kept back.

        `before` are the URLs that redirected here.
        """
        now = self._clock()
        sent: list[Cookie] = []
        withheld: list[Withheld] = []
        for cookie in self._cookies:
            if not _domain_matches(cookie, url.origin.host) or (cookie.expires is not None and cookie.expires <= now):
                continue
            kept_back = self._withheld(cookie, url, page, before)
            if kept_back is None:
                sent.append(cookie)
            else:
                withheld.append(kept_back)
        sent.sort(key=lambda cookie: (-len(cookie.path), cookie.created))
        return "; ".join(cookie.pair for cookie in sent), withheld

    def _withheld(self, cookie: Cookie, url: Url, page: Page, before: Sequence[Url]) -> Withheld | None:
        if not _path_matches(cookie.path, url.path):
            return Withheld(cookie, f"its Path {cookie.path} does not hold {url.path}", "path")
        if cookie.secure and not is_trustworthy(url):
            return Withheld(cookie, "it is Secure and the request is not https", "secure")
        if self._third_party(url, page) and self._engine.third_party_cookies == "blocked":
            why = f"the browser sends no third-party cookies; the page is of another site, {_words(page.top)}"
            return Withheld(cookie, why, "third-party")
        if cookie.partition != self._partition(url, page):
            top = _words(page.top)
            why = f"the browser keeps third-party cookies apart; it was not set under the page's site {top}"
            return Withheld(cookie, why, "partition")
        kind = self._enforced(cookie)
        if kind != "none" and not self._same_site(url, page):
            said = f"SameSite={kind.capitalize()}" if cookie.same_site == kind else "without SameSite, so Lax"
            why = f"it is {said}, and the page's site {_words(page.origin)} is not {_words(url.origin)}"
            return Withheld(cookie, why, "same-site")
        if kind != "none" and self._came_cross_site(page, [*before, url]):
            return Withheld(cookie, "it is SameSite, and a redirect from another site led here", "same-site")
        return None

    def _refusal(self, cookie: Cookie, url: Url, page: Page, before: Sequence[Url]) -> str:
        trustworthy = is_trustworthy(url)
        if cookie.secure and not trustworthy:
            return "Secure, and the response did not come over https"
        if cookie.same_site == "none" and not cookie.secure and self._engine.none_needs_secure:
            return "SameSite=None needs Secure"
        if self._enforced(cookie) != "none" and not self._same_site(url, page):
            return "SameSite, and the page is of another site"
        if self._enforced(cookie) != "none" and self._came_cross_site(page, [*before, url]):
            return "SameSite, and a redirect from another site led here"
        if self._third_party(url, page) and self._engine.third_party_cookies == "blocked":
            return "the browser stores no third-party cookies"
        lower = cookie.name.lower()
        if lower.startswith("__secure-") and not cookie.secure:
            return "__Secure- needs Secure"
        if lower.startswith("__host-") and not (cookie.secure and cookie.host_only and cookie.path == "/"):
            return "__Host- needs Secure, Path=/ and no Domain"
        if not cookie.secure and not trustworthy and any(_overlays(cookie, old) for old in self._cookies):
            return "a Secure cookie of this name is not overwritten without https"
        return ""

    def _enforced(self, cookie: Cookie) -> str:
        if cookie.same_site == "unsaid":
            return "lax" if self._engine.lax_by_default else "none"
        return cookie.same_site

    def _came_cross_site(self, page: Page, urls: Sequence[Url]) -> bool:
        """Fetch § redirect-taint is cross-site, where the engine asks."""
        schemeful = self._engine.schemeful_same_site
        if not self._engine.same_site_redirects:
            return False
        for last, url in pairwise(urls):
            of_target = same_site(url.origin, last.origin, schemeful)
            if not of_target and not same_site(page.origin, last.origin, schemeful):
                return True
        return False

    def _same_site(self, url: Url, page: Page) -> bool:
        """RFC 6265bis § same-site requests: the page, and the page around it, are of the URL's site."""
        schemeful = self._engine.schemeful_same_site
        return all(same_site(origin, url.origin, schemeful) for origin in (page.origin, page.top))

    def _third_party(self, url: Url, page: Page) -> bool:
        # An opaque page is a third party to everybody, to the site of its own URL too.
        return not self._same_site(url, page)

    def _partition(self, url: Url, page: Page) -> str:
        if self._engine.third_party_cookies == "allowed" or not self._third_party(url, page):
            return ""
        return _words(page.top)


def _words(origin: Origin) -> str:
    found = site(origin)
    return "null" if found is None else f"{found[0]}://{found[1]}"


def _identity(cookie: Cookie) -> tuple[str, str, bool, str, str]:
    return cookie.name, cookie.domain, cookie.host_only, cookie.path, cookie.partition


def _domain_matches(cookie: Cookie, host: str) -> bool:
    """RFC 6265bis § domain matching."""
    if host == cookie.domain:
        return True
    return not cookie.host_only and host.endswith("." + cookie.domain)


def _path_matches(cookie_path: str, path: str) -> bool:
    """RFC 6265bis § path-match."""
    if path == cookie_path:
        return True
    return path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")


def _overlays(cookie: Cookie, old: Cookie) -> bool:
    """RFC 6265bis § storage model: would this cookie without Secure cover a Secure one?"""
    domains = _domain_matches(cookie, old.domain) or _domain_matches(old, cookie.domain)
    return old.secure and old.name == cookie.name and domains and _path_matches(old.path, cookie.path)


def _parse(text: str, url: Url, now: float) -> tuple[Cookie | None, str]:
    """RFC 6265bis § the Set-Cookie header; a cookie, or None and why the browser ignores it."""
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text):
        return None, "it holds a control character"
    pair, *attributes = text.split(";")
    name, equals, value = pair.partition("=")
    name, value = (name.strip("\t "), value.strip("\t ")) if equals else ("", pair.strip("\t "))
    if not name and not value:
        return None, "it has neither name nor value"
    if len(name) + len(value) > _MAX_PAIR:
        return None, f"name and value exceed {_MAX_PAIR} bytes"
    host = url.origin.host
    cookie = Cookie(name, value, host, True, _default_path(url.path), False, "unsaid", None, "", 0)
    expires = max_age = None
    for attribute in attributes:
        key, _, raw = attribute.partition("=")
        key, raw = key.strip("\t ").lower(), raw.strip("\t ")
        if len(raw) > _MAX_ATTRIBUTE:
            continue
        if key == "secure":
            cookie.secure = True
        elif key == "path":
            cookie.path = raw if raw.startswith("/") else _default_path(url.path)
        elif key == "samesite":
            kinds: dict[str, SameSite] = {"strict": "strict", "lax": "lax", "none": "none"}
            cookie.same_site = kinds.get(raw.lower(), "unsaid")
        elif key == "expires":
            expires = _parse_date(raw) or expires
        elif key == "max-age" and re.fullmatch(r"-?\d+", raw):
            max_age = now + int(raw) if int(raw) > 0 else 0.0
        elif key == "domain" and raw:
            cookie.domain, cookie.host_only = raw.removeprefix(".").lower(), False
    cookie.expires = max_age if max_age is not None else expires
    return _with_domain(cookie, host)


def _with_domain(cookie: Cookie, host: str) -> tuple[Cookie | None, str]:
    """RFC 6265bis § storage model, the Domain attribute: the host itself or a parent that somebody owns."""
    if cookie.host_only:
        return cookie, ""
    if ip_address(host) is not None or not registrable_domain(cookie.domain):
        if cookie.domain != host:
            return None, f"Domain={cookie.domain} is a public suffix or no parent of {host}"
        cookie.host_only = True
        return cookie, ""
    if not _domain_matches(cookie, host):
        return None, f"Domain={cookie.domain} does not hold {host}"
    return cookie, ""


def _default_path(path: str) -> str:
    """RFC 6265bis § default-path."""
    return path[: path.rindex("/")] or "/"


def _parse_date(text: str) -> float | None:
    """RFC 6265bis § dates: any order of a time, a day, a month and a year; None where one is missing."""
    time = day = month = year = None
    for token in _DELIMITERS.split(text):
        if time is None and (found := _TIME.fullmatch(token)):
            time = int(found[1]), int(found[2]), int(found[3])
        elif day is None and (found := _DAY.fullmatch(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.fullmatch(token)):
            year = int(found[1])
            if year < 70:
                year += 2000
            elif year <= 99:
                year += 1900
    if time is None or day is None or month is None or year is None:
        return None
    try:
        return datetime(year, month, day, time[0], time[1], time[2], tzinfo=UTC).timestamp()
    except ValueError:
        return None
