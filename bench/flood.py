"""A flood of denied requests, each from another origin: what it writes, what it keeps, and what it costs the others.

Run it with `make flood`. One near miss of an allowed origin is in the middle of the flood and has to be recorded.
Exit 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
from contextlib import suppress
from statistics import median
from time import perf_counter
from typing import Any

from work import ALLOWED, ONE, null, receive, send

from crossorigin import CORSMiddleware, Policy

MOST_LINES = 100
MOST_GROWN_MB = 5.0
SLOWEST = 1.1
POLICY = Policy(allow_origins=ONE, allow_methods=["GET", "PUT"], allow_credentials=True)


class Lines(logging.Handler):
    """Keeps the lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def ask(app: Any, origin: bytes, number: int) -> None:
    """One request of a browser, every third of them a preflight."""
    headers = [(b"host", b"api.example.com"), (b"user-agent", b"bot"), (b"accept", b"*/*"), (b"origin", origin)]
    preflight = number % 3 == 0
    if preflight:
        headers.append((b"access-control-request-method", b"PUT"))
    method = "OPTIONS" if preflight else "GET"
    call = app({"type": "http", "method": method, "path": f"/items/{number}", "headers": headers}, receive, send)
    with suppress(StopIteration):
        call.send(None)


def allowed_seconds(app: Any, loops: int = 200) -> float:
    """Seconds for one allowed request."""
    headers = [(b"host", b"api.example.com"), ALLOWED]
    begun = perf_counter()
    for _ in range(loops):
        call = app({"type": "http", "method": "GET", "path": "/items/1", "headers": headers}, receive, send)
        try:  # noqa: SIM105 (as in `work`)
            call.send(None)
        except StopIteration:
            pass
    return (perf_counter() - begun) / loops


def resident_mb() -> float:
    """The most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Floods, and says which bars are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    count = parser.parse_args().count
    handler = Lines()
    logger = logging.getLogger("crossorigin")
    logger.addHandler(handler)
    logger.propagate = False
    flooded, quiet = CORSMiddleware(null, policy=POLICY), CORSMiddleware(null, policy=POLICY)
    for number in range(count // 20):
        ask(flooded, b"https://warm-up-%d.example" % number, number)
    for app in (flooded, quiet):
        allowed_seconds(app)
    before = resident_mb()
    ratios = []
    spent = 0.0
    for number in range(count):
        begun = perf_counter()
        ask(flooded, b"https://bot-%d.example" % number, number)
        spent += perf_counter() - begun
        if number == count // 2:
            ask(flooded, b"http://app.example.com", 1)
        if number % max(count // 100, 1) == 0:
            one, other, again = allowed_seconds(quiet), allowed_seconds(flooded), allowed_seconds(quiet)
            ratios.append(other / ((one + again) / 2))
    grown = resident_mb() - before
    lines = [line for line in handler.lines if "denied" in line]
    near = sum("cause=mismatch-scheme" in line for line in lines)
    ratio = median(ratios)
    print(f"{count:,} denied requests, each from another origin: {spent / count * 1e6:.1f} µs each")
    print(f"  lines: {len(lines)} (bar: fewer than {MOST_LINES}); the near miss: {near} (bar 1)")
    print(f"  memory: {grown:.1f} MB more (bar {MOST_GROWN_MB:.0f})")
    print(f"  an allowed request between them: {ratio:.2f} of one without a flood (bar {SLOWEST})")
    met = len(lines) < MOST_LINES and near == 1 and grown <= MOST_GROWN_MB and ratio <= SLOWEST
    print("Every bar is met." if met else "A bar is missed.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
