"""Rules about the policy: it was asked, and does not allow the request.

Here belong origins, credentials, methods and headers. If the app is at hand, the policy is read; if it is not, the
response says what it allows. Not here: who answered (`response`), and the words of a remedy
(`policy.denial_remedies`).
"""

from __future__ import annotations

from typing import Final

from ...middleware.app_layers import CorsSettings
from ...middleware.rejection import ORIGIN_BODY
from ...policy import denial_remedies
from ...policy.near_misses import nearest
from ...standards.fetch import REDIRECT_STATUSES
from ...standards.header_lists import get_all
from ..case import Case
from ..causes import INSTALL, Diagnosis
from ..recorded import origin_of

_ORIGIN_REASONS: Final = ("allow-origin-missing", "allow-origin-mismatch", "allow-origin-invalid")
_ALLOW_REASONS: Final = ("method-not-allowed", "header-not-allowed", "authorization-not-listed")
_SAID_ORIGIN, _SAID_METHOD, _SAID_HEADERS = "origin", "method", "headers"


def no_origin(case: Case) -> Diagnosis | None:
    """The page is a file, a data: URL or a sandboxed frame."""
    refused = case.about in _ORIGIN_REASONS or _starlette_says(case, _SAID_ORIGIN)
    return case.is_("page-sends-null", "the page sent Origin: null") if case.page == "null" and refused else None


def repeated(case: Case) -> Diagnosis | None:
    if case.about != "allow-origin-multiple":
        return None
    values = get_all(case.response.headers, "access-control-allow-origin")
    parts = [part.strip() for part in ",".join(values).split(",")]
    twice = len(values) != 1 or len(set(parts)) < len(parts) or "*" in parts
    lines = [f"Access-Control-Allow-Origin: {value}" for value in values]
    if len(values) == 1:
        lines = []  # the exchange shows it
    cause = "allow-origin-repeated" if twice else "allow-origin-list"
    return case.is_(cause, *lines, _cors_layers(case))


def _cors_layers(case: Case) -> str:
    if case.built is None:
        return ""
    layers = [layer.name for layer in case.built.layers if layer.rules is not None]
    return f"CORS layers of the app: {', '.join(layers)}" if layers else ""


def cached(case: Case) -> Diagnosis | None:
    """A stored response, made for another page."""
    age, hit = case.header("age"), (case.header("x-cache") or "").upper()
    varies = "origin" in (case.header("vary") or "").lower()
    if case.about not in _ORIGIN_REASONS or varies or not (age or "HIT" in hit):
        return None
    sign = f"Age: {age}" if age else f"X-Cache: {hit}"
    return case.is_("cached-for-another-origin", sign, "no Vary: Origin")


def rewritten(case: Case) -> Diagnosis | None:
    """The policy takes the request, and yet the response does not say so."""
    rules = case.rules
    if rules is None or case.about not in _TOLD_BY_HEADERS or case.response.status in REDIRECT_STATUSES:
        return None
    by_another = case.about == "allow-origin-missing" and case.response.status >= 400
    refused = by_another or _is_guarded(case) or case.response.body.startswith(b"Disallowed CORS ")
    if refused or not rules.takes(case.page, case.method, case.asked_headers):
        return None
    of_credentials = case.about in _CREDENTIALS
    if of_credentials and ("*" in rules.origins or not rules.credentials):
        return None
    listed = [*_listed(case, "access-control-allow-methods"), *_listed(case, "access-control-allow-headers")]
    if "*" in listed:  # which is what the policy says, and no wildcard with credentials
        return None
    said = case.header("access-control-allow-origin")
    near_miss = f"the response names {said}; the page is {case.page}" if said not in (None, case.page) else ""
    outside = [] if case.built is None else [layer.name for layer in case.built.outside]
    if not outside:
        return case.is_("headers-rewritten", near_miss=near_miss)
    evidence = f"outside it: {', '.join(outside)}"
    around = f"put the CORS middleware around {outside[0]}"
    remedy = INSTALL if hasattr(case.app, "user_middleware") else around
    return case.is_("headers-rewritten", evidence, remedy=remedy, near_miss=near_miss)


def origin(case: Case) -> Diagnosis | None:
    """The page's origin against the policy's list, or against the one origin that the response names."""
    if case.about not in _ORIGIN_REASONS and not _starlette_says(case, _SAID_ORIGIN):
        return None
    rules, said = case.rules, case.header("access-control-allow-origin")
    if rules is None:
        return _against_response(case, said)
    if not rules.takes_origin(case.page) or _is_guarded(case):
        return _against_policy(case, rules)
    # The policy is right, and something after it has written another origin.
    return None if said is None else _against_response(case, said)


def _is_guarded(case: Case) -> bool:
    """Whether our own guard rejected the request: it takes what changes something from named origins alone."""
    return case.response.status == 403 and case.response.body == ORIGIN_BODY


def _against_policy(case: Case, rules: CorsSettings) -> Diagnosis:
    regex = rules.regex is not None
    guarded = "enforce takes this request from named origins, not from *" if "*" in rules.origins else ""
    found = denial_remedies.for_origin(
        case.page,
        rules.origins,
        regex=regex,
        patterns=rules.ours,
        credentials=rules.credentials,
        policy=rules.policy,
    )
    if found.near is not None:
        near_miss = f"the list has {found.near.listed}; the page is {case.page}"
        return case.is_(found.cause, guarded, remedy=found.line, near_miss=near_miss)
    if regex:
        near_miss = f"the expression is {rules.regex}; the page is {case.page}"
        return case.is_("mismatch-regex", guarded, remedy=found.line, near_miss=near_miss)
    near_miss = f"the nearest is {found.similar}; the page is {case.page}" if found.similar else ""
    listed = f"allow_origins = {list(rules.origins)}"
    return case.is_("origin-not-listed", guarded, listed, remedy=found.line, near_miss=near_miss)


def _against_response(case: Case, said: str | None) -> Diagnosis | None:
    # If nobody says which page it was, the value may still be one that no browser sends.
    page = case.page or origin_of(said or "")
    near = nearest(page, [said]) if said and said != page else None
    if near is not None:
        found = denial_remedies.for_compared_origin(page, [], near, regex=False)
        near_miss = f"the response names {near.listed}; the page is {page}"
        return case.is_(near.cause, remedy=found.line, near_miss=near_miss)
    signs = _signs(case) if said is None else ""
    if said is not None and case.about != "allow-origin-mismatch":
        return case.is_("malformed-allow-origin")
    known = said is not None or signs or case.about == "allow-origin-mismatch"
    return case.is_("origin-not-listed", signs) if known else None


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
    policy = case.rules.policy if case.rules is not None else None
    remedy = ""
    if policy is not None and cause in ("star-for-credentials", "credentials-not-allowed"):
        remedy = denial_remedies.for_credentials(case.page, policy)
    seen = "" if value is None else f"{name}: {value}"
    return case.is_(cause, seen, remedy=remedy)


_TOLD_BY_HEADERS: Final = frozenset({*_ORIGIN_REASONS, *_ALLOW_REASONS, *_CREDENTIALS})
_HEADER_OF: Final = {
    "allow-credentials-not-true": "access-control-allow-credentials",
    "malformed-allow-methods": "access-control-allow-methods",
    "malformed-allow-headers": "access-control-allow-headers",
}


def method(case: Case) -> Diagnosis | None:
    if case.about != "method-not-allowed" and not _starlette_says(case, _SAID_METHOD):
        return None
    asked = case.method
    if case.heard and asked == "GET":  # which is always allowed: Firefox does not name the method
        return case.is_("method-not-listed", remedy=_UNNAMED_METHOD)
    listed = list(case.rules.methods) if case.rules else _listed(case, "access-control-allow-methods")
    shown = f"allowed: {', '.join(listed) or 'none'}" if case.response.status and not case.heard else ""
    served = case.rules is not None and case.rules.served  # allow_methods="routes"
    found = denial_remedies.for_method(asked, listed, path=case.path, from_routes=served)
    if found.cause == "method-lower-case":
        upper = asked.upper()
        near_miss = f"the call says {asked}; HTTP says {upper}"
        return case.is_(found.cause, shown, remedy=found.line, near_miss=near_miss, upper=upper)
    return case.is_(found.cause, shown, remedy=found.line)


_UNNAMED_METHOD: Final = (
    "add the method of the call to allow_methods; the network panel shows it in the preflight, as "
    "Access-Control-Request-Method"
)


def header(case: Case) -> Diagnosis | None:
    about_headers = case.about in ("header-not-allowed", "authorization-not-listed")
    if not about_headers and not _starlette_says(case, _SAID_HEADERS):
        return None
    rules = case.rules
    listed = list(rules.headers) if rules else _listed(case, "access-control-allow-headers")
    told = case.facts.get("header", "").lower()
    asked = case.asked_headers or ([told] if told else [])
    found = denial_remedies.for_headers(asked, listed, whole=rules is not None)
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
    order = [word for word in (_SAID_ORIGIN, _SAID_METHOD, _SAID_HEADERS) if word in named]
    return order[:1] == [what]


def _listed(case: Case, name: str) -> list[str]:
    values = (case.header(name) or "").split(",")
    return [value.strip() for value in values if value.strip()]
