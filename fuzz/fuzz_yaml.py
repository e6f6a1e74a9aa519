"""YAML and JSON from strangers: any bytes are read or refused in one line; JSON is read as what it says."""

from __future__ import annotations

import json
from typing import Any

import yaml

from crossorigin.check.yaml_lines import Value, read
from crossorigin.report.documents import compose_yaml, parse_yaml
from crossorigin.report.errors import CannotRun
from fuzz.common import FuzzedDataProvider, bounded, fuzz
from fuzz.files import folder

PIECES = (
    "a: 1\n", "- x\n", "&a ", "*a", "? ", ": ", "[", "]", "{", "}", ", ", "'", '"', "|\n  ", ">-\n",
    "!!python/object ", "---\n",
    "...\n", "\t", "  ", "#c\n", "%YAML 1.1\n", "<<: *a\n", "\\x", "1:20:30", "!!int ", "\0", "é", "~", "2001-01-01",
    "!!set ",
)  # fmt: skip
NAMES = (
    "static_resources",
    "allowOriginStringMatch",
    "allow_origin",
    "x",
    "é",
    "a b",
    "camelCase",
    "ABC",
    "aB",
    "true",
)
SCALARS = ("*", "https://app.example.com", "true", "TRUE", "", "1", "null", "a\nb", "é", "\x1b")
SEEDS = [
    b"\0a: &a [1, 2]\nb: *a\n",
    b"\0&a [*a]\n",
    b"\0? [a, b]\n: {c: d}\n",
    b"\0- !!timestamp 2001-01-01\n- 0x10\n- 1:20:30\n",
    b"\0" + b"[" * 100,
    b"\0a: 'b",
    b"\1\4\2\3\1\0\5\2\2\1\3\3\0\1\2\0",
    b"\1\3\3\2\1\4\1\0\1\0\2\0\0\0\1\2\3\1",
    b"\1\3\2\2\1\0\3\2\2\1\3\5",
]


def tree(given: FuzzedDataProvider, depth: int = 0) -> Any:
    """A value of JSON."""
    kind = given.ConsumeIntInRange(0, 2 if depth > 3 else 5)
    if kind <= 2:
        return given.PickValueInList(SCALARS)
    if kind == 3:
        return [tree(given, depth + 1) for _ in range(given.ConsumeIntInRange(0, 3))]
    return {name: tree(given, depth + 1) for name in given.some(NAMES, 3)}


def composed(text: str) -> list[Any] | None:
    """The root nodes; None if the text is refused, in one line."""
    try:
        return compose_yaml(text, "x")
    except CannotRun as why:
        assert "\n" not in str(why), text
        return None


def parsed(text: str) -> Any:
    """The value; `...` if the text is refused."""
    try:
        return parse_yaml(text, "x")
    except CannotRun as why:
        assert "\n" not in str(why), text
        return ...


def walked(text: str) -> list[tuple[int, str]] | None:
    """The line and the text of every value of a file, each node once."""
    file = folder() / "x.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        documents = read(file)
    except CannotRun as why:
        assert "\n" not in str(why), text
        return None
    values = [value for document in documents for value in document.everywhere()]
    assert len({id(value.node) for value in values}) == len(values), text
    assert all(1 <= value.place.line <= text.count("\n") + text.count("\r") + 2 for value in values), text
    return [(value.place.line, value.text) for value in values]


def same(value: Value, meant: Any) -> None:
    """Raises if a value of the reader is not the value of JSON, member by member."""
    if isinstance(meant, str):
        assert value.text == meant, (value, meant)
        assert value.true is (meant.lower() == "true"), (value, meant)
    elif isinstance(meant, list):
        items = list(value.items())
        assert len(items) == len(meant), meant
        for item, each in zip(items, meant, strict=True):
            same(item, each)
    else:
        fields = list(value.fields())
        assert len(fields) == len(meant), meant
        for (_, inside), (name, each) in zip(fields, meant.items(), strict=True):
            assert inside.name is not None
            assert inside.name.value == name, meant
            same(inside, each)
        snake = value.get("allow_origin_string_match")
        assert (snake is not None) is ("allowOriginStringMatch" in meant), meant
    assert value.empty is (not meant), meant


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about YAML is broken."""
    given = FuzzedDataProvider(data)
    if not given.ConsumeBool():
        text = given.ConsumeBytes(3000).decode("utf-8", "replace")
        for _ in range(given.ConsumeIntInRange(0, 6)):
            text += given.PickValueInList(PIECES)
        found = walked(text)
        assert (composed(text) is None) is (found is None), text
        assert walked(text) == found, text
        parsed(text)
        return
    meant = tree(given)
    text = json.dumps(meant, indent=given.PickValueInList((None, 1, 2)))
    roots = composed(text)
    assert roots is not None, text
    assert len(roots) == 1, text
    same(Value(roots[0], "x"), meant)
    assert parsed(text) == meant, text
    found = walked(text)
    assert found is not None, text
    assert walked(f"# a comment\n\n{text}") == [(line + 2, shown) for line, shown in found], text
    assert isinstance(roots[0], yaml.Node), text


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
