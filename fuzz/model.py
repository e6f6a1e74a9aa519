"""What patterns and policies mean, a second time and by other means: nothing is imported from the package.

Here belong the origins that browsers send, near and hostile ones, and what an entry of a list takes, written from
docs/design.md. What a browser makes of an answer is in `tests/server/model_browser.py`.
"""

from __future__ import annotations

import re
from typing import Final

from fuzz.common import FuzzedDataProvider

DEFAULTS: Final = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}
SCHEMES: Final = (
    "https",
    "http",
    "https",
    "app",
    "ws",
    "ftp",
    "HTTPS",
    "x+y-1.2",
    "1x",
    "",
    "file",
    "data",
    "httpsx",
    "moz-extension",
)
HOSTS: Final = (
    "example.com", "app.example.com", "a.b.example.com", "evilexample.com", "example.com.evil.example", "localhost",
    "x.localhost", "notlocalhost", "127.0.0.1", "127.9.9.9", "127.0.0.1.evil.example", "[::1]", "[::ffff:7f00:1]",
    "[2001:db8::1]", "10.0.0.1", "256.1.1.1", "1.2.3", "0x7f.1", "1.2.3.4.", "example.com.", "a..b", ".example.com",
    "pr-7.example.com", "pr-.example.com", "pr-a.b.example.com", "a_b.example.com", "-a-.example.com", "example.com..",
    "a" * 63 + ".example.com", "a" * 64 + ".example.com", "xn--bcher-kva.example", "bücher.example", "Example.com",
    "a%41.example.com", "a b.example.com", "example.com\\.evil.example", "user@example.com", "", ".", "*", "x", "0",
    "example.0x", "example.1", "a.255", "1.1.1.255", "1.1.1.256", "01.1.1.1", "com", "example.org", "w.example.org",
)  # fmt: skip
PORTS: Final = (
    "", "", "", "", ":8443", ":443", ":80", ":21", ":1", ":0", ":65535", ":65536", ":99999", ":08443", ":", ":*", ":٣",
    ":123456", ":7", ":6553", ":4430", ":8", ":44",
)  # fmt: skip
ENDS: Final = ("", "", "", "", "", "", "/", "\n", "\0", " ", ".", "\\", "#", "?", ",https://evil.example", "/a", "\x7f")


def origin(given: FuzzedDataProvider) -> str:
    """Something written like an origin, with or without a mistake."""
    if given.ConsumeIntInRange(0, 7) == 7:
        return given.ConsumeUnicodeNoSurrogates(60)
    scheme = given.PickValueInList(SCHEMES)
    host = given.PickValueInList(HOSTS)
    if given.ConsumeIntInRange(0, 3) == 3:
        host = given.PickValueInList(("a.", "pr-1.", "x-", "1", "*.", "www.")) + host
    return f"{scheme}://{host}{given.PickValueInList(PORTS)}{given.PickValueInList(ENDS)}"


_HOST = r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|\[[0-9a-f:.]{2,45}\]"
_ORIGIN: Final = re.compile(rf"([a-z][a-z0-9+.-]{{0,63}})://({_HOST})(?::([1-9][0-9]{{0,4}}))?")


def parts(text: str) -> tuple[str, str, str] | None:
    """Scheme, host and port (or "") of a serialised origin; None for anything else."""
    found = _ORIGIN.fullmatch(text)
    if found is None or len(found[2]) > 254 or int(found[3] or 1) > 65535:
        return None
    if found[3] is not None and found[3] == DEFAULTS.get(found[1]):
        return None
    return found[1], found[2], found[3] or ""


def takes(pattern: str, text: str) -> bool:
    """Whether an entry of a list, written as a browser sends it but for `*`, allows an origin."""
    if "*" not in pattern:
        return pattern == text
    who = parts(text)
    if who is None:
        return False
    port = r"(?::[0-9]+)?" if pattern.endswith(":*") else ""
    scheme, _, rest = pattern.removesuffix(":*").partition("://")
    if rest.startswith("*."):
        host = r"(?:[a-z0-9_-]+\.)+" + re.escape(rest[2:])
    elif rest == "*":
        # The port of `scheme://*` is the default one: none is written.
        host = r"(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])"
    else:
        host = re.escape(rest).replace(r"\*", "[a-z0-9-]+")
    return re.fullmatch(rf"{re.escape(scheme)}://{host}{port}", text) is not None


def is_loopback_page(text: str) -> bool:
    """Whether an origin is a page of this machine: http or https, and a loopback host."""
    who = parts(text)
    if who is None or who[0] not in ("http", "https"):
        return False
    host = who[1].removesuffix(".")
    named = host == "localhost" or host.endswith(".localhost")
    address = re.fullmatch(r"127(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}", who[1]) is not None
    return named or address or who[1] in ("[::1]", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]")
