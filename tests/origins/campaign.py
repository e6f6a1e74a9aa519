"""How long a change takes to be in force: `python -m tests.origins.campaign`; `make origins`.

Each follower is a source of its own with connections of its own, as in a worker. A delay is the time from the end of
the commit to the moment at which a follower's snapshot is the new one. Exit 1 if a change is lost, if followers
see changes in another order, or if the slowest percent takes longer than `--p99`.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Column, MetaData, String, Table, create_engine, select
from sqlalchemy.ext.asyncio import create_async_engine

from crossorigin import Policy
from crossorigin.origins import RedisOrigins, SQLOrigins
from crossorigin.origins.trigger import trigger
from tests.origins import stores

Change = Callable[[str, bool], None]
STATEMENT = "SELECT domain FROM shop"


def record(source: Any, seen: list[tuple[str, bool, float]]) -> None:
    """Writes down when a source puts which origin in force, or out of it."""
    before = source._record

    def _record(old: Any, new: Any, touched: Collection[str], unusable: int) -> None:
        before(old, new, touched, unusable)
        now = time.monotonic()
        seen.extend((text, text in new.rows, now) for text in touched)

    source._record = _record


def make(kind: str, address: str) -> Any:
    """A source with connections of its own."""
    if kind == "redis":
        return RedisOrigins(address, key="origins", refresh_interval=600)
    shop = Table("shop", MetaData(), Column("domain", String))
    engine: Any
    if kind == "asyncpg":
        engine = create_async_engine(address.replace("postgresql:", "postgresql+asyncpg:"), pool_size=1)
    else:
        engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"), pool_size=1, max_overflow=0)
    return SQLOrigins(engine, select(shop.c.domain), notify="shop_origins", refresh_interval=600)


def follow(kind: str, address: str, count: int, ready: Any, stop: Any, results: Any) -> None:
    """A process with so many followers."""
    asyncio.run(_follow(kind, address, count, ready, stop, results))


async def _follow(kind: str, address: str, count: int, ready: Any, stop: Any, results: Any) -> None:
    made: list[tuple[Any, list[tuple[str, bool, float]]]] = []
    for _ in range(count):
        source = make(kind, address)
        seen: list[tuple[str, bool, float]] = []
        source.bind(source, [Policy(allow_origins=["https://app.example"])])
        await source.refresh()
        await asyncio.to_thread(stores.until, lambda source=source: source.status.listening)
        await source.refresh()
        record(source, seen)
        made.append((source, seen))
    cpu = time.process_time()
    ready.put(os.getpid())
    await asyncio.to_thread(stop.wait)
    results.put(([seen for _, seen in made], time.process_time() - cpu))
    for source, _ in made:
        await source.stop()


def measure(
    kind: str, address: str, change: Change, followers: int, changes: int, rate: float, processes: int
) -> dict[str, Any]:
    """The delays of all changes in all followers."""
    context = multiprocessing.get_context("spawn")
    ready, results, stop = context.Queue(), context.Queue(), context.Event()
    processes = min(processes, followers)
    shares = [followers // processes + (n < followers % processes) for n in range(processes)]
    arguments = [(kind, address, share, ready, stop, results) for share in shares]
    started = [context.Process(target=follow, args=each, daemon=True) for each in arguments]
    for process in started:
        process.start()
    for _ in started:
        ready.get(timeout=180)
    committed: list[tuple[str, bool, float]] = []
    for n in range(changes):
        # An origin stays for a while, or one that comes and goes between two loads would be seen by nobody.
        present = n % 2 == 0 or n < STAY
        domain = f"shop-{n if present else n - STAY}-of-{followers}.example"
        change(domain, present)
        committed.append((domain, present, time.monotonic()))
        time.sleep(1 / rate)
    time.sleep(2)
    stop.set()
    found = [results.get(timeout=60) for _ in started]
    for process in started:
        process.join(30)
    seen = [one for follower, _ in found for one in follower]
    cpu = sum(seconds for _, seconds in found) * 1000 / followers / changes
    return judged(committed, seen) | {"cpu": cpu}


def judged(committed: list[tuple[str, bool, float]], followers: list[list[tuple[str, bool, float]]]) -> dict[str, Any]:
    when = {(domain, present): at for domain, present, at in committed}
    place = {change[:2]: n for n, change in enumerate(committed)}
    delays: list[float] = []
    lost = reordered = 0
    for seen in followers:
        arrived = {(domain, present): at for domain, present, at in seen}
        lost += sum(change not in arrived for change in when)
        delays += [at - when[change] for change, at in arrived.items()]
        times = sorted(arrived, key=lambda change: (arrived[change], place[change]))
        reordered += sum(place[one] > place[other] for one, other in itertools.pairwise(times))
    delays.sort()
    figures = {name: delays[min(len(delays) - 1, int(len(delays) * share))] * 1000 for name, share in SHARES.items()}
    return {"lost": lost, "reordered": reordered, "delays": len(delays), **figures}


STAY = 51  # changes for which an origin stays; odd, so that each is removed once
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}


def by_notify(run: Callable[[str, str, Change], None], driver: str) -> None:
    with stores.postgres() as server:
        server.sql("CREATE TABLE shop (domain text PRIMARY KEY)", "INSERT INTO shop VALUES ('steady.example')")
        server.sql(*trigger("shop.domain").create)
        with psycopg.connect(server.dsn, autocommit=True) as connection:

            def change(domain: str, present: bool) -> None:
                statement = "INSERT INTO shop VALUES (%s)" if present else "DELETE FROM shop WHERE domain = %s"
                connection.execute(statement, [domain])

            run(driver, server.dsn, change)


def by_pub_sub(run: Callable[[str, str, Change], None]) -> None:
    with stores.redis_server() as server, server.client() as client:
        client.sadd("origins", "steady.example")

        def change(domain: str, present: bool) -> None:
            with client.pipeline() as pipeline:
                (pipeline.sadd if present else pipeline.srem)("origins", domain)
                pipeline.publish("origins", json.dumps([domain]))
                pipeline.execute()

        run("redis", server.url, change)


SIGNALS = {
    "psycopg": partial(by_notify, driver="psycopg"),  # a sync engine, followed by a thread
    "asyncpg": partial(by_notify, driver="asyncpg"),  # an async engine, followed by a task of the server's loop
    "redis": by_pub_sub,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--followers", type=int, nargs="+", default=[8, 200])
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--rate", type=float, default=5.0, help="changes a second")
    parser.add_argument("--processes", type=int, default=8, help="that share the followers")
    parser.add_argument("--signals", nargs="+", default=[*SIGNALS])
    parser.add_argument("--p99", type=float, default=100.0, help="milliseconds")
    options = parser.parse_args()
    failed = False
    print(
        "Milliseconds from commit to in force, and of CPU that a change costs a follower; the machine's load before it"
    )
    print("signal   followers  changes  lost  reordered     p50     p90     p99     max     CPU    load")

    def run(kind: str, address: str, change: Change) -> None:
        nonlocal failed
        for followers in options.followers:
            load = os.getloadavg()[0]
            found = measure(kind, address, change, followers, options.changes, options.rate, options.processes)
            times = "".join(f"{figure:8.1f}" for figure in [*(found[name] for name in SHARES), found["cpu"], load])
            print(
                f"{kind:8} {followers:9} {options.changes:8} {found['lost']:5} {found['reordered']:10}{times}",
                flush=True,
            )
            failed = failed or found["lost"] > 0 or found["reordered"] > 0 or found["p99"] > options.p99

    for signal in options.signals:
        SIGNALS[signal](run)
    return int(failed)


if __name__ == "__main__":
    threading.excepthook = lambda arguments: sys.exit(str(arguments.exc_value))
    sys.exit(main())
