"""What a proxy answers: who asks, what it sends, and who may read that.

`nginx_answers`, `caddy_answers` and `envoy_answers` work an answer out as the proxy does, from its configuration
alone. The findings are made from these answers (`proxy_findings`), and `make proxies` compares them with those of
the real proxies.

A configuration may depend on what nobody asked about, such as the path or the time. Such a condition is a choice,
and every choice is tried: `every_answer`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final, Literal

from ..policy.regex_automaton import Automaton, Matcher
from ..policy.regex_syntax import UnsupportedRegex, parse
from ..report.catalogue import Severity
from ..report.findings import NotJudged, Place, RunTimeValue, not_judged
from .bounds import MAX_COMPARISON, MAX_REGEX_POSITIONS, spend_on_regexes
from .proxy_headers import ALLOW_CREDENTIALS, ALLOW_ORIGIN, Sent
from .regex_dialects import in_full

Unread = NotJudged | RunTimeValue
Reader = Literal["nobody", "without cookies", "with cookies"]

MAX_ANSWERS: Final = 64
THIS_SERVER: Final = "this.server.example"  # what a server's own name is taken to be


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request of a page. With `fails`, the app behind the proxy answers it with an error."""

    origin: str
    preflight: bool = False
    fails: bool = False
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class OriginTest:
    """A comparison of the origin with something that is written in the configuration."""

    kind: str  # regex, equal, glob, prefix, suffix, contains, mixed
    text: str
    place: Place
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a proxy answers.

    `by` says who: the proxy itself, the app behind it, or a login. `at` is the place of what answers, `written` how it
    is written. `tests` are the tests of the origin that were made, `passed` those that it passed. `unknown` is what
    was not read and may change the answer, `doubts` what was not read and may decide which of several answers is sent.
    `adds` names whoever may send the same headers as well. `no_vary` is how grave it is if `Vary` is missing. `chosen`
    is what was decided of what the question leaves open.
    """

    status: int
    headers: tuple[Sent, ...] = ()
    by: Literal["proxy", "app", "login"] = "app"
    at: Place | None = None
    written: str = ""
    tests: tuple[OriginTest, ...] = ()
    passed: tuple[OriginTest, ...] = ()
    unknown: tuple[Unread, ...] = ()
    doubts: tuple[Unread, ...] = ()
    adds: str = ""
    no_vary: Severity | None = None
    chosen: frozenset[tuple[Hashable, int]] = frozenset()

    def values(self, name: str) -> list[str]:
        """The values of a header, one for each line."""
        return [sent.value for sent in self.headers if sent.name == name]

    def may_go_with(self, other: Answer) -> bool:
        """Whether what was left open can be the same for both: one path, one time."""
        mine = dict(self.chosen)
        return all(mine.get(what, option) == option for what, option in other.chosen)

    def readers(self, asked: PageRequest) -> Reader | None:
        """Who may read it (Fetch, CORS check); None if that is not known."""
        return None if self.unknown or self.doubts else readers(self.status, self.headers, asked)


def readers(status: int, headers: Sequence[Sent], asked: PageRequest) -> Reader:
    """Who may read an answer, by its status and headers (Fetch, CORS check)."""
    allowed = ", ".join(sent.value for sent in headers if sent.name == ALLOW_ORIGIN)
    cookies = ", ".join(sent.value for sent in headers if sent.name == ALLOW_CREDENTIALS)
    if asked.preflight and not 200 <= status < 300:
        return "nobody"
    if allowed == asked.origin:
        return "with cookies" if cookies == "true" else "without cookies"
    return "without cookies" if allowed == "*" else "nobody"


# -- values -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProxyValue:
    """What a string with variables is worth for one request.

    `free`: it depends on something that the question leaves open, such as the path. `origin`: it is the request's
    origin itself, `mixed`: it is made of the origin and of something else, so that no comparison tells by itself which
    origins pass. `unknown` are the variables in it that get their value elsewhere, if at all.
    """

    text: str
    free: bool = False
    origin: bool = False
    unknown: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()  # includes that may say what it is
    place: Place | None = None  # of the entry of a `map` that it comes from
    mixed: bool = False
    remedy: str = ""  # what to write instead, if it cannot be what was meant

    @property
    def open(self) -> bool:
        """Whether no comparison with it can be decided."""
        return self.free or not self.known

    @property
    def known(self) -> bool:
        """Whether all that it is made of was read."""
        return not self.unknown and not self.unread


def joined(made: Sequence[ProxyValue]) -> ProxyValue:
    """A string with variables in it: these values one after the other."""
    free = any(value.free for value in made)
    by_origin = [value.origin or value.mixed or (free and value.place is not None) for value in made]
    sources = [value.place for value in made if value.place is not None]
    source = sources[-1] if sources else None
    return ProxyValue(
        "".join(value.text for value in made),
        free,
        unknown=tuple(chain.from_iterable(value.unknown for value in made)),
        unread=tuple(chain.from_iterable(value.unread for value in made)),
        place=source,
        mixed=any(by_origin),
    )


def mixed_test(text: str, place: Place, value: ProxyValue | None = None, origin: str = "") -> OriginTest:
    """That the origin is compared together with something else: it names origins, and judges none.

    With the value that is compared, and the origin in it, it names the origin that the text has in that place.
    """
    if value is not None and origin:
        before, _, after = value.text.partition(origin)
        text = text.removeprefix(before).removesuffix(after)
    return OriginTest("mixed", text, place)


def tells_nothing(value: ProxyValue, other: ProxyValue) -> bool:
    """Whether the origin is compared with what is open, or beside it.

    What the page writes itself, in the URL, is its origin if it likes.
    """
    by_origin = value.origin or value.mixed or other.origin or other.mixed
    return by_origin and value.text != other.text


def not_told(written: str, place: Place) -> Unread:
    """That such a comparison does not tell which origins pass."""
    return not_judged(
        "unknown-matcher", f"{written}: the origin is compared with or beside something else", place=place
    )


# -- what is not asked about --------------------------------------------------------------------------


@dataclass(slots=True)
class Choices:
    """What is decided if the configuration depends on something else than the request that is asked about.

    `doubts` are the decisions that depend on something that was not read, each with what that is.
    """

    decided: dict[Hashable, int] = field(default_factory=dict)
    met: list[tuple[Hashable, int]] = field(default_factory=list)
    doubts: dict[Hashable, tuple[Unread, ...]] = field(default_factory=dict)
    asked: int = 0  # how often

    def choose(self, what: Hashable, options: int = 2, doubts: Sequence[Unread] = ()) -> int:
        """One of so many options."""
        self.asked += 1
        if what not in self.decided:
            self.decided[what] = 0
            self.met.append((what, options))
        if doubts:
            self.doubts[what] = tuple(doubts)
        return self.decided[what]


def every_answer(answer: Callable[[Choices], Answer]) -> list[Answer]:
    """The answers for every choice, up to `MAX_ANSWERS`; if there are more, the last one is unknown."""
    waiting: list[dict[Hashable, int]] = [{}]
    seen: list[tuple[Choices, Answer]] = []
    while waiting and len(seen) < MAX_ANSWERS:
        choices = Choices(waiting.pop())
        before = dict(choices.decided)
        made = answer(choices)
        seen.append((choices, replace(made, chosen=frozenset(choices.decided.items()))))
        for what, options in choices.met:
            waiting += [{**before, what: option} for option in range(1, options)]
            before[what] = 0
    answers = _with_doubts(seen)
    if waiting:
        why = f"it has more than {MAX_ANSWERS} combinations of conditions"
        answers.append(Answer(0, unknown=(not_judged("unread-part", why),)))
    return answers


def _with_doubts(seen: Sequence[tuple[Choices, Answer]]) -> list[Answer]:
    """The answers, doubtful if one that differs by a doubt alone has other CORS headers."""
    alike: dict[frozenset[tuple[Hashable, int]], set[Hashable]] = {}
    keys = []
    for choices, answer in seen:
        sure = frozenset((what, option) for what, option in choices.decided.items() if what not in choices.doubts)
        keys.append(sure)
        if answer.status < 400:
            alike.setdefault(sure, set()).add(_who(answer))
    answers = []
    for sure, (choices, answer) in zip(keys, seen, strict=True):
        doubtful = len(alike.get(sure, ())) > 1
        reasons = tuple(chain.from_iterable(choices.doubts.values()))
        judged = replace(answer, doubts=reasons) if doubtful else answer
        answers.append(judged)
    return answers


def _who(answer: Answer) -> Hashable:
    """What decides who may read an answer."""
    return tuple(answer.values(ALLOW_ORIGIN)), tuple(answer.values(ALLOW_CREDENTIALS))


# -- regular expressions ------------------------------------------------------------------------------


class Regexes:
    """The regular expressions of one configuration, each made into a matcher once. None is ever run by `re`."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._known: dict[tuple[str, bool], Matcher | None] = {}

    def match(self, pattern: str, text: str, *, ignore_case: bool = False) -> bool | None:
        """Whether it matches; None if that cannot be judged."""
        key = pattern, ignore_case
        if key not in self._known:
            self._known[key] = self._matcher(pattern, ignore_case)
        matcher = self._known[key]
        return matcher.matches(text.encode()) if matcher is not None else None

    def found(self, pattern: str, text: str) -> str | None:
        """What a search finds: the leftmost of the longest; None if that depends on the order of alternatives."""
        if pattern.startswith("^") and pattern.endswith("$") and "|" not in pattern:
            return text
        if "|" in pattern or re.search(r"[*+?}]\?", pattern):
            return None
        exact = Regexes(whole=True)
        for start in range(len(text)):
            for end in range(len(text), start, -1):
                if self._anchored(pattern, text, start, end) and exact.match(pattern, text[start:end]):
                    return text[start:end]
        return None

    def _anchored(self, pattern: str, text: str, start: int, end: int) -> bool:
        """Whether anchors of the expression stand at the ends of the text."""
        at_start = start == 0 or not pattern.startswith("^")
        return at_start and (end == len(text) or not pattern.endswith("$"))

    def _matcher(self, pattern: str, ignore_case: bool) -> Matcher | None:
        if len(pattern) > MAX_COMPARISON:
            return None
        try:
            tree = parse(in_full(pattern, whole=self._whole, ignore_case=ignore_case))
            automaton = Automaton(tree, MAX_REGEX_POSITIONS)
            spend_on_regexes(len(automaton.leaves))
        except (ValueError, UnsupportedRegex):  # InvalidRegex and TooComplexRegex are ValueErrors
            return None
        return Matcher(automaton)


_ONE_GROUP: Final = re.compile(r"\^\((?:\?P?<(\w+)>)?(?!\?)(.*)\)\$", re.DOTALL)


def whole_groups(pattern: str) -> list[str]:
    """The groups of an expression that hold all of what it matches: the only ones whose content is known."""
    one = _ONE_GROUP.fullmatch(pattern)
    if one is None or not _closes_last(one[2]):
        return []
    return ["1", one[1]] if one[1] else ["1"]


def _closes_last(inside: str) -> bool:
    """Whether the parentheses around this belong together."""
    depth = 0
    for character in re.sub(r"\\.|\[[^\]]*\]", "", inside):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0
