"""A Policy out of files and environment variables.

Here belongs where a policy is looked for, which profile holds, and how a list is written in a variable.
Not here: whether it is a good policy; `Policy` says that, whole, as for any other.

    crossorigin.toml                    pyproject.toml
    ----------------                    --------------
    allow_methods = ["GET", "PUT"]      [tool.crossorigin]
                                        allow_methods = ["GET", "PUT"]
    [development]
    allow_origins = ["*"]               [tool.crossorigin.development]
                                        allow_origins = ["*"]
    [production]
    allow_origins = ["https://…"]       [tool.crossorigin.production]
                                        allow_origins = ["https://…"]

The environment picks the profile, the table of its name or else [production]; its fields go over the shared ones;
environment variables go over both: CROSSORIGIN_ENVIRONMENT, CROSSORIGIN_ALLOW_ORIGINS, and so on for every field.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo

from ..report.files import read_regular_file
from ..standards.optional import when_needed
from .limits import DEVELOPMENT, PRODUCTION
from .problems import PolicyError, Problem, problem

FILES: Final = ("crossorigin.toml", "pyproject.toml")
RESERVED: Final = ("check", "audit", "verify")  # tables of the commands' own settings, not profiles
_PREFIX: Final = "CROSSORIGIN_"
MAX_FILE_BYTES: Final = 64 * 2**20  # a million origins and more


def _stripped(fields: dict[str, Any]) -> dict[str, Any]:
    """The same settings without white space around them, such as the carriage return of a file with CRLF line ends.

    One that stayed would make another word of it: "production\\r" is not the name of a profile.
    """
    strings = {name: value.strip() for name, value in fields.items() if isinstance(value, str)}
    return fields | strings


def load_fields(known: Mapping[str, FieldInfo], path: str | Path | None = None) -> tuple[dict[str, Any], str]:
    """The fields of this process's policy, and where they are from; `known` are the fields that a policy has.

    Read from `path`; else from the nearest `crossorigin.toml`, or `pyproject.toml` with a
    `[tool.crossorigin]` table, in this directory or above it; else from variables alone.

    Raises PolicyError: for a file that cannot be read or is not TOML, for a variable that cannot be read, and for
    a policy that says it is for development where CROSSORIGIN_ENVIRONMENT says production.
    """
    source = Path(path) if path is not None else find(known)
    shared = _stripped(_read(source)) if source is not None else {}
    profiles = {name: _profile(name, shared.pop(name)) for name in profile_names(shared)}
    for name in RESERVED:
        _reject_profile(name, shared.pop(name, {}), known)
    variables = _variables(known)
    process, written = variables.pop("environment", None), shared.pop("environment", None)
    environment = str(process or written or PRODUCTION)
    profile = profile_of(environment, profiles)
    if profiles and not profile:
        tables = ", ".join(f"[{name}]" for name in profiles)
        if list(profiles) == [DEVELOPMENT]:
            remedy = "write a [production] profile"
            raise PolicyError([problem("development-in-production", str(source), tables, remedy=remedy)])
        raise PolicyError([problem("profile-missing", str(source), tables, f"there is no profile for `{environment}`")])
    fields = shared | profiles.get(profile, {}) | variables
    if process is None or written == "development":
        fields["environment"] = written  # development, against a process that says production, is refused
    return fields, "variables" if source is None else str(source)


def profile_names(table: Mapping[str, Any]) -> list[str]:
    """The profiles of a file, by name: its tables, except those of the commands."""
    known = (DEVELOPMENT, PRODUCTION)
    tables = [name for name, value in table.items() if isinstance(value, dict) or name in known]
    return [name for name in tables if name not in RESERVED]


def profile_of(environment: str, profiles: Collection[str]) -> str:
    """The profile of an environment: the table of that name, else [production]; empty if there is neither."""
    return next((name for name in (environment, PRODUCTION) if name in profiles), "")


def has_policy(table: Mapping[str, Any], known: Collection[str]) -> bool:
    """Whether a file's table is for a policy. One with nothing but the settings of commands is not."""
    return not table or any(name not in RESERVED or _is_profile(value, known) for name, value in table.items())


def _is_profile(table: Any, known: Collection[str]) -> bool:
    """Whether the table of a command has what only a profile has."""
    return not isinstance(table, dict) or any(field in known for field in table)


def _reject_profile(name: str, table: Any, known: Collection[str]) -> None:
    """Raises PolicyError for a profile that has the name of a command."""
    if _is_profile(table, known):
        message = f"`{name}` is reserved for the settings of `crossorigin {name}`, so it cannot be a profile"
        raise PolicyError([problem("profile-invalid", name, table, message, f"give the profile [{name}] another name")])


def _profile(name: str, fields: Any) -> dict[str, Any]:
    if not isinstance(fields, dict) or "environment" in fields:
        raise PolicyError([problem("profile-invalid", name, fields)])
    return _stripped(fields)


def find(known: Collection[str] = ()) -> Path | None:
    """The file that `load()` reads where it is given none; None where there is none, and variables are all there is.

    A file with nothing but tables of commands, such as `[[check.ignore]]`, is not a policy.

    Raises PolicyError for one of these files on the way that cannot be read or is not TOML.
    """
    start = Path.cwd()
    for folder in (start, *start.parents):
        for name in FILES:
            file = folder / name
            if file.is_file() and _is_policy_file(file, known):
                return file
        # A project ends here: what is above belongs to another one, or to somebody else.
        if any((folder / name).exists() for name in _PROJECT):
            return None
    return None


def _is_policy_file(file: Path, known: Collection[str]) -> bool:
    document = _parse(file)
    table = _table(document) if file.name == "pyproject.toml" else document
    return has_policy(table, known) if isinstance(table, dict) else table is not None


_PROJECT: Final = ("pyproject.toml", ".git")


def _parse(file: Path) -> dict[str, Any]:
    try:
        text = read_regular_file(file, MAX_FILE_BYTES).decode("utf-8")
        tomllib = when_needed("tomllib")
        document: dict[str, Any] = tomllib.loads(text)
        return document
    except OSError as why:
        raise PolicyError([problem("file-unreadable", str(file), why.strerror or str(why))]) from why
    except (ValueError, RecursionError) as why:  # ValueError: a number of too many digits is not a TOMLDecodeError
        raise PolicyError([problem("file-not-toml", str(file), str(why))]) from why


def _read(file: Path) -> dict[str, Any]:
    document = _parse(file)
    if file.name == "pyproject.toml":
        found = _table(document)
        document = {} if found is None else found
    if not isinstance(document, dict):
        raise PolicyError([problem("profile-invalid", "tool.crossorigin", document)])
    return dict(document)


def _table(pyproject: dict[str, Any]) -> Any:
    tool = pyproject.get("tool")
    return tool.get("crossorigin") if isinstance(tool, dict) else None


# -- environment variables ----------------------------------------------------------------------------


def _variables(known: Mapping[str, FieldInfo]) -> dict[str, Any]:
    """The fields that environment variables say; one that is not set, or blank, says nothing."""
    fields: dict[str, Any] = {}
    problems = list(_misspelt(known))
    for name, field in known.items():
        variable = f"{_PREFIX}{name.upper()}"
        written = os.environ.get(variable, "").strip()
        if not written:
            continue
        try:
            if written[0] in "\"'" and written[-1] == written[0]:
                raise ValueError("the value has quotes around it, which the file of variables left there")
            fields[name] = _reader(name, field)(written)
        except ValueError as why:
            problems.append(problem("variable-invalid", variable, written, str(why)))
    if problems:
        raise PolicyError(problems)
    return fields


def _misspelt(known: Mapping[str, FieldInfo]) -> Iterator[Problem]:
    """Variables that are almost one of ours: what they say would be lost without a word."""
    names = [f"{_PREFIX}{name.upper()}" for name in known]
    for variable in sorted(os.environ):
        if not variable.upper().startswith(_PREFIX) or variable in names or variable in _OTHERS:
            continue
        near = difflib.get_close_matches(variable.upper(), names, 1, 0.85)
        if near:
            yield problem("variable-unknown", variable, os.environ[variable], suggestion=near[0], remedy=near[0])


_OTHERS: Final = ("CROSSORIGIN_LOG", "CROSSORIGIN_SOURCE", "CROSSORIGIN_TRACEBACK")


def _reader(name: str, field: FieldInfo) -> Callable[[str], object]:
    """How a variable of this field is read, by the type of its default."""
    if name == "enforce":
        return _read_enforce
    return _READERS.get(type(field.default), str)


def _read_list(text: str) -> list[str]:
    """A list in a variable: JSON, or separated by commas, white space or both."""
    if not text.startswith("["):
        return [element for element in re.split(r"[,\s]+", text) if element]
    found = json.loads(text)
    if not all(isinstance(element, str) for element in found):
        raise ValueError("every element of the list must be a string")
    return list(found)


def _read_bool(text: str) -> bool:
    found = _BOOLEANS.get(text.lower())
    if found is None:
        raise ValueError("this must be true or false")
    return found


def _read_int(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("this must be a whole number") from None


def _read_enforce(text: str) -> bool | str:
    return text if text == "report-only" else _read_bool(text)


_READERS: Final[Mapping[type, Callable[[str], object]]] = {tuple: _read_list, bool: _read_bool, int: _read_int}
_BOOLEANS: Final = dict.fromkeys(("true", "1", "yes", "on", "t", "y"), True) | dict.fromkeys(
    ("false", "0", "no", "off", "f", "n"), False
)
