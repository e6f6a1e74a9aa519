"""Real servers with several workers: every change reaches each of them, in time and in order."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from sqlalchemy import create_engine

from crossorigin.origins.trigger import trigger
from tests.e2e.served.servers import free_ports, start
from tests.origins.stores import Postgres, RedisServer, need, until
from tests.origins.workers import Worker, every, nginx, server

WITHIN = 2.0
Change = Callable[[str, bool], None]


@pytest.fixture
def database(postgres: Postgres) -> str:
    dsn = postgres.fresh("workers")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE shop (domain text PRIMARY KEY, tenant text, active boolean DEFAULT true)")
        connection.execute("INSERT INTO shop VALUES ('steady.example', 'one')")
        for statement in trigger("shop.domain").create:
            connection.execute(statement)  # type: ignore[call-overload]
    return dsn


class Size(NamedTuple):
    """How many workers there are, how many changes, and how many of these take an origin away, at least."""

    workers: int
    changes: int
    removed: int


SIZES = [
    pytest.param(Size(2, 60, 20), id="60 changes in 2 workers"),
    pytest.param(Size(8, 500, 200), id="500 changes in 8 workers", marks=pytest.mark.nightly),
]


def run(port: int, change: Change, within: float, changes: Size, most: int = 25) -> None:
    """Changes, one to `most` at a time: each is in force in every worker in time, and after those before it."""
    workers = every(port, changes.workers)
    drawn = random.Random(14)
    present: list[str] = []
    made = removed = 0
    while made < changes.changes:
        size = min(drawn.randint(1, most), changes.changes - made)
        gone = drawn.sample(present, min(len(present), size // 2))
        new = [f"shop-{made + n}.example" for n in range(size - len(gone))]
        batch = [*((domain, False) for domain in gone), *((domain, True) for domain in new)]
        drawn.shuffle(batch)
        committed = []
        for domain, added in batch:
            change(domain, added)
            committed.append((f"https://{domain}", added, time.monotonic()))
        for worker in workers:
            follow(worker, committed, within)
            assert worker.allows("https://steady.example")
            assert not worker.allows("https://never.example")
        made, removed = made + size, removed + len(gone)
        present = [domain for domain in [*present, *new] if domain not in gone]
    assert (made, removed > changes.removed) == (changes.changes, True)


def follow(worker: Worker, committed: list[tuple[str, bool, float]], within: float) -> None:
    """Asks until all are enforced: if one is, all that were committed before it have to be."""
    waiting = committed
    while waiting:
        asked = time.monotonic()
        found = [n for n, (origin, added, _) in enumerate(waiting) if worker.allows(origin) is added]
        enforced = max(found, default=-1) + 1
        earlier, waiting = waiting[:enforced], waiting[enforced:]
        assert [worker.allows(origin) for origin, _, _ in earlier] == [added for _, added, _ in earlier]
        late = [origin for origin, _, at in waiting if asked - at > within]
        assert late == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_changes_by_notify(database: str, driver: str, size: Size, tmp_path: Path) -> None:
    url = database.replace("postgresql:", f"postgresql+{driver}:")
    with (
        psycopg.connect(database, autocommit=True) as connection,
        server(tmp_path, workers=size.workers, SHOPS=url, NOTIFY="shop_origins") as port,
    ):

        def change(domain: str, present: bool) -> None:
            statement = "INSERT INTO shop VALUES (%s)" if present else "DELETE FROM shop WHERE domain = %s"
            connection.execute(statement, [domain])

        until(lambda: all(worker.json("/ready")["listening"] for worker in every(port, size.workers)))
        run(port, change, WITHIN, size)


@pytest.mark.parametrize("size", SIZES)
def test_changes_by_pub_sub(redis: RedisServer, size: Size, tmp_path: Path) -> None:
    with redis.client() as client:
        client.flushall()
        client.sadd("origins", "steady.example")

        def change(domain: str, present: bool) -> None:
            with client.pipeline() as pipeline:
                (pipeline.sadd if present else pipeline.srem)("origins", domain)
                pipeline.publish("origins", f'["{domain}"]')
                pipeline.execute()

        with server(tmp_path, workers=size.workers, SHOPS=redis.url) as port:
            until(lambda: all(worker.json("/ready")["listening"] for worker in every(port, size.workers)))
            run(port, change, WITHIN, size)


@pytest.mark.parametrize("size", SIZES)
def test_changes_by_polling(tmp_path: Path, size: Size, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/shops.db"
    engine = create_engine(url)
    request.addfinalizer(engine.dispose)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE shop (domain TEXT PRIMARY KEY, active BOOL DEFAULT 1)")
        connection.exec_driver_sql("INSERT INTO shop (domain) VALUES ('steady.example')")

    def change(domain: str, present: bool) -> None:
        statement = "INSERT OR IGNORE INTO shop (domain) VALUES (?)" if present else "DELETE FROM shop WHERE domain = ?"
        with engine.begin() as connection:
            connection.exec_driver_sql(statement, (domain,))

    with server(tmp_path, workers=size.workers, SHOPS=url, INTERVAL="0.5") as port:
        run(port, change, 0.5 + WITHIN, size, most=60)


def test_two_servers_behind_nginx(database: str, tmp_path: Path) -> None:
    need("nginx")
    url = database.replace("postgresql:", "postgresql+psycopg:")
    environment = {
        "SHOPS": url, "NOTIFY": "shop_origins", "TENANTS": "1", "STATEMENT": "SELECT domain, tenant FROM shop"
    }  # fmt: skip
    with (
        server(tmp_path, **environment) as one,
        server(tmp_path, **environment) as two,
        nginx(tmp_path, one, two) as front,
    ):
        workers = every(front, 2)[:1]  # through nginx, which asks both in turn
        for port in (one, two):
            until(lambda port=port: every(port, 1)[0].json("/ready")["listening"])
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("INSERT INTO shop VALUES ('new.example', 'one.test'), ('new.example.net', 'two.test')")
        until(lambda: all(_ask(workers[0], "https://new.example", "one.test") for _ in range(4)), patience=WITHIN)
        assert [_ask(workers[0], "https://new.example", "two.test") for _ in range(4)] == [False] * 4
        assert [_ask(workers[0], "https://new.example.net", "two.test") for _ in range(4)] == [True] * 4


def _ask(worker: Worker, origin: str, host: str) -> bool:
    return bool(worker.ask(origin, Host=host)[1])


def test_a_required_store_that_is_down_refuses_the_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    port = free_ports(1)[0]
    process = start(
        f"uvicorn tests.origins.shops:app --host 127.0.0.1 --port {port}", log,
        SHOPS=f"sqlite:///{tmp_path}/none.db", REQUIRED="1",
    )  # fmt: skip
    try:
        assert process.wait(60) != 0
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert "the origins are required, and cannot be loaded: OperationalError: " in log.read_text()
