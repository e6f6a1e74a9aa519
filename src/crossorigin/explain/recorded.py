"""What a recorded request tells about the call of the script."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

# Headers that the browser writes, whatever the script says.
BROWSERS_OWN_HEADERS: Final = frozenset(
    "accept-encoding accept-language cache-control connection content-length cookie dnt host if-modified-since "
    "if-none-match origin pragma priority referer te upgrade-insecure-requests user-agent".split()
)


def script_headers(name: str) -> bool:
    return name.lower() not in BROWSERS_OWN_HEADERS and not name.lower().startswith(("sec-", ":"))


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
