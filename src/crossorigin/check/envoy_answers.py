"""What Envoy answers to a request, worked out from its configuration as its CORS filter works.

The filter takes each setting from the nearest policy that has it: those of typed_per_filter_config on the route, the
virtual host and the route table; only if there is none of these, `cors` on the route and the virtual host. It answers
the preflights of allowed origins itself; every other request goes on (source/extensions/filters/http/cors).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain as chained
from typing import Final, Literal

from ..report.findings import Place, RunTimeValue, not_judged
from .proxy_answers import Answer, Choices, OriginTest, PageRequest, Regexes, Unread, every_answer
from .proxy_headers import ALLOW_CREDENTIALS, ALLOW_ORIGIN, Sent
from .proxy_remedies import ADDED_HEADER
from .templates import placeholder
from .yaml_lines import Value

CORS: Final = "envoy.filters.http.cors"
POLICY: Final = "extensions.filters.http.cors.v3.CorsPolicy"
FILTER: Final = "extensions.filters.http.cors.v3.Cors"

# Field of a policy: the header that it becomes, of a preflight and of every other answer.
_PREFLIGHT: Final = {
    "allow_methods": "access-control-allow-methods",
    "allow_headers": "access-control-allow-headers",
    "max_age": "access-control-max-age",
    "allow_private_network_access": "access-control-allow-private-network",
}
_EVERY: Final = {"expose_headers": "access-control-expose-headers"}
HEADERS: Final = {**_PREFLIGHT, **_EVERY, "allow_credentials": ALLOW_CREDENTIALS}

_TEXT: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "exact": str.__eq__,
    "prefix": str.startswith,
    "suffix": str.endswith,
    "contains": str.__contains__,
}
_KINDS: Final = {"exact": "equal", "prefix": "prefix", "suffix": "suffix", "contains": "contains"}
_ITSELF: Final = "the origin that asked"
_FORMAT: Final = re.compile(r"%[A-Z_]+(?:\([^)]*\))?(?::\d+)?%")
_REQUEST_ORIGIN: Final = re.compile(r"%REQ\(origin(?:\?[^)]*)?\)%", re.IGNORECASE)


def type_of(value: Value) -> str:
    """The type of a message; empty if it has none."""
    named = value.get("@type")
    return named.text if named is not None else ""


def is_cors(value: Value) -> bool:
    """Whether an HTTP filter is the one for CORS."""
    given = type_of(value.get("typed_config") or value)
    name = value.get("name")
    return given.endswith(FILTER) or (not given and name is not None and name.text in (CORS, "envoy.cors"))


@dataclass(frozen=True, slots=True)
class Route:
    """One route with the policies in force there, the nearest first, and the headers that are added on the way."""

    policies: tuple[Value, ...]
    added: tuple[Value, ...]
    place: Place
    route: Value
    has_filter: bool = True
    regexes: Regexes = field(default_factory=lambda: Regexes(whole=True))

    def answers(self, asked: PageRequest) -> list[Answer]:
        """What it answers, for every choice that something else makes."""
        return every_answer(lambda choices: _EnvoyRequest(self, asked, choices).answer())


def routes(documents: Sequence[Value]) -> Iterator[Route]:
    """The routes of every route table; a policy that stands in none is taken for a route of its own."""
    everything = list(chained.from_iterable(document.everywhere() for document in documents))
    managers = {id(table.node): manager for manager in everything if (table := manager.get("route_config")) is not None}
    seen: set[int] = set()
    listed: set[int] = set()
    for table in everything:
        hosts = table.get("virtual_hosts")
        if hosts is None:
            continue
        manager = managers.get(id(table.node))
        chain = manager.get("http_filters") if manager is not None else None
        has_filter = chain is None or any(is_cors(one) for one in chain.items())
        for host in hosts.items():
            listed.add(id(host.node))
            for route in _routes_of(host):
                made = _route(table, host, route, has_filter=has_filter)
                seen |= {id(policy.node) for policy in made.policies}
                yield made
    for host in everything:
        if host.get("domains") is not None and id(host.node) not in listed:
            yield from (_route(host, host, route, has_filter=True) for route in _routes_of(host))
    for policy in everything:
        if type_of(policy).endswith(POLICY) and id(policy.node) not in seen:
            yield Route((policy,), (), policy.place, policy)


def _routes_of(host: Value) -> list[Value]:
    listed = host.get("routes")
    return (list(listed.items()) if listed is not None else []) or [host]


def _route(table: Value, host: Value, route: Value, *, has_filter: bool) -> Route:
    levels = list(dict.fromkeys((route, host, table)))
    typed = [policy for level in levels if (policy := _typed(level)) is not None]
    legacy = [policy for level in (route.get("route"), host) if level and (policy := level.get("cors")) is not None]
    clusters = route.get("route", "weighted_clusters", "clusters")
    for cluster in clusters.items() if clusters is not None else ():
        own = _typed(cluster)
        typed = [own, *typed] if own is not None else typed
    added = [added for level in levels if (added := level.get("response_headers_to_add")) is not None]
    return Route(tuple(typed or legacy), tuple(added), route.place, route, has_filter)


def _typed(level: Value) -> Value | None:
    """The policy of typed_per_filter_config: under the filter's name, which may be any."""
    configs = level.get("typed_per_filter_config")
    for name, config in configs.fields() if configs is not None else ():
        inner = config.get("config") or config
        if type_of(inner).endswith(POLICY) or (not type_of(inner) and name in (CORS, "envoy.cors")):
            return inner
    return None


# -- one request --------------------------------------------------------------------------------------


class _EnvoyRequest:
    def __init__(self, route: Route, asked: PageRequest, choices: Choices) -> None:
        self._route = route
        self._asked = asked
        self._choices = choices
        self._tests: list[OriginTest] = []
        self._passed: list[OriginTest] = []
        self._unknown: list[Unread] = []
        self._everybody = ""

    def answer(self) -> Answer:
        """The answer in the end."""
        # A route that answers by itself, or redirects, goes to no cluster, and the filter leaves it alone.
        alone = self._route.route.get("direct_response") or self._route.route.get("redirect")
        let_in = self._route.has_filter and alone is None and self._enabled() and self._allowed()
        if self._asked.preflight and let_in:
            own = [sent for name, header in _PREFLIGHT.items() if (sent := self._header(name, header)) is not None]
            return self._made(200, [*self._origin(), *own], by="proxy", at=None)
        headers = self._added()
        if let_in:
            every = [sent for name, header in _EVERY.items() if (sent := self._header(name, header)) is not None]
            mine = [*self._origin(), *every]
            names = {sent.name for sent in mine}
            headers = [*(sent for sent in headers if sent.name not in names), *mine]
        direct = self._route.route.get("direct_response", "status")
        status = 500 if self._asked.fails else 200
        if direct is not None and direct.text.isdigit():
            return self._made(int(direct.text), headers, by="proxy", at=direct.place)
        return self._made(status, headers, by="app", at=None)

    def _made(self, status: int, headers: Sequence[Sent], *, by: Literal["proxy", "app"], at: Place | None) -> Answer:
        return Answer(
            status,
            tuple(headers),
            by,
            at,
            tests=tuple(self._tests),
            passed=tuple(self._passed),
            unknown=tuple(self._unknown),
            no_vary="info",
        )

    def _first(self, *names: str) -> Value | None:
        """The setting of the nearest policy that has it."""
        for policy in self._route.policies:
            for name in names:
                value = policy.get(name)
                if value is not None and not value.empty:
                    return value
        return None

    def _enabled(self) -> bool:
        """`filter_enabled` is a share of the requests, which a running Envoy can change."""
        nearest = next(iter(self._route.policies), None)
        enabled = nearest.get("filter_enabled") if nearest is not None else None
        old = nearest.get("enabled") if nearest is not None else None
        if old is not None and old.text.lower() == "false":
            return False
        if enabled is None:
            return True
        share = enabled.get("default_value", "numerator")
        numerator = share.text if share is not None else "0"
        key = enabled.get("runtime_key")
        if key is not None:
            self._unknown.append(RunTimeValue("filter_enabled", key.text, enabled.place))
        denominator = enabled.get("default_value", "denominator")
        size = denominator.text if denominator is not None else ""
        whole = {"TEN_THOUSAND": 10_000, "MILLION": 1_000_000}.get(size, 100)
        if numerator.isdigit() and int(numerator) >= whole:
            return True
        return numerator != "0" and self._choices.choose(enabled.place) == 0

    def _allowed(self) -> bool:
        """Every matcher is tried with `*` before the origin: one that takes it lets in every origin."""
        matchers = self._first("allow_origin_string_match", "allow_origin", "allow_origin_regex")
        results = [self._matcher(matcher) for matcher in string_matchers(matchers)]
        return any(results)

    def _matcher(self, matcher: StringMatcher) -> bool:
        if matcher.kind == "unknown" or placeholder(matcher.text):
            code = "template" if placeholder(matcher.text) else "unknown-matcher"
            doubt = not_judged(code, matcher.written, place=matcher.place)
            return self._choices.choose((matcher.place, matcher.written), doubts=[doubt]) == 1
        if matcher.matches("*", self._route.regexes):
            self._everybody = matcher.written
            self._passed.append(matcher.test)
            if matcher.kind == "safe_regex":
                self._tests.append(matcher.test)
            return True
        passed = matcher.matches(self._asked.origin, self._route.regexes)
        if passed is None:
            doubt = not_judged("unread-part", f"{matcher.text[:200]}: it is not understood", place=matcher.place)
            passed = self._choices.choose((matcher.place, matcher.written), doubts=[doubt]) == 1
        test = matcher.test
        self._tests.append(test)
        if passed:
            self._passed.append(test)
        return passed

    def _origin(self) -> list[Sent]:
        matchers = self._first("allow_origin_string_match", "allow_origin", "allow_origin_regex")
        place = matchers.place if matchers is not None else self._route.place
        allowed = Sent(ALLOW_ORIGIN, self._asked.origin, place, source=_ITSELF, said=self._everybody)
        credentials = self._first("allow_credentials")
        cookies = credentials is not None and credentials.true
        if credentials is None or not cookies:
            return [allowed]
        return [allowed, Sent(ALLOW_CREDENTIALS, "true", credentials.place)]

    def _header(self, name: str, header: str) -> Sent | None:
        value = self._first(name)
        if value is None or not value.text or (name == "allow_private_network_access" and not value.true):
            return None
        return Sent(header, value.text, value.place)

    def _added(self) -> list[Sent]:
        """response_headers_to_add, from the route outwards."""
        headers: list[Sent] = []
        for option in chained.from_iterable(added.items() for added in self._route.added):
            key, value = option.get("header", "key"), option.get("header", "value")
            if key is None or value is None:
                continue
            name = key.text.lower()
            action, append = option.get("append_action"), option.get("append")
            kind = action.text if action is not None else "APPEND_IF_EXISTS_OR_ADD"
            if action is None and append is not None and not append.true:
                kind = "OVERWRITE_IF_EXISTS_OR_ADD"
            present = any(sent.name == name for sent in headers)
            if kind.startswith("OVERWRITE_IF_EXISTS"):
                headers = [sent for sent in headers if sent.name != name]
            if (kind == "ADD_IF_ABSENT" and present) or (kind == "OVERWRITE_IF_EXISTS" and not present):
                continue
            self._send(headers, name, value)
        return headers

    def _send(self, headers: list[Sent], name: str, value: Value) -> None:
        written = value.text
        text = _REQUEST_ORIGIN.sub(self._asked.origin, written)
        if name.startswith("access-control-") and (_FORMAT.search(text) or placeholder(text)):
            code = "template" if placeholder(text) else "unset-variable"
            self._unknown.append(not_judged(code, f"{name}: {written}", place=value.place))
            return
        source = written if text != written else ""
        headers.append(Sent(name, text, value.place, source=source, remedy=ADDED_HEADER))


# -- comparing ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StringMatcher:
    """One matcher of origins: how it compares, with what, and where it stands."""

    kind: str  # exact, prefix, suffix, contains, safe_regex, unknown
    text: str
    place: Place
    ignore_case: bool = False

    @property
    def written(self) -> str:
        """The matcher as it is written."""
        return f"{self.kind}: {self.text}"

    @property
    def test(self) -> OriginTest:
        """The same as a test of the origin."""
        return OriginTest(_KINDS.get(self.kind, "regex"), self.text, self.place, self.ignore_case)

    def matches(self, origin: str, regexes: Regexes) -> bool | None:
        """Whether it accepts an origin; None if that cannot be judged. Not for an unknown one."""
        if self.kind == "safe_regex":
            return regexes.match(self.text, origin)
        compare = _TEXT[self.kind]
        if self.ignore_case:
            return compare(origin.lower(), self.text.lower())
        return compare(origin, self.text)


def string_matchers(matchers: Value | None) -> Iterator[StringMatcher]:
    """The matchers of a list, in every form that Envoy has had."""
    if matchers is None:
        return
    old = matchers.called
    given = list(matchers.items()) or [matchers]
    for matcher in given:
        if matcher.text or not list(matcher.fields()):
            kind = "safe_regex" if old == "allow_origin_regex" else "exact"
            yield StringMatcher(kind, matcher.text, matcher.place)
            continue
        ignored = matcher.get("ignore_case")
        ignore_case = ignored is not None and ignored.true
        for name, value in matcher.fields():
            if name == "ignore_case":
                continue
            yield _string_matcher(name, value, matcher, ignore_case=ignore_case)


def _string_matcher(name: str, value: Value, matcher: Value, *, ignore_case: bool) -> StringMatcher:
    if name in ("safe_regex", "regex"):
        inner = value.get("regex") or value
        return StringMatcher("safe_regex", inner.text, inner.place)
    if name in _TEXT:
        return StringMatcher(name, value.text, value.place, ignore_case)
    return StringMatcher("unknown", name, value.place)
