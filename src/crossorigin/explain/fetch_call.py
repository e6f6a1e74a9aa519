"""Copy as fetch, read back: a call of `fetch()` in JavaScript, of the browser's or of Node.js.

Here belongs reading the literals of a call: strings, objects, lists. What is not a literal, such as
`JSON.stringify(item)`, is kept as it is written. Not here: what the call tells (`copied`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, cast

from ..browser.call import Mode, RedirectMode
from .copied import CurlCall, Said, as_call
from .recorded import character, whole_characters

CALL: Final = re.compile(r"\bfetch\s*\(")

_SPACE: Final = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|`((?:[^`\\]|\\.)*)`', re.DOTALL)
_NAME: Final = re.compile(r"[\w$]+")
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\n|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\n": ""}
_DEEPEST: Final = 20
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}


class Expression(str):
    """What is not a literal, as it is written."""

    __slots__ = ()


def read_fetch(text: str) -> CurlCall:
    """The call that the text makes. Raises ValueError if it cannot be read."""
    begun = CALL.search(text)
    if begun is None:
        raise ValueError("there is no call of fetch() in this")
    reader = _Literals(text, begun.end())
    url = reader.value()
    options = reader.value() if reader.take(",") else {}
    if isinstance(url, Expression) or not isinstance(url, str):
        raise ValueError("the URL in this call of fetch() is not a string")
    if "://" not in url:
        raise ValueError(f"the URL in this call of fetch() is relative: write it whole, http://localhost:8000{url}")
    if not isinstance(options, dict):
        raise ValueError("the options in this call of fetch() are not an object")
    headers = tuple(_headers(options.get("headers")))
    cookie = any(name.lower() == "cookie" for name, _ in headers)  # as Node.js has it
    referrer = _word(options, "referrer")
    if "://" in referrer:
        headers = (*headers, ("Referer", referrer))
    body = options.get("body")
    said = Said(
        url,
        _word(options, "method") or "GET",
        headers,
        credentials=cookie or options.get("credentials") == "include",
        mode=cast(Mode, _word(options, "mode") or "cors"),
        redirect=cast(RedirectMode, _word(options, "redirect") or "follow"),
    )
    if body is not None:
        said = replace(said, body=str(body))
    return as_call(said)


def _word(options: dict[str, object], name: str) -> str:
    """An option that has to be a string; empty if it is not there."""
    value = options.get(name)
    if isinstance(value, Expression) or not isinstance(value, str | None):
        raise ValueError(f"{name} in this call of fetch() is not a string")
    return value or ""


def _headers(value: object) -> list[tuple[str, str]]:
    """The headers of an object, or of a list of pairs."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [(name, str(each)) for name, each in value.items()]
    pairs = [each for each in value if isinstance(each, list) and len(each) == 2] if isinstance(value, list) else []
    if not isinstance(value, list) or len(pairs) != len(value):
        raise ValueError("the headers in this call of fetch() are not written out as an object")
    return [(str(name), str(each)) for name, each in pairs]


class _Literals:
    """Reads literals from a place in the text on. Each method raises ValueError if the text ends too early."""

    def __init__(self, text: str, place: int) -> None:
        self.text = text
        self.place = place

    def take(self, mark: str) -> bool:
        """Whether this mark is next; it is then passed."""
        self.place = _SPACE.match(self.text, self.place).end()  # type: ignore[union-attr]
        found = self.text.startswith(mark, self.place)
        self.place += len(mark) if found else 0
        return found

    def value(self, depth: int = 0) -> object:
        """The next value: a string, a dict, a list, None for null and undefined, or an Expression."""
        if depth > _DEEPEST:
            raise ValueError("this call of fetch() is nested too deep")
        if self.take("{"):
            return self._object(depth)
        if self.take("["):
            return self._list(depth)
        start = self.place
        if found := _STRING.match(self.text, self.place):
            self.place = found.end()
            if self._at_end_of_value():
                return _unescaped(next(part for part in found.groups() if part is not None))
        self._skip_expression()
        written = self.text[start : self.place].strip()
        return None if written in ("null", "undefined", "") else Expression(written)

    def _object(self, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        while not self.take("}"):
            name = self._key()
            found[name] = self.value(depth + 1) if self.take(":") else Expression(name)
            if not self.take(",") and not self.text.startswith("}", self.place):
                raise ValueError(_UNREADABLE)
        return found

    def _key(self) -> str:
        key = _STRING.match(self.text, self.place) or _NAME.match(self.text, self.place)
        if key is None:
            raise ValueError(_UNREADABLE)
        self.place = key.end()
        inside = next((part for part in key.groups() if part is not None), key[0])
        return _unescaped(inside)

    def _list(self, depth: int) -> list[object]:
        found: list[object] = []
        while not self.take("]"):
            found.append(self.value(depth + 1))
            if not self.take(",") and not self.text.startswith("]", self.place):
                raise ValueError(_UNREADABLE)
        return found

    def _at_end_of_value(self) -> bool:
        """Whether nothing that belongs to the value follows, such as `+ id`."""
        place = _SPACE.match(self.text, self.place).end()  # type: ignore[union-attr]
        return self.text[place : place + 1] in (",", ")", "]", "}", ";", "")

    def _skip_expression(self) -> None:
        """Go to the end of an expression: the next comma or bracket that is not inside another."""
        closing: list[str] = []
        while self.place < len(self.text):
            if string := _STRING.match(self.text, self.place):
                self.place = string.end()
                continue
            character = self.text[self.place]
            if not closing and character in ",)]};":
                return
            if character in _OPENING:
                closing.append(_OPENING[character])
            elif closing and character == closing[-1]:
                closing.pop()
            self.place += 1
        if closing:
            raise ValueError(_UNREADABLE)


_UNREADABLE: Final = "this call of fetch() cannot be read; choose Copy as fetch in the network panel"


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "ux" and len(code) > 1:
            return character(code[1:], 16)
        return _ESCAPES.get(code, code)

    return whole_characters(_ESCAPE.sub(one, text))
