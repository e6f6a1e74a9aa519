"""RedisOrigins: allowed origins from a set or a hash of Redis, and pub/sub as the signal.

The key is a set of origins, or a hash from origin to tenant. Who writes it publishes on the channel that has the
key's name: `MULTI; SADD origins https://a.example; PUBLISH origins '["https://a.example"]'; EXEC`. A message that
lists what changed has only that read again; any other message has everything read.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection
from typing import Any, Final

from redis.asyncio import Redis

from .follower import HEARTBEAT, Changed
from .source import OriginSource

_PIECE: Final = 2000
_ANSWER: Final = 3.0  # seconds for an answer of Redis, and for a connection to be made


class RedisOrigins(OriginSource):
    """Allowed origins in Redis: `RedisOrigins("redis://…", key="origins")`.

    `channel` is where changes are published, by default the name of the key. Other keywords as in OriginSource.
    """

    by_key = True

    def __init__(self, url: str, *, key: str, channel: str | None = None, **options: Any) -> None:
        self.url = url
        self.key = key
        self.channel = channel or key
        self._client: Redis | None = None  # of the follower's loop
        self._kind: object = b""
        super().__init__(self._load_all, **options)
        self.on_server_loop = False  # the connections are our own, so a thread's loop may have them
        self.signals = self._signals

    def load_some(self, keys: Collection[str]) -> Any:
        """The rows of these origins."""
        listed = sorted(keys)
        return self._some_of_hash(listed) if self._kind == b"hash" else self._some_of_set(listed)

    async def close(self) -> None:
        """Closes the connection to Redis."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def after_fork(self) -> None:
        """The child makes a connection of its own."""
        self._client = None

    async def _load_all(self) -> Any:
        client = self._connected()
        self._kind = await client.type(self.key)
        # In pieces: 100,000 members in one answer would take twice the memory that they take afterwards. What
        # comes or goes meanwhile is announced, and read again.
        rows: list[Any] = []
        cursor, begun = 0, False
        while cursor or not begun:
            begun = True
            if self._kind == b"hash":
                pairs: Any
                cursor, pairs = await client.hscan(self.key, cursor, count=_PIECE)
                rows += [(_text(key), _text(tenant)) for key, tenant in pairs.items()]
            else:
                cursor, members = await client.sscan(self.key, cursor, count=_PIECE)
                rows += [_text(member) for member in members]
        return rows

    async def _some_of_set(self, keys: list[str]) -> Any:
        found = await self._connected().smismember(self.key, keys)
        return [origin for origin, present in zip(keys, found, strict=True) if present]

    async def _some_of_hash(self, keys: list[str]) -> Any:
        found = await self._connected().hmget(self.key, keys)
        return [(origin, tenant) for origin, tenant in zip(keys, found, strict=True) if tenant is not None]

    def _connected(self) -> Redis:
        if self._client is None:
            self._client = Redis.from_url(self.url, socket_connect_timeout=_ANSWER, socket_timeout=self.load_timeout)
        return self._client

    async def _signals(self) -> AsyncIterator[Changed]:
        async with self._connected().pubsub() as channel:
            await channel.subscribe(self.channel)
            unanswered = 0
            while True:
                message = await channel.get_message(timeout=HEARTBEAT)
                if message is None:
                    unanswered += 1
                    _check_alive(unanswered)
                    await channel.ping()
                    continue
                unanswered = 0
                if message["type"] == "subscribe":
                    yield None
                elif message["type"] == "message":
                    yield _changed(message["data"])


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _check_alive(unanswered: int) -> None:
    """Raises TimeoutError for a server that has not answered for so many heartbeats."""
    if unanswered > _ANSWER / HEARTBEAT:
        raise TimeoutError("Redis does not answer")


def _changed(payload: bytes) -> Changed:
    try:
        said = json.loads(payload)
    except ValueError:
        return None
    listed = isinstance(said, list) and all(isinstance(origin, str) for origin in said)
    return said if listed else None
