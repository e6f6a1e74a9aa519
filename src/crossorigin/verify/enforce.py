"""What `enforce` guards, as far as it can be asked without changing anything: WebSockets, and the names in `Host`.

Here belong these calls and what is a difference in them. Not here: CORS (`differences`). A URL that takes no WebSocket
from anybody, or that answers to one name only because of a gateway, says nothing about the policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ..policy.hosts import ANY_HOST
from ..policy.policy import Policy
from ..report.catalogue import Severity
from .differences import Difference
from .origins import STRANGER
from .sides import Server

_REBOUND: Final = "rebound.crossorigin.invalid"  # a name that somebody points at this server
_LABEL: Final = "crossorigin-probe"

NOT_SENT: Final = (
    "What `enforce` refuses of unsafe requests (POST, PUT, DELETE), and what `exempt` lets through, was not asked: "
    "asking could change something."
)
NO_WEBSOCKET: Final = "No page may open a WebSocket at this URL, so `enforce` was not seen at work on one."


@dataclass(frozen=True, slots=True)
class Handshake:
    """A WebSocket that a page opens."""

    page: str

    def __str__(self) -> str:
        return "WebSocket"


@dataclass(frozen=True, slots=True)
class HostVisit:
    """A visit under a name: what `Host` says."""

    host: str
    page: str = ""

    def __str__(self) -> str:
        return f"GET with Host: {self.host}"


def handshakes(ours: Server, theirs: Server, pages: Iterable[str]) -> Iterator[tuple[Handshake, Difference | None]]:
    """Every page's handshake, where the server takes one from anybody."""
    calls = [Handshake(page) for page in dict.fromkeys((*pages, STRANGER, "null"))]
    opened = {call: theirs.websocket(call.page) for call in calls}
    if not any(opened.values()):
        return
    for call in calls:
        wanted = ours.websocket(call.page)
        yield call, None if wanted == opened[call] else _difference(wanted, open_is="critical")


def names(policy: Policy, ours: Server, theirs: Server) -> Iterator[tuple[HostVisit, Difference]]:
    """A name that nobody listed, names beside the listed ones, and every listed one."""
    usual = theirs.status("")
    if usual == 403:
        return
    listed = [name.replace("*", _LABEL, 1) for name in policy.trusted_hosts if name != ANY_HOST]
    beside = [f"{_LABEL}.{name.partition('.')[2]}" for name in listed if "." in name]
    below = [f"{_LABEL}.{name}" for name in listed]
    for host in dict.fromkeys((_REBOUND, *listed, *beside, *below)):
        wanted, status = ours.status(host) != 403, theirs.status(host)
        # A gateway that knows one name alone turns the others away in its own fashion: only a listed one is missed.
        if (wanted and host in listed and status == 403) or (not wanted and status == usual):
            yield HostVisit(host), _difference(wanted)


def _difference(wanted: bool, *, open_is: Severity = "high") -> Difference:
    words = {True: "allowed", False: "refused"}
    severity = "high" if wanted else open_is
    return Difference("verdict-differs", severity, "", words[wanted], words[not wanted])
