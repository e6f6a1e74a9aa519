"""An Envoy configuration, as far as CORS is in it.

Here belong the CORS policies on virtual hosts and routes, how each compares origins, and the filter's place among
the others (envoyproxy.io, HTTP filters § CORS). Not here: YAML (`yaml_lines`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from ..report.catalogue import Severity
from ..report.findings import Finding, Result, finding
from .origin_matching import holes, judge_regex
from .origin_matching import judge as judge_holes
from .proxy_headers import Sent, found, listed
from .proxy_headers import judge as judge_headers
from .yaml_lines import Value, read

_CORS: Final = "envoy.filters.http.cors"
_POLICY: Final = "extensions.filters.http.cors.v3.CorsPolicy"
_FILTER: Final = "extensions.filters.http.cors.v3.Cors"

# Filters that may answer a preflight themselves, where they stand before CORS.
_LOGINS: Final = ("jwt_authn", "ext_authz", "basic_auth", "api_key_auth", "oauth2", "rbac", "kerberos", "credential")
_LIMITS: Final = (
    "ratelimit",
    "local_ratelimit",
    "fault",
    "admission_control",
    "bandwidth_limit",
    "lua",
    "wasm",
    "csrf",
)

# Field of a policy: the header that it becomes.
_FIELDS: Final = {
    "allow_methods": "access-control-allow-methods",
    "allow_headers": "access-control-allow-headers",
    "expose_headers": "access-control-expose-headers",
    "max_age": "access-control-max-age",
    "allow_credentials": "access-control-allow-credentials",
    "allow_private_network_access": "access-control-allow-private-network",
}


def inspect_envoy(file: Path) -> Iterator[Result]:
    """Everything found in a configuration. Raises CannotRun."""
    documents = read(file)
    values = [it for document in documents for it in document.everywhere()]
    policies = [it for it in values if _type(it).endswith(_POLICY)]
    for policy in policies:
        yield from _policy(policy)
    chains = [filters for it in values if (filters := it.get("http_filters")) is not None]
    for chain in chains:
        yield from _chain(chain)
    told = any(key.text.lower() == "vary" for it in values if (key := it.get("key")) is not None)
    for it in policies if not told else ():
        yield from _vary(it)
    if policies and chains and not any(_is_cors(it) for chain in chains for it in chain.items()):
        remedy = f"put {_CORS} into http_filters, before the router"
        yield finding("no-effect", f"no {_CORS} in http_filters", place=chains[0].place, remedy=remedy)


def _type(value: Value) -> str:
    named = value.get("@type")
    return named.text if named is not None else ""


def _is_cors(value: Value) -> bool:
    return _type(value.get("typed_config") or value).endswith(_FILTER)


# -- one policy ---------------------------------------------------------------------------------------


def _policy(policy: Value) -> Iterator[Result]:
    credentials = policy.get("allow_credentials")
    cookies = credentials is not None and credentials.true
    matchers = policy.get("allow_origin_string_match")
    for matcher in matchers.items() if matchers is not None else ():
        yield from _matcher(matcher, cookies)
    yield from judge_headers(list(_headers(policy)))
    enabled = policy.get("filter_enabled", "default_value", "numerator")
    if enabled is not None and enabled.text == "0" and policy.get("filter_enabled", "runtime_key") is None:
        remedy = "leave filter_enabled out, or numerator: 100"
        yield finding("no-effect", "filter_enabled: 0", place=enabled.place, remedy=remedy)


def _vary(policy: Value) -> Iterator[Finding]:
    """Envoy names the origin that asked, and never adds `Vary`."""
    origins = policy.get("allow_origin_string_match")
    if origins is not None:
        remedy = (
            "response_headers_to_add: [{header: {key: Vary, value: Origin}, append_action: APPEND_IF_EXISTS_OR_ADD}]"
        )
        what = "Envoy answers with the origin that asked, and adds no Vary"
        yield found("missing-vary", what, origins.place, severity="info", remedy=remedy)


def _headers(policy: Value) -> Iterator[Sent]:
    """The policy as the headers that it sends."""
    for name, value in policy.fields():
        if name in _FIELDS:
            yield Sent(_FIELDS[name], value.text, value.place)


def _matcher(matcher: Value, cookies: bool) -> Iterator[Result]:
    """One StringMatcher. Envoy first tries each with `*`: one that takes it lets in every origin."""
    ignored = matcher.get("ignore_case")
    ignore_case = ignored is not None and ignored.true
    for name, value in matcher.fields():
        written = f"{name}: {value.text}"
        if name == "safe_regex":
            regex = value.get("regex") or value
            yield from judge_regex(regex.text, regex.place, whole=True, ignore_case=ignore_case, cookies=cookies)
        elif name == "exact" and value.text == "*":
            severity: Severity = "high" if cookies else "info"
            code = "accepts-any-origin" if cookies else "sends-star"
            yield found(code, written, value.place, severity=severity)
        elif name == "exact":
            yield from listed(value.text, value.place, written)
        elif name in _COMPARISONS:
            accepts = _accepting(name, value.text, ignore_case)
            yield from judge_holes(holes(accepts, value.text), written, value.place, cookies=cookies)


_COMPARISONS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "contains": str.__contains__,
}


def _accepting(name: str, text: str, ignore_case: bool) -> Callable[[str], bool]:
    compare = _COMPARISONS[name]
    if ignore_case:
        return lambda origin: compare(origin.lower(), text.lower())
    return lambda origin: compare(origin, text)


# -- its place among the filters ----------------------------------------------------------------------


def _chain(chain: Value) -> Iterator[Finding]:
    filters: Sequence[Value] = list(chain.items())
    at = next((index for index, it in enumerate(filters) if _is_cors(it)), None)
    for it in filters[:at] if at is not None else ():
        kind = re.sub(r".*\.http\.(\w+)\..*", r"\1", _type(it.get("typed_config") or it))
        if kind in _LOGINS:
            yield found("preflight-behind-auth", f"{kind} stands before cors", it.place)
        elif kind in _LIMITS:
            yield found("middleware-order", f"{kind} stands before cors: what it answers has no CORS headers", it.place)
