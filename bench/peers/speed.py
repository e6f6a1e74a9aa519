"""Time, memory and imports of each peer: values that are taken in turns, so that a busy machine falls on all alike.

Of each framework three apps take turns: without CORS, with its own, and with crossorigin's around the same app. Time
added is the difference of two values of the same turn. A preflight is not added to anything: it is the whole time,
because the app without CORS answers something else.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

import pyperf

from bench.peers.apps import OURS, PEERS, Peer, Wanted, around, started
from bench.work import BROWSER

COUNT = 10_000
PAGE = "https://app.example.com"
MANY = (*(f"https://customer-{n}.example.com" for n in range(COUNT - 1)), PAGE)
_VALUE = 0.002  # seconds that one value takes at least

ALLOWED = (b"origin", PAGE.encode())
ASKS = [
    (b"access-control-request-method", b"PUT"),
    (b"access-control-request-headers", b"authorization,content-type"),
]


@dataclass(frozen=True, slots=True)
class Row:
    """A request, and whether the policy has one origin or 10,000."""

    name: str
    extra: tuple[tuple[bytes, bytes], ...] = ()
    method: str = "GET"
    origins: tuple[str, ...] = (PAGE,)

    @property
    def scope(self) -> dict[str, Any]:
        headers = [*BROWSER[: 12 - len(self.extra)], *self.extra]
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "https",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8000),
        }


_DENIED = (b"origin", b"https://evil.example")
ROWS = [
    Row("no Origin"),
    Row("allowed", (ALLOWED,)),
    Row("denied", (_DENIED,)),
    Row("preflight", (ALLOWED, *ASKS), "OPTIONS"),
    Row("no Origin, 10,000 origins", origins=MANY),
    Row("allowed, 10,000 origins", (ALLOWED,), origins=MANY),
    Row("denied, 10,000 origins", (_DENIED,), origins=MANY),
    Row("preflight, 10,000 origins", (ALLOWED, *ASKS), "OPTIONS", MANY),
]


class _Client:
    """A client that sends an empty body, and then waits for as long as the app likes."""

    def __init__(self) -> None:
        self.sent = False

    async def receive(self) -> dict[str, Any]:
        if self.sent:
            await asyncio.get_running_loop().create_future()
        self.sent = True
        return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: Any) -> None:
    return None


async def _seconds(app: Any, scope: dict[str, Any], loops: int) -> float:
    """Seconds for one request, over so many."""
    requests = [(scope.copy(), _Client().receive) for _ in range(loops)]
    start = pyperf.perf_counter()
    for request, receive in requests:
        await app(request, receive, _send)
    return (pyperf.perf_counter() - start) / loops


def apps(peer: Peer, row: Row) -> dict[str, Any]:
    """The three that take turns; crossorigin's own row has no other peer beside it."""
    wanted = Wanted(row.origins)
    found = {"bare": started(peer.bare()), "cors": started(peer.cors(wanted))}
    if peer.name != OURS:
        found["ours"] = around(peer, wanted)
    return found


def measure(rounds: int, peers: Iterable[Peer] = PEERS) -> dict[str, list[float]]:
    """Microseconds by `row/peer/who`; who is `cors`, the peer's own, or `ours`, crossorigin around the same app."""
    return asyncio.run(_measure(rounds, list(peers)))


async def _measure(rounds: int, peers: list[Peer]) -> dict[str, list[float]]:
    values: dict[str, list[float]] = {}
    for row in ROWS:
        ready = {peer.name: apps(peer, row) for peer in peers}
        loops = {name: await _loops(by.values(), row) for name, by in ready.items()}
        for turn in range(rounds):
            for name, by in ready.items():
                await _seconds(by["bare"], row.scope, loops[name])  # the processor has just run another peer
                taken = {}
                for who in _turned(list(by), turn):
                    taken[who] = await _seconds(by[who], row.scope, loops[name]) * 1e6
                minus = 0.0 if row.method == "OPTIONS" else taken["bare"]
                for who in taken.keys() - {"bare"}:
                    values.setdefault(f"{row.name}/{name}/{who}", []).append(taken[who] - minus)
    return values


async def _loops(apps: Iterable[Any], row: Row) -> int:
    """As many requests as fill a value of the slowest, once it is warm."""
    slowest = 0.0
    for app in apps:
        slowest = max(slowest, min([await _seconds(app, row.scope, 2) for _ in range(4)]))
    return max(1, min(100, int(_VALUE / slowest)))


def _turned(names: list[str], turn: int) -> list[str]:
    """Each has every place in the order as often as the others."""
    first = turn % len(names)
    return names[first:] + names[:first]


def memory(name: str) -> float:
    """MB that a peer's app holds more with 10,000 origins than with one, after a request; `name` is the peer's."""
    peer = next(it for it in PEERS if it.name == name)
    return asyncio.run(_memory(peer))


async def _memory(peer: Peer) -> float:
    row = Row("allowed", (ALLOWED,))
    await _seconds(started(peer.cors(Wanted((PAGE,)))), row.scope, 2)  # what is imported and cached the first time
    tracemalloc.start()
    held, kept = [], []
    for count in (1, COUNT):
        before = tracemalloc.get_traced_memory()[0]
        origins = (*(f"https://customer-{n}.example.com" for n in range(count - 1)), PAGE[:])
        app = started(peer.cors(Wanted(origins)))
        del origins
        await _seconds(app, row.scope, 1)
        kept.append(app)
        held.append(tracemalloc.get_traced_memory()[0] - before)
    return (held[1] - held[0]) / 1e6


_IMPORT = """
{base}
import time
start = time.perf_counter()
{imports}
print((time.perf_counter() - start) * 1e3)
"""


def _python(*arguments: str) -> float:
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True, timeout=120)
    return float(done.stdout.split()[-1])


def imports(rounds: int) -> dict[str, float]:
    """Milliseconds that importing a peer takes, beside its framework, in a process of its own; the median."""
    values: dict[str, list[float]] = {it.name: [] for it in PEERS}
    for _ in range(rounds):
        for it in PEERS:
            values[it.name].append(_python("-c", _IMPORT.format(base=it.base, imports=it.imports)))
    return {name: median(found) for name, found in values.items()}


def memories() -> dict[str, float]:
    """MB, by peer, each measured in a process of its own."""
    program = "import sys; from bench.peers.speed import memory; print(memory(sys.argv[1]))"
    return {it.name: _python("-c", program, it.name) for it in PEERS}
