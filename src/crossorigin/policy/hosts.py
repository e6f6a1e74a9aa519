"""Trusted hosts: which names a request's `Host` may have.

Here belong how they are written and compared. A website whose name is pointed at 127.0.0.1 is the same origin as
the server there, as far as the browser can tell; only the name in `Host` gives it away (DNS rebinding). Not here:
origins (`origin_patterns`), whose grammar and matcher are used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .origin_patterns import InvalidOrigin, OriginPattern
from .origin_set import OriginSet

ANY_HOST: Final = "*"
LOOPBACK_HOSTS: Final = ("localhost", "*.localhost", "127.0.0.1", "[::1]")


def parse_host(text: str) -> str:
    """What an operator wrote, normalised: `api.example.com`, `*.example.com`, `[::1]`, `localhost:8000`.

    Without a port it stands for every port. Raises InvalidOrigin.
    """
    if text == ANY_HOST:
        return text
    if "/" in text or "@" in text or "?" in text or "#" in text:
        raise InvalidOrigin("host-invalid", "a host is a name, with or without a port, and nothing else")
    return str(OriginPattern.parse(f"http://{text}")).removeprefix("http://").removesuffix(":*")


class HostSet:
    """A set of trusted hosts, as `parse_host` writes them."""

    def __init__(self, hosts: Iterable[str]) -> None:
        listed = tuple(hosts)
        self._any = ANY_HOST in listed
        self._set = OriginSet(_pattern(host) for host in listed if host != ANY_HOST)

    def __contains__(self, host: bytes) -> bool:
        """Whether the value of a `Host` line is one of them. Never raises."""
        return self._any or b"http://" + host.lower().removesuffix(b":80") in self._set


def _pattern(host: str) -> OriginPattern:
    with_port = OriginPattern.parse(f"http://{host}")
    return OriginPattern(with_port.origin, with_port.subdomains, with_port.origin.port is None)
