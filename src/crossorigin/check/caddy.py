"""A Caddyfile, as far as CORS is in it.

Here belong its `header` directives, the matchers that they depend on, and what answers preflights. Not here: the
format (`caddyfile`), and what is wrong with headers whoever sends them (`proxy_headers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from ..report.findings import Finding, NotJudged, Place, Result, not_judged
from .caddyfile import CaddyLine, read
from .origin_matching import holes, judge_regex
from .origin_matching import judge as judge_holes
from .proxy_headers import (
    ALLOW_CREDENTIALS,
    ALLOW_ORIGIN,
    Sent,
    first,
    found,
    judge,
    judge_preflight,
    listed,
    tells_caches,
)

_ORIGIN_VALUE: Final = re.compile(r"\{(?:http\.request\.)?header\.origin\}|\{http\.regexp\.|\{re\.", re.IGNORECASE)
_BLOCKS: Final = ("handle", "handle_path", "handle_errors", "route")


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a matcher on the Origin header: a glob or a regular expression."""

    regex: bool
    text: str
    place: Place

    def accepts(self, origin: str) -> bool:
        """As caddyhttp.MatchHeader compares: `*` only at the start, at the end, or both."""
        text = self.text
        if len(text) > 1 and text.startswith("*") and text.endswith("*"):
            return text[1:-1] in origin
        if text.startswith("*"):
            return origin.endswith(text[1:])
        return origin.startswith(text[:-1]) if text.endswith("*") else origin == text


@dataclass(frozen=True, slots=True)
class RequestMatcher:
    """A named matcher, as far as CORS is in it."""

    tests: tuple[Test, ...] = ()
    preflight: bool = False
    unread: Place | None = None

    @property
    def narrow(self) -> bool:
        """Whether it keeps any origin out."""
        return self.unread is not None or any(it.regex or it.text != "*" for it in self.tests)


_ANY: Final = RequestMatcher()


def inspect_caddy(file: Path) -> Iterator[Result]:
    """Everything found in a Caddyfile. Raises CannotRun."""
    tree, missing = read(file)
    lines = tuple(it for it in tree if it.words)  # without the global options
    # A single site needs no braces; then its first line is its address alone.
    sites = [lines] if lines and lines[0].block is None else [it.block or () for it in lines]
    said: set[tuple[str, Place | None]] = set()
    for site in sites:
        for it in _block(site, (), {}, _ANY):
            if (it.code, it.place) not in said:  # a snippet is imported more than once
                said.add((it.code, it.place))
                yield it
    for lost in missing:
        yield not_judged("unread-include", lost.why, place=lost.place)


def _block(
    block: Sequence[CaddyLine], inherited: tuple[Sent, ...], outer: Mapping[str, RequestMatcher], guard: RequestMatcher
) -> Iterator[Finding | NotJudged]:
    """One block: its own headers by matcher, each together with those that are sent anyway."""
    matchers = {**outer, **{it.name: _matcher(it) for it in block if it.name.startswith("@")}}
    own = list(_headers(block))
    cookies = any(
        it.name == ALLOW_CREDENTIALS and it.value == "true" for _, it in [*own, *(("", it) for it in inherited)]
    )
    for it in block:
        if it.name in matchers and it.name not in outer:
            yield from _judge_matcher(matchers[it.name], cookies)
    groups: dict[str, list[Sent]] = {}
    for name, sent in own:
        groups.setdefault(name, []).append(sent)
    plain = _merged(inherited, groups.get("", ()))
    for name, sent_by in groups.items():
        mine = _merged(plain, sent_by) if name else plain
        yield from judge(mine)
        yield from _origin(mine, matchers.get(name, _ANY), guard)
    everything = (*plain, *(it for name, it in own if name))
    for it in block:
        matcher = matchers.get(_matcher_name(it), _ANY)
        if it.name in _BLOCKS and it.block is not None:
            name = _matcher_name(it)
            inside = _merged(plain, groups[name]) if name in groups and name else plain
            yield from _block(it.block, inside, matchers, matcher if matcher is not _ANY else guard)
        elif it.name == "respond" and (matcher.preflight or guard.preflight):
            yield from _preflight(it, everything)
    yield from _behind_proxy(block, own)


# -- reading ------------------------------------------------------------------------------------------


def _matcher_name(line: CaddyLine) -> str:
    """The matcher that a directive begins with: named, a path, or `*` for none."""
    second = line.words[1] if len(line.words) > 1 else ""
    return second if second.startswith(("@", "/")) else ""


def _headers(block: Sequence[CaddyLine]) -> Iterator[tuple[str, Sent]]:
    """(matcher, header) for every header that a block sets."""
    for line in block:
        if line.name == "header":
            name = _matcher_name(line)
            rest = line.words[2:] if name or line.words[1:2] == ("*",) else line.words[1:]
            for words, place in [(rest, line.place), *((it.words, it.place) for it in line.block or ())]:
                if (sent := _sent(words, place)) is not None:
                    yield name, sent
        elif line.name == "reverse_proxy":
            for it in line.block or ():
                if it.name == "header_down" and (sent := _sent(it.words[1:], it.place)) is not None:
                    yield "", sent


def _sent(words: Sequence[str], place: Place) -> Sent | None:
    """A header that is set; None for one that is taken out, or replaced in part."""
    if len(words) != 2 or words[0].startswith("-"):
        return None
    return Sent(words[0].lstrip("+?>").lower(), words[1], place, added=words[0].startswith("+"))


def _merged(before: Sequence[Sent], then: Sequence[Sent]) -> tuple[Sent, ...]:
    """What is sent in the end: a later header takes the place of an earlier one, unless it is added."""
    kept: dict[str, list[Sent]] = {}
    for sent in (*before, *then):
        if not sent.added:
            kept.pop(sent.name, None)
        kept.setdefault(sent.name, []).append(sent)
    return tuple(chain.from_iterable(kept.values()))


def _matcher(line: CaddyLine) -> RequestMatcher:
    """`@name header Origin x`, or a block of such lines."""
    lines = [CaddyLine(line.words[1:], line.place, line.block)] if len(line.words) > 1 else list(line.block or ())
    tests: list[Test] = []
    preflight, unread = False, None
    for it in lines:
        words = [word.lower() for word in it.words] or [""]
        if words[0] == "header" and words[1:2] == ["origin"]:
            tests += [Test(False, word, it.place) for word in it.words[2:]]
        elif words[0] == "header_regexp" and "origin" in words[1:3]:
            tests.append(Test(True, it.words[-1], it.place))
        elif words[0] == "method":
            preflight |= "options" in words[1:]
        elif words[0] in ("expression", "not") and "origin" in " ".join(words):
            unread = it.place
        elif it.name.startswith("`") or "{" in it.name:
            unread = it.place if "origin" in " ".join(words) else None
    return RequestMatcher(tuple(tests), preflight, unread)


# -- judging ------------------------------------------------------------------------------------------


def _judge_matcher(matcher: RequestMatcher, cookies: bool) -> Iterator[Finding | NotJudged]:
    if matcher.unread is not None:
        yield not_judged("unknown-matcher", "a test of Origin in an expression", place=matcher.unread)
    for test in matcher.tests:
        if test.regex:
            yield from judge_regex(test.text, test.place, whole=False, cookies=cookies)
        elif test.text == "*":
            continue  # that there is an Origin at all
        elif "*" in test.text[1:-1]:
            remedy = r"header_regexp Origin ^https://[a-z0-9-]+\.example\.com$"
            yield found(
                "no-effect", f"header Origin {test.text}: a `*` inside is no wildcard", test.place, remedy=remedy
            )
        elif "*" in test.text:
            yield from judge_holes(
                holes(test.accepts, test.text), f"header Origin {test.text}", test.place, cookies=cookies
            )
        else:
            yield from listed(test.text, test.place, f"header Origin {test.text}")


def _origin(headers: Sequence[Sent], matcher: RequestMatcher, guard: RequestMatcher) -> Iterator[Finding]:
    """Headers that depend on the origin: whether any is kept out, and whether caches are told."""
    allowed = first(headers, ALLOW_ORIGIN)
    if allowed is None:
        return
    narrow = matcher.narrow or guard.narrow
    made = bool(_ORIGIN_VALUE.search(allowed.value))
    if made and not narrow:
        yield found("accepts-any-origin", str(allowed), allowed.place)
    if (made or narrow) and not tells_caches(headers):
        yield found("missing-vary", f"{allowed}, and no `Vary: Origin`", allowed.place, remedy="header +Vary Origin")


def _preflight(answer: CaddyLine, headers: Sequence[Sent]) -> Iterator[Finding]:
    status = next((it for it in answer.words[1:] if re.fullmatch(r"\d{3}", it)), "200")
    yield from judge_preflight(" ".join(answer.words), status, headers, answer.place)


def _behind_proxy(block: Sequence[CaddyLine], own: Sequence[tuple[str, Sent]]) -> Iterator[Finding]:
    """What the app behind sends is added, unless it is taken out."""
    proxy = next((it for it in block if it.name == "reverse_proxy"), None)
    allowed = next((it for _, it in own if it.name == ALLOW_ORIGIN), None)
    if proxy is None or allowed is None:
        return
    below = [it.words for it in proxy.block or () if it.name == "header_down"]
    if any(it[1].lstrip("-").lower() == ALLOW_ORIGIN for it in below if len(it) > 1):
        return
    yield found(
        "duplicate-headers",
        f"{allowed}, and whatever the app behind sends under that name",
        allowed.place,
        severity="info",
        remedy="header_down -Access-Control-Allow-Origin, in reverse_proxy, if the app sends it too",
    )
