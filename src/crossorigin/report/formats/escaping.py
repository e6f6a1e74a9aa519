"""Text from strangers, made safe to look at.

Here belongs what is done to every text that a report shows. Not here: the escaping of one format, which its own
library does (HTML, XML, JSON).

A server chooses what its headers say. An escape sequence would repaint the reader's terminal, a bidirectional
override would turn a line around, and neither has a place in XML.
"""

from __future__ import annotations

import re
from typing import Final

_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


def visible(text: str) -> str:
    r"""The text with everything that does not show, tabs and line ends apart, as `\x1b` or `\u202e`."""
    return _HIDDEN.sub(
        lambda it: it[0].encode("ascii", "backslashreplace").decode() if ord(it[0]) > 0x7F else f"\\x{ord(it[0]):02x}",
        text,
    )


def cut(text: str, limit: int = 4000) -> str:
    """A text of bounded length; what is left out is counted."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"
