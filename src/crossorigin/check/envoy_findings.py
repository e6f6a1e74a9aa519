"""An Envoy configuration, as far as CORS is in it.

Here belong the matchers of origins, the CORS filter's place among the others, and what is not read. Not here: YAML
(`yaml_lines`), what Envoy answers (`envoy_answers`), and what is wrong with that (`proxy_findings`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import chain as chained
from pathlib import Path
from typing import Final

from ..report.documents import MAX_YAML_BYTES, read_text
from ..report.findings import Finding, Result, not_judged
from .declarations import shorten
from .envoy_answers import CORS, POLICY, Route, StringMatcher, is_cors, routes, string_matchers, type_of
from .proxy_answers import Answer, PageRequest
from .proxy_findings import Allowance, Endpoint, Judged, Judgement
from .proxy_headers import found
from .templates import placeholder, template
from .yaml_lines import Value, read

# Filters that may answer a preflight themselves, if they stand before CORS.
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
# Filters that run code, which may set any header; a filter that Envoy does not bring may do so, too.
_CODE: Final = re.compile(r"\.filters\.http\.(?:lua|wasm|golang|ext_proc|dynamic_modules)\.")
_ENVOYS: Final = "type.googleapis.com/envoy."
_LUA: Final = (
    "inline_code",
    "inline_string",
    "inline_bytes",
    "filename",
    "environment_variable",
    "source_name",
    "name",
)
_CHANGES_RESPONSES: Final = re.compile(r"envoy_on_response|:respond\b|require|dofile|load")
_MATCHERS: Final = ("allow_origin_string_match", "allow_origin", "allow_origin_regex")


def inspect_envoy(file: Path, root: Path | None = None) -> Iterator[Result]:
    """Everything found in a configuration. Raises CannotRun."""
    whole = template(read_text(file, MAX_YAML_BYTES), shorten(file))
    if whole is not None:
        yield whole
        return
    documents = read(file)
    everything = list(chained.from_iterable(document.everywhere() for document in documents))
    made = list(routes(documents))
    judgement = judge(made)
    yield from judgement.results()
    for policy in _policies(everything, made):
        yield from judgement.new(_disabled(policy))
    for value in everything:
        chain = value.get("http_filters")
        if chain is not None:
            yield from judgement.new(_chain(chain))
    yield from judgement.new(_without_filter(everything, made))
    yield from judgement.new(_unread(everything, made))
    yield from judgement.new(_code(everything))


def judge(made: Sequence[Route]) -> Judgement:
    """The judgement of some routes."""
    allowance = Allowance()
    # Routes that share everything are one: a virtual host may have hundreds, below a policy with a thousand origins.
    concerned = list({_same(route): route for route in made if route.policies or route.added}.values())
    endpoints = [Endpoint(_asking(route), allowance) for route in concerned]
    policies = chained.from_iterable(route.policies for route in concerned)
    static = list(chained.from_iterable(_tests(policy) for policy in policies))
    return Judgement("envoy", endpoints, list({judged.test: judged for judged in static}.values()))


def _same(route: Route) -> Hashable:
    """What decides the answers of a route: its own node, if it answers by itself."""
    parts = [id(part.node) for part in (*route.policies, *route.added)]
    alone = route.route.get("direct_response") or route.route.get("redirect")
    return route.has_filter, tuple(parts), id(route.route.node) * (alone is not None)


def _asking(route: Route) -> Callable[[PageRequest], Sequence[Answer]]:
    return route.answers


def _tests(policy: Value) -> Iterator[Judged]:
    credentials = policy.get("allow_credentials")
    cookies = credentials is not None and credentials.true
    for name in _MATCHERS:
        for matcher in string_matchers(policy.get(name)):
            if not _everybody(matcher) and not placeholder(matcher.text) and matcher.kind != "unknown":
                evidence = matcher.text if matcher.kind == "safe_regex" else matcher.written
                yield Judged(matcher.test, cookies, evidence=evidence, whole=True)


def _everybody(matcher: StringMatcher) -> bool:
    return matcher.kind != "safe_regex" and matcher.text == "*"


def _policies(everything: Sequence[Value], made: Sequence[Route]) -> list[Value]:
    given = chained.from_iterable(route.policies for route in made)
    return list({id(policy.node): policy for policy in given}.values())


def _disabled(policy: Value) -> Iterator[Finding]:
    share = policy.get("filter_enabled", "default_value", "numerator")
    if share is not None and share.text == "0" and policy.get("filter_enabled", "runtime_key") is None:
        remedy = "leave filter_enabled out, or write numerator: 100"
        yield found("no-effect", "filter_enabled: 0", share.place, remedy=remedy, language="envoy")


# -- its place among the filters ----------------------------------------------------------------------


def _chain(chain: Value) -> Iterator[Finding]:
    filters = list(chain.items())
    at = next((index for index, one in enumerate(filters) if is_cors(one)), None)
    for before in filters[:at] if at is not None else ():
        kind = re.sub(r".*\.http\.(\w+)\..*", r"\1", type_of(before.get("typed_config") or before))
        if kind in _LOGINS:
            yield found("preflight-behind-auth", f"{kind} stands before cors", before.place, language="envoy")
        elif kind in _LIMITS:
            evidence = f"{kind} stands before cors: what it answers has no CORS headers"
            yield found("middleware-order", evidence, before.place, language="envoy")


def _without_filter(everything: Sequence[Value], made: Sequence[Route]) -> Iterator[Finding]:
    if not any(route.policies and not route.has_filter for route in made):
        return
    for value in everything:
        chain = value.get("http_filters")
        if chain is not None and value.get("route_config") is not None and not any(map(is_cors, chain.items())):
            remedy = f"put {CORS} into http_filters, before the router"
            yield found("no-effect", f"no {CORS} in http_filters", chain.place, remedy=remedy, language="envoy")


# -- what is not read ---------------------------------------------------------------------------------


def _unread(everything: Sequence[Value], made: Sequence[Route]) -> Iterator[Result]:
    """Whatever else speaks of CORS: a policy where none is looked for, a filter that writes headers by itself."""
    read_nodes: set[int] = set()
    for route in made:
        for part in (*route.policies, *route.added):
            read_nodes |= {id(value.node) for value in part.everywhere()}
    for value in everything:
        if id(value.node) in read_nodes:
            continue
        policy = value.get("cors") or (value if type_of(value).endswith(POLICY) else None)
        if policy is not None and id(policy.node) not in read_nodes and list(policy.fields()):
            yield not_judged("unread-part", "a CORS policy that is on no route here", place=policy.place)
        elif "access-control-allow-origin" in value.text.lower():
            line = next((line for line in value.text.splitlines() if "access-control" in line.lower()), value.text)
            yield not_judged("unknown-directive", line.strip()[:120], place=value.place)


def _code(everything: Sequence[Value]) -> Iterator[Result]:
    """The filters that run code, also where a route sets their code."""
    for value in everything:
        kind = type_of(value)
        if ".filters.http.lua." in kind:
            for source in _sources(value):
                yield not_judged(
                    "unknown-directive", f"{source.called}: {source.text.strip()[:100]}", place=source.place
                )
        elif _CODE.search(kind):
            yield not_judged("unknown-directive", kind, place=value.place)
        chain = value.get("http_filters")
        for one in chain.items() if chain is not None else ():
            configured = one.get("typed_config") or one
            kind = type_of(configured)
            if kind and not kind.startswith(_ENVOYS):
                yield not_judged("unknown-directive", kind, place=configured.place)


def _sources(lua: Value) -> Iterator[Value]:
    """What says which code a filter runs, unless that code touches requests alone."""
    for value in lua.everywhere():
        inline = value.called.startswith("inline_")
        if value.called in _LUA and not (inline and not _CHANGES_RESPONSES.search(value.text)):
            yield value
