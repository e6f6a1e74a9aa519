"""What a page asks: the calls that bring out every field of a policy.

Here belong the calls as values, and which of them a policy calls for. Not here: who asks
(`origins`), and asking (`sides`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ..browser.checks import CredentialsMode
from ..policy.limits import FROM_ROUTES
from ..policy.policy import Policy
from ..standards.fetch import CORS_SAFELISTED_METHODS, STANDARD_METHODS

UNLISTED_METHOD: Final = "PROPFIND"
UNLISTED_HEADER: Final = "x-crossorigin-probe"


@dataclass(frozen=True, slots=True)
class PageCall:
    """One call of one page. `private` asks, as older browsers did, for a private network too."""

    page: str
    method: str = "GET"
    headers: tuple[str, ...] = ()
    credentials: CredentialsMode = "omit"
    private: bool = False

    @property
    def preflighted(self) -> bool:
        """Whether a browser asks first: then the preflight alone is sent."""
        return self.method not in CORS_SAFELISTED_METHODS or bool(self.headers)

    def __str__(self) -> str:
        words = [self.method]
        if self.headers:
            words.append(f"with {', '.join(self.headers)}")
        if self.credentials == "include":
            joint = "and" if self.headers else "with"
            words.append(f"{joint} credentials")
        if self.preflighted:
            kind = "preflight, private network" if self.private else "preflight"
            words.append(f"({kind})")
        return " ".join(words)


def of_everybody(page: str, policy: Policy) -> PageCall:
    """What each origin is asked with."""
    return PageCall(page, credentials=_mode(policy))


def preflight_of(page: str, policy: Policy) -> PageCall:
    """The same, as a preflight, which another layer may answer."""
    return PageCall(page, "PUT", credentials=_mode(policy))


def _mode(policy: Policy) -> CredentialsMode:
    return "include" if policy.allow_credentials else "omit"


def of_one(page: str, policy: Policy) -> Iterator[PageCall]:
    """What is asked for one page of each kind that is let in: every method, every header, both credentials modes."""
    modes: tuple[CredentialsMode, ...] = ("omit", "include")
    for mode in modes:
        yield PageCall(page, credentials=mode)
        yield from of_names(page, (*policy.allow_methods, UNLISTED_METHOD, *sorted(STANDARD_METHODS)), (), mode)
        yield from of_names(page, (), (*policy.allow_headers, "authorization", "content-type", UNLISTED_HEADER), mode)
    listed = tuple(name for name in policy.allow_headers if name != "*")
    if len(listed) > 1:
        yield PageCall(page, headers=listed)
    yield PageCall(page, "PUT", private=True)


def in_browser(pages: Iterable[str], policy: Policy) -> Iterator[PageCall]:
    """What is asked for each page in a real browser: GET requests, with and without a preflight."""
    listed = tuple(name for name in policy.allow_headers if name != "*")
    for page in pages:
        yield of_everybody(page, policy)
        yield PageCall(page, headers=(UNLISTED_HEADER,))
        if listed:
            yield PageCall(page, headers=listed)


def of_names(
    page: str, methods: Iterable[str], headers: Iterable[str], mode: CredentialsMode = "omit"
) -> Iterator[PageCall]:
    """One call for each method that needs a preflight, and for each header."""
    for method in methods:
        if method not in ("*", FROM_ROUTES) and method not in CORS_SAFELISTED_METHODS:
            yield PageCall(page, method, credentials=mode)
    for name in headers:
        if name != "*":
            yield PageCall(page, headers=(name,), credentials=mode)
