"""What 100,000 origins cost to build, and what a flood of strangers leaves behind.

Here belong the two measurements that are not about one request: a process of its own builds the list, and hostile
requests are sent while the memory and the tenants' own requests are watched. `make bench` runs the first, `make flood`
the second.

Run it with `make flood`. Options: --requests N.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

from work import App, Row, null, seconds

from crossorigin import CORSMiddleware, Policy

ORIGINS = 100_000
BUILD_BAR_SECONDS, BUILD_BAR_MB = 2.0, 60.0
SETTLED = 20_000  # requests after which the memory has to stay as it is
GROWTH_BAR_MB = 0.5  # what the allocator and the interpreter may move about
SLOWER_BAR = 1.1
TENANTS = [b"https://tenant-%d.example.com" % n for n in range(100)]


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def build() -> dict[str, float]:
    """Seconds and megabytes for a middleware with 100,000 origins; the list itself is not counted."""
    origins = [f"https://customer-{n}.example-{n % 977}.com" for n in range(ORIGINS)]
    CORSMiddleware(null, allow_origins=origins[:10])  # what is imported and compiled once
    gc.collect()
    before, start = _resident_bytes(), time.perf_counter()
    app = CORSMiddleware(null, allow_origins=origins, allow_credentials=True)
    seconds(app, [Row("", "GET", ((b"origin", origins[-1].encode()),)).scope])
    return {"seconds": time.perf_counter() - start, "mb": (_resident_bytes() - before) / 1e6}


def measure_build() -> dict[str, float]:
    """`build` in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--build"], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def hostile(number: int, chance: random.Random) -> dict[str, Any]:
    """A request with an origin, a method and header names that no request before it had."""
    name = b"h%d" % number
    origin = chance.choice(
        [
            b"https://%s.example.com" % name,  # allowed by the pattern: nothing stops a program from sending it
            b"https://%s.preview.example.net" % name,  # allowed by the regular expression
            b"https://%s.evil.example" % name,
            b"https://%s.evilexample.com" % name,
            b"https://" + name * 100,
            b"\xff" + name,
        ]
    )
    extra = [(b"origin", origin)]
    if number % 2:
        long = b",x-%s" % name * chance.choice([1, 10, 1000])
        extra += [(b"access-control-request-method", b"M" + name), (b"access-control-request-headers", long)]
    return Row("", "OPTIONS" if number % 2 else "GET", tuple(extra)).scope


def tenants() -> list[Any]:
    """The tenants' own requests, and their preflights."""
    asks = ((b"access-control-request-method", b"PUT"), (b"access-control-request-headers", b"authorization"))
    requests = [Row("", "GET", ((b"origin", origin),)).scope for origin in TENANTS]
    return requests + [Row("", "OPTIONS", ((b"origin", origin), *asks)).scope for origin in TENANTS]


def flood(requests: int) -> int:
    """Sends the hostile requests, prints what they leave behind, and returns 1 if a bar is missed."""
    fields: dict[str, Any] = {
        "allow_origins": ["https://*.example.com"],
        "allow_origin_regex": r"https://[a-z0-9-]+\.preview\.example\.net",
        "allow_methods": ["*"],
        "allow_headers": ["*"],
        "allow_credentials": True,
    }
    attacked: App = CORSMiddleware(null, policy=Policy(**fields))
    spared: App = CORSMiddleware(null, policy=Policy(**fields))
    own, chance = tenants(), random.Random(requests)
    tracemalloc.start()
    for number in range(SETTLED):
        seconds(attacked, [hostile(number, chance)])
    settled = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    for number in range(SETTLED, requests):
        seconds(attacked, [hostile(number, chance)])
    grown = (tracemalloc.get_traced_memory()[1] - settled) / 1e6
    tracemalloc.stop()
    # The two middleware take turns, and the best turn of each counts: what else the machine does falls on both.
    turns = [(seconds(attacked, own), seconds(spared, own)) for _ in range(300)]
    after, before = (min(values) for values in zip(*turns, strict=True))
    slower = after / before
    print(f"{SETTLED:,} hostile requests: at most {settled / 1e6:.1f} MB")
    print(f"{requests - SETTLED:,} more of them: {grown:+.2f} MB (bar {GROWTH_BAR_MB})")
    print(f"tenants' requests after them: {slower:.3f} of before (bar {SLOWER_BAR})")
    return 1 if grown > GROWTH_BAR_MB or slower > SLOWER_BAR else 0


def main() -> int:
    """Runs the flood; with --build, prints what the list costs, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.build:
        json.dump(build(), sys.stdout)
        return 0
    return flood(options.requests)


if __name__ == "__main__":
    sys.exit(main())
