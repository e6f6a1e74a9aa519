"""What mutmut says, read: its list of results, and the difference that a mutant is."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable
from typing import Final, NamedTuple

ENOUGH: Final = 95.0
# `mutmut results` lists every mutant but the killed ones. Whatever its word is, no test failed as it should: mutmut
# calls it a timeout, too, when it could not run the tests.
_RESULT: Final = re.compile(r"^ *(?P<mutant>[\w.ǁ]+): (?P<status>[\w ]+)$", re.MULTILINE)
_FUNCTION: Final = re.compile(r"x(?:ǁ(?P<owner>\w+)ǁ|_)(?P<name>\w+?)__mutmut_\d+$")


# What mutmut prints before it gives up, and what that means.
_GAVE_UP: Final = (
    ("failed to collect stats", "the tests fail without a mutant"),
    ("Failed to run clean test", "the tests fail without a mutant"),
    ("could not find any test case for any mutant", "no mutant was made that a test reaches"),
    ("Unable to force test failures", "the tests pass although every function fails"),
)


class Change(NamedTuple):
    """What a mutant changes: the lines of a function that it has, and those that stand there instead."""

    file: str
    function: str
    was: str
    becomes: str


class Survivor(NamedTuple):
    """A mutant that no test failed for; `status` is mutmut's word."""

    mutant: str
    status: str
    line: int
    change: Change


def results(printed: str) -> dict[str, str]:
    """The status of every mutant that was not killed."""
    return {found["mutant"]: found["status"] for found in _RESULT.finditer(printed)}


def function_of(mutant: str) -> str:
    """`Preflights.answer` of `crossorigin.server.preflight.xǁPreflightsǁanswer__mutmut_3`."""
    found = _FUNCTION.search(mutant)
    assert found is not None, mutant
    return f"{found['owner']}.{found['name']}" if found["owner"] else found["name"]


def survivor(mutant: str, status: str, shown: str, source: str) -> Survivor:
    """A survivor, from what `mutmut show` prints and the source of its file."""
    lines = shown.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("@@"))
    file = next(line for line in lines if line.startswith("--- ")).removeprefix("--- ").strip()
    hunk = [line for line in lines[start + 1 :] if not line.startswith("@@")]
    before = [line[1:].strip() for line in hunk if line[:1] in (" ", "-")]
    first = next(number for number, line in enumerate(hunk) if line[:1] in ("-", "+"))
    change = Change(file, function_of(mutant), _joined(hunk, "-"), _joined(hunk, "+"))
    return Survivor(mutant, status, _place(before, change.function, source) + first, change)


def _joined(hunk: Iterable[str], sign: str) -> str:
    return textwrap.dedent("\n".join(line[1:] for line in hunk if line[:1] == sign)).strip()


def _place(wanted: list[str], function: str, source: str) -> int:
    """The line of the file at which these lines of a function begin; comments above the function are part of it."""
    lines = [line.strip() for line in source.splitlines()]
    *owner, name = function.split(".")
    for definition in _definitions(ast.parse(source).body, owner, name):
        above = definition.lineno - 1
        while above and lines[above - 1].startswith("#"):
            above -= 1
        for start in range(above, definition.end_lineno or 0):
            if lines[start : start + len(wanted)] == wanted:
                return start + 1
    raise LookupError(f"{function} has no such lines: {wanted}")


def _definitions(body: list[ast.stmt], owner: list[str], name: str) -> Iterable[ast.FunctionDef | ast.AsyncFunctionDef]:
    for statement in body:
        if owner and isinstance(statement, ast.ClassDef) and statement.name == owner[0]:
            yield from _definitions(statement.body, owner[1:], name)
        elif not owner and isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == name:
            yield statement


def reasons(document: dict[str, list[dict[str, str]]]) -> dict[Change, str]:
    """Why a change is none, by the change; as reasons.toml has them."""
    found: dict[Change, str] = {}
    for row in document["equivalent"]:
        change = Change(row["file"], row["function"], row["was"], row["becomes"])
        if change in found:
            raise ValueError(f"there are two reasons for {change}")
        if not row["why"].strip():
            raise ValueError(f"there is no reason for {change}")
        found[change] = row["why"].strip()
    return found


def gave_up(package: str, printed: str) -> str:
    """Why mutmut did not try the mutants of a package, in one line."""
    for said, means in _GAVE_UP:
        if said in printed:
            return f"{package}: {means}"
    return f"{package}: mutmut did not run"


class Verdict(NamedTuple):
    """What a run came to: `lines` to print, and why it fails, which is None if it passes."""

    lines: list[str]
    fails: str | None


def verdict(package: str, total: int, survivors: list[Survivor], why: dict[Change, str]) -> Verdict:
    """The score of a package, and its survivors with their reasons."""
    if total == 0:
        return Verdict([], f"{package}: no mutant was made")
    killed = total - len(survivors)
    score = 100 * killed / total
    unexplained = [found for found in survivors if found.change not in why]
    lines = [f"{package}: {killed} of {total} mutants killed, {score:.1f} %"]
    for found in sorted(survivors, key=lambda found: (found.change.file, found.line, found.mutant)):
        lines += [
            f"{found.change.file}:{found.line}: {found.status}, {found.change.function}, {found.mutant}",
            *textwrap.indent(found.change.was, "    - ").splitlines(),
            *textwrap.indent(found.change.becomes, "    + ").splitlines(),
            f"    {why.get(found.change, 'NO REASON')}",
        ]
    if unexplained:
        return Verdict(lines, f"{package}: {len(unexplained)} of {len(survivors)} survivors have no reason")
    if score < ENOUGH:
        return Verdict(lines, f"{package}: {score:.1f} % is less than {ENOUGH:.0f} %")
    return Verdict(lines, None)
