"""Hostile origins: what an attacker could own, made from what a server may let in.

Here belongs the making of origins, sans-IO: from one that is, or may be, allowed to all that a loose comparison
would take for it. Not here: asking, and what an accepted one means (`verdicts`).

Which engine can send an origin was measured: shared host names were mapped to loopback, and the header recorded.
A name that only a parser accepts counts as sendable, since whoever owns a zone can answer for any label in it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Final

from ..browser.engines import EngineName
from ..policy.lookalikes import below, continued, dots_replaced, fully_qualified, glued, longer, parents
from ..standards.origin import Origin, ip_address
from ..standards.public_suffixes import open_to_registration, registrable_domain

Engines = tuple[EngineName, ...]

EVERY: Final[Engines] = ("chromium", "firefox", "webkit")
CHROMIUM: Final[Engines] = ("chromium",)
NONE: Final[Engines] = ()

# What a host name may hold beside letters, digits, `-` and `.`, by the engine that was seen to send it.
_SPECIAL: Final = {"_": EVERY, "-": EVERY, "+": EVERY, "$": EVERY} | dict.fromkeys("!&'(),;=`{}~", CHROMIUM)

# Where anybody has a name within minutes.
_PLATFORMS: Final = ("github.io", "vercel.app", "netlify.app", "pages.dev", "herokuapp.com")

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_LOOK_ALIKES: Final = {"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "x": "х", "i": "і"}  # Cyrillic


@dataclass(frozen=True, slots=True)
class Probe:
    """One origin to try.

    `code` is what it means if it is let in (`mistakes.CATALOGUE`); `engines` are those that can send it, none for
    a laboratory origin, which only shows how a comparison works. `base` is the origin that it was made from.
    """

    origin: str
    code: str
    engines: Engines = EVERY
    base: str = ""


class Names:
    """Names that nobody is likely to own, the same for the same seed.

    `host` looks like any other site: a server may spare names that are reserved (RFC 2606), as `reserved` is, or that
    look like an attack. Nothing is ever sent to one of them; they only stand in headers.
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self.label = "".join(self._random.choice(each) for each in (_CONSONANTS, _VOWELS) * 6)
        self.host = f"{self.label}.com"
        self.reserved = f"{self.label}.example"
        self.port = self._random.randint(20_000, 60_000)
        self.address = f"203.0.113.{self._random.randint(1, 254)}"  # RFC 5737: nobody's


def strangers(names: Names) -> Iterator[Probe]:
    """Origins that have nothing to do with the target, of several kinds; the first is the most usual one."""
    yield Probe(f"https://{names.host}", "accepts-any-origin")
    yield Probe(f"http://{names.host}", "accepts-any-origin")
    yield Probe(f"https://{names.reserved}", "accepts-any-origin")
    yield Probe(f"https://www.{names.label}.co.uk", "accepts-any-origin")
    yield Probe(f"https://{names.label}.dev:8443", "accepts-any-origin")
    yield Probe(f"https://{names.address}", "accepts-any-origin")
    yield Probe("null", "accepts-null")
    for platform in _PLATFORMS:
        yield Probe(f"https://{names.label}.{platform}", "accepts-shared-platform")
    yield Probe("http://localhost:3000", "accepts-loopback")
    yield Probe("http://localhost", "accepts-loopback")
    yield Probe(f"http://localhost:{names.port}", "accepts-loopback")
    yield Probe("http://127.0.0.1", "accepts-loopback")
    yield Probe(f"http://127.0.0.1:{names.port}", "accepts-loopback")
    yield Probe(f"http://localhost.{names.host}", "accepts-prefix", base="http://localhost")
    yield Probe(f"http://{names.host}:3000", "accepts-suffix", base="http://localhost:3000")
    yield Probe(f"chrome-extension://{'abcdefghijklmnop' * 2}", "accepts-extensions", CHROMIUM)
    yield Probe("moz-extension://5e1b2f9c-2d0e-4f5b-9c57-6a1f0e0d7b11", "accepts-extensions", ("firefox",))
    yield Probe("capacitor://localhost", "accepts-extensions", ("webkit",))


def guesses(target: Origin) -> tuple[str, ...]:
    """Origins that the operator may well have listed: the target's own, and its usual front ends."""
    if target.loopback or ip_address(target.host) is not None:
        return (str(target),)
    parent = registrable_domain(target.host) or target.host
    hosts = dict.fromkeys([target.host, parent, f"www.{parent}", f"app.{parent}"])
    return tuple(dict.fromkeys([str(target), *(f"https://{each}" for each in hosts)]))


def around(base: str, names: Names) -> Iterator[Probe]:
    """Origins that a loose comparison takes for `base`, which is allowed or may be."""
    try:
        origin = Origin.parse(base)
    except ValueError:  # what a server says of itself may be anything
        return
    if origin.opaque or not origin.host:
        return
    by_name = ip_address(origin.host) is None and not origin.loopback
    for each in (*(_around_name if by_name else _around_address)(origin, names), *_around_any(origin, names)):
        if each.origin != base:
            yield replace(each, base=base)


def _around_any(origin: Origin, names: Names) -> Iterator[Probe]:
    scheme, host, port, at = origin.scheme, origin.host, origin.port, _at(origin)
    if scheme == "https":
        yield Probe(f"http://{host}", "accepts-http")
    other = names.port if port != names.port else names.port + 1
    yield Probe(f"{scheme}://{host}:{other}", "accepts-any-port")
    yield Probe(f"{scheme}://{host.upper()}{at}", "accepts-any-case", NONE)
    yield Probe(f"{scheme}://user@{host}{at}", "accepts-userinfo", NONE)
    yield Probe(f"{scheme}://{host}{at}@{names.host}", "accepts-userinfo", NONE)
    yield Probe(f"{scheme}://{host}{at}/", "accepts-unsendable", NONE)
    yield Probe(f"{scheme}://{host}%60.{names.host}", "accepts-unsendable", NONE)
    yield Probe(f"{scheme}://{names.host}#{host}", "accepts-unsendable", NONE)
    if port is not None:
        yield Probe(f"{scheme}://{names.host}:{port}", "accepts-suffix")  # the port alone is compared
        if port < 6553:
            yield Probe(f"{scheme}://{host}:{port}1", "accepts-prefix")


def _at(origin: Origin) -> str:
    """The port as it is written in an origin."""
    return f":{origin.port}" if origin.port is not None else ""


def _around_name(origin: Origin, names: Names) -> Iterator[Probe]:
    scheme, host, at = origin.scheme, origin.host, _at(origin)
    parent = registrable_domain(host) or host
    suffix = parent.partition(".")[2]
    together, hyphenated = glued(parent, names.label)
    yield Probe(f"{scheme}://{continued(host, names.host)}", "accepts-prefix")
    yield Probe(f"{scheme}://{host}{names.host}", "accepts-prefix")
    yield Probe(f"{scheme}://{longer(host)}{at}", "accepts-prefix")
    yield Probe(f"{scheme}://{together}{at}", "accepts-suffix")
    yield Probe(f"{scheme}://{hyphenated}{at}", "accepts-suffix")
    if host != parent:
        yield Probe(f"{scheme}://{glued(host, names.label)[0]}{at}", "accepts-suffix")
    yield Probe(f"{scheme}://{names.label}.{continued(host, names.host)}", "accepts-infix")
    yield Probe(f"{scheme}://{continued(hyphenated, names.host)}", "accepts-infix")
    for replaced in dots_replaced(host):
        yield Probe(f"{scheme}://{replaced}{at}", "accepts-other-character")
    for replaced in dots_replaced(parent):  # as in `.*\\.example.com`
        yield Probe(f"{scheme}://{names.label}.{replaced}{at}", "accepts-other-character")
    for character, engines in _SPECIAL.items():
        yield Probe(f"{scheme}://{host}{character}.{names.host}", "accepts-special-characters", engines)
    child, grandchild = below(parent, names.label)
    for name in (child, below(host, names.label)[0], grandchild):
        yield Probe(f"{scheme}://{name}{at}", "accepts-subdomains")
    if scheme == "https":
        yield Probe(f"http://{child}", "accepts-http")
    if host != parent:
        for name in parents(host):
            yield Probe(f"{scheme}://{name}{at}", "accepts-superdomain")
    yield Probe(f"{scheme}://{fully_qualified(host)}{at}", "accepts-trailing-dot")
    yield from _look_alikes(scheme, parent, at)
    if suffix and "." in suffix and open_to_registration(suffix):
        yield Probe(f"{scheme}://{names.label}.{suffix}{at}", "accepts-shared-platform")
        # As `shop-.*` and the platform, meant for previews of shop: a project's name is anybody's choice.
        yield Probe(f"{scheme}://{parent.partition('.')[0]}-{names.label}.{suffix}{at}", "accepts-shared-platform")
    # Another registry's name, which may be anybody's: named, asked about, never contacted.
    registry = "net" if suffix != "net" else "org"
    yield Probe(f"{scheme}://{parent.partition('.')[0]}.{registry}{at}", "accepts-unregistered")
    if suffix[:-1]:
        yield Probe(f"{scheme}://{parent[:-1]}", "accepts-prefix")
        yield Probe(f"{scheme}://{host[:-1]}", "accepts-prefix")  # `in` the wrong way round


def _around_address(origin: Origin, names: Names) -> Iterator[Probe]:
    scheme, host, at = origin.scheme, origin.host, _at(origin)
    yield Probe(f"{scheme}://{host.strip('[]').replace(':', '-')}.{names.host}{at}", "accepts-prefix")
    for spelt in ("localhost", "127.0.0.1", "[::1]", "[::ffff:7f00:1]"):
        if spelt != host and origin.loopback:
            yield Probe(f"{scheme}://{spelt}{at}", "accepts-address-spelling")
    if isinstance(address := ip_address(host), IPv4Address):
        yield Probe(f"{scheme}://{names.label}.{host.replace('.', 'x', 1)}.com{at}", "accepts-other-character")
        if not origin.loopback:
            high, low = divmod(int(address), 1 << 16)
            yield Probe(f"{scheme}://[::ffff:{high:x}:{low:x}]{at}", "accepts-address-spelling")
        # Browsers write these back as the four numbers.
        for spelt in (str(int(address)), hex(int(address)), ".".join(f"0{part:o}" for part in address.packed)):
            yield Probe(f"{scheme}://{spelt}{at}", "accepts-address-spelling", NONE)


def _look_alikes(scheme: str, parent: str, at: str) -> Iterator[Probe]:
    label, _, rest = parent.partition(".")
    for latin, other in _LOOK_ALIKES.items():
        if latin in label:
            alike = Origin.parse(f"{scheme}://{label.replace(latin, other, 1)}.{rest}{at}")
            yield Probe(str(alike), "accepts-look-alike")
            return
