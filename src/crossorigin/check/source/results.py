"""What was found in one file, each thing once, with the conditions under which it is so.

The same line is met on several ways through a program, and once more when its function is called. Here belongs making
one result of these: the gravest, and the conditions that all ways to it share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from ...report.catalogue import SEVERITIES
from ...report.findings import Finding, NotJudged, Place, Result
from .world import World, common

_Key: TypeAlias = tuple[object, ...]
_SHOWN: Final = 3  # conditions
# One mistake in two grades: a response without cookies, and the same with them.
_SAME: Final = {"sends-star-with-credentials": "sends-star"}
_UNSAID: Final = ("__name__", "TYPE_CHECKING")


class Results:
    """The results of one file."""

    def __init__(self) -> None:
        self._found: dict[_Key, tuple[Result, dict[str, bool]]] = {}

    def add(self, result: Result, world: World) -> None:
        """Something found on one way through the program."""
        key = _key(result)
        known = self._found.get(key)
        of_origin = {guard.text for guard in world.guards}  # which the finding itself is about
        assumed = {text: truth for text, truth in world.assumed.items() if text not in of_origin}
        assumed = {**world.former, **assumed}
        if known is None or _grade(result) > _grade(known[0]):
            self._found[key] = (result, assumed)
        elif _grade(result) == _grade(known[0]):
            self._found[key] = (known[0], common(known[1], assumed))

    def __iter__(self) -> Iterator[Result]:
        for result, assumed in self._found.values():
            conditions = _conditions(assumed)
            if isinstance(result, Finding) and result.code == "empty-policy" and conditions:
                continue  # with nobody allowed on one branch, the other one says who is
            if conditions and not _is_run_time(result):
                yield _under(result, conditions)
            else:
                yield result


def _is_run_time(result: Result) -> bool:
    return not isinstance(result, Finding | NotJudged)


def _key(result: Result) -> _Key:
    place: Place | None = result.place
    if isinstance(result, Finding):
        # What a comparison lets in is one mistake, whatever shows it.
        evidence = "" if result.code.startswith("accepts-") else result.evidence
        return ("finding", _SAME.get(result.code, result.code), place, evidence)
    if isinstance(result, NotJudged):
        return ("not judged", result.code, place, result.evidence)
    return ("run time", result.setting, place, result.expression)


def _grade(result: Result) -> int:
    return SEVERITIES.index(result.severity) if isinstance(result, Finding) else 0


def _conditions(assumed: Mapping[str, bool]) -> list[str]:
    told = []
    for text, truth in assumed.items():
        if any(part in text for part in _UNSAID):
            continue
        told.append(_condition(text, truth))
    return told


def _condition(text: str, truth: bool) -> str:
    if truth:
        return text
    subject, _, verb = text.rpartition(" is ")
    if verb in ("set", "given"):
        return f"{subject} is not {verb}"
    return f"not ({text})" if " " in text else f"not {text}"


def _under(result: Result, conditions: list[str]) -> Result:
    """The result, with the conditions in its evidence."""
    more = len(conditions) - _SHOWN
    ending = f" and {more} more" if more > 0 else ""
    condition = " and ".join(conditions[:_SHOWN]) + ending
    assert isinstance(result, Finding | NotJudged)
    details = {**result.details, "condition": conditions}
    return replace(result, evidence=f"{result.evidence}\nif {condition}", details=details)
