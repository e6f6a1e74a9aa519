"""Why an app cannot be imported, in one line: the module, the line of the app's own source, and what would help.

Here belongs reading the exception and its traceback. Not here: importing (`load_app`).
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..transport.app_name import AppName

_PACKAGE: Final = Path(__file__).parent.parent
# What to do, in a command that has these options (True), and in one that has not.
_ENV_FILE: Final = {True: "--env-file .env reads variables from a file", False: "set it in the environment first"}
_APP_DIR: Final = {True: "--app-dir {folder}", False: "run this command in {folder}"}
_LONGEST: Final = 300  # characters of an exception's own words
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{2,}")
# What settings libraries raise for a variable that is not set: python-decouple, environs, django-environ.
_UNSET: Final = frozenset({"UndefinedValueError", "EnvError", "EnvValidationError", "ImproperlyConfigured"})


@dataclass(frozen=True, slots=True)
class _Failed:
    """An exception, the app's own file that it came from, and which app was asked for.

    `options` is whether the command has `--app-dir` and `--env-file`.
    """

    error: BaseException
    file: Path | None
    named: AppName | None
    options: bool

    def in_folder(self, folder: Path | str) -> str:
        """How the command is made to import from a folder."""
        return _APP_DIR[self.options].format(folder=folder)


def why_it_failed(error: BaseException, named: AppName | None = None, *, options: bool) -> str:
    """The exception with its line and what would help; `named` is the app that could not be imported.

    `options` is whether the command has `--app-dir` and `--env-file`.
    """
    file, line = _own_line(error)
    failed = _Failed(error, file, named, options)
    if named is not None and isinstance(error, ModuleNotFoundError) and _is_the_target(error, named):
        return _no_such_module(failed, named)
    first, *_ = (str(error).strip() or repr(error)).splitlines()
    place = f"{_shorten(file)}:{line}: " if file is not None else ""
    what = f"{place}{type(error).__name__}: {first[:_LONGEST]}"
    helps = next((words for remedy in _REMEDIES if (words := remedy(failed))), "")
    head = f"{named.module} cannot be imported: " if named is not None else ""
    return f"{head}{what}" + (f"; {helps}" if helps else "")


def _is_the_target(error: ModuleNotFoundError, named: AppName) -> bool:
    return error.name is not None and f"{named.module}.".startswith(f"{error.name}.")


def _no_such_module(failed: _Failed, named: AppName) -> str:
    here, path = named.folders[-1], named.module.replace(".", "/")
    below = [*here.glob(f"*/{path}.py"), *here.glob(f"*/{path}/__init__.py")]
    folder = below[0].relative_to(here).parts[0] if below else ""
    hint = f"; there is one in {folder}: {failed.in_folder(folder)}" if folder else ""
    return f"there is no module {named.module!r} here ({here}){hint}"


# -- what would help, tried in this order ----------------------------------------------------------------------------


def _missing_module(failed: _Failed) -> str:
    error = failed.error
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return ""
    top = error.name.partition(".")[0]
    for folder in failed.file.parents if failed.file is not None else ():
        if (folder / f"{top}.py").is_file() or (folder / top).is_dir():
            return f"{top} is in {_shorten(folder)}: {failed.in_folder(_shorten(folder))}"
    return (
        f"install the package that has {top} in this environment ({sys.prefix}), "
        "or install crossorigin in the environment of the app"
    )


def _relative_import(failed: _Failed) -> str:
    file, error = failed.file, failed.error
    if file is None or not isinstance(error, ImportError) or not str(error).startswith("attempted relative import"):
        return ""
    attribute = failed.named.attribute if failed.named is not None else ""
    name = f"{file.parent.name}.{file.stem}:{attribute or 'app'}"
    return f"name it with its package, {name}: {failed.in_folder(_shorten(file.parent.parent))}"


def _unset_variable(failed: _Failed) -> str:
    error = failed.error
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        # `os.environ["X"]` has the name alone, starlette.config a sentence with the name in quotes.
        found = _VARIABLE.search(error.args[0])
        return f"if {found[0]} is an environment variable, {_ENV_FILE[failed.options]}" if found is not None else ""
    if type(error).__name__ in _UNSET:
        return _ENV_FILE[failed.options]
    return ""


def _missing_setting(failed: _Failed) -> str:
    """pydantic-settings raises pydantic's ValidationError, which lists what is missing."""
    errors = getattr(failed.error, "errors", None)
    if type(failed.error).__name__ != "ValidationError" or not callable(errors):
        return ""
    rows: list[dict[str, Any]] = errors()
    missing = [str(row["loc"][0]) for row in rows if row.get("type") == "missing" and row.get("loc")]
    if not missing:
        return ""
    names = ", ".join(name.upper() for name in missing[:5])
    return f"missing: {names}; if these are environment variables, {_ENV_FILE[failed.options]}"


def _missing_file(failed: _Failed) -> str:
    error = failed.error
    if isinstance(error, FileNotFoundError) and error.filename and not os.path.isabs(str(error.filename)):
        return f"the working directory is {Path.cwd()}"
    return ""


_Remedy = Callable[[_Failed], str]
_REMEDIES: Final[tuple[_Remedy, ...]] = (
    _missing_module,
    _relative_import,
    _unset_variable,
    _missing_setting,
    _missing_file,
)


# -- where it happened -----------------------------------------------------------------------------------------------


def _own_line(error: BaseException) -> tuple[Path | None, int]:
    """The last line of the traceback in the app's own source: not of an installed package, and not ours."""
    if isinstance(error, SyntaxError) and error.filename:
        return Path(error.filename), error.lineno or 1
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file.is_absolute() and not any(folder in file.parents for folder in _not_the_apps()):
            return file, frame.lineno or 1
    return None, 0


def _not_the_apps() -> list[Path]:
    paths = sysconfig.get_paths()
    return [_PACKAGE, *(Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib"))]


def _shorten(file: Path) -> str:
    """The path as people write it here: below the working directory without it."""
    path = os.path.relpath(file)
    return str(file) if path.startswith("..") else path
