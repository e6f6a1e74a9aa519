"""A server's log, read again: the denials in it, by cause (`middleware.denial` writes the lines).

A line may be text, with whatever a formatter puts before it, or JSON, whose fields may stand at any depth. What looks
like a record and cannot be read is counted, and never taken for nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..middleware.denial import ARROW
from .causes import CAUSES

_RECORD: Final = re.compile(r"crossorigin: (denied again|denied|would deny) ")
_FACT: Final = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s";]+)')
_FACTS: Final = re.compile(rf"(?:{_FACT.pattern}\s*)+")
_TOTALS: Final = re.compile(r"total=(\d+) seconds=\d+: ")
_REQUIRED: Final = ("reason", "cause")
_DEEPEST: Final = 20

Facts = Mapping[str, Any]


@dataclass
class DenialGroup:
    """Denials with one cause and one remedy: how many, from which origins, at which routes."""

    cause: str
    remedy: str
    count: int = 0
    origins: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def title(self) -> str:
        """The title of the cause; its code if it has no row."""
        return CAUSES[self.cause].title if self.cause in CAUSES else self.cause.replace("-", " ")


@dataclass
class DenialReport:
    """What a log says: what was denied, and what a stricter policy would have denied, most frequent first.

    `unnamed` are denials that a summary only counted; `unread` are records that cannot be read.
    """

    denied: list[DenialGroup]
    would_deny: list[DenialGroup]
    unnamed: int
    unread: int


def read_denials(lines: Iterable[str]) -> DenialReport:
    """The denials of a log."""
    groups: dict[tuple[bool, str, str], DenialGroup] = {}
    unnamed = unread = 0
    for line in lines:
        try:
            records = list(_records(line))
        except (ValueError, KeyError, TypeError):
            unread += 1
            continue
        for event, count, facts in records:
            if event == "others":
                unnamed += count
            else:
                _add(groups, event == "would-deny", count, facts)
    found = sorted(groups.items(), key=lambda pair: -pair[1].count)
    denied = [group for (would, _, _), group in found if not would]
    would_deny = [group for (would, _, _), group in found if would]
    return DenialReport(denied, would_deny, unnamed, unread)


def _add(groups: dict[tuple[bool, str, str], DenialGroup], would: bool, count: int, facts: Facts) -> None:
    cause, remedy = str(facts["cause"]), str(facts.get("remedy", ""))
    group = groups.setdefault((would, cause, remedy), DenialGroup(cause, remedy))
    group.count += count
    group.origins[str(facts.get("origin", "none"))] += count
    group.routes[f"{facts.get('method', '')} {facts.get('route', '(no route)')}".strip()] += count
    group.reasons[str(facts["reason"])] += count


_Record = tuple[str, int, Facts]


def _records(line: str) -> Iterator[_Record]:
    """The records in one line: the event, how many, and the facts. Raises ValueError if one cannot be read."""
    document = _as_json(line)
    if document is not None:
        fields = _fields(document, 0)
        if fields is not None:
            yield from _of_fields(fields)
            return
        texts = [text for text in _strings(document, 0) if _RECORD.search(text)]
        line = texts[0] if texts else ""
    found = _RECORD.search(line)
    if found is None:
        return
    rest = line[found.end() :].rstrip("\r\n")
    if found[1] == "denied again":
        yield from _of_summary(rest)
        return
    written, _, remedy = rest.partition(ARROW)
    facts = _facts(written)
    if remedy:
        facts["remedy"] = remedy.strip()
    yield ("would-deny" if found[1] == "would deny" else "denied"), 1, facts


def _of_summary(rest: str) -> Iterator[_Record]:
    begun = _TOTALS.match(rest)
    if begun is None:
        raise ValueError("this summary has no total")
    counted = 0
    place = begun.end()
    while (found := _FACTS.match(rest, place)) is not None:
        record = _counted(found[0])
        counted += record[1]
        yield record
        place = found.end()
        if rest[place : place + 2] != "; ":
            break
        place += 2
    if counted != int(begun[1]):
        raise ValueError("this summary is cut off")


def _counted(written: str) -> _Record:
    values = {name: _value(value) for name, value in _FACT.findall(written)}
    if "others" in values:
        return "others", int(values["others"]), {}
    count = int(values.pop("count", "0"))
    event = "would-deny" if values.pop("would", "") else "denied"
    return event, count, _checked(values)


def _facts(written: str) -> dict[str, Any]:
    return _checked({name: _value(value) for name, value in _FACT.findall(written)})


def _checked(facts: dict[str, Any]) -> dict[str, Any]:
    if any(name not in facts for name in _REQUIRED):
        raise ValueError("this record has no reason or no cause")
    return facts


def _value(written: str) -> str:
    return str(json.loads(written)) if written.startswith('"') else written


def _as_json(line: str) -> Any:
    if not line.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _fields(document: Any, depth: int) -> dict[str, Any] | None:
    """The object that has our fields, at any depth."""
    if depth > _DEEPEST:
        return None
    if isinstance(document, dict) and "cors_event" in document:
        return document
    found = (_fields(each, depth + 1) for each in _inside(document))
    return next((each for each in found if each is not None), None)


def _inside(document: Any) -> Iterable[Any]:
    if isinstance(document, dict):
        return document.values()
    return document if isinstance(document, list) else ()


def _strings(document: Any, depth: int) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif depth <= _DEEPEST:
        for each in _inside(document):
            yield from _strings(each, depth + 1)


def _of_fields(fields: dict[str, Any]) -> Iterator[_Record]:
    event = fields["cors_event"]
    if event in ("denied", "would-deny"):
        names = {name.removeprefix("cors_"): value for name, value in fields.items() if name.startswith("cors_")}
        yield event, 1, _checked(names)
    if event == "summary":
        for each in fields.get("cors_denials") or ():
            facts = dict(each)
            count = int(facts.pop("count"))
            yield ("would-deny" if facts.pop("would", "") else "denied"), count, _checked(facts)
        if int(fields.get("cors_others") or 0):
            yield "others", int(fields["cors_others"]), {}
