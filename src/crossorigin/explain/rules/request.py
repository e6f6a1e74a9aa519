"""Rules about the call, the network and redirects: what goes wrong before a server's policy has its say.

Here belong mistakes of the page, connections that fail, requests that are sent elsewhere, and what the console says
outright. Not here: what a server answers (`response`, `policy`).
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from ...middleware.rejection import HOST_BODY, ORIGIN_BODY
from ...policy.denial_remedies import UNKNOWN_PAGE
from ...standards.fetch import REDIRECT_STATUSES
from ...standards.messages import FailureKind
from ...standards.origin import Origin, ip_address
from ...transport.isolated_layer import answering
from ..case import UNKNOWN_URL, Case
from ..causes import CAUSES, Diagnosis
from ..copied import UNSAFE_VALUES
from ..recorded import origin_of, parts_of

Rule: TypeAlias = Callable[[Case], Diagnosis | None]

_BEFORE_TRAFFIC: Final[Mapping[str, str]] = {
    "invalid-url": "invalid-call",
    "url-has-credentials": "invalid-call",
    "call-forbidden-method": "invalid-call",
    "call-invalid-method": "invalid-call",
    "call-invalid-header": "invalid-call",
    "no-cors-method": "invalid-call",
    "body-not-allowed": "invalid-call",
    "stream-in-no-cors": "invalid-call",
    "no-cors-redirect-mode": "invalid-call",
    "bad-port": "blocked-port",
    "scheme-not-http": "not-http",
    "same-origin-mode": "same-origin-call",
    "redirect-mode-error": "redirect-mode",
    "cross-origin-resource-policy": "resource-policy",
    "redirect-credentials": "redirect-with-password",
    "redirect-location-invalid": "redirect-failed",
    "redirect-scheme": "redirect-failed",
    "redirect-count": "redirect-loop",
    "redirect-stream": "redirect-failed",
}

_FAILURES: Final[Mapping[FailureKind, str]] = {
    "local-network": "local-network",
    "dns": "no-such-host",
    "tls": "tls-failure",
    "refused": "no-server",
}


def named(case: Case) -> Diagnosis | None:
    """What a message names outright, and what it leaves open: there the next thing to look at."""
    cause = case.facts.get("cause")
    if cause is None:
        return None
    url = case.outcome.url
    if url == UNKNOWN_URL:
        return case.is_(cause, origin="https://your-api.example")
    if cause == "answered-by-another":
        return case.is_(cause, remedy=f"{CAUSES[cause].remedy}: {_command(case)}")
    evidence = "" if case.exchanged else f"the URL is {url}"
    if cause == "local-network-insecure":
        host = urlsplit(url).hostname
        evidence = f"the page is {case.page}; {host} is the visitor's own machine or network, not your server"
    remedy = ""
    if cause in _NOT_SAID:
        remedy = f"{CAUSES[cause].remedy}; or ask the server: {_command(case)}"
    return case.is_(cause, evidence, remedy=remedy, origin=origin_of(url))


_NOT_SAID: Final = ("said-above", "said-in-console", "not-recorded")


def _command(case: Case) -> str:
    """The command that asks the server itself."""
    page = case.page or UNKNOWN_PAGE
    words = ["crossorigin", "explain", case.outcome.url, *_call_words(case), "--from", page]
    for name in case.asked_headers:
        words += ["-H", f"{name}: {UNSAFE_VALUES.get(name, '…')}"]
    return shlex.join(words)


def _call_words(case: Case) -> list[str]:
    path = urlsplit(case.outcome.url)
    target = path._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return [f"{case.method} {target}"] if case.method != "GET" else []


def redirected(case: Case) -> Diagnosis | None:
    """A message that names the URL which the page asked for, and the one that a redirect led to."""
    before = case.facts.get("redirected_from", "")
    told_null = case.about == "allow-origin-mismatch" and case.header("access-control-allow-origin") == case.page
    if not before or case.about not in _CORS_CHECK or told_null:
        return None
    old, new = parts_of(before), parts_of(case.outcome.url)
    way = f"{before} → {case.outcome.url}"
    login = _LOGIN.search(new.netloc + new.path) is not None
    if login:
        return case.is_("redirect-elsewhere", way)
    if old.hostname != new.hostname:
        remedy = f"{CAUSES['redirect-elsewhere'].remedy}; if it is not one, call {case.outcome.url} directly"
        return case.is_("redirect-elsewhere", way, remedy=remedy)
    if (old.scheme, old.netloc) != (new.scheme, new.netloc):
        return case.is_("redirect-origin-null", way, "after this redirect the request says Origin: null")
    return None


# Hosts and paths to which a server sends those who are not logged in.
_LOGIN: Final = re.compile(
    r"(?i)(?:^|[/._-])(?:log-?[io]n|sign-?in|oauth2?|openid|authorize|authn?|sso|saml|idp|accounts?|session)(?:$|[/._:?-])"
)


def call(case: Case) -> Diagnosis | None:
    """What the browser rejects because of the call, or of the redirect, alone."""
    cause = _BEFORE_TRAFFIC.get(case.reason)
    if cause is None:
        return None
    url = case.outcome.url
    if cause == "not-http" and "//" not in url:  # `localhost:8000/items`, whose scheme is then `localhost`
        return case.is_(cause, f"the URL is {url}", remedy=f"write the scheme: http://{url}")
    return case.is_(cause, _last_step(case))


def mixed_content(case: Case) -> Diagnosis | None:
    if case.reason != "mixed-content":
        return None
    evidence = f"the page is {case.page or 'https'}, the URL is {case.outcome.url}"
    if case.outcome.requests:
        return case.is_("redirect-to-http", evidence)
    remedy = "serve the API over https: https" + case.outcome.url.removeprefix("http")
    return case.is_("insecure-call", evidence, remedy=remedy)


def no_response(case: Case) -> Diagnosis | None:
    """There is no response at all."""
    if case.about != "network-failure":
        return None
    kind = case.failure.kind if case.failure is not None else "unknown"
    if case.crash is not None or kind == "app-error":
        return case.is_("crash-unanswered", _crash(case.crash))
    cause = _FAILURES.get(kind)
    if cause is None:
        return local_network(case) or case.is_("no-response")
    target = urlsplit(case.request.url)
    named = cause == "no-server" and case.request.url != UNKNOWN_URL
    remedy = f"start the server at {target.scheme}://{target.netloc}" if named else ""
    return case.is_(cause, remedy=remedy)


def local_network(case: Case) -> Diagnosis | None:
    """A public page that asks for something private. Never named if CORS already blocks it."""
    host = urlsplit(case.outcome.url).hostname or ""
    if case.outcome.url == UNKNOWN_URL or not (_is_public(case.page) and _is_local(host)):
        return None
    return case.is_("local-network", f"the page is public: {case.page}", f"{host} is on this machine or network")


def host(case: Case) -> Diagnosis | None:
    """Our own guard says so in the body; whatever it rejects for another reason is said of the origin."""
    if case.response.status != 403 or case.response.body != HOST_BODY:
        return None
    return case.is_("host-rejected", host=urlsplit(case.request.url).hostname or "")


def websocket(case: Case) -> Diagnosis | None:
    if case.reason != "websocket-refused":
        return None
    missing = case.response.status == 404 or (case.app is not None and not _has_websocket(case))
    # That the server takes its own origin tells that it looks at Origin; that it takes neither tells nothing.
    compared = case.facts.get("own_origin") == "taken" or case.response.body == ORIGIN_BODY
    cause = "websocket-origin" if compared else "websocket-rejected"
    if missing:
        cause = "websocket-not-found"
    sent = f"the page sent Origin: {case.page}" if case.page else ""
    return case.is_(cause, sent)


def preflight_redirect(case: Case) -> Diagnosis | None:
    """A preflight with a redirect status ends here, whatever the browser names first."""
    status = case.response.status
    if not (case.reason == "preflight-redirect" or (case.preflight and status in REDIRECT_STATUSES)):
        return None
    outside = case.built.outside if case.built else ()
    layer = answering([(each.name, each.build) for each in outside], case.request, status)
    named = f"{layer} answered, outside the CORS middleware" if layer else ""
    before, after = urlsplit(case.request.url), urlsplit(case.location)
    if case.location and before.path != after.path and before.path.rstrip("/") == after.path.rstrip("/"):
        cause = "preflight-redirect-slash"
    elif (before.scheme, after.scheme) == ("http", "https"):
        cause = "preflight-redirect-https"
    else:
        cause = "preflight-redirect-other"
    written = case.location or case.header("location")
    where = f"Location: {written}" if written else ""
    return case.is_(cause, where, named, location=case.location or case.request.url)


def origin_null_after_redirect(case: Case) -> Diagnosis | None:
    """The redirect left another origin than the page's: the request says `Origin: null`."""
    if case.about not in _CORS_CHECK or case.page == "null":
        return None
    sent = [value for name, value in case.request.headers if name.lower() == b"origin"]
    said = case.header("access-control-allow-origin")
    if sent != [b"null"] and not (said == case.page and case.about == "allow-origin-mismatch"):
        return None
    way = " → ".join(dict.fromkeys(exchange.request.url for exchange in case.outcome.requests))
    html = "html" in (case.header("content-type") or "")
    if said is None and html:
        return case.is_("redirect-elsewhere", way)
    return case.is_("redirect-origin-null", way, f"the page is {case.page}; this request said Origin: null")


def redirect_without_cors(case: Case) -> Diagnosis | None:
    if not (case.response.status in REDIRECT_STATUSES and case.about == "allow-origin-missing"):
        return None
    if not case.location:
        return case.is_("redirect-without-cors", remedy="open the URL in a new tab, and call the URL where that ends")
    return case.is_("redirect-without-cors", f"Location: {case.location}", location=case.location)


_CORS_CHECK: Final = (
    "allow-origin-missing",
    "allow-origin-mismatch",
    "allow-origin-multiple",
    "allow-origin-invalid",
    "allow-origin-star-with-credentials",
)


def _last_step(case: Case) -> str:
    failed = [step.text for step in case.outcome.steps if not step.ok]
    return failed[-1] if failed else ""


def _crash(error: BaseException | None) -> str:
    """The exception and the line of the app that raised it."""
    if error is None:
        return ""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "site-packages" not in file:
            place = f" at {file.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"the app raised {type(error).__name__}: {error}{place}"


def _is_public(page: str) -> bool:
    try:
        origin = Origin.parse(page)
    except ValueError:
        return False
    return not origin.opaque and not _is_local(origin.host)


def _is_local(host: str) -> bool:
    """Local Network Access § IP address space: loopback or local, judged by the name alone."""
    address = ip_address(host)
    if address is None:
        return "." not in host or host.endswith(_LOCAL_NAMES)
    shared = ipaddress.ip_network("100.64.0.0/10")
    return address.is_private or address.is_loopback or (address.version == 4 and address in shared)


# Names that no public resolver knows (RFC 6761, RFC 6762, RFC 8375), and those that routers invent.
_LOCAL_NAMES: Final = (".localhost", ".local", ".test", ".invalid", ".internal", ".home.arpa", ".lan")


def _has_websocket(case: Case) -> bool:
    """Whether some WebSocket route takes the path; True if that cannot be seen."""
    routes: list[Any] = list(getattr(case.app, "routes", ()))
    if not routes:
        return True
    mine = [route for route in routes if hasattr(route, "path_regex") and not hasattr(route, "methods")]
    return any(route.path_regex.match(case.path) for route in mine)
