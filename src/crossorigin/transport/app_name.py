"""How an app is named on a command line, as servers have it: `main:app`, `backend/main.py:app`, `main:create_app()`.

Here belongs what a name says: which module is imported, from which folder, and which of its names is the app. Not here:
importing it (`cli.load_app`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ATTRIBUTE: Final = r"[^\W\d]\w*(?:\.\w+)*(?:\(\))?"
_MODULE: Final = re.compile(rf"(?P<module>\w+(?:\.\w+)*):(?P<attribute>{_ATTRIBUTE})")
_FILE: Final = re.compile(rf"(?P<file>.*\.py)(?::(?P<attribute>{_ATTRIBUTE}))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class AppName:
    """A named app: the module, the name in it (empty: look for the app), and the folders to import from, in order."""

    module: str
    attribute: str
    folders: tuple[Path, ...]


def is_app_name(target: str) -> bool:
    """Whether a target names an app in a module or in a file; a file alone does not."""
    found = _FILE.fullmatch(target)
    return bool(_MODULE.fullmatch(target) or (found and found["attribute"]))


def parse_app_name(target: str, app_dir: str = "") -> AppName | None:
    """What a name says; None if it names no app. `app_dir` is the folder to import from, as uvicorn's `--app-dir`.

    A file's module is looked for as `fastapi run` does: from the folder above the outermost one with an `__init__.py`.
    What stands beside that folder, in the working directory, can be imported as well.
    """
    here = Path(app_dir).absolute()
    filed = _FILE.fullmatch(target)
    if filed is None:
        named = _MODULE.fullmatch(target)
        return AppName(named["module"], named["attribute"], (here,)) if named is not None else None
    file = Path(filed["file"]).resolve()
    folder = _above_packages(file)
    if app_dir and here.resolve() in file.parents:
        folder = here.resolve()
    parts = file.relative_to(folder).with_suffix("").parts
    if parts[-1] == "__init__" and len(parts) > 1:
        parts = parts[:-1]
    folders = tuple(dict.fromkeys((folder, here)))
    return AppName(".".join(parts), filed["attribute"] or "", folders)


def _above_packages(file: Path) -> Path:
    """The nearest folder above a file that is not itself a package."""
    return next((folder for folder in file.parents if not (folder / "__init__.py").is_file()), file.parent)
