"""Copy as PowerShell, read back: the command `Invoke-WebRequest` and the session before it."""

from __future__ import annotations

import re
from typing import Final

from .copied import CurlCall, Said, as_call
from .recorded import character, whole_characters

COMMAND: Final = re.compile(r"(?i)\b(?:Invoke-WebRequest|Invoke-RestMethod|iwr|irm)\b")

_STRING: Final = r"\"(?:[^\"`]|`.|\"\")*\"|'(?:[^']|'')*'"
_HEADERS: Final = re.compile(r"(?i)-Headers\s+@\{")
_HEADER: Final = re.compile(rf"\s*;?\s*(?P<name>{_STRING}|[\w-]+)\s*=\s*(?P<value>{_STRING})", re.DOTALL)
_CHARACTER: Final = re.compile(r"\$\(\[char\](0x[0-9a-fA-F]+|0|[1-9]\d*)\)")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
# HTTP/2 has these instead of a first line, and the browser copies them among the headers.
_PSEUDO_HEADERS: Final = frozenset({"authority", "method", "path", "scheme"})


def read_powershell(text: str) -> CurlCall:
    """The call that the command tells of. Raises ValueError if it has no URL."""
    url = _parameter(text, "Uri")
    if not url:
        raise ValueError("the PowerShell command has no -Uri")
    headers = _headers(text)
    content_type = _parameter(text, "ContentType")
    if content_type:
        headers.append(("Content-Type", content_type))
    cookies = re.search(r"\.Cookies\.Add\(", text) is not None
    if cookies:
        headers.append(("Cookie", "…"))
    body = _parameter(text, "Body")
    return as_call(Said(url, _parameter(text, "Method") or "GET", tuple(headers), body or None))


def _parameter(text: str, name: str) -> str:
    """The value of a parameter, also in the call that encodes a body; empty if it is not there."""
    encoded = r"(?:\(\[System\.Text\.Encoding\]::UTF8\.GetBytes\()?"
    found = re.search(rf"(?i)\s-{name}\s+{encoded}(?P<value>{_STRING}|[^\s`]+)", text, re.DOTALL)
    return _plain(found["value"]) if found else ""


def _headers(text: str) -> list[tuple[str, str]]:
    begun = _HEADERS.search(text)
    headers: list[tuple[str, str]] = []
    place = begun.end() if begun else len(text)
    while found := _HEADER.match(text, place):
        headers.append((_plain(found["name"]), _plain(found["value"])))
        place = found.end()
    names = {name for name, _ in headers}
    pseudo = _PSEUDO_HEADERS if names >= {"path", "scheme"} else frozenset[str]()
    return [(name, value) for name, value in headers if name not in pseudo]


def _plain(written: str) -> str:
    """The text of a string: `` `n `` and `$([char]233)` in double quotation marks, `''` in single ones."""
    if written.startswith("'"):
        return written[1:-1].replace("''", "'")
    if not written.startswith('"'):
        return written
    inside = _CHARACTER.sub(lambda found: character(found[1], 0), written[1:-1].replace('""', '"'))
    plain = re.sub(r"`(.)", lambda found: _ESCAPES.get(found[1], found[1]), inside, flags=re.DOTALL)
    return whole_characters(plain)
