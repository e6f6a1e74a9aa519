"""CORS headers that a program sets by hand, and the conditions under which it sends the request's own origin back.

Here belong the forms in which people write them: an item of `headers`, a dictionary, raw pairs of bytes, the methods
of response classes. Headers that are set on one response are judged together. Not here: what a value of a header can
mean (`proxy_headers`), and which origins pass a condition (`guards`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ...report.catalogue import Severity
from ...report.findings import Finding, NotJudged, Place, Result, RunTimeValue, not_judged
from .. import proxy_headers
from ..origin_matching import Hole, holes, judge, of_regex
from .exact import ALLOW_ORIGIN, judge_exact
from .expressions import Expressions
from .guards import Condition, conditions
from .results import Results
from .settings import ASK, SAID_MAX, changed_unread
from .values import FROM_ORIGIN, IS_ORIGIN, Dictionary, Literal, Several, Unknown, Value, text_of
from .world import SetHeader, World

_HEADER: Final = re.compile(
    r"access-control-(?:allow-(?:origin|credentials|methods|headers|private-network)|expose-headers|max-age)",
    re.IGNORECASE,
)
_SETS: Final = frozenset({"__setitem__", "setdefault", "set", "set_header", "header", "putheader"})
_ADDS: Final = frozenset({"append", "add", "add_header", "append_header", "send_header", "appendlist"})
_REMOVES: Final = frozenset({"pop", "__delitem__"})
_MERGES: Final = frozenset({"update", "extend", "raw"})
# What sends a request: headers beside a URL go to another server.
_CLIENTS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "fetch"})
_OF_CLIENTS: Final = re.compile(
    r"(?:^|[._])(?:client|session|request|req|requests|httpx)(?:\.headers)?$", re.IGNORECASE
)
_ORIGIN, _CREDENTIALS = proxy_headers.ALLOW_ORIGIN, proxy_headers.ALLOW_CREDENTIALS
_REMEDY: Final = (
    "compare the origin with a list before it is sent back; or leave it to a policy: "
    'install(app, Policy(allow_origins=["https://app.example.com"]))'
)


class Headers:
    """The headers that one file sets by hand."""

    def __init__(self, expressions: Expressions, results: Results, shown: str) -> None:
        self._expressions = expressions
        self._results = results
        self._shown = shown
        self._holes: dict[str, list[Hole]] = {}  # of each regular expression

    # -- the forms ------------------------------------------------------------------------------------

    def expression(self, node: ast.expr, world: World) -> None:
        """The headers in an expression."""
        compared = _not_sent(node)
        for part in ast.walk(node):
            if id(part) in compared:
                continue
            if isinstance(part, ast.Call):
                self._call(part, world)
            elif isinstance(part, ast.Dict):
                self._dictionary(part, world)
            elif isinstance(part, ast.List | ast.Tuple):
                self._pairs(part, world)

    def assigned(self, target: ast.Subscript, value: Value, world: World) -> None:
        """`response.headers["Access-Control-Allow-Origin"] = …`."""
        name = self._header(target.slice, world)
        receiver = ast.unparse(target.value)
        if name and not _OF_CLIENTS.search(receiver.removesuffix(".headers")):
            held = self._expressions.evaluate(target.value, world)[0][0]
            if isinstance(held, Dictionary) and receiver not in world.sent:
                world.sent[receiver] = tuple(self._of_table(held, world))
            self._set(receiver, SetHeader(name, value, target.lineno, world.guards), world)

    def put(self, target: ast.Attribute, value: Value, world: World) -> None:
        """`response.access_control_allow_origin = …` of Werkzeug."""
        name = target.attr.replace("_", "-")
        if _HEADER.fullmatch(name) is None:
            return
        if isinstance(value, Literal) and isinstance(value.value, bool):
            value = Literal(str(value.value).lower(), value.node)
        receiver = f"{ast.unparse(target.value)}.headers"
        self._set(receiver, SetHeader(name.lower(), value, target.lineno, world.guards), world)

    def removed(self, headers: ast.expr, name: ast.expr, world: World) -> None:
        """`del response.headers["Access-Control-Allow-Credentials"]`."""
        header, receiver = self._header(name, world), ast.unparse(headers)
        before = world.sent.get(receiver, ())
        world.sent[receiver] = tuple(each for each in before if each.name != header)

    def _call(self, node: ast.Call, world: World) -> None:
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if not isinstance(node.func, ast.Attribute) or not node.args or _is_client(node.func.value):
            return
        receiver = ast.unparse(node.func.value)
        if method in _SETS | _ADDS and len(node.args) > 1:
            self._one(receiver, node.args[0], node.args[1], world, added=method in _ADDS)
        elif method == "append" and isinstance(node.args[0], ast.Tuple) and len(node.args[0].elts) == 2:
            self._one(receiver, node.args[0].elts[0], node.args[0].elts[1], world, added=True)
        elif method in _REMOVES:
            self.removed(node.func.value, node.args[0], world)
        elif method in _MERGES:
            for value, after in self._expressions.evaluate(node.args[0], world):
                headers = self._of_table(value, after) if isinstance(value, Dictionary) else []
                for sent in headers:
                    self._set(receiver, replace(sent, added=method == "extend"), world)

    def _one(self, receiver: str, name: ast.expr, value: ast.expr, world: World, *, added: bool) -> None:
        header = self._header(name, world)
        if not header:
            return
        outcomes = self._expressions.evaluate(value, world)
        for content, after in outcomes:
            way = world if len(outcomes) == 1 else after.fork()
            self._set(receiver, SetHeader(header, content, name.lineno, after.guards, added), way)
            if way is not world:
                self.ended(way)

    def _dictionary(self, node: ast.Dict, world: World) -> None:
        if not any(key is not None and self._header(key, world) for key in node.keys):
            return
        for value, after in self._expressions.evaluate(node, world):
            assert isinstance(value, Dictionary)  # as every display is
            self._judge(self._of_table(value, after), after)

    def _pairs(self, node: ast.List | ast.Tuple, world: World) -> None:
        """`[(b"access-control-allow-origin", b"*"), …]`."""
        pairs = [part.elts for part in node.elts if isinstance(part, ast.Tuple) and len(part.elts) == 2]
        named = [(self._header(name, world), name, value) for name, value in pairs]
        written = [(header, name, value) for header, name, value in named if header]
        if not written:
            return
        for values, after in self._expressions.evaluate_all([value for _, _, value in written], world):
            headers = []
            for (header, name, _), content in zip(written, values, strict=True):
                headers.append(SetHeader(header, content, name.lineno, after.guards))
            self._judge(headers, after)

    def _header(self, name: ast.expr, world: World) -> str:
        """The CORS header that an expression names, in lower case; empty if it names none."""
        text = text_of(self._expressions.evaluate(name, world)[0][0]) or ""
        return text.lower() if _HEADER.fullmatch(text) else ""

    def _of_table(self, table: Dictionary, world: World) -> Iterator[SetHeader]:
        for key, value in table.entries:
            name = (text_of(key) or "").lower()
            if _HEADER.fullmatch(name):
                yield SetHeader(name, value, key.node.lineno, world.guards)

    def _set(self, receiver: str, sent: SetHeader, world: World) -> None:
        before = world.sent.get(receiver, ())
        kept = before if sent.added else tuple(each for each in before if each.name != sent.name)
        world.sent[receiver] = (*kept, sent)

    # -- what they say together -----------------------------------------------------------------------

    def ended(self, world: World) -> None:
        """Judges the headers of each response."""
        for headers in world.sent.values():
            self._judge(headers, world)

    def _judge(self, sent: Iterable[SetHeader], world: World) -> None:
        if world.without_origin:  # no page of another origin reads this answer
            return
        headers = [each for each in sent if not isinstance(each.value, Dictionary | Several)]
        cookies = any(each.name == _CREDENTIALS and text_of(each.value) == "true" for each in headers)
        literal = [each for each in headers if text_of(each.value) is not None]
        for result in proxy_headers.judge([self._as_sent(each) for each in literal]):
            self._results.add(result, world)
        for each in headers:
            if text_of(each.value) is None:
                for other in self._unknown(each, world, cookies=cookies):
                    self._results.add(other, world)

    def _as_sent(self, sent: SetHeader) -> proxy_headers.Sent:
        return proxy_headers.Sent(sent.name, text_of(sent.value) or "", Place(self._shown, sent.line))

    def _unknown(self, sent: SetHeader, world: World, *, cookies: bool) -> Iterator[Result]:
        """A header whose value the program makes when it runs."""
        value, place = sent.value, Place(self._shown, sent.line)
        if isinstance(value, Literal):  # a number, or None: no header, or one that needs no judgement
            return
        node = value.node
        written = ast.unparse(node)[:SAID_MAX] if isinstance(node, ast.expr) else ""
        about = value.origin if isinstance(value, Unknown) else ""
        if sent.name == _ORIGIN and about == IS_ORIGIN:
            yield from self._reflected(sent, written, world, cookies=cookies)
        elif sent.name == _ORIGIN and (about == FROM_ORIGIN or (isinstance(value, Unknown) and value.asked)):
            yield not_judged("unread-code", f"{ALLOW_ORIGIN}: {written}", place=place, remedy=ASK)
        elif isinstance(value, Unknown) and value.lost:
            yield changed_unread(sent.name.title(), written, place)
        else:
            yield RunTimeValue(sent.name.title(), written, place)

    def _reflected(self, sent: SetHeader, written: str, world: World, *, cookies: bool) -> Iterator[Result]:
        """The request's origin, sent back under these conditions."""
        place = Place(self._shown, sent.line)
        passed = conditions(sent.guards, self._expressions, world)
        for condition in passed:
            if condition.run_time is not None:
                yield RunTimeValue(ALLOW_ORIGIN, condition.written[:SAID_MAX], place)
        accepts = [condition.accepts for condition in passed if condition.accepts is not None]
        listed = [condition for condition in passed if condition.listed]
        unread = [condition for condition in passed if condition.accepts is None and condition.run_time is None]
        if not passed:
            severity: Severity = "high" if cookies else "low"
            yield proxy_headers.found(
                "accepts-any-origin", f"{ALLOW_ORIGIN}: {written}", place, severity=severity, remedy=_REMEDY
            )
        elif listed:
            yield from self._listed(listed, cookies=cookies)
        elif unread:
            evidence = f"{ALLOW_ORIGIN}: {written}, if {unread[0].written}"
            yield not_judged("unread-code", evidence[:SAID_MAX], place=place, remedy=ASK)
        elif len(accepts) == len(passed):
            yield from self._tried(passed, place, cookies=cookies)

    def _listed(self, listed: Sequence[Condition], *, cookies: bool) -> Iterator[Finding]:
        for condition in listed:
            for each in condition.listed:
                text = text_of(each) or ""
                yield from judge_exact(text, Place(self._shown, each.node.lineno), cookies=cookies)

    def _tried(self, passed: Sequence[Condition], place: Place, *, cookies: bool) -> Iterator[Finding | NotJudged]:
        """Conditions that compare a part of the origin."""
        tests = [condition.accepts for condition in passed if condition.accepts is not None]
        positive = [condition for condition in passed if condition.positive]
        written = " and ".join(condition.written for condition in positive or passed)
        literals = " ".join(" ".join(condition.literals) for condition in positive or passed)
        if len(passed) == 1 and passed[0].pattern:
            seen: Iterable[Hole] = self._of_regex(passed[0].pattern)
        else:
            seen = holes(lambda origin: all(test(origin) for test in tests), literals)
        yield from judge(seen, written, place, cookies=cookies)

    def _of_regex(self, pattern: str) -> Iterator[Hole]:
        if pattern not in self._holes:
            self._holes[pattern] = of_regex(pattern, whole=False)
        yield from self._holes[pattern]


def _not_sent(node: ast.expr) -> set[int]:
    """The parts of an expression whose headers are not sent by this program's server: compared, or of a request."""
    found: set[int] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Compare):
            found |= {id(inner) for inner in ast.walk(part)} - {id(part)}
        elif isinstance(part, ast.Call) and _sends_request(part):
            for word in part.keywords:
                if word.arg == "headers":
                    found |= {id(inner) for inner in ast.walk(word.value)}
    return found


def _sends_request(node: ast.Call) -> bool:
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in _CLIENTS or name == "Request"


def _is_client(node: ast.expr) -> bool:
    return _OF_CLIENTS.search(ast.unparse(node)) is not None
