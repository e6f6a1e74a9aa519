"""Rules for what the browser allowed, and which still is not what the page expected.

Here belong unreadable headers, cookies that were not sent, opaque responses and error statuses. Not here: what is
blocked.
"""

from __future__ import annotations

from typing import Final

from ...policy.denial_remedies import is_lower_case
from ..case import Case
from ..causes import Diagnosis


def opaque(case: Case) -> Diagnosis | None:
    return case.is_("opaque-response") if case.outcome.type == "opaque" else None


def unreadable_header(case: Case) -> Diagnosis | None:
    """The first header that the page wants and cannot read."""
    for name in case.read:
        if name.lower() in case.outcome.headers:
            continue
        if case.header(name.lower()) is None:
            return case.is_("header-absent", f"the response has no {name}")
        if name.lower() in ("set-cookie", "set-cookie2"):
            return case.is_("header-never-readable")
        readable = ", ".join(case.outcome.headers) or "nothing"
        seen = f"{name}: {case.header(name.lower())} arrived; the page reads {readable}"
        return case.is_("header-not-exposed", seen, header=name)
    return None


def cookie(case: Case) -> Diagnosis | None:
    """A cookie that the browser did not send or did not store, as its steps tell."""
    for step in case.outcome.steps:
        cause = _COOKIE_STEPS.get(step.code)
        # Most pages need no cookie: that it stayed behind matters if the response asks who is there.
        if cause is not None and (cause != "cookie-not-included" or case.response.status in (401, 403)):
            return case.is_(cause, step.text)
    return None


_COOKIE_STEPS: Final = {
    "cookie-withheld-third-party": "cookie-same-site",
    "cookie-withheld-partition": "cookie-same-site",
    "cookie-withheld-same-site": "cookie-same-site",
    "cookie-rejected": "cookie-not-stored",
    "cookies-excluded": "cookie-not-included",
}


def same_origin(case: Case) -> Diagnosis | None:
    """Nothing is cross-origin. With an error status the response says more, so that comes first."""
    told = bool(case.outcome.requests) and 101 < case.response.status < 400
    if not (told and case.outcome.type == "basic"):
        return None
    return case.is_("same-origin-request", f"the page and the server are {case.page}")


def status(case: Case) -> Diagnosis | None:
    """The page can read the response, and it is an error."""
    found = case.response.status
    if found >= 500:
        return case.is_("server-error")
    if found == 404:
        return case.is_("wrong-path")
    if found in (405, 501) and is_lower_case(case.method):
        return case.is_("method-lower-case", upper=case.method.upper())
    return case.is_("client-error") if found >= 400 else None


def fine(case: Case) -> Diagnosis:
    return case.is_("allowed")
