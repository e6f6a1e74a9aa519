"""YAML and JSON with the line of every value.

Here belong the tree, and walking down it by names. Not here: what any of it means (`envoy_findings`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from ..report.documents import MAX_YAML_BYTES, compose_yaml, read_text
from ..report.findings import Place
from .declarations import shorten

_CAMEL: Final = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)+")


def _snake(name: str) -> str:
    """`allowOriginStringMatch` as `allow_origin_string_match`."""
    if not _CAMEL.fullmatch(name):
        return name
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


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
    def called(self) -> str:
        """Its name; empty if it has none."""
        return _snake(str(self.name.value)) if self.name is not None else ""

    @property
    def true(self) -> bool:
        """Whether it is YAML's `true`, or the text."""
        return self.text.lower() == "true"

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.node.value

    def fields(self) -> Iterator[tuple[str, Value]]:
        """The names and values of a mapping. Protocol buffers take both `allowOrigin` and `allow_origin`."""
        if isinstance(self.node, yaml.MappingNode):
            for key, value in self.node.value:
                if isinstance(key, yaml.ScalarNode):
                    yield _snake(str(key.value)), Value(value, self.file, key)

    def items(self) -> Iterator[Value]:
        """The elements of a list."""
        if isinstance(self.node, yaml.SequenceNode):
            yield from (Value(item, self.file) for item in self.node.value)

    def get(self, *path: str) -> Value | None:
        """The value at these names, one below the other."""
        found: Value | None = self
        for name in path:
            if found is None:
                return None
            found = next((value for key, value in found.fields() if key == name), None)
        return found

    def everywhere(self) -> Iterator[Value]:
        """This value and all those inside it, each once, however many aliases name it."""
        waiting, seen = [self], {id(self.node)}
        while waiting:
            value = waiting.pop()
            yield value
            inside = [*(inner for _, inner in value.fields()), *value.items()]
            for each in reversed(inside):
                if id(each.node) not in seen:
                    seen.add(id(each.node))
                    waiting.append(each)


def read(file: Path) -> list[Value]:
    """The documents of a file. Raises CannotRun."""
    name = shorten(file)
    return [Value(node, name) for node in compose_yaml(read_text(file, MAX_YAML_BYTES), name)]
