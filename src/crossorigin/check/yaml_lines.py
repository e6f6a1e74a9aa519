"""YAML and JSON with the line of every value.

Here belong the tree, and walking down it by names. Not here: what any of it means (`envoy`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..report.errors import CannotRun
from ..report.findings import Place
from .declarations import shorten


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a document, and where it stands: at its name, if it has one."""

    node: yaml.Node
    file: str
    name: yaml.Node | None = None

    @property
    def place(self) -> Place:
        """Its file and line."""
        return Place(self.file, (self.name or self.node).start_mark.line + 1)

    @property
    def text(self) -> str:
        """A scalar as it is written; empty for any other value."""
        return str(self.node.value) if isinstance(self.node, yaml.ScalarNode) else ""

    @property
    def true(self) -> bool:
        """Whether it is YAML's `true`, or the text."""
        return self.text.lower() == "true"

    def fields(self) -> Iterator[tuple[str, Value]]:
        """The names and values of a mapping."""
        if isinstance(self.node, yaml.MappingNode):
            for key, value in self.node.value:
                yield str(key.value), Value(value, self.file, key)

    def items(self) -> Iterator[Value]:
        """The elements of a list."""
        if isinstance(self.node, yaml.SequenceNode):
            yield from (Value(it, self.file) for it in self.node.value)

    def get(self, *path: str) -> Value | None:
        """The value at these names, one below the other."""
        found: Value | None = self
        for name in path:
            found = next((it for key, it in found.fields() if key == name), None) if found is not None else None
        return found

    def everywhere(self) -> Iterator[Value]:
        """This value and all those inside it."""
        yield self
        for _, it in self.fields():
            yield from it.everywhere()
        for it in self.items():
            yield from it.everywhere()


def read(file: Path) -> list[Value]:
    """The documents of a file. Raises CannotRun."""
    name = shorten(file)
    try:
        text = file.read_text("utf-8")
        return [Value(it, name) for it in yaml.compose_all(text, yaml.SafeLoader) if it is not None]
    except (OSError, UnicodeDecodeError) as why:
        raise CannotRun(f"{name} cannot be read: {why}") from None
    except (yaml.YAMLError, RecursionError) as why:
        mark = getattr(why, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise CannotRun(f"{name}{line} is no YAML: {getattr(why, 'problem', None) or type(why).__name__}") from None
