"""One denial as facts, and as a line of the log that `crossorigin denials` reads back.

The facts are strings and lists; the line is made of them last. A value stands in the line as JSON would write it, in
ASCII, so that no line break, control byte, bidirectional mark or quotation mark of a stranger makes another line or
another fact.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, replace
from typing import Any, Final

from ..policy import denial_remedies
from ..policy.denial_remedies import Remedy
from ..policy.limits import FROM_ROUTES
from ..policy.near_misses import NearMiss
from ..policy.policy import Policy
from ..server.compiled_policy import REPEATED, CompiledPolicy
from ..server.decision import Decision
from ..standards import fetch
from ..standards.origin import split_serialised
from .types import Scope

MAX_SHOWN: Final = 200
_MAX_HEADERS: Final = 20
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:*-]*")
_SAFE_PATH: Final = re.compile(r"/[A-Za-z0-9_./:@~+,=-]*")
_SAFE_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?")

DENIED: Final = "crossorigin: denied"
WOULD_DENY: Final = "crossorigin: would deny"
ARROW: Final = " → "


@dataclass(frozen=True, slots=True)
class Denial:
    """A request that was denied. Every string is as it came, at most 200 characters of it; empty if there is none.

    `kind`, `reason` and `culprit` are the decision's. `method` is the one that a preflight asks about. `route` is the
    path as the route declares it; None if no route was found. `cause` is a row of the causes of `crossorigin explain`,
    and `remedy` the line to write; empty if none is known to work. `nearest` is an allowed origin. `site` is
    `Sec-Fetch-Site`. `would` says that the request was not denied: a policy on trial would have denied it.
    `explain` is a command that shows the same, in development.
    """

    kind: str
    origin: str
    method: str
    route: str | None
    reason: str
    culprit: str
    cause: str
    nearest: str
    site: str
    client: str
    remedy: str
    would: bool = False
    explain: str = ""

    def at(self, route: str | None) -> Denial:
        """The same at a route."""
        shown = None if route is None else route[:MAX_SHOWN]
        return replace(self, route=shown)

    @property
    def as_data(self) -> dict[str, Any]:
        """The facts by name; what is empty is left out."""
        named = {name: getattr(self, name) for name in _FACTS}
        return {name: value for name, value in named.items() if value not in ("", None)}

    @property
    def counted(self) -> dict[str, Any]:
        """The facts as a summary has them: whether the request went on is one of them."""
        return ({"would": "deny"} if self.would else {}) | self.as_data

    @property
    def fields(self) -> dict[str, Any]:
        """The facts for `extra`, so that a JSON logger writes them: `cors_origin`, `cors_reason` and so on."""
        event = "would-deny" if self.would else "denied"
        return {"cors_event": event} | {f"cors_{name}": value for name, value in self.as_data.items()}

    @property
    def facts(self) -> str:
        """The facts as `name=value`, with the remedy, for a summary."""
        return " ".join(f"{name}={quoted(value)}" for name, value in self.counted.items())

    @property
    def line(self) -> str:
        """The line of the log. The remedy is at its end, as it is to be copied."""
        facts = {name: value for name, value in self.as_data.items() if name != "remedy"}
        written = " ".join(f"{name}={quoted(value)}" for name, value in facts.items())
        begin = WOULD_DENY if self.would else DENIED
        remedy = ARROW + escaped(self.remedy) if self.remedy else ""
        return f"{begin} {written}{remedy}"


_FACTS: Final = (
    "kind",
    "origin",
    "method",
    "route",
    "reason",
    "culprit",
    "cause",
    "nearest",
    "site",
    "client",
    "explain",
    "remedy",
)


def quoted(value: str) -> str:
    """A value in a line: a plain word as it is, anything else as a JSON string."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value).replace("\x7f", "\\u007f")


def escaped(text: str) -> str:
    """A string on one line, in ASCII, with nothing that a terminal takes for a command."""
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    return character if " " <= character <= "~" else f"\\u{ord(character):04x}"


def described(
    answers: CompiledPolicy,
    decision: Decision,
    scope: Scope,
    near: NearMiss | None,
    default: Policy,
    *,
    would: bool,
    client: bool,
) -> Denial:
    """The facts about one request, without its route. `near` is the nearest allowed origin, if one is near."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope.get("headers", ()):
        headers[name] = REPEATED if name == b"origin" and name in headers else value
    origin = _text(headers.get(b"origin", b""))
    method = str(scope.get("method", "GET"))
    if decision.kind == "preflight":
        method = _text(headers.get(b"access-control-request-method", b""))
    remedy = _remedy(answers.policy, decision, scope, near, default, origin, method, headers)
    peer = scope.get("client")
    nearest = remedy.near.listed if remedy.near is not None else remedy.similar
    address = str(peer[0])[:MAX_SHOWN] if client and peer else ""
    explain = ""
    if answers.policy.environment == "development" and decision.reason != "host-not-trusted":
        explain = _command(scope, origin, method, headers)
    return Denial(
        decision.kind,
        origin,
        method[:MAX_SHOWN],
        None,
        decision.reason,
        _text(decision.culprit),
        remedy.cause,
        nearest,
        _text(headers.get(b"sec-fetch-site", b"")),
        address,
        remedy.line,
        would,
        explain,
    )


def _text(value: bytes) -> str:
    return "(repeated)" if value == REPEATED else value.decode("latin-1")[:MAX_SHOWN]


def _remedy(
    policy: Policy,
    decision: Decision,
    scope: Scope,
    near: NearMiss | None,
    default: Policy,
    origin: str,
    method: str,
    headers: dict[bytes, bytes],
) -> Remedy:
    """What to write. A line is offered only if it can be written: not with what a stranger made up."""
    sendable = split_serialised(origin.encode("latin-1")) is not None
    match decision.reason:
        case "method-not-allowed":
            if not fetch.is_token(method) or fetch.is_forbidden_method(method) or len(method) > MAX_SHOWN:
                return Remedy("method-not-listed", "")
            from_routes = _methods_from_routes(policy, default)
            return denial_remedies.for_method(
                method, policy.allow_methods, path=scope.get("path", ""), from_routes=from_routes
            )
        case "header-not-allowed":
            asked = _asked(headers)
            if not asked or not all(fetch.is_token(name) for name in asked):
                return Remedy("header-not-listed", "")
            return denial_remedies.for_headers(asked, policy.allow_headers)
        case "headers-too-long":
            return Remedy("headers-too-long", "ask for fewer headers: 128 names and 4096 bytes at most")
        case "allowed-without-credentials":
            return Remedy("credentials-not-allowed", denial_remedies.TEMPLATES["credentials-not-allowed"])
        case "origin-null":
            return _of_null(scope, headers)
        case "origin-repeated":
            return Remedy("origin-repeated", "send one Origin header: a proxy or a client adds another")
        case "host-not-trusted":
            return denial_remedies.for_host(decision.culprit.decode("latin-1"))
        case "cross-origin-websocket":
            listable = sendable and denial_remedies.may_list(policy, origin)
            line = denial_remedies.filled("websocket-origin", page=origin) if listable else ""
            return Remedy("websocket-origin", line, near)
    if not sendable:
        return Remedy("origin-not-listed", "", near)
    regex = policy.allow_origin_regex is not None
    return denial_remedies.for_compared_origin(origin, policy.allow_origins, near, regex=regex, policy=policy)


def _of_null(scope: Scope, headers: dict[bytes, bytes]) -> Remedy:
    """Why the origin is `null`. A file and a data: page have no referrer; a page that was redirected here has one."""
    # Fetch § HTTP-redirect fetch, step 12: the origin is opaque after a redirect from another origin to a third.
    if not headers.get(b"referer", b"").startswith((b"http://", b"https://")):
        return Remedy("page-sends-null", denial_remedies.TEMPLATES["page-sends-null"])
    host, path = headers.get(b"host", b"").decode("latin-1"), scope.get("path", "")
    if not _SAFE_HOST.fullmatch(host) or not _SAFE_PATH.fullmatch(path):
        return Remedy("redirect-origin-null", "")
    url = f"{scope.get('scheme', 'http')}://{host}{path}"
    return Remedy("redirect-origin-null", denial_remedies.filled("redirect-origin-null", url=url))


def _methods_from_routes(policy: Policy, default: Policy) -> bool:
    """Whether the methods of this policy are those that the path serves (`allow_methods="routes"`)."""
    if FROM_ROUTES not in default.allow_methods:
        return False
    return policy == default.model_copy(update={"allow_methods": policy.allow_methods})


def _asked(headers: dict[bytes, bytes]) -> list[str]:
    """The header names that a preflight asks about; none if they are too many to be shown."""
    line = headers.get(b"access-control-request-headers", b"").decode("latin-1")
    names = [name.strip(" \t").lower() for name in line.split(",", _MAX_HEADERS)]
    return [name for name in names if name] if len(line) <= 10 * MAX_SHOWN and len(names) <= _MAX_HEADERS else []


def _command(scope: Scope, origin: str, method: str, headers: dict[bytes, bytes]) -> str:
    """The command that shows the same; empty if what it would hold is not plain. A query string is never in it."""
    host = headers.get(b"host", b"").decode("latin-1")
    path = scope.get("path", "")
    asked = _asked(headers)
    plain = _SAFE_HOST.fullmatch(host) and _SAFE_PATH.fullmatch(path) and fetch.is_token(method)
    known_page = origin == "null" or split_serialised(origin.encode("latin-1")) is not None
    if not plain or not known_page or not all(fetch.is_token(name) for name in asked):
        return ""
    websocket = scope["type"] == "websocket"
    scheme = "https" if scope.get("scheme") in ("https", "wss") else "http"
    target = f"{scheme}://{host}"
    call = f"WS {path}" if websocket else f"{method} {path}"
    words = ["crossorigin", "explain", target, call, "--from", origin]
    for name in asked:
        words += ["-H", f"{name}: {_VALUES.get(name, '1')}"]
    return shlex.join(words)


_VALUES: Final = {"content-type": "application/json", "authorization": "Bearer x"}
