"""Rules about who answered: a crash, a gateway, another middleware, an outer app, nobody.

Here belong the responses of whatever answered before the policy was asked. Not here: a policy that was asked and does
not allow the request (`policy`).
"""

from __future__ import annotations

from typing import Final

from ...standards.fetch import REDIRECT_STATUSES
from ...standards.origin import same_origin
from ...transport.isolated_layer import answering
from ..case import Case
from ..causes import Diagnosis
from .request import _crash

_GATEWAY: Final = (502, 503, 504)
_STARLETTE_SAYS: Final = "Disallowed CORS "


def unanswered_by_cors(case: Case) -> bool:
    """Whether the browser stopped because CORS headers are missing, or because of the status of a preflight."""
    return case.about in ("allow-origin-missing", "preflight-status")


def crash(case: Case) -> Diagnosis | None:
    if not (unanswered_by_cors(case) and case.response.status == 500):
        return None
    layer = "" if case.crash else _who(case)
    if layer:
        return None
    return case.is_("crash-outside-cors", _crash(case.crash))


def gateway(case: Case) -> Diagnosis | None:
    if not (unanswered_by_cors(case) and case.response.status in _GATEWAY and not _who(case)):
        return None
    server = case.header("server") or case.header("via")
    named = f"Server: {server}" if server else ""
    return case.is_("gateway-error", named)


def other_middleware(case: Case) -> Diagnosis | None:
    """The layer outside CORS that answered, by its name, if the app is at hand."""
    if not (unanswered_by_cors(case) and case.built is not None and case.built.cors):
        return None
    layer = _who(case)
    if not layer or _leads_elsewhere(case):  # to another origin: there the request says `Origin: null`
        return None
    cause = "preflight-answered-by-middleware" if case.preflight else "response-from-middleware"
    cors = next(each.name for each in case.built.layers if each.rules is not None)
    return case.is_(cause, f"{layer} answered; {cors} stands inside it and was not reached")


def _leads_elsewhere(case: Case) -> bool:
    """Whether the response is a redirect to another origin."""
    redirects = case.response.status in REDIRECT_STATUSES and bool(case.location)
    return redirects and not same_origin(case.location, case.request.url)


def mounted(case: Case) -> Diagnosis | None:
    built = case.built
    if built is None or not built.prefix or len(built.cors) < 2:
        return None
    outer, inner = built.cors[0], [each.rules for each in built.inner if each.rules is not None]
    if not inner or outer.takes(case.page, case.method, case.asked_headers):
        return None
    if not inner[-1].takes(case.page, case.method, case.asked_headers):
        return None
    return case.is_(
        "mounted-app-outer-policy",
        f"the app mounted at {built.prefix} would allow this",
        f"the outer app allows origins {list(outer.origins)}, methods {list(outer.methods)}, "
        f"headers {list(outer.headers)}",
    )


def no_cors(case: Case) -> Diagnosis | None:
    """There is no CORS on the way, if the app is at hand to see it."""
    if case.built is None or case.built.cors or case.built.unseen or case.about != "allow-origin-missing":
        return None
    here = " and ".join(case.built.elsewhere)
    inside = f"CORS is only on what is mounted at {here}" if here else "no layer of the app sends CORS headers"
    return case.is_("no-cors-middleware", inside)


def preflight_unanswered(case: Case) -> Diagnosis | None:
    """Something else answered OPTIONS: a login, a rate limit, a 404 or a 405."""
    status = case.response.status
    if not case.preflight or not unanswered_by_cors(case) or _cors_refused(case):
        return None
    cause = _PREFLIGHT_STATUS.get(status)
    return case.is_(cause) if cause else None


_PREFLIGHT_STATUS: Final = {
    401: "preflight-needs-login",
    407: "preflight-needs-login",
    404: "preflight-not-answered",
    405: "preflight-not-answered",
    501: "preflight-not-answered",
    429: "preflight-rate-limited",
}


def preflight_status(case: Case) -> Diagnosis | None:
    return case.is_("preflight-failed") if case.about == "preflight-status" else None


def error_without_cors(case: Case) -> Diagnosis | None:
    """A 404, 401, 413… without CORS headers, from a server that is not at hand."""
    if case.about != "allow-origin-missing" or case.preflight or case.response.status < 400:
        return None
    cause = "wrong-path" if case.response.status == 404 else "response-without-cors"
    return case.is_(cause)


def nothing_said(case: Case) -> Diagnosis:
    """What is left: there is no Access-Control-Allow-Origin, and nothing tells why."""
    page = f"the page is {case.page}" if case.page else ""
    unseen = case.built.unseen if case.built is not None else ""
    inside = f"{unseen} cannot be looked into, so what is inside it is not known" if unseen else ""
    return case.is_("no-allow-origin", page, inside)


def _cors_refused(case: Case) -> bool:
    """Whether Starlette's middleware says in the body what it does not allow."""
    return case.response.body.decode("latin-1").startswith(_STARLETTE_SAYS)


def _who(case: Case) -> str:
    """The layer outside CORS that answered by itself; empty if there is none, or none can be seen."""
    if case.built is None or not case.built.cors:
        return ""
    layers = [(each.name, each.build) for each in case.built.outside]
    return answering(layers, case.request, case.response.status)
