"""What the headers of one policy are, written out; `check.lua` says the same a second time.

Nothing here asks crossorigin: it is what is tested.
"""

from __future__ import annotations

from collections.abc import Iterable

COUNT = 8  # policies
PAGE = "https://page.example"  # every policy allows it
OTHER = "https://other.example"  # policy 0 alone does

_ALWAYS = "accept, accept-language, content-language, content-type"
_ASKED = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

Headers = list[tuple[str, str]]


def answer(k: int, origin: str, *, preflight: bool) -> tuple[int, Headers]:
    """The status and the CORS headers, sorted, that policy k gives a page."""
    vary = ("vary", _ASKED if preflight else "Origin")
    if origin != PAGE and k != 0:
        return (403 if preflight else 200), [vary]
    headers = [("access-control-allow-origin", origin), vary]
    if k % 2 == 1:
        headers.append(("access-control-allow-credentials", "true"))
    if not preflight:
        return 200, sorted([*headers, ("access-control-expose-headers", f"x-policy-{k}")])
    headers += [
        ("access-control-allow-methods", f"GET, TURN-{k}"),
        ("access-control-allow-headers", f"{_ALWAYS}, x-only-{k}"),
        ("access-control-max-age", str(100 + k)),
    ]
    return 204, sorted(headers)


def ours(headers: Iterable[tuple[str, str]]) -> Headers:
    """The CORS headers among those of a response, sorted; one that stands twice stands here twice."""
    pairs = [(name.lower(), value) for name, value in headers]
    return sorted(it for it in pairs if it[0] == "vary" or it[0].startswith("access-control-"))
