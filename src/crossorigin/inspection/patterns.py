"""How a proxy compares origins: what a regular expression, a prefix, a suffix lets in that nobody meant.

Here belongs the judgement of one comparison, by what it accepts: origins that an attacker can have are derived from
the hosts in it, and tried. Where it accepts a whole family, the automaton of our own checks says which. Not here:
finding comparisons in a file (`nginx`, `caddy`, `envoy`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ..automaton import Automaton, Unsupported
from ..origin import is_loopback
from ..suffixes import open_to_registration, registrable_domain

_EVIL: Final = "evil.example"
_HOST: Final = re.compile(r"[a-z0-9-]+(?:\\?\.[a-z0-9-]+)+|localhost", re.IGNORECASE)
_STRANGERS: Final = ("https://evil.example", "http://evil.example:8080", "https://some.where.test")


@dataclass(frozen=True, slots=True)
class Hole:
    """A code of the catalogue, and an origin that shows it."""

    code: str
    origin: str


def holes(accepts: Callable[[str], bool], written: str) -> Iterator[Hole]:
    """What a comparison lets in beside what it means; `written` is its text, which names the hosts meant."""
    if all(accepts(it) for it in _STRANGERS):
        yield Hole("reflected-origin", _STRANGERS[0])
        return
    if accepts("null"):
        yield Hole("null-origin", "null")
    hosts = list(dict.fromkeys(_HOST.findall(written.lower())))
    found: dict[str, Hole] = {}
    for literal in hosts:
        for code, origin in _candidates(literal.replace("\\", ""), accepts):
            if code not in found and accepts(origin):
                found[code] = Hole(code, origin)
    if "origin-infix" in found:
        found.pop("origin-prefix", None)
        found.pop("origin-suffix", None)
    yield from found.values()


def _candidates(host: str, accepts: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Origins that a stranger can have, near one host."""
    witnesses = [
        f"{scheme}://{sub}{host}{port}"
        for scheme in ("https", "http")
        for sub in ("", "app.", "www.")
        for port in ("", ":3000")
    ]
    good = next((it for it in witnesses if accepts(it)), None)
    schemes = ("https", "http")
    mine = registrable_domain(host) or host
    if host != "localhost" and open_to_registration(host):
        yield from (("origin-shared-platform", f"{it}://evil.{host}") for it in schemes)
        return
    for scheme in schemes:
        for glue in ("x", "x-", "x.a-"):
            yield "origin-infix", f"{scheme}://{glue}{host}.{_EVIL}"
            yield "origin-suffix", f"{scheme}://{glue}{mine}"
            yield "origin-suffix", f"{scheme}://{glue}{host}"
        yield "origin-infix", f"{scheme}://{_EVIL.partition('.')[0]}.{host}.{_EVIL}"
    if good is None:
        return
    yield "origin-prefix", f"{good}.{_EVIL}"
    yield "origin-prefix", f"{good.removesuffix(':3000')}.{_EVIL}"
    yield "origin-prefix", f"{good.removesuffix(':3000')}x"
    if host != "localhost":
        dots = [it.start() for it in re.finditer(r"\.", good)]
        yield from (("origin-unescaped-dot", f"{good[:at]}x{good[at + 1 :]}") for at in dots)
    if good.startswith("https://") and not is_loopback(host):
        yield "origin-scheme", "http" + good.removeprefix("https")


def of_regex(pattern: str, *, whole: bool, ignore_case: bool = False) -> list[Hole]:
    """The holes of a regular expression that is matched against the whole origin, or searched in it.

    Raises ValueError where it is none that Python can read.
    """
    try:
        compiled = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    except (re.error, OverflowError, RecursionError) as why:
        raise ValueError(str(why)) from None
    match = compiled.fullmatch if whole else compiled.search
    found = list(holes(lambda origin: match(origin) is not None, pattern))
    if not found or {it.code for it in found} <= {"origin-scheme"}:
        found += _family(pattern, whole)
    if ignore_case and not found:
        found.append(Hole("origin-case", "HTTPS://APP.EXAMPLE.COM"))
    return found


def _family(pattern: str, whole: bool) -> list[Hole]:
    """What the automaton knows and no guess found: an open end of the host."""
    text = pattern if whole or pattern.startswith("^") else f".*{pattern}"
    text = text if whole or pattern.endswith("$") else f"{text}.*"
    try:
        hosts = Automaton(text, as_meant=True)
        open_at = hosts.hosts(set(range(len(hosts.masks)))).open
    except (Unsupported, re.error, OverflowError, RecursionError):
        return []
    if open_at is None:
        return []
    if open_at and open_to_registration(open_at):
        return [Hole("origin-shared-platform", f"https://evil.{open_at}")]
    return [Hole("origin-suffix", f"…{open_at}")]
