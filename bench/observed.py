"""What the record of denials and the counter cost: the same middleware with each of them on and off.

Here belong the peers, which take turns in one process, and one round over them. Not here: statistics (`bench`).
"""

from __future__ import annotations

import logging
import os

from work import ALLOWED, ONE, App, Row, null, seconds

from crossorigin import CORSMiddleware, Policy
from crossorigin.middleware.telemetry import DecisionCounter

POLICY = Policy(allow_origins=ONE, allow_methods=["GET", "PUT"], allow_credentials=True)
ROWS = [
    Row("no Origin", "GET"),
    Row("allowed", "GET", (ALLOWED,)),
    Row("denied", "GET", ((b"origin", b"https://evil.example"),)),
]
# The bars of what each adds to the middleware without it, in µs. "off again", a twin of the first, is the noise.
BARS = {("record", "allowed"): 0.3, ("record", "denied"): 3.0, ("counter", "allowed"): 0.6, ("counter", "denied"): 0.6}
PEERS = ("off again", "record", "counter", "counter and span")
LOOPS = 50


def peers() -> dict[str, App]:
    """The same middleware: without a record, its twin, with a record, with the counter, and with spans too."""
    logging.getLogger("crossorigin").addHandler(logging.NullHandler())
    logging.getLogger("crossorigin").propagate = False
    made: dict[str, App] = {}
    for name, mode in (("off", "off"), ("off again", "off"), ("record", "full")):
        os.environ["CROSSORIGIN_LOG"] = mode
        made[name] = CORSMiddleware(null, policy=POLICY)
    del os.environ["CROSSORIGIN_LOG"]
    for app in made.values():
        seconds(app, [ROWS[0].scope])  # the first request finds out what is on
    for name, spans in (("counter", False), ("counter and span", True)):
        counted = made[name] = CORSMiddleware(null, policy=POLICY)
        seconds(counted, [ROWS[0].scope])
        counted._seen.log = None
        counted._seen.count_with(DecisionCounter(spans=spans))
        counted._observer = counted._seen
    return made


def measure_observed(rounds: int) -> dict[str, list[float]]:
    """What each peer adds to the first in the same turn, for each row; ten turns a round, because they are short."""
    apps = peers()
    values: dict[str, list[float]] = {}
    for row in ROWS:
        scope = row.scope
        for turn in range(rounds * 10 + 1):
            taken = {who: seconds(app, [scope] * LOOPS) for who, app in apps.items()}
            off = taken.pop("off")
            for who, value in taken.items():
                if turn:  # the first round warms up
                    values.setdefault(f"added/{row.name}/{who}", []).append(value - off)
    return values
