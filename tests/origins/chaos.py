"""Faults under load: `python -m tests.origins.chaos --seconds 60`; `make chaos`.

Two servers of two workers, one on PostgreSQL, one on Redis, both under wrk, which judges every response. Meanwhile
twenty faults, one after another. After each, a new row has to be in force in both workers within 2 s, or, if
the signals were what failed, within one interval and 2 s. Exit 1 for a 5xx, an origin that is allowed and must not
be, one that is denied and must not be, or a recovery that takes longer.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from crossorigin.origins.trigger import trigger
from tests.origins import stores
from tests.origins.workers import Worker, enforced, every, server

HERE = Path(__file__).parent
INTERVAL = 3.0
WITHIN = 2.0
FAULT = 1.0  # seconds that a fault lasts
GARBAGE = [
    "*",
    "null",
    "",
    "https://*",
    "javascript:alert(1)",
    "https://never.example@evil.example",
    "\u202e",
    "x" * 3000,
]


class Fault(NamedTuple):
    """One fault: how it begins and ends, and whether the signals failed with it."""

    name: str
    store: str
    begin: Callable[[], object]
    end: Callable[[], object]
    silent: bool = False


class Shops:
    """The stores, the ways to them, and what a fault does to them."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.postgres = stack.enter_context(stores.postgres())
        self.redis = stack.enter_context(stores.redis_server())
        self.to_postgres = stack.enter_context(stores.network(self.postgres.port))
        self.to_redis = stack.enter_context(stores.network(self.redis.port))
        self.clock = folder / "clock"
        self.postgres.sql(
            "CREATE TABLE shop (domain text PRIMARY KEY, active boolean DEFAULT true)",
            "INSERT INTO shop VALUES ('steady.example')",
            *trigger("shop.domain").create,
        )
        self.fill_redis()

    def faults(self) -> Iterator[Fault]:
        """Twenty, the stores in turn."""
        sql, postgres, redis = self.postgres.sql, self.postgres, self.redis
        yield Fault("killed", "postgres", postgres.kill, postgres.start)
        yield Fault("killed and empty", "redis", redis.stop, self.restart_redis_empty)
        yield Fault("paused", "postgres", postgres.pause, postgres.resume)
        yield Fault("paused", "redis", redis.pause, redis.resume)
        yield Fault(
            "table renamed", "postgres",
            lambda: sql("ALTER TABLE shop RENAME TO gone", "SELECT pg_notify('shop_origins', '')"),
            lambda: sql("ALTER TABLE gone RENAME TO shop"),
        )  # fmt: skip
        yield Fault(
            "key renamed", "redis", lambda: self.rename("origins", "gone"), lambda: self.rename("gone", "origins")
        )
        yield Fault("garbage rows", "postgres", self.garbage_in, self.garbage_out)
        yield Fault("garbage rows", "redis", self.garbage_in_redis, self.garbage_out_redis)
        yield Fault("network silent", "postgres", self.to_postgres.silence, self.to_postgres.restore)
        yield Fault("network silent", "redis", self.to_redis.silence, self.to_redis.restore)
        yield Fault("network cut", "postgres", self.to_postgres.break_off, self.to_postgres.restore)
        yield Fault("network cut", "redis", self.to_redis.break_off, self.to_redis.restore)
        yield Fault(
            "NOTIFY silent", "postgres",
            lambda: sql("ALTER TABLE shop DISABLE TRIGGER ALL"), lambda: None, silent=True,
        )  # fmt: skip
        yield Fault("emptied", "postgres", self.empty, self.refill)
        yield Fault("pool exhausted", "postgres", self.exhaust, lambda: None)
        yield Fault("clock an hour on", "postgres", lambda: self.set_clock("+1h"), lambda: self.set_clock("+0"))
        yield Fault("clock a day back", "redis", lambda: self.set_clock("-1d"), lambda: self.set_clock("+0"))
        yield Fault("forged signals", "postgres", self.forge, lambda: None)
        yield Fault("of another kind", "redis", self.wrong_kind, self.restart_redis_empty)
        yield Fault("stopped in order", "postgres", postgres.stop, postgres.start)

    def add(self, store: str, domain: str) -> None:
        if store == "redis":
            with self.redis.client() as client, client.pipeline() as pipeline:
                pipeline.sadd("origins", domain)
                pipeline.publish("origins", json.dumps([domain]))
                pipeline.execute()
        else:
            self.postgres.sql(f"INSERT INTO shop VALUES ('{domain}')")

    def fill_redis(self) -> None:
        with self.redis.client() as client:
            client.sadd("origins", "steady.example")
            client.publish("origins", "")

    def restart_redis_empty(self) -> None:
        if self.redis.process.poll() is not None:
            self.redis.start()
        time.sleep(0.3)
        with self.redis.client() as client:
            client.delete("origins")
        self.fill_redis()

    def rename(self, old: str, new: str) -> None:
        with self.redis.client() as client:
            client.rename(old, new)
            client.publish("origins", "")

    def garbage_in(self) -> None:
        self.postgres.sql(*[f"INSERT INTO shop VALUES ('{text}')" for text in GARBAGE])

    def garbage_out(self) -> None:
        self.postgres.sql(*[f"DELETE FROM shop WHERE domain = '{text}'" for text in GARBAGE])

    def garbage_in_redis(self) -> None:
        with self.redis.client() as client:
            client.sadd("origins", *GARBAGE)
            client.publish("origins", "\xff")

    def garbage_out_redis(self) -> None:
        with self.redis.client() as client:
            client.srem("origins", *GARBAGE)
            client.publish("origins", "")

    def wrong_kind(self) -> None:
        with self.redis.client() as client:
            client.set("origins", "steady.example")
            client.publish("origins", "")

    def empty(self) -> None:
        self.postgres.sql("CREATE TABLE kept AS SELECT * FROM shop", "TRUNCATE shop")

    def refill(self) -> None:
        self.postgres.sql("INSERT INTO shop SELECT * FROM kept", "DROP TABLE kept")

    def forge(self) -> None:
        for payload in ("", '{"shop.domain": ["never.example", "*"]}', "[1", '{"shop.domain": [null]}'):
            self.postgres.sql(f"SELECT pg_notify('shop_origins', '{payload}')")

    def exhaust(self) -> None:
        for worker in self.workers["postgres"]:
            worker.json("/exhaust")

    def set_clock(self, offset: str) -> None:
        beside = self.clock.with_suffix(".new")
        beside.write_text(f"{offset}\n")
        beside.replace(self.clock)

    workers: dict[str, list[Worker]]


@contextmanager
def load(port: int, seconds: int) -> Iterator[Callable[[], dict[str, Any]]]:
    """wrk, for so long; gives what it found."""
    command = ["wrk", "-t", "1", "-c", "1", "-d", f"{seconds}s", "--timeout", "10s", "-s", str(HERE / "chaos.lua")]
    process = subprocess.Popen([*command, f"http://127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True)

    def found() -> dict[str, Any]:
        output = process.communicate(timeout=seconds + 60)[0]
        return dict(json.loads(output.strip().splitlines()[-1]))

    try:
        yield found
    finally:
        process.kill()
        process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    stores.need("wrk", "faketime")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shops = Shops(stack, folder)
        shops.set_clock("+0")
        library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        environment = {
            "INTERVAL": str(INTERVAL), "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(shops.clock),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_CACHE_DURATION": "1",
        }  # fmt: skip
        postgres = f"postgresql+psycopg://postgres@127.0.0.1:{shops.to_postgres.port}/postgres"
        ports = {
            "postgres": stack.enter_context(
                server(folder, workers=2, SHOPS=postgres, NOTIFY="shop_origins", **environment)
            ),
            "redis": stack.enter_context(
                server(folder, workers=2, SHOPS=f"redis://127.0.0.1:{shops.to_redis.port}/0", **environment)
            ),
        }
        shops.workers = {name: every(port, 2) for name, port in ports.items()}
        for workers in shops.workers.values():
            stores.until(lambda workers=workers: all(worker.json("/ready")["listening"] for worker in workers))
            for worker in workers:  # the first denial imports what explains it, which is not what is measured
                assert not worker.allows("https://never.example")
        loads = {name: stack.enter_context(load(port, options.seconds)) for name, port in ports.items()}
        late = run(shops, options.seconds)
        found = {name: wait() for name, wait in loads.items()}
    bad = late
    for name, figures in found.items():
        wrong = f"{figures['failed']} were 5xx, {figures['let_in']} allowed and {figures['denied']} denied wrongly"
        print(f"{name}: {figures['checked']:,} responses checked; {wrong}; {figures['socket']} socket errors")
        if figures["example"]:
            print(f"  {figures['example']}")
        bad += figures["failed"] + figures["let_in"] + figures["denied"] + figures["socket"]
    return int(bad > 0)


def run(shops: Shops, seconds: int) -> int:
    """All faults, spread over the time that there is; how many recoveries took too long."""
    late = 0
    began = time.monotonic()
    faults = list(shops.faults())
    for n, fault in enumerate(faults):
        time.sleep(max(0.0, began + n * seconds / len(faults) - time.monotonic()))
        fault.begin()
        time.sleep(FAULT)
        fault.end()
        limit = WITHIN + INTERVAL if fault.silent else WITHIN
        domain = f"after-{n}.example"
        shops.add(fault.store, domain)
        try:
            took = enforced(shops.workers[fault.store], f"https://{domain}", True, limit * 5)
        except AssertionError:
            took = float("inf")
        if fault.silent:
            shops.postgres.sql("ALTER TABLE shop ENABLE TRIGGER ALL")
        late += took > limit
        words = "in force" if took <= limit else "LATE"
        print(f"{fault.store:9} {fault.name:20} {words} after {took:.2f} s (at most {limit:g} s)", flush=True)
    return late


if __name__ == "__main__":
    sys.exit(main())
