"""Where the simulator and a browser differ on one scenario.

Here belongs the comparison, the same for every scenario. Not here: excuses. What no rule of CORS
decides, and the simulator therefore does not model, is in `IGNORED`, by name.
"""

from __future__ import annotations

from .names import Seen, without_echoes
from .server import Arrival
from .simulate import Played

# Request headers that the HTTP stack writes. One that a script set is compared: its value says `probe`.
IGNORED = frozenset(
    """accept-encoding accept-language cache-control connection dnt host pragma priority referer sec-ch-ua
    sec-ch-ua-mobile sec-ch-ua-platform sec-fetch-storage-access sec-gpc sec-websocket-extensions sec-websocket-key
    sec-websocket-version te upgrade upgrade-insecure-requests user-agent""".split()
)


def differences(played: Played, seen: Seen, arrivals: list[Arrival]) -> list[str]:
    """Each difference in words, the simulator's side first; empty where the two agree."""
    found: list[str] = []
    if len(played.arrivals) != len(arrivals):
        found.append(f"requests: {[_line(it) for it in played.arrivals]} but {[_line(it) for it in arrivals]}")
    for number, (one, other) in enumerate(zip(played.arrivals, arrivals, strict=False)):
        if _line(one) != _line(other):
            found.append(f"request {number}: {_line(one)} but {_line(other)}")
        ours, theirs = _wire(one), _wire(other)
        for name in sorted(ours.keys() | theirs.keys()):
            if ours.get(name) != theirs.get(name):
                found.append(f"request {number}, {name}: {ours.get(name)!r} but {theirs.get(name)!r}")
    for number, (mine, theirs) in enumerate(zip(played.results, seen.calls, strict=True)):
        for key in ("type", "status", "headers", "body"):
            if mine.get(key) != theirs.get(key):
                found.append(f"call {number}, {key}: {mine.get(key)!r} but {theirs.get(key)!r}")
    names, theirs_names = without_echoes(played.lines), without_echoes(seen.lines)
    if sorted(names) != sorted(theirs_names):  # Chromium's lines come from three places, and some have no number
        reasons = [it.reason for it in played.outcomes]
        found.append(f"names: {names} but {theirs_names}, for {reasons}")
    return found


def _line(arrival: Arrival) -> str:
    return f"{arrival.method} {arrival.url}"


def _wire(arrival: Arrival) -> dict[str, str]:
    return {name: value for name, value in arrival.headers.items() if name not in IGNORED or "probe" in value}
