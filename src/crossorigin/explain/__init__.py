"""Why it is blocked: from an outcome, and whatever else is at hand, to one cause and one remedy.

One idea per file: `causes` is the catalogue, `case` the facts, `rules` what can be concluded from them, `diagnose`
their order; `console`, `curl` and `har` read what people have at hand; `message_alone` explains a message of the
console alone. This file re-exports; it defines nothing.
"""

from .causes import CAUSES, Cause, Diagnosis
from .console import ConsoleMessage, read_console
from .copied import CurlCall
from .copied_forms import read_copied
from .curl import read_curl
from .diagnose import diagnose
from .har import HarEntry, read_har
from .message_alone import diagnose_message
from .text import explanation

__all__ = [
    "CAUSES",
    "Cause",
    "ConsoleMessage",
    "CurlCall",
    "Diagnosis",
    "HarEntry",
    "diagnose",
    "diagnose_message",
    "explanation",
    "read_console",
    "read_copied",
    "read_curl",
    "read_har",
]
