"""`-H "Name: value"`, as every command reads it."""

from __future__ import annotations

from collections.abc import Iterable

from ..report.errors import CannotRun
from ..standards.fetch import is_token


def read_headers(written: Iterable[str] | None) -> tuple[tuple[str, str], ...]:
    """The headers as pairs of name and value, without white space around them. Raises CannotRun.

    RFC 9110 § 5: a name is a token; a value has no control character, and only characters that fit into a byte.
    """
    return tuple(_read(header) for header in written or ())


def _read(header: str) -> tuple[str, str]:
    name, colon, value = header.partition(":")
    name, value = name.strip(), value.strip()
    fits = all(("\x20" <= character <= "\xff" and character != "\x7f") or character == "\t" for character in value)
    if not colon or not is_token(name) or not fits:
        raise CannotRun(f'{header!r} is not a header: write -H "Name: value"')
    return name, value
