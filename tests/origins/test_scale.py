"""100,000 origins in a worker: the load, the memory, and one more. In seconds of the worker's CPU.

Time is judged only if these tests run alone, as `make origins` runs them: beside other tests it says nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from crossorigin.origins.trigger import trigger
from tests.e2e.served.servers import ROOT
from tests.origins.stores import Postgres, RedisServer, changing

COUNT = 100_000


def measure(url: str, add: Callable[[str], object] | None) -> dict[str, Any]:
    """What `tests.origins.scale` prints, while twenty more origins come, one by one."""
    command = [sys.executable, "-m", "tests.origins.scale", url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if add is not None:
            assert json.loads(process.stdout.readline()) == {"ready": True}
            for n in range(20):
                process.stdin.write(f"https://more-{n}.example\n")
                process.stdin.flush()
                add(f"more-{n}.example")
                assert json.loads(process.stdout.readline()) == {"seen": True}
        process.stdin.close()
        return dict(json.loads(process.stdout.readline()))


def judge(figures: dict[str, Any]) -> None:
    print(figures)
    assert figures["origins"] == COUNT
    assert figures["megabytes"] <= 60
    if "PYTEST_XDIST_WORKER" not in os.environ:
        assert figures["cpu"] <= 2
        assert figures.get("one_more_best", 0) <= 5


def fill_postgres(postgres: Postgres, name: str) -> str:
    dsn = postgres.fresh(name)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE shop (domain text PRIMARY KEY)")
        connection.execute(
            f"INSERT INTO shop SELECT 'shop-' || n || '.customers.example' FROM generate_series(1, {COUNT}) AS n"
        )
        for statement in trigger("shop.domain").create:
            connection.execute(statement)  # type: ignore[call-overload]
    return dsn


@pytest.mark.slow
def test_postgresql(postgres: Postgres) -> None:
    dsn = fill_postgres(postgres, "scale")
    with psycopg.connect(dsn, autocommit=True) as connection:
        judge(
            measure(
                dsn.replace("postgresql:", "postgresql+psycopg:"),
                lambda domain: connection.execute("INSERT INTO shop VALUES (%s)", [domain]),
            )
        )


@pytest.mark.slow
def test_redis(redis: RedisServer) -> None:
    with redis.client() as client:
        client.flushall()
        client.sadd("origins", *[f"shop-{n}.customers.example" for n in range(COUNT)])

        def add(domain: str) -> None:
            client.sadd("origins", domain)
            client.publish("origins", json.dumps([domain]))

        judge(measure(redis.url, add))
        client.flushall()


@pytest.mark.slow
def test_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shops.db"
    with changing(url) as connection:
        connection.exec_driver_sql("CREATE TABLE shop (domain TEXT PRIMARY KEY)")
        rows = [(f"shop-{n}.customers.example",) for n in range(COUNT)]
        connection.exec_driver_sql("INSERT INTO shop VALUES (?)", rows)
    judge(measure(url, None))
