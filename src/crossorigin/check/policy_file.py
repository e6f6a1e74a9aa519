"""Policy files: every profile of a `crossorigin.toml` or `pyproject.toml`.

Here belong which profiles there are, and at which line of the file a problem stands. Not here: reading a file
into a policy (`settings`), and what is wrong with it (`validation`).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ..policy import settings
from ..policy.limits import ENVIRONMENT_VARIABLE
from ..policy.policy import Policy
from ..policy.problems import PolicyError, Problem
from ..report.documents import read_file, read_text
from ..report.errors import CannotRun
from ..report.findings import Finding, Place
from .declarations import shorten
from .policy_findings import from_problem

# What stops a file from being read as TOML; `Policy.load` says it better.
_NO_TOML: Final = (CannotRun, ValueError, RecursionError)


def has_policy(file: Path) -> bool:
    """Whether there is a policy in the file: not every pyproject.toml has one. What cannot be read may have one."""
    of_project = file.name == "pyproject.toml"
    try:
        table = _table(file, "tool") if of_project else _table(file)
    except _NO_TOML:
        return True
    found = table.get("crossorigin") if of_project else table
    return settings.has_policy(found, Policy.model_fields) if isinstance(found, dict) else found is not None


def inspect_policy_file(file: Path) -> Iterator[Finding]:
    """The problems of every profile, each once. Raises CannotRun.

    Variables of this process go on top, as when the policy is loaded.
    """
    content = read_file(file) if file.exists() else b""
    lines = content.decode("utf-8", "replace").splitlines()
    try:
        table = _table(file, "tool", "crossorigin") if file.name == "pyproject.toml" else _table(file)
    except _NO_TOML:
        table = {}
    names = settings.profile_names(table)
    said: set[tuple[str, str, int]] = set()
    for name in names or [""]:
        before = f"[{name}] " if name else ""
        for problem in _problems(file, name):
            line = _line(lines, name, problem)
            key = (problem.code, problem.field, line)
            if key not in said:
                said.add(key)
                yield from_problem(problem, Place(shorten(file), line), before=before)


def _problems(file: Path, profile: str) -> tuple[Problem, ...]:
    with _environment(profile):
        try:
            return Policy.load(file).warnings
        except PolicyError as error:
            return error.problems


@contextmanager
def _environment(profile: str) -> Iterator[None]:
    """The process says this environment; none where the file has no profiles."""
    before = os.environ.pop(ENVIRONMENT_VARIABLE, None)
    try:
        if profile:
            os.environ[ENVIRONMENT_VARIABLE] = profile
        yield
    finally:
        os.environ.pop(ENVIRONMENT_VARIABLE, None)
        if before is not None:
            os.environ[ENVIRONMENT_VARIABLE] = before


def _table(file: Path, *path: str) -> dict[str, Any]:
    """A table of the file; empty where it has none. Raises what `_NO_TOML` has."""
    found: Any = tomllib.loads(read_text(file))
    for name in path:
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def _line(lines: list[str], profile: str, problem: Problem) -> int:
    """The line of a problem: of the element, of the key, of the profile's table, or what TOML itself says."""
    if problem.code == "file-not-toml":
        told = re.search(r"at line (\d+)", str(problem.value))
        return int(told[1]) if told else len(lines)
    key = problem.field.partition("[")[0]
    mine = _section(lines, profile)
    for start, end in (mine, _section(lines, "")):
        for at in range(start, end):
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", lines[at]):
                return 1 + _element(lines, at, end, problem)
    return mine[0] if mine[0] else 0


def _section(lines: list[str], profile: str) -> tuple[int, int]:
    """From which line index to which a profile's table goes; for "" what stands in none of them."""
    heads = [(at, _name(found[1])) for at, line in enumerate(lines) if (found := re.match(r"\s*\[([^\[\]]+)\]", line))]
    start = next((at + 1 for at, name in heads if name == profile), 0)
    return start, next((at for at, _ in heads if at >= start), len(lines))


def _name(head: str) -> str:
    """The profile that a table's head names; "" for the table that all profiles share."""
    name = re.sub(r"\s", "", head)
    return "" if name == "tool.crossorigin" else name.removeprefix("tool.crossorigin.")


def _element(lines: list[str], key: int, end: int, problem: Problem) -> int:
    """The index of the line where an element of a list stands; the key's own where it is not found."""
    if "[" in problem.field:
        for at in range(key, end):
            if re.search(rf"""["']{re.escape(str(problem.value))}["']""", lines[at]):
                return at
            if "]" in lines[at].partition("#")[0] and at > key:
                break
    return key
