"""Copy as fetch, read back: a call of `fetch()` in JavaScript, of the browser's or of Node.js.

Here belongs reading the literals of a call: strings, objects, lists. What is not a literal, such as
`JSON.stringify(item)`, is kept as it is written; where its value decides what the browser does, the call cannot be
judged. Not here: what the call tells (`copied`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from ..browser.call import Mode, RedirectMode
from .copied import UNSAFE_VALUES, CurlCall, Said, as_call
from .recorded import character, whole_characters

_CALL: Final = re.compile(r"\bfetch\s*\(")
# What may hold the letters of a call that is none: comments, and strings of one line or between backquotes.
_NO_CALL: Final = re.compile(
    r"""(?<!:)//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`""", re.DOTALL
)

_SPACE: Final = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|`((?:[^`\\]|\\.)*)`', re.DOTALL)
_NAME: Final = re.compile(r"[\w$]+")
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\n|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\n": ""}
_DEEPEST: Final = 20
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}

# The values of RequestInit (Fetch § Request class): for any other, fetch() throws a TypeError and sends nothing.
_VALUES: Final = {
    "credentials": ("omit", "same-origin", "include"),
    "mode": ("cors", "no-cors", "same-origin"),
    "redirect": ("follow", "error", "manual"),
}
# Headers whose value decides whether a preflight is necessary (Fetch § CORS-safelisted request-header).
_JUDGED_BY_VALUE: Final = frozenset(UNSAFE_VALUES)
# Bodies that are text or a form: none makes a preflight necessary by itself.
_PLAIN_BODY: Final = re.compile(r"JSON\.stringify\(|new (?:URLSearchParams|FormData)\b|['\"`]")


class Expression(str):
    """What is not a literal, as it is written."""

    __slots__ = ()


def read_fetch(text: str) -> CurlCall:
    """The call that the text makes. Raises ValueError if it cannot be read."""
    begun = _begun(text)
    if not begun:
        raise ValueError("there is no call of fetch() in this")
    if len(begun) > 1:
        raise ValueError(f"there are {len(begun)} calls of fetch() in this; paste the one that fails")
    reader = _Literals(text, begun[0])
    url = reader.value()
    options = reader.value() if reader.take(",") else {}
    if isinstance(url, Expression) or not isinstance(url, str):
        raise ValueError("the URL in this call of fetch() is not a string")
    if "://" not in url:
        raise ValueError(f"the URL in this call of fetch() is relative: write it whole, http://localhost:8000{url}")
    if not isinstance(options, dict):
        raise ValueError("the options in this call of fetch() are not an object")
    words = {name: _chosen(options, name) for name in _VALUES}
    headers = tuple(_headers(options.get("headers")))
    cookie = any(name.lower() == "cookie" for name, _ in headers)  # as Node.js has it
    referrer = _word(options, "referrer")
    if "://" in referrer:
        headers = (*headers, ("Referer", referrer))
    body = _body(options, headers)
    said = Said(
        url,
        _word(options, "method") or "GET",
        headers,
        body,
        credentials=cookie or words["credentials"] == "include",
        mode=cast(Mode, words["mode"] or "cors"),
        redirect=cast(RedirectMode, words["redirect"] or "follow"),
    )
    call = as_call(said)
    return replace(call, upload_listener="duplex" in options and isinstance(body, Expression))


def is_fetch(text: str) -> bool:
    """Whether a call of fetch() is in the text."""
    return bool(_begun(text))


def _begun(text: str) -> list[int]:
    """Where the arguments of each call begin that is no part of a comment or a string; of each, if all are."""
    code = _NO_CALL.sub(lambda found: " " * len(found[0]), text)
    calls = [*_CALL.finditer(code)] or [*_CALL.finditer(text)]  # prose around the code may have apostrophes
    return [found.end() for found in calls]


def _chosen(options: dict[str, object], name: str) -> str:
    """An option that is one of a few words; empty if it is not there."""
    word = _word(options, name)
    if word and word not in _VALUES[name]:
        words = ", ".join(_VALUES[name])
        raise ValueError(f"{name}: {word!r} in this call is none of {words}: fetch() throws a TypeError")
    return word


def _body(options: dict[str, object], headers: Sequence[tuple[str, str]]) -> str | None:
    """The body; None if there is none.

    The type of a Blob becomes the Content-Type, and a stream always needs a preflight (Fetch § extract a body).
    """
    body = options.get("body")
    if body is None or body == _NULL:
        return None
    if not isinstance(body, Expression):
        return str(body)
    typed = any(name.lower() == "content-type" for name, _ in headers)
    if typed or "duplex" in options or _PLAIN_BODY.match(body):
        return body
    raise ValueError(
        f"the body in this call of fetch() is {body[:60]}, whose type decides whether there is a preflight: "
        "write a string in its place, or the Content-Type among the headers"
    )


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
        return [(name, _header(name, each)) for name, each in value.items()]
    pairs = [each for each in value if isinstance(each, list) and len(each) == 2] if isinstance(value, list) else []
    if not isinstance(value, list) or len(pairs) != len(value):
        raise ValueError("the headers in this call of fetch() are not written out as an object")
    return [(str(name), _header(str(name), each)) for name, each in pairs]


def _header(name: str, value: object) -> str:
    if isinstance(value, Expression) and name.lower() in _JUDGED_BY_VALUE:
        raise ValueError(f"the value of {name} in this call of fetch() is not a string, and a preflight depends on it")
    return "undefined" if value is None else str(value)


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
        """The next value: a string, a dict, a list, None for undefined, or an Expression."""
        if depth > _DEEPEST:
            raise ValueError("this call of fetch() is nested too deep")
        if self.take("{"):
            return self._object(depth)
        if self.take("["):
            return self._list(depth)
        start = self.place
        if found := _STRING.match(self.text, self.place):
            self.place = found.end()
            if self._at_end_of_value() and "${" not in (found[3] or ""):
                return _unescaped(next(part for part in found.groups() if part is not None))
        self._skip_expression()
        written = self.text[start : self.place].strip()
        return None if written in ("undefined", "") else Expression(written)

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


_NULL: Final = Expression("null")
_UNREADABLE: Final = "this call of fetch() cannot be read; choose Copy as fetch in the network panel"


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "ux" and len(code) > 1:
            return character(code[1:], 16)
        return _ESCAPES.get(code, code)

    return whole_characters(_ESCAPE.sub(one, text))
