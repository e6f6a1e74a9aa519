"""`-H`: the same grammar for every command."""

from __future__ import annotations

import inspect

import pytest

from crossorigin.cli import COMMANDS, load_command
from crossorigin.cli.header_option import read_headers
from crossorigin.report.errors import CannotRun


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Authorization: Bearer x", ("Authorization", "Bearer x")),
        ("  X-A :  b:c  ", ("X-A", "b:c")),
        ("X-Empty:", ("X-Empty", "")),
        ("X-Tab: a\tb", ("X-Tab", "a\tb")),
        ("X-Byte: é", ("X-Byte", "é")),
    ],
)
def test_a_header(written: str, read: tuple[str, str]) -> None:
    assert read_headers([written]) == (read,)


@pytest.mark.parametrize("written", ["", "no colon", ": a", "a b: c", "ü: c", "a: b\r\nc: d", "a: ☃", "a: \x7f"])
def test_what_is_not_a_header(written: str) -> None:
    with pytest.raises(CannotRun) as caught:
        read_headers([written])
    assert str(caught.value) == f'{written!r} is not a header: write -H "Name: value"'


def test_none_and_many() -> None:
    assert read_headers(None) == ()
    assert read_headers(["A: 1", "A: 2"]) == (("A", "1"), ("A", "2"))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_all_commands_says_what_the_help_of_each_says(name: str) -> None:
    assert (inspect.getdoc(load_command(name)) or "").partition("\n")[0] == COMMANDS[name].summary
