"""Who asks: the pages whose verdicts tell one policy from another.

Here belong the origins that a policy lets in, and those just outside: another port, another scheme, a neighbouring
name, a name glued to either end, a label more or fewer. Not here: who of them is let in; both sides are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ..policy.lookalikes import below, continued, dots_replaced, fully_qualified, glued, longer
from ..policy.origin_patterns import OriginPattern
from ..policy.origin_regex import as_tuple
from ..policy.policy import Policy
from ..policy.regex_samples import samples
from ..standards.origin import DEFAULT_PORTS, Origin, ip_address

STRANGER: Final = "https://stranger.example"
_LABEL: Final = "crossorigin-probe"  # which no list names by chance
_PORT: Final = 49151

# Whoever is let in by a list that was made too wide: anybody, anybody without TLS, a sandboxed frame, a developer.
ALWAYS: Final = (
    STRANGER,
    "http://stranger.example",
    "null",
    "http://localhost:3000",
    "http://127.0.0.1:8000",
    "https://localhost",
    "http://[::1]:3000",
)


def origins(policy: Policy, more: Iterable[str] = ()) -> list[str]:
    """Every origin that is asked for, as a browser writes it, each once; `more` are the caller's own."""
    found: dict[str, None] = {}
    for pattern in policy.patterns:
        found |= dict.fromkeys(_around(pattern))
    for regex in as_tuple(policy.allow_origin_regex):
        for text in samples(regex):
            found |= dict.fromkeys((text, *_outside(text)))
    found |= dict.fromkeys((*ALWAYS, *more))
    return [origin for origin in found if _sendable(origin)]


def _around(pattern: OriginPattern) -> Iterator[str]:
    origin = pattern.origin
    inside = [f"{_LABEL}.{origin.host}", f"a.{_LABEL}.{origin.host}"] if pattern.subdomains else [origin.host]
    ports = [_PORT, None, 1, 65535] if pattern.any_port else [origin.port]
    for host in inside:
        for port in ports:
            yield str(Origin(origin.scheme, host, port))
    near = dict.fromkeys((ports[0], None, 8080))
    for host in dict.fromkeys((inside[0], origin.host)):
        for scheme in (origin.scheme, *_schemes(origin.scheme)):
            for port in near:
                yield str(Origin(scheme, host, port))
    for host in _beside(origin.host):
        for port in near:
            yield str(Origin(origin.scheme, host, port))
            if pattern.subdomains:
                yield str(Origin(origin.scheme, f"{_LABEL}.{host}", port))


def _outside(text: str) -> Iterator[str]:
    """What an expression without its end, or with a scheme too many, would take as well."""
    yield continued(text)
    yield f"{text}:{_PORT}"
    scheme, colon, rest = text.partition(":")
    for other in _schemes(scheme):
        yield other + colon + rest


def _schemes(scheme: str) -> tuple[str, ...]:
    return {"https": ("http",), "http": ("https",)}.get(scheme, ("https", "http"))


def _beside(host: str) -> Iterator[str]:
    """Names near a name: what a comparison that is too loose, or another list, would take."""
    address = ip_address(host)
    if address is not None:
        other = str(address + 1)
        yield f"[{other}]" if address.version == 6 else other
        return
    yield from below(host, _LABEL)
    yield from glued(host, "evil")
    yield continued(host)
    yield longer(host)
    yield fully_qualified(host)
    above = host.partition(".")[2]
    if above:
        yield below(above, _LABEL)[0]
        yield above
    yield from dots_replaced(host)


def _sendable(text: str) -> bool:
    """Whether a browser writes this origin just so: only what a page can be is worth asking."""
    if text == "null":
        return True
    try:
        origin = Origin.parse(text)
    except ValueError:
        return False
    known = origin.scheme in DEFAULT_PORTS or "://" in text
    return known and str(origin) == text
