"""Ids of tests that are made from a value."""

from __future__ import annotations


def as_id(value: object) -> str:
    """A value as an id, without backslashes: pytest escapes them anew each time that it collects a module, as `make
    mutants` has it do twice, and then finds no test of that name.
    """
    text = value if isinstance(value, str) and value.isascii() and value.isprintable() else ascii(value)
    return text.replace("\\", "/")[:80]
