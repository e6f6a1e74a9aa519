"""What Caddy answers to a request, worked out from its Caddyfile as Caddy orders and runs it.

The directives of a block run in Caddy's own order, whatever the order of the lines, except in `route`. `handle`s
exclude one another. A `header` is set at once, or, deferred, when something is written; what Caddy answers itself as
an error is written past deferred headers (caddyserver.com/docs/caddyfile/directives#directive-order).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final, Literal

from ..report.findings import Place, RunTimeValue, not_judged
from .caddyfile import CaddyLine
from .origin_matching import sound_regex
from .proxy_answers import (
    THIS_SERVER,
    Answer,
    Choices,
    OriginTest,
    PageRequest,
    ProxyValue,
    Regexes,
    Unread,
    every_answer,
    joined,
    mixed_test,
    not_told,
    tells_nothing,
    whole_groups,
)
from .proxy_headers import ALLOW_ORIGIN, Sent
from .proxy_remedies import caddy_group
from .templates import placeholder

Block = Sequence[CaddyLine]
_NOTHING: Final = ProxyValue("")

ORDER: Final = tuple(
    "tracing map vars fs root log_append skip_log log_skip log_name header copy_response_headers request_body redir "
    "method rewrite uri try_files basicauth basic_auth forward_auth request_header encode push intercept templates "
    "invoke handle handle_path route abort error copy_response respond metrics reverse_proxy php_fastcgi file_server "
    "acme_server".split()
)
_SETTINGS: Final = frozenset(("tls", "log", "bind", "import", "handle_errors", "handle_response"))
# Modules of others that send no headers of CORS. Templates, which Caddy brings, may set any (`.RespHeader`).
_OF_OTHERS: Final = frozenset(
    "authenticate authorize rate_limit crowdsec appsec coraza_waf geoip geoip2 maxmind_geolocation cache webdav "
    "replace realip trace dns git supervisor php php_server cgi s3proxy".split()
)
_LOGINS: Final = ("basicauth", "basic_auth", "forward_auth", "authenticate", "authorize")
_GROUPS: Final = ("handle", "handle_path")
_HOLD_DIRECTIVES: Final = (*_GROUPS, "route", "handle_errors")
# Matchers whose result the question leaves open; every other name is one that Caddy does not bring.
_FREE: Final = frozenset(("host", "remote_ip", "client_ip", "protocol", "query", "file", "tls"))
_PLACEHOLDER: Final = re.compile(r"\{([a-zA-Z$][^{}\s]*)\}")
_ORIGIN: Final = re.compile(r"(?:http\.request\.)?header\.origin", re.IGNORECASE)
_CAPTURED: Final = re.compile(r"(?:http\.regexp|re)\.(?:([\w-]+)\.)?(\w+)")
_REQUEST: Final = re.compile(
    r"http\.|host|hostport|port|scheme|path|uri|query|remote|client_ip|method|tls_|file|dir|rp|err|time|system|labels"
)
_QUERY: Final = re.compile(r"(?:http\.request\.uri\.)?query\.")
_GROUP: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_RUN_TIME: Final = re.compile(r"\$[A-Za-z_]\w*(?::.*)?|env\.\w+", re.DOTALL)
_RESPONDS: Final = frozenset(("respond", "redir", "reverse_proxy", "php_fastcgi", "file_server", "error", "abort"))


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a response's headers: set, add, delete, or default (set if there is none)."""

    kind: Literal["set", "add", "delete", "default", "replace"]
    name: str
    words: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Site:
    """One site of a Caddyfile. `routes` are the named ones, which `invoke` runs."""

    block: Block
    routes: Mapping[str, Block] = field(default_factory=dict)
    order: Sequence[str] = ORDER
    regexes: Regexes = field(default_factory=lambda: Regexes(whole=False))
    groups: dict[str, str] = field(default_factory=dict)

    def group_for(self, pattern: str) -> str:
        """What to write in place of a row with this expression and a placeholder, worked out once."""
        if pattern not in self.groups:
            self.groups[pattern] = caddy_group(sound_regex(pattern))
        return self.groups[pattern]

    def answers(self, asked: PageRequest, path: str) -> list[Answer]:
        """What it answers to a request for a path, for every choice that something else makes."""
        return every_answer(lambda choices: _CaddyRequest(self, asked, path, choices).answer())

    @property
    def paths(self) -> list[str]:
        """A path for each pattern of paths in it."""
        patterns = chain.from_iterable(_patterns(line) for line in all_lines(self.block))
        return list(dict.fromkeys([*(_like(pattern) for pattern in patterns), "/another-path"]))


def all_lines(block: Block) -> Iterator[CaddyLine]:
    """The lines of a block and of all those inside it."""
    for line in block:
        yield line
        yield from all_lines(line.block or ())


def runs_unread(line: CaddyLine) -> bool:
    """Whether a directive may set headers by code, or as a module of others."""
    known = line.name in ORDER or line.name in _SETTINGS or line.name in _OF_OTHERS
    return line.name == "templates" or (not known and re.fullmatch(r"[a-z][a-z0-9_]*", line.name) is not None)


def directives(block: Block) -> Iterator[CaddyLine]:
    """The directives of a block, and of the blocks in it that hold directives."""
    for line in block:
        yield line
        if line.name in _HOLD_DIRECTIVES:
            yield from directives(line.block or ())


def _patterns(line: CaddyLine) -> Iterator[str]:
    words = line.words[1:] if line.name.startswith("@") else line.words
    if words[:1] == ("path",):
        yield from words[1:]
    elif line.matcher.startswith("/"):
        yield line.matcher


def _like(pattern: str) -> str:
    path = pattern.replace("*", "x")
    return path if path.startswith("/") else f"/{path}"


# -- one request --------------------------------------------------------------------------------------


class _HandlerError(Exception):
    """A handler ends with an error, which `handle_errors` may answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class _CaddyRequest:
    def __init__(self, site: Site, asked: PageRequest, path: str, choices: Choices) -> None:
        self._site = site
        self._asked = asked
        self._choices = choices
        self._path = path
        self._method = "OPTIONS" if asked.preflight else asked.method
        self._headers: list[Sent] = []
        self._deferred: list[list[Change]] = []
        self._captured: dict[tuple[str, str], ProxyValue] = {}
        self._named: dict[str, ProxyValue] = {}  # what `map` and `vars` set
        self._tests: list[OriginTest] = []
        self._passed: list[OriginTest] = []
        self._unknown: list[Unread] = []
        self._block: Block = ()

    def answer(self) -> Answer:
        """The answer in the end."""
        try:
            answer = self._run(self._site.block, {}, ordered=True)
            if answer is None:
                answer = self._written(Answer(200, by="proxy"))
        except _HandlerError as error:
            answer = self._failed(error.answer)
        return replace(
            answer,
            tests=tuple(self._tests),
            passed=tuple(self._passed),
            unknown=(*answer.unknown, *self._unknown),
        )

    def _failed(self, answer: Answer) -> Answer:
        """An error: what was deferred is lost, and `handle_errors` may write it."""
        self._deferred = []
        try:
            written = self._handled(answer.status)
        except _HandlerError:
            return replace(answer, headers=tuple(self._headers))
        if written is None:
            return self._written(answer)
        own_status = written.written.startswith("respond") and re.search(r"\s\d{3}\b", written.written)
        status = written.status if own_status else answer.status
        return replace(written, status=status, at=answer.at, by=answer.by)

    def _handled(self, status: int) -> Answer | None:
        """What the blocks of `handle_errors` for a status answer; those that name statuses come first."""
        handlers = [line for line in self._site.block if line.name == "handle_errors"]
        for line in sorted(handlers, key=lambda line: not line.words[1:]):
            codes = line.words[1:]
            if codes and not any(_is_status(code, status) for code in codes):
                continue
            written = self._run(line.block or (), self._matchers(self._site.block, {}), ordered=True)
            if written is not None:
                return written
        return None

    # -- directives -----------------------------------------------------------------------------------

    def _run(self, block: Block, outer: Mapping[str, CaddyLine], *, ordered: bool) -> Answer | None:
        """Runs the directives of a block until one answers."""
        matchers = self._matchers(block, outer)
        lines = [line for line in block if not line.name.startswith("@")]
        if ordered:
            lines = sorted_lines(lines, matchers, self._site.order)
        taken: set[str] = set()
        for line in lines:
            group = "handle" if line.name in _GROUPS else ""
            if group in taken or line.name in _SETTINGS or not self._matches(line, matchers):
                continue
            if group:
                taken.add(group)
            self._block = block
            answer = self._directive(line, matchers)
            if answer is not None:
                return answer
        return None

    def _matchers(self, block: Block, outer: Mapping[str, CaddyLine]) -> dict[str, CaddyLine]:
        return {**outer, **{line.name: line for line in block if line.name.startswith("@")}}

    def _directive(self, line: CaddyLine, matchers: Mapping[str, CaddyLine]) -> Answer | None:
        name, words = line.name, line.arguments
        if name == "header":
            self._header(line)
        elif name in _GROUPS or name == "route":
            before = self._path
            if name == "handle_path" and line.matcher.startswith("/"):
                self._path = before.removeprefix(line.matcher.rstrip("*").rstrip("/")) or "/"
            answer = self._run(line.block or (), matchers, ordered=name != "route")
            self._path = before
            return answer
        elif name == "invoke":
            return self._run(self._site.routes.get(" ".join(words), ()), matchers, ordered=False)
        elif name == "vars" and len(words) == 2:
            self._named[f"vars.{words[0]}"] = self._named[f"http.vars.{words[0]}"] = self._value(words[1])
        elif name == "map":
            self._map(line)
        elif name == "intercept":
            self._replaced(line)
        elif name == "uri" and words[:1] == ("strip_prefix",) and len(words) == 2:
            self._path = _without_prefix(self._path, words[1])
        elif name in _LOGINS and self._asked.preflight:
            answer = Answer(401, by="login", at=line.place, written=str(line))
            if name == "forward_auth":
                return self._written(answer)
            raise _HandlerError(answer)
        elif name in _RESPONDS:
            return self._responded(line)
        elif name not in ORDER and ("cors" in name or "access-control" in str(line).lower()):
            self._unknown.append(not_judged("unknown-directive", str(line), place=line.place))
        return None

    def _responded(self, line: CaddyLine) -> Answer | None:
        name, words = line.name, line.arguments
        said = Answer(200, by="proxy", at=line.place, written=str(line))
        if name in ("reverse_proxy", "php_fastcgi"):
            return self._proxied(line)
        if name == "file_server":
            if self._asked.preflight or self._method not in ("GET", "HEAD"):
                raise _HandlerError(replace(said, status=405, at=None))
            if self._asked.fails:
                raise _HandlerError(replace(said, status=404))
            return self._written(said)
        if name == "error":
            raise _HandlerError(replace(said, status=_status(words, 500)))
        if name == "abort":
            return replace(said, status=0)
        if name == "redir":
            status = {"permanent": 301, "temporary": 302, "html": 200}.get(words[-1], _status(words[1:], 302))
            return self._written(replace(said, status=status))
        inner = next((each.words[1:] for each in line.block or () if each.name == "status"), ())
        return self._written(replace(said, status=_status((*words, *inner), 200)))

    def _proxied(self, line: CaddyLine) -> Answer:
        changes = [_change(each.words[1:], each.place) for each in line.block or () if each.name == "header_down"]
        known = [change for change in changes if change is not None]
        before = self._headers
        self._headers = []
        for kind in ("add", "set", "delete", "replace"):
            self._apply([change for change in known if change.kind == kind])
        self._headers = [*before, *(replace(sent, added=True) for sent in self._headers)]
        touched = any(change.name == ALLOW_ORIGIN for change in known)
        deferred = any(change.name == ALLOW_ORIGIN for change in chain.from_iterable(self._deferred))
        beside = any(ALLOW_ORIGIN in str(each).lower() for each in all_lines(self._block) if each is not line)
        adds = "the app behind" if beside and not (touched or deferred) else ""
        self._replaced(line)
        status = 500 if self._asked.fails else 200
        return self._written(Answer(status, by="app", at=line.place, written=str(line), adds=adds))

    def _replaced(self, line: CaddyLine) -> None:
        """`handle_response`, of `reverse_proxy` and `intercept`: another response in place of this one."""
        if any(each.name in ("handle_response", "@error") for each in line.block or ()):
            self._unknown.append(not_judged("unread-part", f"{line}: handle_response", place=line.place))

    def _written(self, answer: Answer) -> Answer:
        """Something is written: the deferred headers are applied, the last directive's first."""
        while self._deferred:
            self._apply(self._deferred.pop())
        return replace(answer, headers=tuple(self._headers))

    # -- headers --------------------------------------------------------------------------------------

    def _header(self, line: CaddyLine) -> None:
        given = [(line.arguments, line.place), *((without_colon(each.words), each.place) for each in line.block or ())]
        changes = [change for words, place in given if (change := _change(words, place)) is not None]
        deferred = any(each.words == ("defer",) for each in line.block or ())
        deferred |= any((words and words[0].startswith(("-", "?", ">"))) or len(words) > 2 for words, _ in given)
        if any(each.name == "match" for each in line.block or ()):
            self._unknown.append(not_judged("unknown-directive", f"{line}: match", place=line.place))
        ordered = sorted(changes, key=lambda change: _KINDS.index(change.kind))
        if deferred:
            self._deferred.append(ordered)
        else:
            self._apply(ordered)

    def _apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            present = any(sent.name == change.name for sent in self._headers)
            if change.kind in ("set", "delete") or (change.kind == "default" and not present):
                self._headers = [sent for sent in self._headers if sent.name != change.name]
            if change.kind in ("set", "add") or (change.kind == "default" and not present):
                self._send(change)
            elif change.kind == "replace" and present and change.name.startswith("access-control-"):
                why = not_judged("unknown-directive", f"{change.name} {' '.join(change.words)}", place=change.place)
                self._unknown.append(why)

    def _send(self, change: Change) -> None:
        written = change.words[0]
        value = self._value(written)
        if change.name.startswith("access-control-"):
            self._unknown += [_unread(name, change.name, written, change.place) for name in value.unknown]
        if value.unknown:
            return
        source = written if _PLACEHOLDER.search(written) else ""
        added = change.kind == "add"
        missing = "which is deferred, and not sent with Caddy's own errors"
        sent = Sent(
            change.name,
            value.text,
            change.place,
            added=added,
            source=source,
            made_at=value.place,
            remedy=value.remedy,
            missing_on_errors=missing,
        )
        self._headers.append(sent)

    # -- values ---------------------------------------------------------------------------------------

    def _value(self, text: str) -> ProxyValue:
        """A string with its placeholders filled in."""
        if placeholder(text):
            return ProxyValue(text, unknown=(text,))
        whole = _PLACEHOLDER.fullmatch(text)
        if whole is not None:
            return self._placeholder(whole[1])
        pieces: list[ProxyValue] = []
        end = 0
        for found in _PLACEHOLDER.finditer(text):
            pieces += [ProxyValue(text[end : found.start()]), self._placeholder(found[1])]
            end = found.end()
        return joined([*pieces, ProxyValue(text[end:])])

    def _placeholder(self, name: str) -> ProxyValue:
        if _ORIGIN.fullmatch(name):
            return ProxyValue(self._asked.origin, origin=True)
        if name in self._named:
            return self._named[name]
        captured = _CAPTURED.fullmatch(name)
        if captured is not None:
            return self._captured.get((captured[1] or "", captured[2]), ProxyValue(f"{{{name}}}", unknown=(name,)))
        if _RUN_TIME.fullmatch(name):
            return ProxyValue(f"{{{name}}}", unknown=(name,))
        header = re.fullmatch(r"(?:http\.request\.)?header\.(.+)", name)
        if header is not None and header[1].lower().startswith("access-control-request-"):
            asked = {"access-control-request-method": "PUT", "access-control-request-headers": "authorization"}
            value = asked.get(header[1].lower(), "") if self._asked.preflight else ""
            return ProxyValue(value)
        if header is not None:
            value = "https://app.example.com/page" if header[1].lower() == "referer" else header[1]
            return ProxyValue(value, free=True)
        if _QUERY.match(name):
            return ProxyValue(self._asked.origin, free=True)  # the page writes the URL
        if _REQUEST.match(name):
            value = "https" if name == "scheme" else THIS_SERVER
            return ProxyValue(value, free=True)
        return ProxyValue(f"{{{name}}}", unknown=(name,))

    def _map(self, line: CaddyLine) -> None:
        """`map {source} {name} { input output … }`: the first input that is the source or matches it."""
        source, *names = line.arguments or ("",)
        value = self._value(source)
        rows = [row for row in line.block or () if row.words]
        named = [name.strip("{}") for name in names]
        chosen = next((row for row in rows if row.name == "default"), None)
        if value.open or value.mixed:
            doubts = [_unread(name, source, source, line.place) for name in value.unknown]
            if value.mixed:
                doubts.append(not_told(str(line), line.place))
                self._tests += [mixed_test(row.name, row.place) for row in rows]
            option = self._choices.choose(line.place, len(rows) + 1, doubts)
            chosen = rows[option - 1] if option else chosen
        else:
            chosen = next((row for row in rows if row.name != "default" and self._is_input(row, value)), chosen)
        default = next((row for row in rows if row.name == "default"), None)
        for index, name in enumerate(named, 1):
            # `-` stands for what the default says.
            row = default if _output(chosen, index) == "-" else chosen
            output = _output(row, index)
            made = self._value(output)
            if row is not None and row.name.startswith("~"):
                made = self._expanded(output, row, value)
            place = row.place if row is not None else None
            # The first `map` that gives a name its value is the one that counts.
            self._named.setdefault(name, replace(made, origin=False, place=made.place or place))

    def _expanded(self, output: str, row: CaddyLine, value: ProxyValue) -> ProxyValue:
        """The output of an expression: its groups are filled in, and no placeholders."""
        groups = dict.fromkeys(whole_groups(row.name[1:]), value.text)
        found = self._site.regexes.found(row.name[1:], value.text)
        if found is not None:
            groups["0"] = found
        names = [braced or bare for braced, bare in _GROUP.findall(output)]
        unknown = tuple(f"${name}" for name in names if name not in groups)
        text = _GROUP.sub(lambda group: groups.get(group[1] or group[2], ""), output)
        remedy = self._site.group_for(row.name[1:]) if _PLACEHOLDER.search(output) else ""
        return ProxyValue(text, value.free, unknown=unknown, remedy=remedy)

    def _is_input(self, row: CaddyLine, value: ProxyValue) -> bool:
        if row.name.startswith("~"):
            return self._regex("", row.name[1:], value, row.place)
        passed = row.name == value.text
        if value.origin:
            self._note(OriginTest("equal", row.name, row.place), passed)
        return passed

    # -- matchers -------------------------------------------------------------------------------------

    def _matches(self, line: CaddyLine, matchers: Mapping[str, CaddyLine]) -> bool:
        name = line.matcher
        if not name or name == "*":
            return True
        if name.startswith("/"):
            return _path_matches(name, self._path)
        definition = matchers.get(name)
        if definition is None:
            doubt = not_judged("unknown-matcher", f"{line}: {name} is not defined", place=line.place)
            return self._choices.choose((name, line.place), doubts=[doubt]) == 1
        return self._named_matches(definition)

    def _named_matches(self, definition: CaddyLine) -> bool:
        rest = definition.words[1:]
        lines = [CaddyLine(rest, definition.place, definition.block)] if rest else list(definition.block or ())
        grouped: dict[tuple[str, ...], list[CaddyLine]] = {}
        for line in lines:
            # Values of one header are alternatives; so are paths, methods and hosts.
            key = line.words[:2] if line.name in ("header", "vars") else (line.name,)
            if line.name in ("header_regexp", "vars_regexp"):
                key = line.words
            grouped.setdefault(tuple(word.lower() for word in key), []).append(line)
        results = [self._any_matches(same) for same in grouped.values()]
        return all(results)

    def _any_matches(self, lines: Sequence[CaddyLine]) -> bool:
        results = [self._matcher(line) for line in lines]
        return any(results)

    def _matcher(self, line: CaddyLine) -> bool:
        name, words = line.name, line.words[1:]
        if name == "method":
            return self._method in {word.upper() for word in words}
        if name == "path":
            return any(_path_matches(word, self._path) for word in words)
        if name == "not":
            inner = [CaddyLine(words, line.place)] if words else list(line.block or ())
            return not self._named_matches(CaddyLine(("@not",), line.place, tuple(inner)))
        if name in ("header", "header_regexp") and words:
            return self._header_matches(name, words, line)
        if name in ("vars", "vars_regexp") and words:
            return self._variable_matches(name, words, line)
        if name in _FREE or name == "path_regexp":
            return self._choices.choose((line.words, line.place)) == 1
        return self._unread_matcher(line)

    def _unread_matcher(self, line: CaddyLine) -> bool:
        """An expression, or a matcher that Caddy does not bring."""
        text = str(line)
        expression = line.name == "expression" or not re.fullmatch(r"\w+", line.name)
        doubts = []
        if not expression or "origin" in text.lower():
            doubts.append(not_judged("unknown-matcher", text, place=line.place))
        return self._choices.choose((line.words, line.place), doubts=doubts) == 1

    def _header_matches(self, name: str, words: Sequence[str], line: CaddyLine) -> bool:
        if name == "header_regexp":
            group, (field_name, pattern) = (words[0], words[1:3]) if len(words) > 2 else ("", (*words, "")[:2])
        else:
            group, field_name, pattern = "", words[0], ""
        value = self._request_header(field_name.lstrip("!"))
        if value is None:
            return self._choices.choose((line.words, line.place)) == 1
        if field_name.startswith("!"):
            return not value.text
        if not value.text:  # it is not sent
            return False
        if name == "header_regexp":
            return self._regex(group, pattern, value, line.place)
        results = [self._glob(word, value, line) for word in words[1:]]
        return any(results)

    def _variable_matches(self, name: str, words: Sequence[str], line: CaddyLine) -> bool:
        """`vars KEY VALUES…`, `vars_regexp [NAME] KEY EXPRESSION`: a placeholder, or a variable of `vars`."""
        group, (key, *rest) = (words[0], words[1:]) if name == "vars_regexp" and len(words) > 2 else ("", words)
        value = self._value(key) if "{" in key else self._named.get(f"vars.{key}", ProxyValue(""))
        if name == "vars_regexp":
            return self._regex(group, "".join(rest[:1]), value, line.place)
        if value.open or value.mixed:
            return self._told((line.words, line.place), line, value)
        results = [self._equals(self._value(word), value, line) for word in rest]
        return any(results)

    def _equals(self, given: ProxyValue, value: ProxyValue, line: CaddyLine) -> bool:
        if given.open:
            return self._told((given.text, line.place), line, value, given)
        passed = given.text == value.text
        if value.origin:
            self._note(OriginTest("equal", given.text, line.place), passed)
        return passed

    def _told(self, what: Hashable, line: CaddyLine, value: ProxyValue, given: ProxyValue = _NOTHING) -> bool:
        """A choice, because a comparison depends on something else than the question says."""
        doubts = [_unread(name, str(line), str(line), line.place) for name in (*value.unknown, *given.unknown)]
        if not doubts and tells_nothing(value, given):
            self._tests.append(mixed_test(str(line), line.place))
            doubts.append(not_told(str(line), line.place))
        return self._choices.choose(what, doubts=doubts) == 1

    def _request_header(self, name: str) -> ProxyValue | None:
        """A header of the request; None if the question does not say."""
        if name.lower() == "origin":
            return ProxyValue(self._asked.origin, origin=True)
        if name.lower() in ("access-control-request-method", "access-control-request-headers"):
            return self._placeholder(f"header.{name}")
        return None

    def _glob(self, text: str, value: ProxyValue, line: CaddyLine) -> bool:
        given = self._value(text)
        if given.open:
            return self._told((text, line.place), line, value, given)
        passed = glob(given.text, value.text)
        if value.origin:
            kind, plain = glob_kind(given.text)
            if kind:
                self._note(OriginTest(kind, plain, line.place), passed)
        return passed

    def _regex(self, group: str, pattern: str, value: ProxyValue, place: Place) -> bool:
        if value.mixed:
            return self._told((pattern, place), CaddyLine((pattern,), place), value)
        if value.open or placeholder(pattern) or _PLACEHOLDER.search(pattern):
            unread = [_unread(name, pattern, pattern, place) for name in _placeholders_of(pattern)]
            doubts = [] if value.free else unread
            return self._choices.choose((pattern, place), doubts=doubts) == 1
        matched = self._site.regexes.match(pattern, value.text)
        if matched is None:
            doubt = not_judged("unread-part", f"{pattern[:200]}: it is not understood", place=place)
            matched = self._choices.choose((pattern, place), doubts=[doubt]) == 1
        if value.origin:
            self._note(OriginTest("regex", pattern, place), matched)
        if matched:
            groups = whole_groups(pattern)
            self._captured = {key: content for key, content in self._captured.items() if key[0] not in (group, "")}
            found = self._site.regexes.found(pattern, value.text)
            if found is not None:
                self._capture(group, "0", replace(value, text=found))
            for name in groups:
                self._capture(group, name, value)
        return matched

    def _capture(self, group: str, name: str, value: ProxyValue) -> None:
        self._captured[group, name] = self._captured["", name] = value

    def _note(self, test: OriginTest, passed: bool) -> None:
        self._tests.append(test)
        if passed:
            self._passed.append(test)


_KINDS: Final = ("add", "set", "default", "delete", "replace")


def without_colon(words: Sequence[str]) -> Sequence[str]:
    """The words of a header in a block, of whose name Caddy drops a `:` at the end; elsewhere it keeps it."""
    return (words[0].removesuffix(":"), *words[1:]) if words else words


def _change(words: Sequence[str], place: Place) -> Change | None:
    """The words of a change: `Name value`, after `+`, `-`, `?` or `>`; `Name`, to nothing; `Name find replace`."""
    if not words or words[0] in ("defer", "match"):
        return None
    name = words[0].lstrip("+-?>").lower()
    if words[0].startswith("-"):
        return Change("delete", name, (), place)
    if len(words) > 2:
        return Change("replace", name, tuple(words[1:]), place)
    kinds: Mapping[str, Literal["add", "default"]] = {"+": "add", "?": "default"}
    return Change(kinds.get(words[0][:1], "set"), name, tuple(words[1:]) or ("",), place)


def _unread(name: str, setting: str, written: str, place: Place) -> Unread:
    """A placeholder without a value: of the environment, of a template, or set elsewhere."""
    if placeholder(written):
        return not_judged("template", written, place=place)
    if _RUN_TIME.fullmatch(name):
        return RunTimeValue(setting, f"{{{name}}}", place)
    return not_judged("unset-variable", f"{written}: nothing here sets {{{name}}}", place=place, variable=name)


def _output(row: CaddyLine | None, index: int) -> str:
    return row.words[index] if row is not None and index < len(row.words) else ""


def has_placeholder(text: str) -> bool:
    """Whether a value is made when the configuration is rendered or a request comes."""
    return bool(placeholder(text) or _PLACEHOLDER.search(text))


def _without_prefix(path: str, prefix: str) -> str:
    """As rewrite.trimPathPrefix does: without case, and from the first slash on."""
    prefix = f"/{prefix.removeprefix('/')}"
    return path[len(prefix) :] or "/" if path.lower().startswith(prefix.lower()) else path


def _placeholders_of(text: str) -> list[str]:
    return _PLACEHOLDER.findall(text) or [text]


def _status(words: Sequence[str], default: int) -> int:
    """The status among the words of `respond` and its like."""
    return next((int(word) for word in words if re.fullmatch(r"[0-9]{3}", word)), default)


def _is_status(code: str, status: int) -> bool:
    return code == str(status) or (code.endswith("xx") and code[0] == str(status)[0])


def glob(text: str, value: str) -> bool:
    """As caddyhttp.MatchHeader compares: `*` only at the start, at the end, or both."""
    if text == "*":
        return True
    kind, plain = glob_kind(text)
    compare = {"contains": str.__contains__, "suffix": str.endswith, "prefix": str.startswith}.get(kind)
    return compare(value, plain) if compare is not None else value == text


GlobKind = Literal["equal", "contains", "suffix", "prefix", ""]


def glob_kind(text: str) -> tuple[GlobKind, str]:
    """(how it compares, with what); empty for `*`, which is every value."""
    if text == "*":
        return "", ""
    if len(text) > 1 and text.startswith("*") and text.endswith("*"):
        return "contains", text[1:-1]
    if text.startswith("*"):
        return "suffix", text[1:]
    return ("prefix", text[:-1]) if text.endswith("*") else ("equal", text)


def _path_matches(pattern: str, path: str) -> bool:
    """As caddyhttp.MatchPath compares."""
    pattern, path = pattern.lower(), path.lower()
    kind, plain = glob_kind(pattern)
    compare = {"contains": str.__contains__, "suffix": str.endswith, "prefix": str.startswith}.get(kind)
    return compare(path, plain) if compare is not None else kind == "" or path == pattern


# -- Caddy's order ------------------------------------------------------------------------------------


def sorted_lines(
    lines: Sequence[CaddyLine], matchers: Mapping[str, CaddyLine], order: Sequence[str]
) -> list[CaddyLine]:
    """The directives in the order in which Caddy runs them (caddyconfig/httpcaddyfile/directives.go, sortRoutes)."""
    places = {name: index for index, name in enumerate(order)}
    places["handle_path"] = places["handle"]  # they exclude one another

    def before(one: CaddyLine, other: CaddyLine) -> bool:
        mine, others = places.get(one.name, -1), places.get(other.name, -1)
        if mine != others:
            return mine < others
        path, other_path = _single_path(one, matchers), _single_path(other, matchers)
        if path and other_path:
            return _more_specific(path, other_path)
        return _has_matcher(one) and not _has_matcher(other)

    # Paths of several matchers cannot be compared, so the result depends on the algorithm: Go's, for short lists.
    placed: list[CaddyLine] = []
    for line in lines:
        at = len(placed)
        while at > 0 and before(line, placed[at - 1]):
            at -= 1
        placed.insert(at, line)
    return placed


def _has_matcher(line: CaddyLine) -> bool:
    return line.matcher not in ("", "*")


def _more_specific(path: str, other: str) -> bool:
    """The longer path; of two that differ in a `*` at the end alone, the one without it."""
    if path.rstrip("*") == other.rstrip("*"):
        return len(path) < len(other)
    return len(path) > len(other)


def _single_path(line: CaddyLine, matchers: Mapping[str, CaddyLine]) -> str:
    if line.matcher.startswith("/"):
        return line.matcher
    definition = matchers.get(line.matcher)
    words = definition.words[1:] if definition is not None else ()
    return words[1] if len(words) == 2 and words[0] == "path" else ""
