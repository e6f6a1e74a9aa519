"""Whether a server is meant for this machine alone.

A loopback address does not tell: that is where every app is developed. Here belong the signs that do. Not here: what
is worse for such a server (`run`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from ..browser import Response
from ..probes.headers import Answered
from ..standards.header_lists import elements, get_all

# Model Context Protocol § Streamable HTTP, Security Warning: a server must check `Origin`, because websites reach it by
# DNS rebinding. Its answers are JSON-RPC, its headers have names of their own, and its path is /mcp by custom.
_MCP_HEADERS: Final = ("mcp-session-id", "mcp-protocol-version")
_NAMING: Final = ("access-control-expose-headers", "access-control-allow-headers")
_JSON_RPC: Final = b'"jsonrpc"'
_PATH: Final = re.compile(r"(?i)[/._-]mcp([/._-]|$)")

LOOPBACK_ALONE: Final = (
    "graded as information, because a loopback address does not show that the server is meant for this machine alone"
)


def speaks_mcp(url: str, answer: Response) -> bool:
    """Whether the answer is of an MCP server, an error of one too."""
    names = {name.decode("latin-1").lower() for name, _ in answer.headers}
    for header in _NAMING:
        names |= {name.lower() for name in elements(get_all(answer.headers, header))}
    if not names.isdisjoint(_MCP_HEADERS):
        return True
    return _JSON_RPC in answer.body and _PATH.search(urlsplit(url).path) is not None


def meant_for_this_machine(url: str, seen: Iterable[Answered], *, told: bool) -> str:
    """What shows it, in words; empty if nothing does."""
    if told:
        return "it is said to be"
    for answered in seen:
        if speaks_mcp(url, answered.answer):
            return "it speaks MCP"
        if answered.value("access-control-allow-private-network") == "true":
            return "it lets public pages into a private network"
    return ""
