"""The fields of a policy as type checkers know them, and presets: the fields that people keep getting wrong.

Here belong the fields, and where they come from. Not here: the policy made of them (`policy`), and any check.

A keyword that is not a field is a type error to mypy and pyright, because `**fields` is annotated as one of these
dictionaries. When the program runs, such a keyword reaches `Policy`, whose PolicyError names the nearest field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, TypedDict

from .hosts import LOOPBACK_HOSTS


class OtherFields(TypedDict, total=False):
    """The fields of a policy that are not keywords of Starlette's middleware."""

    environment: str | None
    enforce: bool | str
    trusted_hosts: Iterable[str]
    exempt: Iterable[str]
    accept_risks: Iterable[str]


class Fields(OtherFields, total=False):
    """All fields of a policy."""

    allow_origins: Iterable[object]
    allow_origin_regex: str | re.Pattern[str] | Sequence[str | re.Pattern[str]] | None
    allow_methods: Iterable[str]
    allow_headers: Iterable[str]
    allow_credentials: bool
    allow_private_network: bool
    expose_headers: Iterable[str]
    max_age: int | timedelta


class NoFields(TypedDict):
    """No field at all."""


_LOOPBACK_PAGES: Final = (
    "http://localhost:*",
    "http://*.localhost:*",
    "http://127.0.0.1:*",
    "http://[::1]:*",
    "https://localhost:*",
    "https://*.localhost:*",
    "https://127.0.0.1:*",
    "https://[::1]:*",
)

PUBLIC: Final[Fields] = {"allow_origins": ["*"], "allow_methods": ["*"], "allow_headers": ["*"]}

DEVELOPMENT: Final[Fields] = {
    "allow_origins": _LOOPBACK_PAGES,
    "allow_methods": ["*"],
    "allow_headers": ["*"],
    "allow_credentials": True,
    "environment": "development",
}

# Model Context Protocol § Streamable HTTP: POST to call, GET to listen, DELETE to end a session, whose id a page has
# to read. Every header: a tool may have its arguments mirrored in Mcp-Param-*, names that only the server knows.
# § Security Warning asks for Origin to be checked, and for Host, which is what DNS rebinding gets wrong.
MCP: Final[Fields] = {
    "allow_origins": _LOOPBACK_PAGES,
    "allow_methods": ["GET", "POST", "DELETE"],
    "allow_headers": ["*"],
    "expose_headers": ["Mcp-Session-Id", "Mcp-Protocol-Version", "WWW-Authenticate"],
    "enforce": True,
    # Wherever it runs: a browser on the same machine can be led there by any name (DNS rebinding).
    "trusted_hosts": LOOPBACK_HOSTS,
}

# GraphQL over HTTP: queries by GET, all else by POST. A mutation in a form (multipart, or text/plain where a server
# takes it) needs no preflight, which is why Apollo and Strawberry have headers that force one; enforce needs none.
GRAPHQL: Final[Fields] = {
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
