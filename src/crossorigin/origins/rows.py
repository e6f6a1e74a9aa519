"""Rows: what a store says, read as allowed origins.

A row is an origin, a bare domain or a URL, and optionally its tenant and since when it is there. Customers type
these, so they are read more leniently than a policy's own list: `Shop.example/` means `https://shop.example`. What
they may allow is checked exactly as in a policy, by the same code. A row that cannot be used is skipped, never
guessed; in particular `*` and `https://*` are skipped, because no row may open an API to everybody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple

from ..policy.limits import Environment
from ..policy.origin_patterns import InvalidOrigin, OriginPattern
from ..policy.policy import Policy
from ..policy.problems import PolicyError, Problem, problem
from ..standards.origin import is_loopback

# The usual row, which needs no parser of URLs: a lower-case or upper-case DNS name whose last label is no number,
# with `https://` or nothing before it. Names in Punycode have rules of their own (UTS #46) and go the long way.
_ORDINARY: Final = re.compile(
    r"(?:https://)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)/?",
    re.ASCII | re.IGNORECASE,
)
_MAX_NAME: Final = 253
_MAX_ROW: Final = 2048  # characters; a longer one is not an origin, and parsing it is work

# What a policy rejects and a row may have, because it can mean only one thing.
_UNAMBIGUOUS: Final = frozenset({"origin-scheme", "origin-path", "origin-query"})


class Owner(NamedTuple):
    """To whom a row belongs, and since when it is there as far as the store says."""

    tenant: str | None = None
    since: str | None = None


Rows = dict[str, tuple[Owner, ...]]

_NOBODY: Final = (Owner(),)


class Terms(NamedTuple):
    """What the checks of an origin depend on, besides the origin."""

    credentials: bool
    environment: Environment


def terms(policy: Policy) -> Terms:
    """The terms on which a policy accepts an origin; `enforce` trusts origins as credentials do."""
    return Terms(policy.allow_credentials or bool(policy.enforce), policy.environment)


def collect(elements: Iterable[Any], *, tenants: bool) -> tuple[Rows, int]:
    """The rows that a load returned, each once, and how many elements were not rows.

    An element is a string, or a sequence of a string, optionally its tenant, and optionally since when. With
    `tenants`, a row without a tenant belongs to nobody and counts as no row.
    """
    rows: Rows = {}
    unusable = 0
    for element in elements:
        text, owner = _read(element)
        if not text or len(text) > _MAX_ROW or (tenants and owner.tenant is None):
            unusable += 1
            continue
        before = rows.get(text)
        if before is None:
            rows[text] = _NOBODY if owner == _NOBODY[0] else (owner,)
        elif owner not in before:
            rows[text] = (*before, owner)
    return rows, unusable


def _read(element: Any) -> tuple[str, Owner]:
    if isinstance(element, str | bytes):
        return _text(element), _NOBODY[0]
    try:
        said, tenant, since = (*element, None, None)[:3]
    except (TypeError, ValueError):  # one value
        said, tenant, since = element, None, None
    tenant = None if tenant is None else _text(tenant)
    since = None if since is None else str(since)
    says_origin = isinstance(said, str | bytes) or hasattr(said, "scheme")  # a URL of pydantic
    return _text(said) if says_origin else "", Owner(tenant, since)


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def read_origin(text: str, every: Collection[Terms]) -> bytes | OriginPattern | Problem:
    """What a row allows: one origin, as a browser sends it, or a pattern; or why it is skipped.

    It has to be acceptable on every one of these terms.
    """
    text = text.strip()
    found = _ORDINARY.fullmatch(text)
    if found is not None:
        name = found[1].lower()
        if len(name) <= _MAX_NAME and "xn--" not in name and not name.endswith(".localhost"):
            return b"https://" + name.encode()
    if text == "*":
        return problem("star-in-rows", "origins", text)
    pattern = _parse(text)
    if isinstance(pattern, Problem):
        return pattern
    if pattern.whole_web:
        return problem("whole-scheme", "origins", text)
    try:
        for one in every:
            Policy(allow_origins=[str(pattern)], allow_credentials=one.credentials, environment=one.environment)
    except PolicyError as error:
        return error.problems[0]
    return str(pattern).encode() if pattern.exact else pattern


def _parse(text: str) -> OriginPattern | Problem:
    try:
        return OriginPattern.parse(text)
    except InvalidOrigin as error:
        if error.code not in _UNAMBIGUOUS:
            return problem(error.code, "origins", text, str(error))
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "", text.removeprefix("//")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not scheme:
        host = authority.removeprefix("*.")
        name = host[: host.rfind(":")] if re.search(r":[0-9*]*$", host) and not host.endswith("]") else host
        if "." not in name and not is_loopback(name):  # `n/a`, `none`, `TODO`
            return problem("origin-scheme", "origins", text)
        scheme = "http" if is_loopback(name) else "https"
    try:
        return OriginPattern.parse(f"{scheme}://{authority}")
    except InvalidOrigin as error:
        return problem(error.code, "origins", text, str(error))
