"""Rules about the policy: it was asked, and the answer was no.

Here belong origins, credentials, methods and headers. With the app at hand the policy is read; without it,
the response says what it allows. Not here: who answered (`server`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ...standards.fetch import is_forbidden_method
from ..case import UNKNOWN_PAGE, Case
from ..causes import CAUSES, Diagnosis
from ..near_misses import most_similar, nearest

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
# A header's name as people write it in a policy.
_SPELLING: Final = {"authorization": "Authorization", "content-type": "Content-Type", "etag": "ETag"}
# Causes where the listed text itself is wrong, so that it goes when the right one comes.
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
_ORIGIN_REASONS: Final = ("allow-origin-missing", "allow-origin-mismatch", "allow-origin-invalid")
_SAID_ORIGIN, _SAID_METHOD, _SAID_HEADERS = "origin", "method", "headers"


def no_origin(case: Case) -> Diagnosis | None:
    """The page is a file, a data: URL or a sandboxed frame."""
    refused = case.about in _ORIGIN_REASONS or _starlette_says(case, _SAID_ORIGIN)
    return case.is_("page-sends-null", "the page sent Origin: null") if case.page == "null" and refused else None


def repeated(case: Case) -> Diagnosis | None:
    if case.about != "allow-origin-multiple":
        return None
    values = [value.decode("latin-1") for name, value in case.response.headers if name.lower() == _ALLOW_ORIGIN]
    parts = [it.strip() for value in values for it in value.split(",")]
    layers = [it.name for it in case.built.layers if it.rules is not None] if case.built else []
    named = f"CORS layers of the app: {', '.join(layers)}" if layers else ""
    twice = len(values) != 1 or len(set(parts)) < len(parts) or "*" in parts
    lines = [f"Access-Control-Allow-Origin: {it}" for it in values] if len(values) > 1 else []
    return case.is_("allow-origin-repeated" if twice else "allow-origin-list", *lines, named)


_ALLOW_ORIGIN: Final = b"access-control-allow-origin"


def cached(case: Case) -> Diagnosis | None:
    """A stored response, made for another page."""
    age, hit = case.header("age"), (case.header("x-cache") or "").upper()
    varies = "origin" in (case.header("vary") or "").lower()
    if case.about not in _ORIGIN_REASONS or varies or not (age or "HIT" in hit):
        return None
    return case.is_("cached-for-another-origin", f"Age: {age}" if age else f"X-Cache: {hit}", "no Vary: Origin")


def origin(case: Case) -> Diagnosis | None:
    """The page's origin against the list, or against the one origin that the response names."""
    if case.about not in _ORIGIN_REASONS and not _starlette_says(case, _SAID_ORIGIN):
        return None
    rules, said = case.rules, case.header("access-control-allow-origin")
    if rules is not None and rules.takes_origin(case.page):
        if said is None:
            return None
        rules = None  # the policy is right, and something after it has written another origin
    listed = rules.origins if rules is not None else (said,) if said else ()
    near = nearest(case.page, listed, patterns=rules is not None and rules.ours)
    where = "the list has" if rules is not None else "the response names"
    if near is not None:
        kept = [it for it in listed if it != near.listed or near.cause not in _MISWRITTEN]
        return case.is_(
            near.cause,
            remedy=_remedy(near.cause, case.page, kept if rules is not None else []),
            near_miss=f"{where} {near.listed}; the page is {case.page}",
        )
    if rules is not None and rules.regex is not None:
        near_miss = f"the expression is {rules.regex}; the page is {case.page}"
        return case.is_("mismatch-regex", near_miss=near_miss)
    similar = most_similar(case.page, listed)
    near_miss = f"the nearest is {similar}; the page is {case.page}" if similar else ""
    if rules is not None:
        shown = f"allow_origins = {list(listed)}"
        return case.is_("origin-not-listed", shown, remedy=_origins([*listed, case.page]), near_miss=near_miss)
    if said is not None:
        return case.is_("origin-not-listed" if case.about == "allow-origin-mismatch" else "malformed-allow-origin")
    return case.is_("origin-not-listed", _signs(case)) if _signs(case) else None


def _signs(case: Case) -> str:
    """What tells that there is CORS at work, although it says nothing to this page."""
    if _starlette_says(case, _SAID_ORIGIN):
        return "the body says: " + case.response.body.decode("latin-1")
    if "origin" in (case.header("vary") or "").lower():
        return "Vary: Origin tells that the answer depends on who asks"
    return "Access-Control-Allow-Credentials is there, the origin is not" if _credentials(case) else ""


def _credentials(case: Case) -> bool:
    return case.header("access-control-allow-credentials") is not None


_CREDENTIALS: Final = {
    "allow-origin-star-with-credentials": "star-for-credentials",
    "allow-credentials-missing": "credentials-not-allowed",
    "allow-credentials-invalid": "allow-credentials-not-true",
    "allow-methods-invalid": "malformed-allow-methods",
    "allow-headers-invalid": "malformed-allow-headers",
}


def credentials(case: Case) -> Diagnosis | None:
    cause = _CREDENTIALS.get(case.about)
    if cause is None:
        return None
    name = _HEADER_OF.get(cause)
    value = case.header(name) if name else None
    return case.is_(cause, f"{name}: {value}" if value is not None else "")


_HEADER_OF: Final = {
    "allow-credentials-not-true": "access-control-allow-credentials",
    "malformed-allow-methods": "access-control-allow-methods",
    "malformed-allow-headers": "access-control-allow-headers",
}


def method(case: Case) -> Diagnosis | None:
    if case.about != "method-not-allowed" and not _starlette_says(case, _SAID_METHOD):
        return None
    asked = case.method
    listed = list(case.rules.methods) if case.rules else _listed(case, "access-control-allow-methods")
    shown = f"allowed: {', '.join(listed) or 'none'}" if case.response.status else ""
    upper = asked.upper()
    if asked != upper and upper in _METHODS and not is_forbidden_method(upper):
        return case.is_("method-lower-case", shown, upper=upper, near_miss=f"the call says {asked}; HTTP says {upper}")
    if "*" in listed:
        return case.is_("method-star-with-credentials", shown)
    if case.rules and case.rules.served:  # allow_methods="routes"
        return case.is_(
            "method-not-listed", shown, remedy=f'serve {asked} at {case.path}; allow_methods="routes" then names it'
        )
    return case.is_("method-not-listed", shown, remedy=_list("allow_methods", [*listed, asked]))


def header(case: Case) -> Diagnosis | None:
    if case.about not in ("header-not-allowed", "authorization-not-listed") and not _starlette_says(
        case, _SAID_HEADERS
    ):
        return None
    rules = case.rules
    listed = list(rules.headers) if rules else _listed(case, "access-control-allow-headers")
    lower = {it.lower() for it in listed} | _ALWAYS
    asked = case.asked_headers or [it for it in [case.facts.get("header", "").lower()] if it]
    missing = [it for it in asked if it not in lower]
    if not missing:  # an empty list, or one that holds only what is always allowed
        missing = asked
    foreign = [it for it in missing if it.startswith("access-control-")]
    shown = f"not allowed: {', '.join(missing)}"
    if foreign:
        return case.is_("header-of-responses", shown, header=", ".join(foreign))
    if case.about == "authorization-not-listed":
        return case.is_("authorization-not-covered", shown)
    names = [_spelt(it) for it in missing]
    if "*" in listed:
        return case.is_("header-star-with-credentials", shown, remedy=_list("allow_headers", names))
    kept = [_spelt(it) for it in listed] if rules else []
    return case.is_("header-not-listed", shown, remedy=_list("allow_headers", [*kept, *names]))


_ALWAYS: Final = frozenset({"accept", "accept-language", "content-language"})


def _starlette_says(case: Case, what: str) -> bool:
    """Whether the preflight got Starlette's 400, and what it names; of several things the origin counts first."""
    body = case.response.body.decode("latin-1")
    if not (case.preflight and body.startswith("Disallowed CORS ")):
        return False
    named = body.removeprefix("Disallowed CORS ").split(", ")
    order = [it for it in (_SAID_ORIGIN, _SAID_METHOD, _SAID_HEADERS) if it in named]
    return order[:1] == [what]


def _listed(case: Case, name: str) -> list[str]:
    return [it.strip() for it in (case.header(name) or "").split(",") if it.strip()]


def _remedy(cause: str, page: str, kept: list[str]) -> str:
    if cause == "mismatch-glob":
        return CAUSES[cause].remedy
    return _origins([*kept, page])


def _origins(origins: Iterable[str]) -> str:
    return _list("allow_origins", origins)


def _list(field: str, values: Iterable[str]) -> str:
    written = ", ".join(f'"{it or UNKNOWN_PAGE}"' for it in dict.fromkeys(values))
    return f"{field}=[{written}]"


def _spelt(name: str) -> str:
    if name != name.lower():
        return name
    return _SPELLING.get(name) or "-".join(it.capitalize() for it in name.split("-"))
