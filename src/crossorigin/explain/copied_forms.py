"""Which form of "Copy as" a text has: cURL for bash or cmd, PowerShell, fetch, or Node.js fetch."""

from __future__ import annotations

from .copied import CurlCall
from .curl import read_curl
from .fetch_call import is_fetch, read_fetch
from .powershell import COMMAND, read_powershell


def read_copied(text: str) -> CurlCall:
    """The call behind a request, as the network panel copied it. Raises ValueError if it cannot be read."""
    if text.lstrip("$> \t\r\n").startswith("curl"):
        return read_curl(text)
    if COMMAND.search(text):
        return read_powershell(text)
    return read_fetch(text) if is_fetch(text) else read_curl(text)
