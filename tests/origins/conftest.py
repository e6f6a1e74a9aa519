from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from crossorigin.origins import source as sources
from tests.origins import stores


@pytest.fixture(scope="module", autouse=True)
def no_sources_of_other_tests() -> None:
    """Ends the sources that the tests of other files left running in this process: here, threads are counted."""
    for source in list(sources._alive):
        if source.running:
            asyncio.run(source.stop())


@pytest.fixture(scope="session")
def postgres() -> Iterator[stores.Postgres]:
    with stores.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[stores.RedisServer]:
    with stores.redis_server() as server:
        yield server
