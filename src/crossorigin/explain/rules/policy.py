"""Rules about the policy: it was asked, and the answer was no.

Here belong origins, credentials, methods and headers. With the app at hand the policy is read; without it,
the response says what it allows. Not here: who answered (`server`).
"""

from __future__ import annotations

from typing import Final

from ...policy import remedies
from ..case import Case
from ..causes import Diagnosis

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
    ours = rules is not None and rules.ours
    found = remedies.for_origin(case.page, listed, regex=rules is not None and rules.regex is not None, patterns=ours)
    where = "the list has" if rules is not None else "the response names"
    if found.near is not None:
        alone = remedies.for_compared_origin(case.page, [], found.near, regex=False)
        return case.is_(
            found.cause,
            remedy=found.line if rules is not None else alone.line,
            near_miss=f"{where} {found.near.listed}; the page is {case.page}",
        )
    if rules is not None and rules.regex is not None:
        near_miss = f"the expression is {rules.regex}; the page is {case.page}"
        return case.is_("mismatch-regex", near_miss=near_miss)
    if rules is not None:
        near_miss = f"the nearest is {found.similar}; the page is {case.page}" if found.similar else ""
        return case.is_("origin-not-listed", f"allow_origins = {list(listed)}", remedy=found.line, near_miss=near_miss)
    if said is not None:
        return case.is_("origin-not-listed" if case.about == "allow-origin-mismatch" else "malformed-allow-origin")
    signs = _signs(case)
    return case.is_("origin-not-listed", signs) if signs or case.about == "allow-origin-mismatch" else None


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
    if cause == "allow-credentials-not-true" and value is None:
        cause = "credentials-not-allowed"  # a message that does not show the value: what to do is the same
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
    shown = f"allowed: {', '.join(listed) or 'none'}" if case.response.status and not case.heard else ""
    served = case.rules is not None and case.rules.served  # allow_methods="routes"
    found = remedies.for_method(asked, listed, path=case.path, from_routes=served)
    if found.cause == "method-lower-case":
        upper = asked.upper()
        near_miss = f"the call says {asked}; HTTP says {upper}"
        return case.is_(found.cause, shown, remedy=found.line, near_miss=near_miss, upper=upper)
    return case.is_(found.cause, shown, remedy=found.line)


def header(case: Case) -> Diagnosis | None:
    if case.about not in ("header-not-allowed", "authorization-not-listed") and not _starlette_says(
        case, _SAID_HEADERS
    ):
        return None
    rules = case.rules
    listed = list(rules.headers) if rules else _listed(case, "access-control-allow-headers")
    asked = case.asked_headers or [it for it in [case.facts.get("header", "").lower()] if it]
    found = remedies.for_headers(asked, listed, whole=rules is not None)
    shown = f"not allowed: {', '.join(found.missing)}"
    if case.about == "authorization-not-listed" and found.cause != "header-of-responses":
        return case.is_("authorization-not-covered", shown)
    return case.is_(found.cause, shown, remedy=found.line, header=", ".join(found.missing))


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
