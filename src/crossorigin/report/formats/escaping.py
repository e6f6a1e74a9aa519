"""Text from strangers, made safe to look at.

Here belongs what is done to every text that a report shows. Not here: the escaping of one format, which its own
library does (HTML, XML, JSON).

A server chooses what its headers say. An escape sequence would repaint the reader's terminal or write the clipboard,
a bidirectional mark would turn a line around, an invisible character would hide a difference. None belongs in XML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

_Value = TypeVar("_Value")

# RFC 3986 § 3.2.1: what stands before the `@` of an authority, from its first colon on, is a password.
_PASSWORD: Final = re.compile(r"(:[/\\]{2}[^\s/\\?#@:]*):[^\s/\\?#]*@")


def without_passwords(text: str) -> str:
    """The text with `***` for each password in a URL."""
    return _PASSWORD.sub(r"\1:***@", text) if "@" in text else text


def conceal(value: _Value) -> _Value:
    """The same, for every string in lists, dictionaries and dataclasses, such as a report."""
    found: Any = value
    if isinstance(value, str):
        found = without_passwords(value)
    elif isinstance(value, Mapping):
        found = {conceal(key): conceal(each) for key, each in value.items()}
    elif isinstance(value, tuple | list):
        found = type(value)(conceal(each) for each in value)
    elif is_dataclass(value) and not isinstance(value, type):
        found = replace(value, **{field.name: conceal(getattr(value, field.name)) for field in fields(value)})
    return found  # type: ignore[no-any-return]


def visible(text: str) -> str:
    r"""The text with every character that does not show as `\x1b` or `\u202e`; spaces, tabs and line ends stay.

    What does not show: controls (C0, C1), bidirectional marks and other formatting, unusual spaces, unassigned code
    points. A password in a URL is `***`.
    """
    text = without_passwords(text)
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def visible_line(text: str) -> str:
    r"""The same, for what has to stay on one line: tabs and line ends become `\x09` and `\x0a`."""
    return visible(text).replace("\t", "\\x09").replace("\n", "\\x0a")


def _shown(character: str) -> str:
    if character.isprintable() or character in "\t\n":
        return character
    if ord(character) < 0x80:
        return f"\\x{ord(character):02x}"
    return character.encode("ascii", "backslashreplace").decode()


def cut(text: str, limit: int = 4000) -> str:
    """A text of bounded length; what is left out is counted."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"
