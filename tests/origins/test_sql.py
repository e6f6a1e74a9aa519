"""SQLOrigins over real SQLite files and a real PostgreSQL, by every driver that it follows."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Boolean, Column, DateTime, Engine, MetaData, String, Table, create_engine, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from crossorigin.origins import OriginSource, SQLOrigins, by_host
from crossorigin.origins.postgresql import notifications, read_payload
from crossorigin.origins.trigger import trigger
from tests.origins.stores import Postgres, changing, network

METADATA = MetaData()
SHOP = Table(
    "shop",
    METADATA,
    Column("domain", String, primary_key=True),
    Column("tenant", String),
    Column("active", Boolean, default=True),
    Column("created", DateTime, server_default=func.now()),
)
DOMAINS = select(SHOP.c.domain).where(SHOP.c.active)
A, B = b"https://a.example", b"https://b.example"
DRIVERS = ["psycopg", "asyncpg", "psycopg_async"]


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/shops.db"
    with changing(url) as connection:
        METADATA.create_all(connection)
        connection.execute(SHOP.insert(), [{"domain": "a.example", "tenant": "one", "active": True}])
    return url


@pytest.fixture
def database(postgres: Postgres) -> str:
    dsn = postgres.fresh("shops")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE shop (domain text PRIMARY KEY, tenant text, active boolean DEFAULT true,"
            " created timestamp DEFAULT now())"
        )
        connection.execute("INSERT INTO shop VALUES ('a.example', 'one')")
        for statement in trigger("shop.domain").create:
            connection.execute(statement)  # type: ignore[call-overload]
    return dsn


def write(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def engine_for(driver: str, dsn: str) -> Engine | AsyncEngine:
    url = dsn.replace("postgresql://", f"postgresql+{driver.removesuffix('_async')}://")
    return create_engine(url) if driver == "psycopg" else create_async_engine(url)


def run(source: OriginSource, steps: Any) -> None:
    """Steps of a test, while a server's loop follows the source."""

    async def serve() -> None:
        await source.start()
        try:
            await steps()
        finally:
            await source.stop()
            if isinstance(source, SQLOrigins) and isinstance(source.engine, AsyncEngine):
                await source.engine.dispose()

    asyncio.run(serve())
    if isinstance(source, SQLOrigins) and isinstance(source.engine, Engine):
        # A stop does not wait for a load that is under way, and its connection is one that `dispose` would not close.
        for thread in threading.enumerate():
            if thread.name == "crossorigin-origins-load":
                thread.join(10)
        source.engine.dispose()


async def soon(condition: Any, seconds: float = 2.0) -> float:
    """Seconds until a condition holds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        await asyncio.sleep(0.001)
    return time.monotonic() - began


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite"])
def test_a_file_of_sqlite(sqlite: str, driver: str) -> None:
    url = sqlite.replace("sqlite:", f"{driver}:")
    engine = create_engine(url) if driver == "sqlite" else create_async_engine(url)
    source = SQLOrigins(engine, DOMAINS, refresh_interval=0.1)

    async def steps() -> None:
        assert source.status.origins == 1
        assert source.status.listening is None
        with changing(sqlite) as connection:
            connection.execute(SHOP.insert(), [{"domain": "b.example", "active": True}])
        await soon(lambda: source.snapshot.allows(B))
        with changing(sqlite) as connection:
            connection.execute(SHOP.update().where(SHOP.c.domain == "a.example").values(active=False))
        await source.refresh()
        assert not source.snapshot.allows(A)

    run(source, steps)


def test_nothing_connects_before_the_start(tmp_path: Path) -> None:
    SQLOrigins(create_engine(f"sqlite:///{tmp_path}/none.db"), "select domain from shop")
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_is_not_there_is_a_store_that_cannot_be_read(tmp_path: Path) -> None:
    source = SQLOrigins(create_engine(f"sqlite:///{tmp_path}/none.db"), "select domain from shop")

    async def steps() -> None:
        assert not source.ready
        assert source.status.error.startswith("OperationalError: ")

    run(source, steps)


@pytest.mark.parametrize("driver", DRIVERS)
def test_notifications(database: str, driver: str) -> None:
    source = SQLOrigins(engine_for(driver, database), DOMAINS, notify="shop_origins", refresh_interval=600)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        write(database, "INSERT INTO shop VALUES ('b.example', 'two')")
        await soon(lambda: source.snapshot.allows(B))
        write(database, "UPDATE shop SET active = false WHERE domain = 'a.example'")
        await soon(lambda: not source.snapshot.allows(A))
        write(database, "UPDATE shop SET domain = 'c.example' WHERE domain = 'b.example'")
        await soon(lambda: source.snapshot.allows(b"https://c.example") and not source.snapshot.allows(B))
        write(database, "INSERT INTO shop SELECT 'shop-' || n || '.example' FROM generate_series(1, 300) AS n")
        await soon(lambda: len(source.snapshot) == 301)
        write(database, "DELETE FROM shop WHERE domain <> 'c.example'")
        await soon(lambda: len(source.snapshot) == 1)
        write(database, "TRUNCATE shop")
        await soon(lambda: source.status.held_back)
        assert source.snapshot.allows(b"https://c.example")

    run(source, steps)


@pytest.mark.parametrize(
    "statement",
    [
        text("SELECT domain, tenant FROM shop WHERE active"),
        select("https://" + SHOP.c.domain, SHOP.c.tenant).where(SHOP.c.active),
        select(SHOP.c.domain, SHOP.c.tenant).where(SHOP.c.active).order_by(SHOP.c.domain).limit(100),
        select(SHOP.c.domain, SHOP.c.tenant, SHOP.c.created).where(SHOP.c.active),
    ],
    ids=["text", "expression", "limit", "column"],
)
def test_notifications_of_any_statement(database: str, statement: Any) -> None:
    source = SQLOrigins(
        engine_for("psycopg", database), statement, notify="shop_origins", refresh_interval=600, tenant=by_host
    )

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        write(database, "INSERT INTO shop VALUES ('b.example', 'two')")
        await soon(lambda: source.snapshot.allows(B, "two"))
        assert not source.snapshot.allows(B, "one")
        write(database, "UPDATE shop SET tenant = 'one' WHERE domain = 'b.example'")
        await soon(lambda: source.snapshot.allows(B, "one"))
        assert not source.snapshot.allows(B, "two")
        write(database, "UPDATE shop SET active = false WHERE domain = 'b.example'")
        await soon(lambda: not source.snapshot.allows(B, "one"))

    run(source, steps)


FORGED = [
    "", "b.example", "[]", "null", '{"shop.domain": ["evil.example", "*"]}', '{"shop.domain": [1]}', "{",
    '{"shop.domain": "evil.example"}', '{"other.column": ["evil.example"]}', "[" * 7000,
]  # fmt: skip


def test_a_forged_notification_grants_nothing(database: str) -> None:
    source = SQLOrigins(engine_for("psycopg", database), DOMAINS, notify="shop_origins", refresh_interval=600)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        for payload in FORGED:
            with psycopg.connect(database) as connection:
                connection.execute("SELECT pg_notify('shop_origins', %s)", [payload])
        await source.refresh()
        assert [*source.snapshot.exact] == [A]
        write(database, "INSERT INTO shop VALUES ('b.example')")
        await soon(lambda: source.snapshot.allows(B))

    run(source, steps)


def test_what_a_payload_says() -> None:
    assert read_payload('{"shop.domain": ["a.example"]}') == {"shop.domain": ["a.example"]}
    assert [read_payload(payload) for payload in FORGED[:4]] == [{}] * 4
    assert [read_payload(payload) for payload in FORGED[5:8]] == [{}] * 3


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_killed_server_comes_back(postgres: Postgres, database: str, driver: str) -> None:
    engine = engine_for(driver, database)
    source = SQLOrigins(engine, DOMAINS, notify="shop_origins", refresh_interval=600)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        await asyncio.to_thread(postgres.kill)
        await soon(lambda: not source.status.listening)
        assert source.snapshot.allows(A)
        await asyncio.to_thread(postgres.start)
        with psycopg.connect(database) as connection:  # while nobody listens, perhaps
            connection.execute("INSERT INTO shop VALUES ('b.example')")
        await soon(lambda: source.snapshot.allows(B))
        await soon(lambda: source.status.listening)

    run(source, steps)


@pytest.mark.parametrize("driver", DRIVERS[:2])
def test_a_network_that_is_silent_and_then_closed(postgres: Postgres, database: str, driver: str) -> None:
    with network(postgres.port) as way:
        through = database.replace(str(postgres.port), str(way.port))
        source = SQLOrigins(engine_for(driver, through), DOMAINS, notify="shop_origins", refresh_interval=600)

        async def steps() -> None:
            await soon(lambda: source.status.listening)
            way.silence()
            write(database, "INSERT INTO shop VALUES ('b.example')")
            await soon(lambda: not source.status.listening, 10)  # the connection gave no sign of life
            assert not source.snapshot.allows(B)
            way.break_off()
            way.restore()
            await soon(lambda: source.snapshot.allows(B))

        run(source, steps)


@pytest.mark.parametrize("driver", DRIVERS[:2])
def test_a_listener_that_hears_nothing_asks_for_a_sign_of_life(
    postgres: Postgres, database: str, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossorigin.origins.postgresql.HEARTBEAT", 0.05)
    source = SQLOrigins(engine_for(driver, database), DOMAINS, notify="shop_origins", refresh_interval=600)

    def asked() -> bool:
        found = postgres.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'shops' AND query = 'SELECT 1'")
        return found == [(1,)]

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        await soon(asked, 10)
        write(database, "INSERT INTO shop VALUES ('b.example')")
        await soon(lambda: source.snapshot.allows(B))
        assert source.status.listening

    run(source, steps)


def test_changes_that_no_signal_announces_are_found_and_said(database: str, caplog: pytest.LogCaptureFixture) -> None:
    source = SQLOrigins(engine_for("psycopg", database), DOMAINS, notify="other_channel", refresh_interval=0.2)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        await source.refresh()
        for n in range(3):
            write(database, f"INSERT INTO shop VALUES ('new-{n}.example')")
            await soon(lambda n=n: source.snapshot.allows(f"https://new-{n}.example".encode()))

    run(source, steps)
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "The origins' store changed 2 times without a signal: does the trigger exist, and does the listening "
        "connection go to the store itself, not through a pooler?"
    ]


def test_an_exhausted_pool(database: str) -> None:
    engine = create_engine(
        database.replace("postgresql:", "postgresql+psycopg:"), pool_size=1, max_overflow=0, pool_timeout=0.1
    )
    source = SQLOrigins(engine, DOMAINS, notify="shop_origins", refresh_interval=600)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        await source.refresh()
        with engine.connect():
            write(database, "INSERT INTO shop VALUES ('b.example')")
            await soon(lambda: source.status.stale)
            assert source.snapshot.allows(A)
        await soon(lambda: source.snapshot.allows(B))

    run(source, steps)


def test_a_listening_address_of_its_own(postgres: Postgres, database: str) -> None:
    source = SQLOrigins(
        engine_for("psycopg", database), DOMAINS, notify="shop_origins", notify_dsn=database, refresh_interval=600
    )
    assert source._listen_at == (database, "shop_origins", "psycopg")


@pytest.mark.parametrize(
    ("engine", "options"),
    [("sqlite://", {}), (create_engine("sqlite://"), {"notify": "shop_origins"})],
    ids=["not-an-engine", "not-postgresql"],
)
def test_arguments_that_cannot_be_meant(engine: Any, options: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        SQLOrigins(engine, "select 1", **options)


def test_500_changes_are_all_taken_in_order(database: str) -> None:
    source = SQLOrigins(engine_for("psycopg", database), DOMAINS, notify="shop_origins", refresh_interval=600)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        with psycopg.connect(database, autocommit=True) as connection:
            for n in range(250):
                connection.execute("INSERT INTO shop VALUES (%s)", [f"shop-{n}.example"])
                connection.execute("DELETE FROM shop WHERE domain = %s", [f"shop-{n - 1}.example"])
                if n % 10 == 0:
                    await soon(lambda n=n: source.snapshot.allows(f"https://shop-{n}.example".encode()))
        await soon(lambda: {*source.snapshot.exact} == {A, b"https://shop-249.example"})

    run(source, steps)


@pytest.mark.parametrize("fork", [True, False])
def test_in_a_child_process_the_pool_is_its_own(sqlite: str, fork: bool) -> None:
    program = """
import os, sys
from sqlalchemy import create_engine
from crossorigin.origins import SQLOrigins
source = SQLOrigins(create_engine(sys.argv[1]), "select domain from shop")
if sys.argv[2] == "True":
    source.refresh_sync()
if os.fork() == 0:
    source.refresh_sync()
    print(*source.snapshot.exact, source.running, flush=True)
    os._exit(0)
os.wait()
"""
    command = [sys.executable, "-c", program, sqlite, str(fork)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert made.stdout == "b'https://a.example' True\n"


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite"])
def test_a_child_process_makes_a_pool_of_its_own(sqlite: str, driver: str) -> None:
    url = sqlite.replace("sqlite:", f"{driver}:")
    engine = create_engine(url) if driver == "sqlite" else create_async_engine(url)
    source = SQLOrigins(engine, DOMAINS)
    before = engine.pool
    source.after_fork()
    assert engine.pool is not before


@pytest.mark.parametrize("absent", ["", "asyncpg"])
def test_an_engine_whose_driver_cannot_listen(database: str, absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if absent:
        monkeypatch.setitem(sys.modules, absent, None)

    async def hear() -> list[object]:
        heard: list[object] = []
        async with aclosing(notifications(database, "shop_origins", "pg8000")) as said:  # type: ignore[type-var]
            async for payload in said:
                heard.append(payload)
                if len(heard) == 2:
                    break
                write(database, "INSERT INTO shop VALUES ('b.example')")
        return heard

    assert asyncio.run(hear()) == [{}, {"shop.domain": ["b.example"]}]


@pytest.mark.parametrize(
    ("statement", "signals"),
    [(DOMAINS, [None, ["a.example"]]), ("SELECT domain FROM shop", [None, None])],
    ids=["rows", "anything"],
)
def test_signals_end_where_the_channel_does(
    statement: Any, signals: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def channel(dsn: str, name: str) -> AsyncIterator[str]:
        yield ""
        yield '{"shop.domain": ["a.example"]}'

    monkeypatch.setattr("crossorigin.origins.postgresql._by_psycopg", channel)
    source = SQLOrigins(create_engine("postgresql+psycopg://nowhere.test/shops"), statement, notify="shop_origins")

    async def hear() -> list[object]:
        assert source.signals is not None
        return [keys async for keys in source.signals()]

    assert asyncio.run(hear()) == signals


@pytest.mark.parametrize("column", ["shop", "a.b.c.d", "shop.domain; drop table shop", "shop.", 'sh"op.domain'])
def test_a_trigger_is_made_for_plain_names_only(column: str) -> None:
    with pytest.raises(ValueError, match=r"^name a column as table\.column"):
        trigger(column)


def test_a_trigger_of_another_schema_comes_and_goes(postgres: Postgres) -> None:
    dsn = postgres.fresh("schemas")
    made = trigger("sales.shop.domain", "changes")
    write(dsn, "CREATE SCHEMA sales", "CREATE TABLE sales.shop (domain text)", *made.create)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("LISTEN changes")
        changes = [
            "INSERT INTO sales.shop VALUES ('a.example'), ('b.example'), (NULL)",
            "UPDATE sales.shop SET domain = 'c.example' WHERE domain = 'a.example'",
            "DELETE FROM sales.shop WHERE domain = 'nobody'",
            "DELETE FROM sales.shop WHERE domain = 'b.example'",
            "TRUNCATE sales.shop",
            "INSERT INTO sales.shop SELECT repeat('x', 900) || n FROM generate_series(1, 10) AS n",
        ]
        for change in changes:
            connection.execute(change)  # type: ignore[call-overload]
        said = [note.payload for note in connection.notifies(timeout=1, stop_after=5)]
    assert [{key: sorted(values) for key, values in read_payload(payload).items()} for payload in said] == [
        {"shop.domain": ["a.example", "b.example"]},
        {"shop.domain": ["a.example", "c.example"]},
        {"shop.domain": ["b.example"]},
        {},
        {},
    ]
    write(dsn, *made.drop)
    write(dsn, "INSERT INTO sales.shop VALUES ('d.example')")
