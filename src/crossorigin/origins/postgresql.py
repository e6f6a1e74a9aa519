"""PostgreSQL's NOTIFY, heard on a connection of its own, by asyncpg or psycopg.

The connection is asked for a sign of life every second: one that a firewall has forgotten gives no error, and no
notification either. A payload is `{"shop.domain": ["a.example"]}`, what `crossorigin origins sql` writes; any other
payload says that anything may have changed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from ..standards.optional import MissingPackage, optional
from .follower import HEARTBEAT, settle, within

_ANSWER: Final = 3.0  # seconds for that answer, and for a connection to be made

Payload = Mapping[str, list[str]]
_ANYTHING: Final[Payload] = {}


async def notifications(dsn: str, channel: str, driver: str = "") -> AsyncIterator[Payload]:
    """What a channel says, from now on; first of all once that it is listened to. Raises when it is lost.

    The engine's own driver is used if it can listen, else the one that is installed.
    Raises ImportError with neither.
    """
    if driver == "psycopg":
        listen = _by_psycopg
    elif driver == "asyncpg":
        listen = _by_asyncpg
    else:
        listen = _by_installed()
    async for payload in listen(dsn, channel):
        yield read_payload(payload)


def read_payload(payload: str) -> Payload:
    """Which rows of which column changed; an empty mapping if the payload does not say that."""
    try:
        said = json.loads(payload)
    except ValueError:
        return _ANYTHING
    if not isinstance(said, dict):
        return _ANYTHING
    for keys in said.values():
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            return _ANYTHING
    return said


def _by_installed() -> Any:
    try:
        optional("asyncpg", "postgresql")
    except MissingPackage:
        return _by_psycopg
    return _by_asyncpg


async def _by_asyncpg(dsn: str, channel: str) -> AsyncIterator[str]:
    asyncpg = optional("asyncpg", "postgresql")
    connection = await asyncpg.connect(dsn, timeout=_ANSWER)
    try:
        heard: asyncio.Queue[str | None] = asyncio.Queue()
        connection.add_termination_listener(lambda _: heard.put_nowait(None))
        await connection.add_listener(channel, lambda *said: heard.put_nowait(said[3]))
        yield ""
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    payload = await heard.get()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=_ANSWER)
                continue
            if payload is None:
                raise ConnectionError("PostgreSQL closed the connection")
            yield payload
    finally:
        connection.terminate()


async def _by_psycopg(dsn: str, channel: str) -> AsyncIterator[str]:
    psycopg = optional("psycopg", "postgresql")
    sql = optional("psycopg.sql", "postgresql")
    async with asyncio.timeout(_ANSWER):
        connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    try:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield ""
        while True:
            # Only what is there is asked for: `notifies` with a time to wait wakes up ten times a second.
            async for said in connection.notifies(timeout=0):
                yield said.payload
            readable = await _readable(connection.fileno())
            if not readable:
                await _ask_for_a_sign_of_life(connection)
    finally:
        await connection.close()


async def _readable(descriptor: int) -> bool:
    """Whether there is something to read, within a heartbeat."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[bool] = loop.create_future()
    loop.add_reader(descriptor, settle, found, True)
    try:
        return await within(HEARTBEAT, found)
    finally:
        loop.remove_reader(descriptor)


async def _ask_for_a_sign_of_life(connection: Any) -> None:
    asked = asyncio.ensure_future(connection.execute("SELECT 1"))
    await asyncio.wait([asked], timeout=_ANSWER)
    if not asked.done():
        # Closed first: a query that is cancelled waits for the server to say so, and this one is silent.
        await connection.close()
        asked.cancel()
        raise TimeoutError
    asked.result()
