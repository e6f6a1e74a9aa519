from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.origins import stores


@pytest.fixture(scope="session")
def postgres() -> Iterator[stores.Postgres]:
    with stores.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[stores.RedisServer]:
    with stores.redis_server() as server:
        yield server
