"""Templates: files from which a tool makes the configuration, by filling in placeholders.

Here belongs knowing one. What a placeholder becomes is not known, so nothing is judged from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ..report.findings import NotJudged, Place, not_judged


class Placeholder(NamedTuple):
    """One placeholder, its line, and the tool that fills it in."""

    text: str
    line: int
    tool: str


# Blocks in delimiters that no configuration has itself: the file cannot be read before they are filled in.
_BLOCKS: Final = {
    "Jinja, Helm or Go": re.compile(r"\{\{-?\s*[\w.$\"'(|][^{}\n]*\}\}|\{%-?\s[^\n]*%\}"),
    "ERB": re.compile(r"<%[=-]?[^\n]*?%>"),
}
# Names in a value: it can be read, and its value is not known.
_MARKED: Final = r"__[A-Z][A-Z0-9_]*__|@[A-Z][A-Z0-9_]*@|%%[A-Z][A-Z0-9_]*%%|<[A-Z][A-Z0-9_-]*>"
_MARKED_NAME: Final = re.compile(_MARKED)
_NAMES: Final = re.compile(rf"\$\{{[A-Z][A-Z0-9_]*(?::?[-=?+][^}}]*)?\}}|(?<![\w{{$])\$[A-Z][A-Z0-9_]+\b|{_MARKED}")
_CORS: Final = re.compile(r"origin|access-control|cors", re.IGNORECASE)


def placeholder(text: str) -> str:
    """The placeholder in a value; empty if there is none."""
    found = _NAMES.search(text)
    if found is None:
        blocks = (pattern.search(text) for pattern in _BLOCKS.values())
        found = next((block for block in blocks if block is not None), None)
    return found[0] if found is not None else ""


def marked(text: str) -> str:
    """The placeholder in a value whose variables are the configuration's own; empty if there is none."""
    found = _MARKED_NAME.search(text)
    return found[0] if found is not None else ""


def _blocks(text: str) -> Iterator[Placeholder]:
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("#", 1)[0] if line.lstrip().startswith("#") else line
        for tool, pattern in _BLOCKS.items():
            found = pattern.search(code)
            if found is not None:
                yield Placeholder(found[0], number, tool)


def template(text: str, file: str) -> NotJudged | None:
    """That a file is a template which cannot be read before it is rendered; at its first line that concerns CORS."""
    found = list(_blocks(text))
    if not found:
        return None
    lines = text.splitlines()
    first = next((each for each in found if _CORS.search(lines[each.line - 1])), found[0])
    evidence = f"{lines[first.line - 1].strip()[:200]}"
    return not_judged("template", evidence, place=Place(file, first.line), placeholder=first.text, tool=first.tool)


def is_template_name(file: Path) -> bool:
    """Whether a file is called as templates are."""
    return file.suffix.lower() in (".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".erb", ".template", ".gotmpl", ".in")
