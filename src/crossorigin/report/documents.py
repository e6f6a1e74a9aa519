"""Files and documents that come from strangers, such as those of a pull request, read within bounds.

Here belong reading a file, looking for the files that another names, and parsing JSON and YAML. What cannot be read
within the bounds is `CannotRun`, never a process that waits, fills the memory or ends with a traceback.
"""

from __future__ import annotations

import glob
import json
import os
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ..standards.optional import optional
from .errors import CannotRun
from .files import read_regular_file, size_in_words

MAX_FILE_BYTES: Final = 2 * 2**20
MAX_YAML_BYTES: Final = 512 * 2**10  # PyYAML reads about 100 KiB in a second
_MAX_MATCHES: Final = 1000
_MAX_WILDCARD_FOLDERS: Final = 2


def read_file(file: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """The content of a regular file of at most `limit` bytes. Raises CannotRun."""
    try:
        return read_regular_file(file, limit)
    except OSError as why:
        raise CannotRun(f"{file} cannot be read: {why.strerror or why}") from None


def read_text(file: Path, limit: int = MAX_FILE_BYTES) -> str:
    """The text of a regular file in UTF-8, with or without a byte order mark. Raises CannotRun."""
    try:
        return read_file(file, limit).decode("utf-8-sig")
    except UnicodeDecodeError as why:
        raise CannotRun(f"{file} cannot be read: it is not UTF-8 (byte {why.start})") from None


def files_named(pattern: str, folder: Path) -> list[Path]:
    """The files that a pattern of a configuration names, from its folder on. Raises CannotRun for too many.

    `**` means the same as `*`, as nginx and Caddy read it: no pattern walks through a whole disk.
    """
    check_wildcards(pattern)
    try:
        names = list(islice(glob.iglob(os.path.join(glob.escape(str(folder)), pattern)), _MAX_MATCHES + 1))
    except (OSError, ValueError) as why:  # ValueError: a NUL, or brackets that no expression can be made of
        raise CannotRun(f"{pattern} is not a pattern for names: {why}") from None
    if len(names) > _MAX_MATCHES:
        raise CannotRun(f"{pattern} names more than {_MAX_MATCHES} files")
    return [Path(name) for name in sorted(names)]


def check_wildcards(pattern: str) -> None:
    """Raises CannotRun for a pattern that would walk through much of a disk."""
    if sum(glob.has_magic(part) for part in Path(pattern).parts) > _MAX_WILDCARD_FOLDERS:
        raise CannotRun(f"{pattern} has wildcards in more than {_MAX_WILDCARD_FOLDERS} folders")


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError, for what nests too deeply as well."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it nests too deeply") from None


def compose_yaml(text: str, name: str) -> list[Any]:
    """The root nodes of the documents of a YAML text; `name` is where it was found. Raises CannotRun.

    A node that an alias names is the same object again: whoever walks down must go to each once, or some lines of
    aliases become billions of values, and one that names itself never ends.
    """
    yaml = optional("yaml", "check")
    try:
        return [node for node in yaml.compose_all(_bounded(text, name), yaml.SafeLoader) if node is not None]
    except (yaml.YAMLError, RecursionError, ValueError) as why:
        mark = getattr(why, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise CannotRun(f"{name}{line} is not YAML: {_why(why)}") from None


def parse_yaml(text: str, name: str) -> Any:
    """The value of a YAML text, every scalar of it as a string. Raises CannotRun.

    As strings, because numbers to the base 60 take quadratic time. Aliases stand for the same object.
    """
    yaml = optional("yaml", "audit")
    try:
        return yaml.load(_bounded(text, name), yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as why:
        mark = getattr(why, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise CannotRun(f"{name} is neither JSON nor YAML{where}") from None


def _bounded(text: str, name: str) -> str:
    if len(text) > MAX_YAML_BYTES:
        raise CannotRun(f"{name} cannot be read: it is longer than {size_in_words(MAX_YAML_BYTES)}, the most for YAML")
    return text


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    said = getattr(error, "problem", None) or str(error) or type(error).__name__
    return str(said).splitlines()[0]
