"""Presets: the fields of policies that people keep getting wrong.

Here belong the fields, and where they come from. Not here: the policy made of them (`policy`), and any check.
"""

from __future__ import annotations

from typing import Any, Final

_LOOPBACK_PAGES: Final = tuple(
    f"{scheme}://{host}:*"
    for scheme in ("http", "https")
    for host in ("localhost", "*.localhost", "127.0.0.1", "[::1]")
)

PUBLIC: Final[dict[str, Any]] = {"allow_origins": ["*"], "allow_methods": ["*"], "allow_headers": ["*"]}

DEVELOPMENT: Final[dict[str, Any]] = {
    "allow_origins": _LOOPBACK_PAGES,
    "allow_methods": ["*"],
    "allow_headers": ["*"],
    "allow_credentials": True,
    "environment": "development",
}

# Model Context Protocol § Streamable HTTP: POST to call, GET to listen, DELETE to end a session, whose id a page has
# to read. Every header: a tool may have its arguments mirrored in Mcp-Param-*, names that only the server knows.
# § Security Warning asks for Origin to be checked, and for Host, which is what DNS rebinding gets wrong.
MCP: Final[dict[str, Any]] = {
    "allow_origins": _LOOPBACK_PAGES,
    "allow_methods": ["GET", "POST", "DELETE"],
    "allow_headers": ["*"],
    "expose_headers": ["Mcp-Session-Id", "Mcp-Protocol-Version", "WWW-Authenticate"],
    "enforce": True,
}

# GraphQL over HTTP: queries by GET, all else by POST. A mutation in a form (multipart, or text/plain where a server
# takes it) needs no preflight, which is why Apollo and Strawberry have headers that force one; enforce needs none.
GRAPHQL: Final[dict[str, Any]] = {
    "allow_methods": ["GET", "POST"],
    "allow_headers": [
        "Authorization",
        "Content-Type",
        "Apollo-Require-Preflight",
        "GraphQL-Require-Preflight",
        "X-Apollo-Operation-Name",
        "Apollographql-Client-Name",
        "Apollographql-Client-Version",
    ],
    "enforce": True,
}
