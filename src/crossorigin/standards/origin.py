"""Origins: who is asking, and who is in the list.

Here belong the origin of a URL, the grammar in which operators write allowed origins, and the
matcher that is asked about every request. Not here: what an allowed origin may do (`policy`), or
which headers say so (`server`). No I/O.

Two grammars meet in this file, and they are not the same:

* what an operator writes is parsed as a browser would parse it (WHATWG URL Standard, by ada-url)
  and normalised to what a browser sends;
* what arrives in an `Origin` header is never parsed leniently. It matches the bytes of a listed
  origin, or the strict grammar of a serialised origin, or nothing (Fetch § `Origin` header).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

import ada_url

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}

# A scheme has no legal limit, so we set one; a DNS name has 253 bytes, and a root dot; a port has 5.
MAX_SCHEME_BYTES: Final = 64
MAX_HOST_BYTES: Final = 254
MAX_ORIGIN_BYTES: Final = MAX_SCHEME_BYTES + len("://") + MAX_HOST_BYTES + len(":65535")

# Names that resolve on a private network only (RFC 6761, RFC 6762, RFC 8375).
PRIVATE_SUFFIXES: Final = (".local", ".test", ".internal", ".home.arpa", ".lan")

# Fetch § `Origin` header: scheme "://" host [ ":" 1*5DIGIT ], lower-case ASCII. Labels take the
# bytes that browsers were seen to send for names that resolve; the exotic ones Chromium can
# serialise (`!`, `$`, a backtick…) serve nobody but an attacker of matchers, so no pattern takes them.
_SERIALISED: Final = re.compile(
    rb"([a-z][a-z0-9+.-]*)://"
    rb"((?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|\[[0-9a-f:.]{2,45}\])"
    rb"(?::([1-9][0-9]{0,4}))?"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """An origin: scheme, host and port (HTML § Origins), or the opaque origin, `null`.

    `port` is None where it is the scheme's default, which is never written. `host` is lower-case
    ASCII, with the brackets of an IPv6 address.
    """

    scheme: str
    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Origin:
        """The origin of a URL or of a serialised origin, as a browser computes it.

        `null`, `data:`, `file:` and every URL without a host give the opaque origin. Schemes that
        only applications know (`capacitor://localhost`, `chrome-extension://…`) give a tuple
        origin, as the engines that register them do.

        Raises ValueError where the WHATWG URL parser fails.
        """
        if text == "null":
            return OPAQUE
        url = ada_url.URL(text)
        if url.protocol == "blob:":
            return cls.parse(url.origin)
        scheme = url.protocol.removesuffix(":")
        if scheme == "file" or not url.hostname:
            return OPAQUE
        port = int(url.port) if url.port else None
        if port == DEFAULT_PORTS.get(scheme):
            port = None
        return cls(scheme, url.hostname.lower(), port)

    @property
    def opaque(self) -> bool:
        """Whether this is the origin that serialises to `null`."""
        return not self.scheme

    @property
    def loopback(self) -> bool:
        """Whether the host is this very machine (Secure Contexts § potentially trustworthy)."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        if self.opaque:
            return "null"
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port is not None else "")


OPAQUE: Final = Origin("", "")


def same_origin(a: str | Origin, b: str | Origin) -> bool:
    """Whether two URLs or origins have the same origin (HTML § same origin).

    An opaque origin is the same as no other, itself as text included: `null` does not say whose.
    Raises ValueError where one of the two is not a URL.
    """
    one = a if isinstance(a, Origin) else Origin.parse(a)
    other = b if isinstance(b, Origin) else Origin.parse(b)
    return one == other and not one.opaque


def is_loopback(host: str) -> bool:
    """Whether a host names the machine itself: `localhost`, a name below it, 127/8 or `[::1]`."""
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = ip_address(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped  # what a socket for both families says of 127.0.0.1; Python 3.11 looks past it
    return address is not None and address.is_loopback


def is_private(host: str) -> bool:
    """Whether a host is reached on a private network only: such addresses, reserved names, and names of one label.

    A name of one label, as the services of Docker Compose have, is resolved by the network that it is asked in.
    """
    address = ip_address(host)
    if address is not None:
        return address.is_private or (address.version == 4 and address in _CARRIER_GRADE_NAT)
    name = host.removesuffix(".")
    return "." not in name or name.endswith(PRIVATE_SUFFIXES)


_CARRIER_GRADE_NAT: Final = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598; Tailscale's addresses


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a URL's host is, or None where it is a name."""
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def split_serialised(origin: bytes) -> tuple[bytes, bytes, bytes | None] | None:
    """Scheme, host and port of a serialised tuple origin as a browser writes it, or None.

    Anything else is refused: `null`, upper case, a default or impossible port, a path, an origin
    longer than `MAX_ORIGIN_BYTES`. Never raises.
    """
    if len(origin) > MAX_ORIGIN_BYTES:
        return None
    match = _SERIALISED.fullmatch(origin)
    if match is None:
        return None
    scheme, host, port = match.groups()
    if port is not None and (int(port) > 65535 or int(port) == DEFAULT_PORTS.get(scheme.decode())):
        return None
    if len(scheme) > MAX_SCHEME_BYTES or len(host) > MAX_HOST_BYTES:
        return None
    return scheme, host, port
