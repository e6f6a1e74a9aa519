"""What a recorded request tells about the call of the script."""

from __future__ import annotations

import re
import sys
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ..standards.fetch import is_forbidden_request_header
from ..standards.messages import FailureKind

# Headers that browsers add to what a script sets, besides those that no script can set. `authority` is HTTP/2's name
# for the host: an older Chrome copies it without its colon.
BROWSERS_OWN_HEADERS: Final = frozenset(
    """accept-language authority cache-control device-memory downlink dpr ect if-modified-since if-none-match pragma
    priority purpose rtt save-data upgrade-insecure-requests user-agent viewport-width width x-client-data""".split()
)


# Chromium's names of errors: https://source.chromium.org/chromium/chromium/src/+/main:net/base/net_error_list.h
_NET_ERRORS: Final[tuple[tuple[str, FailureKind], ...]] = (
    (r"ERR_NAME_NOT_RESOLVED|ERR_NAME_RESOLUTION_FAILED|ERR_DNS_\w+|ERR_ICANN_NAME_COLLISION", "dns"),
    (r"ERR_CERT_\w+|ERR_SSL_\w+|ERR_BAD_SSL_\w+|ERR_TLS\w+", "tls"),
    (r"ERR_CONNECTION_REFUSED", "refused"),
    (r"ERR_(?:CONNECTION_)?TIMED_OUT", "timeout"),
    (r"ERR_CONNECTION_(?:RESET|CLOSED|ABORTED)|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED", "closed"),
    (r"ERR_INVALID_HTTP_RESPONSE|ERR_RESPONSE_HEADERS_\w+|ERR_HTTP2_PROTOCOL_ERROR", "not-http"),
    (r"ERR_BLOCKED_BY_(?:LOCAL|PRIVATE)_NETWORK_ACCESS\w*", "local-network"),
)


def failure_kind(net_error: str) -> FailureKind:
    """What Chromium's name of an error stands for, with or without `net::` before it."""
    name = net_error.removeprefix("net::")
    for names, kind in _NET_ERRORS:
        if re.fullmatch(names, name):
            return kind
    return "unknown"


def character(code: str, base: int) -> str:
    """The character of an escape sequence; U+FFFD if there is none of this number."""
    number = int(code, base)
    return chr(number) if number <= sys.maxunicode else "\N{REPLACEMENT CHARACTER}"


def whole_characters(text: str) -> str:
    """The text with each pair of surrogates as the character that it stands for, and U+FFFD for one that is alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def script_headers(name: str) -> bool:
    """Whether a header of a recorded request was set by the script."""
    return not (name.lower() in BROWSERS_OWN_HEADERS or name.startswith(":") or is_forbidden_request_header(name))


def origin_of(url: str) -> str:
    """The scheme, host and port of a URL; empty if it is none."""
    parts = parts_of(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def parts_of(url: str) -> SplitResult:
    """The parts of a URL; all empty for what is none, such as `http://[`, which a server or a console may say."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
