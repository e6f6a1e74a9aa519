"""The variables of an nginx configuration: what each is worth for one request.

Here belong `set`, `map`, the variables that nginx brings, and comparing them. Not here: which directives run
(`nginx_answers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from ..report.findings import not_judged
from .nginx_config import UNREAD, Directive
from .proxy_answers import (
    THIS_SERVER,
    Choices,
    OriginTest,
    PageRequest,
    ProxyValue,
    Regexes,
    Unread,
    joined,
    mixed_test,
    not_told,
    tells_nothing,
    whole_groups,
)
from .templates import marked, placeholder

REFERENCE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")

# What nginx sets for every request, with a value as it may be (nginx.org/en/docs/varindex.html).
_BUILT_IN: Final = {
    "scheme": "https",
    "host": THIS_SERVER,
    "http_host": THIS_SERVER,
    "server_name": THIS_SERVER,
    "hostname": "this",
    "http_referer": "https://app.example.com/page",
    "http_user_agent": "Mozilla/5.0",
    "uri": "/path",
    "document_uri": "/path",
    "request_uri": "/path?query",
    "request_filename": "/srv/path",
    "document_root": "/srv",
    "args": "query",
    "query_string": "query",
    "is_args": "?",
    "https": "on",
    "server_protocol": "HTTP/1.1",
    "server_port": "443",
    "remote_addr": "203.0.113.7",
    "remote_user": "user",
    "status": "200",
    "request_id": "0123456789abcdef",
    "request_time": "0.001",
    "time_iso8601": "2026-01-01T00:00:00+00:00",
    "msec": "1767225600.000",
    "http_upgrade": "",
    "http_connection": "keep-alive",
}
_BUILT_IN_FAMILY: Final = re.compile(
    r"(?:ssl_|tcpinfo_|connection|cookie_|realip_|proxy_protocol_|request_|remote_|server_|proxy_|geoip2?_|binary_"
    r"|body_|bytes_|content_|gzip_|limit_|nginx_|pid|pipe|time_|http_(?:accept|cache_|cf_|x_forwarded_|x_real_))\w*"
)
_TEMPLATE: Final = re.compile(r"[A-Z][A-Z0-9_]*")


class Selection(NamedTuple):
    """The entry of a map that an origin leads to, the tests that were made, and the groups of an expression in it."""

    entry: Directive | None
    tests: tuple[OriginTest, ...]
    passed: tuple[OriginTest, ...]
    captured: dict[str, ProxyValue] | None


@dataclass(frozen=True, slots=True)
class Variables:
    """What a whole configuration says of its variables.

    `selected` is what a map gives an origin, worked out once, by the map's name. `together` are the tests of several
    such maps, so that answers share them.
    """

    maps: dict[str, Directive] = field(default_factory=dict)
    set: frozenset[str] = frozenset()
    regexes: Regexes = field(default_factory=lambda: Regexes(whole=False))
    selected: dict[tuple[str, str], Selection] = field(default_factory=dict)
    together: dict[tuple[int, ...], tuple[OriginTest, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: Sequence[Directive]) -> Variables:
        """Those of a configuration."""
        everything = list(_all(tree))
        maps = {d.args[1].lstrip("$"): d for d in everything if d.name == "map" and len(d.args) == 2}
        given = frozenset(d.first.lstrip("$") for d in everything if d.name == "set" and d.args)
        return cls(maps, given)


def _all(tree: Sequence[Directive]) -> Iterator[Directive]:
    for directive in tree:
        yield from directive.inside()


def template_name(name: str) -> bool:
    """Whether a variable is called as those of the environment are, which `envsubst` fills in."""
    return _TEMPLATE.fullmatch(name) is not None


class Evaluation:
    """The variables during one request."""

    def __init__(self, variables: Variables, asked: PageRequest, choices: Choices) -> None:
        self.asked = asked
        self.choices = choices
        self.tests: list[OriginTest] = []
        self.passed: list[OriginTest] = []
        self.method = "OPTIONS" if asked.preflight else asked.method
        self._variables = variables
        self._values: dict[str, ProxyValue] = {}
        self._captured: dict[str, ProxyValue] = {}
        self._open: list[str] = []  # the maps that are being worked out
        self._parts: list[tuple[OriginTest, ...]] = []  # the tests of maps

    @property
    def tests_made(self) -> tuple[OriginTest, ...]:
        """Every test that was made: the same object for the same tests of maps, which may be thousands."""
        if sum(map(len, self._parts)) != len(self.tests):
            return tuple(self.tests)
        key = tuple(map(id, self._parts))
        return self._variables.together.setdefault(key, tuple(self.tests))

    def assign(self, name: str, value: ProxyValue) -> None:
        """`set`."""
        self._values[name.lstrip("$")] = value

    def expand(self, text: str) -> ProxyValue:
        """A string with the values of its variables."""
        whole = REFERENCE.fullmatch(text)
        if whole is not None:
            return self._value(whole[1] or whole[2])
        if marked(text):
            return ProxyValue(text, unknown=(marked(text),))
        pieces: list[ProxyValue] = []
        end = 0
        for found in REFERENCE.finditer(text):
            pieces += [ProxyValue(text[end : found.start()]), self._value(found[1] or found[2])]
            end = found.end()
        return joined([*pieces, ProxyValue(text[end:])])

    def _value(self, name: str) -> ProxyValue:
        if name in self._values:
            return self._values[name]
        method, headers = ("PUT", "authorization") if self.asked.preflight else ("", "")
        known = {
            "http_origin": ProxyValue(self.asked.origin, origin=True),
            "request_method": ProxyValue(self.method),
            "http_access_control_request_method": ProxyValue(method),
            "http_access_control_request_headers": ProxyValue(headers),
        }
        if name in known:
            return known[name]
        if name in self._variables.maps and name not in self._open:
            return self._mapped(name)
        if name in self._variables.set:
            return ProxyValue("")  # it is set elsewhere, and not for this request
        if name in self._captured:
            return self._captured[name]
        if name in _BUILT_IN:
            return ProxyValue(_BUILT_IN[name], free=True)
        if name.startswith("arg_"):
            return ProxyValue(self.asked.origin, free=True)  # the page writes the URL
        if _BUILT_IN_FAMILY.fullmatch(name):
            return ProxyValue(name, free=True)
        return ProxyValue(f"${name}", unknown=(name,))

    # -- map ------------------------------------------------------------------------------------------

    def _mapped(self, name: str) -> ProxyValue:
        directive = self._variables.maps[name]
        self._open.append(name)
        try:
            self._values[name] = self._entry_value(directive)
        finally:
            self._open.pop()
        return self._values[name]

    def _entry_value(self, directive: Directive) -> ProxyValue:
        entries = [entry for entry in directive.block or () if entry.name not in ("hostnames", "volatile", UNREAD)]
        unread = [entry for entry in directive.block or () if entry.name == UNREAD]
        source = self.expand(directive.first)
        if source.mixed:
            return self._mixed(entries, source, directive)
        if source.open:
            option = self.choices.choose(directive.place, len(entries) + 1, unset(source, directive))
            return self._of(entries[option - 1]) if option else self._default(entries, directive)
        entry = self._selected(entries, directive, source, alone=not unread)
        if entry is None and unread:
            return ProxyValue(directive.args[1], unread=(not_read(unread[0]),))
        return self._default(entries, directive) if entry is None else self._of(entry)

    def _selected(
        self, entries: Sequence[Directive], directive: Directive, source: ProxyValue, *, alone: bool
    ) -> Directive | None:
        """The entry for a source. What an origin leads to is the same at every location."""
        key = directive.args[1], source.text
        known = self._variables.selected.get(key) if source.origin else None
        if known is None:
            before, self.tests, self.passed = (self.tests, self.passed), [], []
            asked, captured = self.choices.asked, self._captured
            entry = self._select(entries, directive, source, alone=alone)
            found = self._captured if self._captured is not captured else None
            known = Selection(entry, tuple(self.tests), tuple(self.passed), found)
            self.tests, self.passed = before
            if source.origin and asked == self.choices.asked:  # nothing was left open
                self._variables.selected[key] = known
        if self._variables.selected.get(key) is known:
            self._parts.append(known.tests)
        self.tests += known.tests
        self.passed += known.passed
        if known.captured is not None:
            self._captured = known.captured
        return known.entry

    def _select(
        self, entries: Sequence[Directive], directive: Directive, source: ProxyValue, *, alone: bool
    ) -> Directive | None:
        """By a whole name; if all entries were read, then by a `*`, and by the first expression that matches."""
        hostnames = any(entry.name == "hostnames" for entry in directive.block or ())
        wildcards = [entry for entry in entries if hostnames and is_wildcard(entry.name)]
        entry = self._exact([entry for entry in entries if entry not in wildcards], source)
        if entry is None and alone:
            entry = self._by_host(wildcards, source)
        if entry is None and alone:
            entry = self._by_regex(entries, source)
        return entry

    def _mixed(self, entries: Sequence[Directive], source: ProxyValue, directive: Directive) -> ProxyValue:
        """By the origin and something else: only a whole name of what is known tells which origins pass."""
        named = [entry for entry in entries if entry.name != "default"]
        self.tests += [mixed_test(entry.name, entry.place, source, self.asked.origin) for entry in named]
        whole = [entry for entry in named if not source.open and not entry.name.startswith("~")]
        same = [entry for entry in whole if entry.name.removeprefix("\\").lower() == source.text.lower()]
        rest = [entry for entry in named if entry not in whole]
        if same or not rest:
            return self._of(same[0]) if same else self._default(entries, directive)
        doubts = [*unset(source, directive), *(not_told(str(entry), entry.place) for entry in rest)]
        option = self.choices.choose(directive.place, len(rest) + 1, doubts)
        return self._of(rest[option - 1]) if option else self._default(entries, directive)

    def _exact(self, entries: Sequence[Directive], source: ProxyValue) -> Directive | None:
        """ngx_http_map_module: strings are compared without case, and before any regular expression."""
        chosen = None
        for entry in entries:
            if entry.name == "default" or entry.name.startswith("~"):
                continue
            key = entry.name.removeprefix("\\")
            passed = key.lower() == source.text.lower()
            if placeholder(key):
                passed = self.choices.choose((entry.place, key), doubts=[_rendered(entry)]) == 1
            elif source.origin:
                self._note(entry_test(entry, hostnames=False), passed)
            if passed and chosen is None:
                chosen = entry
        return chosen

    def _by_host(self, wildcards: Sequence[Directive], source: ProxyValue) -> Directive | None:
        """`hostnames`: the longest name with a `*` at its start, then the longest with one at its end."""
        host = source.text.lower()
        at_start = [entry for entry in wildcards if _ends(host, entry.name)]
        at_end = [entry for entry in wildcards if entry.name.endswith(".*") and _starts(host, entry.name)]
        chosen = max(at_start or at_end, key=lambda entry: len(entry.name), default=None)
        for entry in wildcards if source.origin else ():
            self._note(entry_test(entry, hostnames=True), entry is chosen)
        return chosen

    def _by_regex(self, entries: Sequence[Directive], source: ProxyValue) -> Directive | None:
        for entry in entries:
            if entry.name.startswith("~"):
                pattern = entry.name[1:]
                ignore_case = pattern.startswith("*")
                if self.matches(pattern.removeprefix("*"), source, entry, ignore_case=ignore_case):
                    return entry
        return None

    def _default(self, entries: Sequence[Directive], directive: Directive) -> ProxyValue:
        default = next((entry for entry in entries if entry.name == "default"), None)
        return self._of(default) if default is not None else ProxyValue("", place=directive.place)

    def _of(self, entry: Directive) -> ProxyValue:
        value = self.expand(entry.first)
        return replace(value, origin=False, place=value.place or entry.place)

    # -- comparing ------------------------------------------------------------------------------------

    def _note(self, test: OriginTest, passed: bool) -> None:
        self.tests.append(test)
        if passed:
            self.passed.append(test)

    def matches(self, pattern: str, value: ProxyValue, directive: Directive, *, ignore_case: bool) -> bool:
        """Whether a regular expression matches; a choice if that cannot be decided."""
        place = directive.place
        if value.mixed:
            self.tests.append(mixed_test(pattern, place))
            doubts = [*unset(value, directive), not_told(str(directive), place)]
            return self.choices.choose((place, pattern), doubts=doubts) == 1
        if value.open:
            return self.choices.choose((place, pattern), doubts=unset(value, directive)) == 1
        if placeholder(pattern):
            return self.choices.choose((place, pattern), doubts=[_rendered(directive)]) == 1
        matched = self._variables.regexes.match(pattern, value.text, ignore_case=ignore_case)
        if matched is None:
            doubt = not_judged("unread-part", f"{pattern[:200]}: it is not understood", place=place)
            matched = self.choices.choose((place, pattern), doubts=[doubt]) == 1
        if value.origin:
            self._note(OriginTest("regex", pattern, place, ignore_case), matched)
        if matched:
            self._captured = dict.fromkeys(whole_groups(pattern), value)
        return matched

    def condition(self, directive: Directive) -> bool:
        """Whether an `if` is true; a choice if that depends on something else than the question says."""
        words, place = directive.args, directive.place
        if len(words) not in (1, 3):  # -f, -d, -e, -x
            return self.choices.choose(place) == 1
        value = self.expand(words[0])
        if len(words) == 1:
            undecided = self.choices.choose(place, doubts=unset(value, directive)) == 1 if value.open else None
            return value.text not in ("", "0") if undecided is None else undecided
        _, operator, right = words
        negated = operator.startswith("!")
        if operator.lstrip("!") in ("~", "~*"):
            return self.matches(right, value, directive, ignore_case=operator.endswith("*")) is not negated
        other = self.expand(right)
        if value.origin and other.known and THIS_SERVER in other.text:
            return negated  # the page is this server's own, and no other origin is asked about
        if value.open or other.open:
            doubts = [*unset(value, directive), *unset(other, directive)]
            if not doubts and tells_nothing(value, other):
                doubts.append(not_told(str(directive), place))
            return self.choices.choose(place, doubts=doubts) == 1
        same = value.text == other.text
        if value.mixed and other.text:
            self.tests.append(mixed_test(other.text, place, value, self.asked.origin))
        if value.origin and other.text:
            self._note(OriginTest("equal", other.text, place), same)
        return same is not negated


def unset(value: ProxyValue, directive: Directive) -> list[Unread]:
    """The variables in a value that nothing sets, or that are filled in when a template is rendered."""
    return [*value.unread, *(_unset(name, directive) for name in value.unknown)]


def not_read(directive: Directive) -> Unread:
    """An include that was not read."""
    return not_judged("unread-include", directive.args[-1], place=directive.place)


def _rendered(directive: Directive) -> Unread:
    return not_judged("template", str(directive), place=directive.place)


def _unset(name: str, directive: Directive) -> Unread:
    if template_name(name) or marked(name):
        return not_judged("template", str(directive), place=directive.place, placeholder=name)
    return not_judged(
        "unset-variable", f"{directive}: nothing that is read here sets ${name}", place=directive.place, variable=name
    )


def is_wildcard(name: str) -> bool:
    """Whether an entry of a map with `hostnames` stands for several names."""
    return name.startswith((".", "*.")) or name.endswith(".*")


def entry_test(entry: Directive, *, hostnames: bool) -> OriginTest:
    """What an entry of a map of the origin compares it with: always without case, but for an expression."""
    name = entry.name
    if name.startswith("~"):
        pattern = name[1:]
        return OriginTest("regex", pattern.removeprefix("*"), entry.place, pattern.startswith("*"))
    if hostnames and name.startswith((".", "*.")):
        return OriginTest("suffix", name.removeprefix("*"), entry.place, ignore_case=True)
    if hostnames and name.endswith(".*"):
        return OriginTest("prefix", name.removesuffix("*"), entry.place, ignore_case=True)
    return OriginTest("equal", name.removeprefix("\\"), entry.place, ignore_case=True)


def _ends(host: str, name: str) -> bool:
    if name.startswith("*."):
        return host.endswith(name[1:].lower())
    return name.startswith(".") and f".{host}".endswith(name.lower())


def _starts(host: str, name: str) -> bool:
    return host.startswith(name[:-1].lower())
