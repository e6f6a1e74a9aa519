"""Origins that an attacker could own: strangers, and look-alikes of allowed origins.

Each function makes the hosts that one mistake of a comparison takes for `host`. What they mean is for the caller to
say: `audit` asks a server with them, `verify` two servers, `check` the comparison in a configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..standards.public_suffixes import registrable_domain

STRANGER_HOST: Final = "evil.example"  # RFC 2606: reserved, resolves nowhere
STRANGER: Final = f"https://{STRANGER_HOST}"


def continued(host: str, stranger: str = STRANGER_HOST) -> str:
    """A stranger's name that begins with the host: its end is not compared."""
    return f"{host}.{stranger}"


def longer(host: str) -> str:
    """A name of a longer top-level domain: its end is not compared."""
    return f"{host}x"


def glued(host: str, label: str) -> tuple[str, str]:
    """Names that end with the host and are not below it: their start is not compared."""
    return f"{label}{host}", f"{label}-{host}"


def dots_replaced(text: str) -> Iterator[str]:
    """The text with another character in place of each dot, one at a time: as an unescaped dot of a regex takes it."""
    for place, character in enumerate(text):
        if character == ".":
            yield f"{text[:place]}x{text[place + 1 :]}"


def below(host: str, label: str) -> tuple[str, str]:
    """Names below the host, one and two labels down."""
    return f"{label}.{host}", f"a.{label}.{host}"


def parents(host: str) -> tuple[str, ...]:
    """The domain that the host's owner registered, and the name right above the host; neither is the host itself."""
    registered = registrable_domain(host) or host
    above = host.partition(".")[2]
    return tuple(dict.fromkeys(name for name in (registered, above) if name and name != host))


def fully_qualified(host: str) -> str:
    """The host with the dot of the root at its end, which is another origin to a browser."""
    return f"{host}."
