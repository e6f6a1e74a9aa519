"""The line of a policy to write, so that a request that was denied is allowed.

`crossorigin explain` and the record of denials say the same about the same request, because both ask here. Facts come
in as strings and lists; what comes out has the code of a cause (a row of `explain.causes`) and the line. Not here: what
to write instead of a setting that is rejected (`validation` for that setting, `problems` in general).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..standards.fetch import STANDARD_METHODS, is_forbidden_method
from .near_misses import NearMiss, most_similar, nearest
from .origin_patterns import OriginPattern
from .origin_set import OriginSet
from .policy import Policy
from .problems import PolicyError

UNKNOWN_PAGE: Final = "https://your-front-end.example"  # if nobody says which page it was

# What to write if nothing more exact is known, by cause. The words in braces are filled in.
ADD_ORIGIN: Final = 'allow_origins=["{page}"]'
ADD_METHOD: Final = 'allow_methods=["{method}"]'
ADD_HEADER: Final = 'allow_headers=["{header}"]'
SECURE: Final = "serve the page over https:"
TEMPLATES: Final[dict[str, str]] = {
    "page-sends-null": "serve the page over http: python3 -m http.server 3000",
    "redirect-origin-null": "call {url} directly",
    "credentials-not-allowed": "allow_credentials=True",
    "method-not-listed": ADD_METHOD,
    "method-lower-case": 'fetch(url, {{method: "{upper}"}})',
    "method-star-with-credentials": ADD_METHOD,
    "header-not-listed": ADD_HEADER,
    "header-star-with-credentials": ADD_HEADER,
    "header-of-responses": "leave {header} out of the call",
    "host-rejected": 'call it by its name; or trusted_hosts=["{host}"], if it goes by that one',
    "websocket-origin": "add {page} to the origins that the server takes WebSockets from",
}

# Causes for which the listed string itself is wrong, so that it goes when the right one comes.
_MISWRITTEN: Final = frozenset(
    {
        "mismatch-trailing-slash",
        "mismatch-path",
        "mismatch-case",
        "mismatch-default-port",
        "mismatch-without-scheme",
        "mismatch-several-in-one",
    }
)
# IANA's registry of HTTP methods, less those that no page can send: who writes one of these in another case means it.
_METHODS: Final = STANDARD_METHODS.union(
    """ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF
    MKWORKSPACE MOVE ORDERPATCH PROPFIND PROPPATCH REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE
    UPDATEREDIRECTREF VERSION-CONTROL""".split()
)
_ALWAYS_ALLOWED: Final = frozenset({"accept", "accept-language", "content-language"})
# A header's name as people write it in a policy.
_SPELLING: Final = {"authorization": "Authorization", "content-type": "Content-Type", "etag": "ETag"}
_LONGEST_LIST: Final = 20
_MOST_COMPARED: Final = 200


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to change: the code of a cause, and a line of the policy, or the one thing to do.

    `near` is the listed origin that is nearest, and `near.cause` why it is not the page's; None if none is near.
    `similar` is the listed origin that only looks like it, or empty. `missing` are the header names that the policy
    does not have.
    """

    cause: str
    line: str
    near: NearMiss | None = None
    similar: str = ""
    missing: tuple[str, ...] = ()


def for_origin(
    page: str,
    listed: Sequence[str],
    *,
    regex: bool,
    patterns: bool,
    credentials: bool = False,
    policy: Policy | None = None,
) -> Remedy:
    """What to write for a page whose origin is not allowed, after a comparison with each listed origin.

    `regex` is whether the policy has a regex; `patterns` whether `*` in the list is a pattern, as in a Policy, or a
    letter, as in Starlette's middleware; `credentials` whether credentials are allowed. `policy` is the one that
    denied, if it is ours: what it rejects is not offered.
    """
    near = nearest(page, listed, patterns=patterns)
    if near is not None and near.cause == "mismatch-glob":
        return Remedy(near.cause, _for_glob(page, listed, credentials), near)
    return for_compared_origin(page, listed, near, regex=regex, policy=policy)


def for_compared_origin(
    page: str, listed: Sequence[str], near: NearMiss | None, *, regex: bool, policy: Policy | None = None
) -> Remedy:
    """The same, if the nearest listed origin is known, or it is known that none is near."""
    if near is not None:
        kept = [entry for entry in listed if entry != near.listed or near.cause not in _MISWRITTEN]
        return Remedy(near.cause, _listing(page, kept, policy), near)
    if regex:
        return Remedy("mismatch-regex", _listing(page, listed, policy))
    similar = most_similar(page, listed) if len(listed) <= _MOST_COMPARED else ""
    return Remedy("origin-not-listed", _listing(page, listed, policy), similar=similar)


def _for_glob(page: str, listed: Sequence[str], credentials: bool) -> str:
    """The list as patterns of a Policy, if one takes them and the page; or the page beside the rest of the list."""
    plain = [entry for entry in listed if "*" not in entry]
    try:
        policy = Policy(allow_origins=list(listed), allow_credentials=credentials)
    except PolicyError:
        return _listing(page, plain, None)
    takes = page.encode() in OriginSet(map(OriginPattern.parse, policy.allow_origins))
    if not takes or len(listed) > _LONGEST_LIST:
        return _listing(page, plain, None)
    return f"use Policy({_assigned('allow_origins', policy.allow_origins)})"


def _listing(page: str, kept: Sequence[str], policy: Policy | None) -> str:
    """The line that lists a page; if the policy rejects its origin, the line for one that it takes, or nothing."""
    if policy is None or may_list(policy, page):
        return add_to("allow_origins", kept, [page])
    secure = secured(page)
    if not may_list(policy, secure):
        return ""
    if secure in kept:
        return SECURE
    return f"{SECURE}, and write {add_to('allow_origins', kept, [secure])}"


def for_credentials(page: str, policy: Policy) -> str:
    """What to write so that a policy of ours allows a page credentials.

    `*` gives way to the page, and so do patterns that a policy with credentials rejects.
    """
    listed = [entry for entry in policy.allow_origins if entry != "*"] or [page]
    takes = [entry for entry in (_with_credentials(entry, policy) for entry in listed) if entry]
    if len(takes) < len(listed):
        takes = list(dict.fromkeys([*takes, _with_credentials(page, policy)]))
    line = "allow_credentials=True"
    if takes != list(policy.allow_origins):
        line = f"{_assigned('allow_origins', takes)}, {line}"
    moves = page not in takes and secured(page) in takes
    return f"{SECURE}, and write {line}" if moves else line


def _with_credentials(entry: str, policy: Policy) -> str:
    """An entry as a policy with credentials takes it; empty if it does not."""
    accepted = (each for each in (entry, secured(entry)) if may_list(policy, each, credentials=True))
    return next(accepted, "")


def secured(origin: str) -> str:
    """The same origin with `https:` for `http:`."""
    return re.sub(r"\Ahttp:", "https:", origin)


def may_list(policy: Policy, origin: str, *, credentials: bool = False) -> bool:
    """Whether a policy would be accepted with this origin, or pattern, in its list, and with `credentials` if asked."""
    rules = {name: getattr(policy, name) for name in ("enforce", "environment", "accept_risks")}
    try:
        accepted = Policy(allow_origins=[origin], allow_credentials=credentials or policy.allow_credentials, **rules)
    except PolicyError:
        return False
    return accepted.allow_origins == (origin,)  # not another origin, which a browser would write so


def for_method(method: str, listed: Sequence[str], *, path: str = "", from_routes: bool = False) -> Remedy:
    """What to write for a method that is not allowed; `from_routes` if the list is what the path serves."""
    if is_lower_case(method, listed):
        return Remedy("method-lower-case", filled("method-lower-case", upper=method.upper()))
    if "*" in listed:
        return Remedy("method-star-with-credentials", filled("method-star-with-credentials", method=method))
    if from_routes:
        return Remedy("method-not-listed", f'serve {method} at {path}; allow_methods="routes" then names it')
    return Remedy("method-not-listed", add_to("allow_methods", listed, [method]))


def is_lower_case(method: str, listed: Sequence[str] = ()) -> bool:
    """Whether a method is another in the wrong case: a registered one, or one of those that are `listed`."""
    upper = method.upper()
    known = upper in _METHODS or upper in listed
    return method != upper and known and not is_forbidden_method(upper)


def for_headers(asked: Sequence[str], listed: Sequence[str], *, whole: bool = True) -> Remedy:
    """What to write for request headers of which one is not allowed; `asked` are lower-case names.

    `whole` is whether `listed` is the policy's list, which the line then repeats, or what a response named.
    """
    allowed = {name.lower() for name in listed} | _ALWAYS_ALLOWED
    missing = [name for name in asked if name not in allowed]
    if not missing:  # an empty list, or one that holds only what is always allowed
        missing = list(asked)
    foreign = [name for name in missing if name.startswith("access-control-")]
    if foreign:
        line = filled("header-of-responses", header=", ".join(foreign))
        return Remedy("header-of-responses", line, missing=tuple(missing))
    names = [_spelt(name) for name in missing]
    if "*" in listed:
        return Remedy("header-star-with-credentials", add_to("allow_headers", [], names), missing=tuple(missing))
    kept = [_spelt(name) for name in listed] if whole else []
    return Remedy("header-not-listed", add_to("allow_headers", kept, names), missing=tuple(missing))


def for_host(host: str) -> Remedy:
    """What to write for a `Host` that the server does not take: a name, with or without a port."""
    name = re.sub(r":[0-9]*\Z", "", host)
    # Nothing is offered for copying that a stranger could have closed a quotation mark in.
    if re.fullmatch(r"[A-Za-z0-9.:\[\]_-]+", name):
        return Remedy("host-rejected", filled("host-rejected", host=name.strip("[]")))
    return Remedy("host-rejected", "call it by its name")


def filled(cause: str, **words: str) -> str:
    """The template of a cause with its words."""
    return TEMPLATES[cause].format_map(words)


def add_to(field: str, kept: Iterable[str], added: Iterable[str]) -> str:
    """A field of a policy with these values; of a long list, what to add to it."""
    values = list(dict.fromkeys([*kept, *added]))
    if len(values) > _LONGEST_LIST:
        new = ", ".join(f'"{value}"' for value in dict.fromkeys(added))
        return f"add {new} to {field}"
    return _assigned(field, values)


def _assigned(field: str, values: Iterable[str]) -> str:
    written = ", ".join(f'"{value or UNKNOWN_PAGE}"' for value in values)
    return f"{field}=[{written}]"


def _spelt(name: str) -> str:
    if name != name.lower():
        return name
    return _SPELLING.get(name) or "-".join(part.capitalize() for part in name.split("-"))
