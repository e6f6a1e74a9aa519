"""The grammar of the origins that a browser sends, one character at a time.

A judge of regular expressions asks about these origins only: scheme, `://`, host, and a port that is not the
default (Fetch § `Origin` header; URL § host serializing). It is stricter than what the server reads: a host
that ends in a number is an IPv4 address of four parts (URL § ends in a number checker), and `wss:` or `data:`
is not the scheme of a page. Not checked: what stands between the brackets of an IPv6 address.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from typing import Final, NamedTuple

from ..standards.origin import DEFAULT_PORTS

ORIGIN_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789-_.:/[]+"

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_DIGITS: Final = frozenset("0123456789")
_ADDRESS: Final = frozenset("0123456789abcdef:.")
_LABEL: Final = _LETTERS | _DIGITS | frozenset("-_")

# Pages of these schemes have the origin `null`, or there are none.
_NOT_SENT: Final = frozenset("about blob data file ftp javascript ws wss".split())
_KNOWN: Final = frozenset({"http", "https"}) | _NOT_SENT
_PREFIXES: Final = frozenset().union(*(accumulate(scheme) for scheme in _KNOWN))

# What a label is so far: a number up to 255 (by what may follow), another number, or a word.
_WORD: Final = "word"
_NUMBER: Final = "number"
_HEX: Final = "0x"
_LABELS: Final = {
    "": dict.fromkeys("3456789", "ten") | {"0": "zero", "1": "one", "2": "two"},
    "zero": dict.fromkeys("0123456789", _NUMBER) | {"x": _HEX},
    "one": dict.fromkeys("0123456789", "ten"),
    "two": dict.fromkeys("01234", "ten") | {"5": "twenty-five"} | dict.fromkeys("6789", "full"),
    "ten": dict.fromkeys("0123456789", "full"),
    "twenty-five": dict.fromkeys("012345", "full") | dict.fromkeys("6789", _NUMBER),
    "full": dict.fromkeys("0123456789", _NUMBER),
    _NUMBER: dict.fromkeys("0123456789", _NUMBER),
    _HEX: dict.fromkeys("0123456789abcdef", _HEX),
    _WORD: {},
}
_OCTETS: Final = frozenset(("zero", "one", "two", "ten", "twenty-five", "full"))
_MAX_LABEL: Final = 63
_MAX_PORT: Final = "65535"


class Reading(NamedTuple):
    """What has been read of an origin, as far as it matters for what may follow.

    `octets` counts the leading labels that are numbers up to 255; None once another came. `length` is that of
    the label, counted beyond 1 only if asked for, because it multiplies the states; of an IPv6 address, up to 2.
    `port` is the digits so far, as far as they matter.
    """

    phase: str = "scheme"
    scheme: str = ""
    octets: int | None = 0
    label: str = ""
    length: int = 0
    port: str = ""
    ends: bool = False  # whether an origin may end here
    ipv4: bool = False  # whether the host, if it ends here, is an address


@cache
def start() -> Reading:
    """Nothing has been read."""
    return Reading()


@cache
def step(at: Reading, character: str, counting: bool = False) -> Reading | None:
    """What has been read after one more character, or None if no origin goes on like that."""
    if at.phase == "scheme":
        return _in_scheme(at, character)
    if at.phase == "slash":
        return at._replace(phase="second slash") if character == "/" else None
    if at.phase == "second slash":
        return at._replace(phase="host") if character == "/" else None
    if at.phase == "host":
        return _in_host(at, character, counting)
    if at.phase == "address":
        if character == "]" and at.length == 2:
            return at._replace(phase="closed", ends=True)
        return at._replace(length=min(at.length + 1, 2)) if character in _ADDRESS else None
    if at.phase == "closed":
        return _port(at) if character == ":" else None
    return _in_port(at, character)


def _in_scheme(at: Reading, character: str) -> Reading | None:
    if character == ":":
        if not at.scheme or at.scheme in _NOT_SENT:
            return None
        scheme = at.scheme if at.scheme in ("http", "https") else "other"
        return Reading("slash", scheme)
    if character in _LETTERS or (at.scheme and (character in _DIGITS or character in "+-.")):
        scheme = at.scheme + character
        if scheme not in _PREFIXES:
            scheme = "?"
        return Reading("scheme", scheme)
    return None


def _in_host(at: Reading, character: str, counting: bool) -> Reading | None:
    if character in _LABEL:
        # Only http: and https: hosts are read as addresses; those of other schemes are opaque (URL § host parsing).
        label = _WORD if at.scheme == "other" else _LABELS[at.label].get(character, _WORD)
        length = at.length + 1 if counting else 1
        if length > _MAX_LABEL:
            return None
        ipv4 = label in _OCTETS and at.octets == 3
        return at._replace(label=label, length=length, ends=label == _WORD or ipv4, ipv4=ipv4)
    if character == "[" and at == Reading("host", at.scheme):
        return Reading("address", at.scheme)
    if character == "." and at.length:
        octets = at.octets + 1 if at.octets is not None and at.octets < 3 and at.label in _OCTETS else None
        # The root dot may end a name; behind an address, a browser removes it.
        return at._replace(octets=octets, label="", length=0, ends=at.label == _WORD, ipv4=False)
    return _port(at) if character == ":" and at.ends else None


def _port(at: Reading) -> Reading:
    return Reading("port", at.scheme)


def _in_port(at: Reading, character: str) -> Reading | None:
    if character not in _DIGITS or (not at.port and character == "0"):
        return None
    port = at.port + character
    default = str(DEFAULT_PORTS.get(at.scheme, ""))
    if len(port) > len(_MAX_PORT) or (len(port) == len(_MAX_PORT) and port > _MAX_PORT):
        return None
    if not (default.startswith(port) or _MAX_PORT.startswith(port)):
        # Whether more digits fit is all that is left to know.
        port = ("1" if port < _MAX_PORT[: len(port)] else "7") * len(port)
    return Reading("port", at.scheme, port=port, ends=port != default)
