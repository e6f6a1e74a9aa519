"""Text from strangers, made safe to look at.

Here belongs what is done to every text that a report shows. Not here: the escaping of one format, which its own
library does (HTML, XML, JSON).

A server chooses what its headers say. An escape sequence would repaint the reader's terminal or write the clipboard,
a bidirectional mark would turn a line around, an invisible character would hide a difference. None belongs in XML.
"""

from __future__ import annotations


def visible(text: str) -> str:
    r"""The text with every character that does not show as `\x1b` or `\u202e`; spaces, tabs and line ends stay.

    What does not show: controls (C0, C1), bidirectional marks and other formatting, unusual spaces, unassigned code
    points.
    """
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
