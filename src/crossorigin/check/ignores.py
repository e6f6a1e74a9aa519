"""Results that a team knows and accepts: the entries `[[check.ignore]]` of a file.

    crossorigin.toml                       pyproject.toml
    ----------------                       --------------
    [[check.ignore]]                       [[tool.crossorigin.check.ignore]]
    code = "missing-vary"                  code = "missing-vary"
    path = "deploy/nginx.conf"             path = "deploy/nginx.conf"
    reason = "no cache in front of it"     reason = "no cache in front of it"
    expires = 2027-03-01                   expires = 2027-03-01

Here belong reading the entries, applying them, and writing more of them. An entry that cannot be understood, or whose
date has passed, hides nothing. What is ignored is counted in the report.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from ..policy.problems import CATALOGUE
from ..policy.settings import FILES
from ..report.catalogue import FINDINGS, NOT_JUDGED
from ..report.documents import read_text
from ..report.errors import CannotRun
from ..report.findings import Finding, Ignored, NotJudged, Place, Report, Result, finding
from .declarations import shorten

_KEYS: Final = ("code", "path", "reason", "expires")
_HEAD: Final = re.compile(r"\s*\[\[\s*(?:tool\s*\.\s*crossorigin\s*\.\s*)?check\s*\.\s*ignore\s*\]\]")
_MOST: Final = 1000  # entries of one file
_DAYS: Final = 90  # that an entry holds which nobody has looked at


@dataclass(frozen=True, slots=True)
class IgnoreEntry:
    """One entry: what it ignores, and where it is written. An empty path means everywhere."""

    code: str
    path: str
    reason: str
    expires: date | None
    place: Place


@dataclass(slots=True)
class Ignores:
    """The entries of a project. Paths are from its `folder` on; `problems` are entries that are not applied."""

    folder: Path
    entries: list[IgnoreEntry] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    _used: set[IgnoreEntry] = field(default_factory=set)

    def apply(self, report: Report) -> Report:
        """The report without the results, and the places of results, that an entry names."""
        results: list[Result] = list(report.run_time)
        ignored = []
        for each in _each_place([*report.findings, *report.not_judged]):
            entry = next((entry for entry in self.entries if self._names(entry, each, report.target)), None)
            if entry is None:
                results.append(each)
            else:
                self._used.add(entry)
                ignored.append(Ignored(each, entry.reason, entry.place))
        return Report.of(
            report.kind,
            report.target,
            results,
            report.notes,
            requests=report.requests,
            seconds=report.seconds,
            error=report.error,
            ignored=ignored,
        )

    def unused(self, targets: Iterable[str]) -> Iterator[Finding]:
        """A finding for each entry that ignored nothing, if its place was among the targets or does not exist."""
        looked_at = [self.path_of(target) for target in targets]
        for entry in self.entries:
            if entry not in self._used and self._was_looked_at(entry, looked_at):
                yield finding("ignore-unused", _written(entry), place=entry.place)

    def _was_looked_at(self, entry: IgnoreEntry, looked_at: Sequence[str]) -> bool:
        if ":" in entry.path:  # an app
            return entry.path in looked_at
        for path in looked_at:
            below = path == "." or entry.path.startswith(f"{path}/")
            if below or not entry.path or fnmatchcase(path, entry.path):
                return True
        return "*" not in entry.path and not (self.folder / entry.path).exists()

    def _names(self, entry: IgnoreEntry, result: Finding | NotJudged, target: str) -> bool:
        if entry.code != result.code or not entry.path:
            return entry.code == result.code
        place = result.place or Place()
        names = [self.path_of(place.file), place.name]
        if not place.file or not os.path.exists(target):  # an app has results in many files
            names.append(self.path_of(target))
        return any(fnmatchcase(name, entry.path) for name in names if name)

    def path_of(self, name: str) -> str:
        """A file's path from the folder on, with `/`; the name of anything else, such as an app, as it is."""
        if not os.path.exists(name):
            return name
        return Path(os.path.relpath(name, self.folder)).as_posix()


def _each_place(results: Iterable[Finding | NotJudged]) -> Iterator[Finding | NotJudged]:
    """The results, one for each of their places."""
    for result in results:
        yield from result.at_each_place()


# -- reading ------------------------------------------------------------------------------------------


def read_ignores(start: Path) -> tuple[Ignores, list[str]]:
    """The entries of the project that a folder is in, and why a file with entries could not be read.

    The first folder upwards that has a `crossorigin.toml` or a `pyproject.toml` is the project's.
    """
    ignores, unread = Ignores(start), []
    for file in _files(start):
        ignores.folder = file.parent
        try:
            text = read_text(file)
            table = _table(tomllib.loads(text), file)
        except CannotRun as why:
            unread.append(str(why))
        except (ValueError, RecursionError) as why:
            unread.append(f"{file} is not TOML, so that its entries of [[check.ignore]] are not applied: {why}")
        else:
            _read_table(table, text, file, ignores)
    return ignores, unread


def _files(start: Path) -> list[Path]:
    start = start.resolve()
    for folder in (start, *start.parents):
        found = [folder / name for name in FILES if (folder / name).is_file()]
        if found or (folder / ".git").exists():
            return found
    return []


def _table(document: dict[str, Any], file: Path) -> Any:
    """What stands in the table `check`; an empty table if there is none."""
    path = ("tool", "crossorigin", "check") if file.name == "pyproject.toml" else ("check",)
    found: Any = document
    for name in path:
        if not isinstance(found, dict):
            return {}
        found = found.get(name, {})
    return found


def _read_table(table: Any, text: str, file: Path, ignores: Ignores) -> None:
    name = shorten(file)
    entries = table.get("ignore", []) if isinstance(table, dict) else table
    others = [key for key in table if key != "ignore"] if isinstance(table, dict) else []
    for key in others:
        ignores.problems.append(_invalid(f"check.{key}: there is no such setting", Place(name)))
    if not isinstance(entries, list) or len(entries) > _MOST:
        ignores.problems.append(_invalid(f"check.ignore is not a list of at most {_MOST} tables", Place(name)))
        return
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _HEAD.match(line)]
    lines = lines if len(lines) == len(entries) else [0] * len(entries)  # 0: they are written in another form
    for entry, line in zip(entries, lines, strict=True):
        _read_entry(entry, Place(name, line), ignores)


def _read_entry(written: Any, place: Place, ignores: Ignores) -> None:
    why = _mistake(written)
    if why:
        ignores.problems.append(_invalid(why, place))
        return
    expires = written.get("expires")
    if isinstance(expires, str):
        expires = date.fromisoformat(expires)
    path = written.get("path", "").removeprefix("./")
    entry = IgnoreEntry(written["code"], path, written["reason"].strip(), expires, place)
    if expires is not None and expires < date.today():
        ignores.problems.append(finding("ignore-expired", _written(entry), place=place))
    else:
        ignores.entries.append(entry)


def _mistake(written: Any) -> str:
    """What is wrong with an entry; empty if nothing is."""
    if not isinstance(written, dict):
        return f"{written!r}: an entry is a table"
    for key in written:
        if key not in _KEYS:
            return f"{key}: an entry has {', '.join(_KEYS)}"
    for key in ("code", "path", "reason"):
        if not isinstance(written.get(key, ""), str):
            return f"{key} = {written[key]!r}: this must be a string"
    code = written.get("code", "")
    if code not in FINDINGS and code not in NOT_JUDGED and code not in CATALOGUE:
        return f'code = "{code}": there is no result with this code'
    if not written.get("reason", "").strip():
        return f'code = "{code}": there is no reason'
    return _mistake_of_date(written.get("expires"))


def _mistake_of_date(expires: Any) -> str:
    if expires is None or type(expires) is date:
        return ""
    try:
        date.fromisoformat(expires)
    except (TypeError, ValueError):
        return f"expires = {str(expires)!r}: write a date, such as 2027-03-01"
    return ""


def _invalid(why: str, place: Place) -> Finding:
    return finding("ignore-invalid", why, place=place)


def _written(entry: IgnoreEntry) -> str:
    said = [f'code = "{entry.code}"']
    if entry.path:
        said.append(f'path = "{entry.path}"')
    if entry.expires is not None:
        said.append(f"expires = {entry.expires}")
    return ", ".join(said)


# -- writing ------------------------------------------------------------------------------------------


def add_ignores(ignores: Ignores, reports: Iterable[Report], today: date) -> tuple[Path, int]:
    """Writes an entry for each code and path in these reports; the file, and how many entries. Raises CannotRun.

    Nobody has looked at such an entry yet, so it says so and holds for three months. The rest of the file stays as it
    is: the entries are put at its end.
    """
    file = _file_for(ignores.folder)
    named: dict[tuple[str, str], None] = {}
    for report in reports:
        for result in _each_place([*report.findings, *report.not_judged]):
            place = result.place or Place()
            path = ignores.path_of(place.file or place.name or report.target)
            named[result.code, path] = None
    if not named:
        return file, 0
    head = "[[tool.crossorigin.check.ignore]]" if file.name == "pyproject.toml" else "[[check.ignore]]"
    reason = f"not reviewed: added by `crossorigin check --add-ignores` on {today}"
    expires = today + timedelta(days=_DAYS)
    lines = []
    for code, path in named:
        lines += ["", head, f'code = "{code}"', f"path = {_string(_literal(path))}"]
        lines += [f'reason = "{reason}"', f"expires = {expires}"]
    _append(file, lines)
    return file, len(named)


def _file_for(folder: Path) -> Path:
    """The project's own file, or a new one."""
    return next((folder / name for name in FILES if (folder / name).is_file()), folder / FILES[0])


def _literal(path: str) -> str:
    """A path as a pattern that stands for nothing but itself."""
    return re.sub(r"([*?[])", r"[\1]", path)


def _string(text: str) -> str:
    """A basic string of TOML: JSON has the same escapes, except for U+007F."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _append(file: Path, lines: Sequence[str]) -> None:
    """Puts lines at the end of a file of TOML, in which they must be as good as the rest. Raises CannotRun."""
    try:
        before = file.read_bytes().decode() if file.exists() else ""
        end = "\r\n" if "\r\n" in before else "\n"
        if before and not before.endswith("\n"):
            before += end
        text = before + end.join([*lines, ""])
        tomllib.loads(text.removeprefix("\ufeff"))
        if not before:
            text = text.lstrip()
        file.write_bytes(text.encode())
    except OSError as why:
        raise CannotRun(f"{file} cannot be written: {why.strerror or why}") from None
    except (ValueError, RecursionError):
        entries = "\n".join(lines)
        raise CannotRun(f"{file} has no place for more entries at its end; add them yourself:\n{entries}") from None
