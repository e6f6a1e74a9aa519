"""How header lists are read: the Fetch Standard's primitives, and RFC 9110's lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .fetch import is_token
from .messages import Headers

# Fetch § HTTP whitespace bytes, and RFC 9110 § OWS: the second knows no line breaks.
HTTP_WHITESPACE: Final = "\t\n\r "


_OWS: Final = "\t "


def get_all(headers: Iterable[tuple[bytes, bytes]], name: str) -> list[str]:
    """The value of every header with this lower-case name, in order, isomorphically decoded."""
    return [value.decode("latin-1") for key, value in headers if key.decode("latin-1").lower() == name]


def get(headers: Iterable[tuple[bytes, bytes]], name: str) -> str | None:
    """Fetch § get, of a header list: every value, stripped, joined by `, `; None where there is none.

    So two `Access-Control-Allow-Origin` headers read as one value with a comma, equal to no origin.
    """
    values = [value.strip(HTTP_WHITESPACE) for value in get_all(headers, name)]
    return ", ".join(values) if values else None


def elements(values: Iterable[str]) -> list[str]:
    """RFC 9110 § 5.6.1, `#element`: the elements of every value, empty ones left out."""
    stripped = (element.strip(_OWS) for element in ",".join(values).split(","))
    return [element for element in stripped if element]


def split_list(values: Iterable[str]) -> list[str] | None:
    """RFC 9110 § 5.6.1, `#token`: the elements of every value; None if one is no token."""
    names = elements(values)
    return names if all(is_token(name) for name in names) else None


def set_header(headers: Headers, name: bytes, value: bytes) -> None:
    """Fetch § set: the first header of this name takes the value and the others go; else appended."""
    delete_header(headers, name)
    headers.append((name, value))


def delete_header(headers: Headers, name: bytes) -> None:
    """Fetch § delete: every header of this name, any case, goes."""
    headers[:] = [pair for pair in headers if pair[0].lower() != name.lower()]
