"""RedisOrigins over a real Redis."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis as client_library

from crossorigin.origins import RedisOrigins, by_host
from tests.origins.stores import RedisServer, network
from tests.origins.test_sql import run, soon

A, B = b"https://a.example", b"https://b.example"


@pytest.fixture
def client(redis: RedisServer) -> Iterator[client_library.Redis]:
    with redis.client() as client:
        client.flushall()
        client.sadd("origins", "a.example")
        yield client


def change(client: client_library.Redis, command: str, origin: str, message: str | None = None) -> None:
    with client.pipeline() as pipeline:
        getattr(pipeline, command)("origins", origin)
        pipeline.publish("origins", json.dumps([origin]) if message is None else message)
        pipeline.execute()


@pytest.mark.parametrize("message", [None, "", "changed", "{}", "[1]", "7"])
def test_a_set(redis: RedisServer, client: client_library.Redis, message: str | None) -> None:
    source = RedisOrigins(redis.url, key="origins", refresh_interval=600)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        assert source.snapshot.allows(A)
        change(client, "sadd", "b.example", message)
        await soon(lambda: source.snapshot.allows(B))
        change(client, "srem", "a.example", message)
        await soon(lambda: not source.snapshot.allows(A))
        assert source.snapshot.allows(B)

    run(source, steps)


def test_a_hash_of_tenants(redis: RedisServer, client: client_library.Redis) -> None:
    client.delete("origins")
    client.hset("origins", "a.example", "one")
    source = RedisOrigins(redis.url, key="origins", channel="changes", refresh_interval=600, tenant=by_host)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        assert source.snapshot.allows(A, "one")
        assert not source.snapshot.allows(A, "two")
        client.hset("origins", "a.example", "two")
        client.publish("changes", '["a.example"]')
        await soon(lambda: source.snapshot.allows(A, "two"))
        assert not source.snapshot.allows(A, "one")
        client.hset("origins", "b.example", "one")
        client.hdel("origins", "a.example")
        client.publish("changes", '["a.example", "b.example"]')
        await soon(lambda: source.snapshot.allows(B, "one"))
        assert not source.snapshot.allows(A, "two")

    run(source, steps)


def test_a_forged_message_grants_nothing(redis: RedisServer, client: client_library.Redis) -> None:
    source = RedisOrigins(redis.url, key="origins", refresh_interval=600)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        for message in ('["evil.example", "*", "null"]', "\xff", "[" * 9999, json.dumps(["x" * 10_000])):
            client.publish("origins", message)
        await source.refresh()
        assert [*source.snapshot.exact] == [A]

    run(source, steps)


def test_a_redis_that_was_restarted_empty(redis: RedisServer, client: client_library.Redis) -> None:
    source = RedisOrigins(redis.url, key="origins", refresh_interval=600)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        await asyncio.to_thread(redis.stop)
        await soon(lambda: not source.status.listening)
        assert source.snapshot.allows(A)
        await asyncio.to_thread(redis.start)
        await soon(lambda: source.status.held_back)
        assert source.snapshot.allows(A)
        client.sadd("origins", "b.example")
        client.publish("origins", "")
        await soon(lambda: source.snapshot.allows(B))
        assert not source.snapshot.allows(A)
        assert not source.status.held_back

    run(source, steps)


def test_a_network_that_is_silent_and_then_closed(redis: RedisServer, client: client_library.Redis) -> None:
    with network(redis.port) as way:
        source = RedisOrigins(f"redis://127.0.0.1:{way.port}/0", key="origins", refresh_interval=600)

        async def steps() -> None:
            await soon(lambda: source.status.listening)
            way.silence()
            change(client, "sadd", "b.example")
            await soon(lambda: not source.status.listening, 15)
            assert not source.snapshot.allows(B)
            way.break_off()
            way.restore()
            await soon(lambda: source.snapshot.allows(B))

        run(source, steps)


def test_a_listener_that_hears_nothing_asks_for_a_sign_of_life(
    redis: RedisServer, client: client_library.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossorigin.origins.redis.HEARTBEAT", 0.05)
    source = RedisOrigins(redis.url, key="origins", refresh_interval=600)

    def asked() -> bool:
        return any(one["cmd"] == "ping" for one in client.client_list("pubsub"))

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        await soon(asked, 10)
        change(client, "sadd", "b.example")
        await soon(lambda: source.snapshot.allows(B))
        assert source.status.listening

    run(source, steps)


@pytest.mark.parametrize(("kind", "value"), [("set", "a.example"), ("lpush", "a.example")])
def test_a_key_of_another_kind_cannot_be_read(
    redis: RedisServer, client: client_library.Redis, kind: str, value: Any
) -> None:
    client.delete("origins")
    getattr(client, kind)("origins", value)
    source = RedisOrigins(redis.url, key="origins", refresh_interval=600)

    async def steps() -> None:
        assert not source.ready
        assert "WRONGTYPE" in source.status.error

    run(source, steps)


def test_a_set_that_becomes_a_hash(redis: RedisServer, client: client_library.Redis) -> None:
    source = RedisOrigins(redis.url, key="origins", refresh_interval=600)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        client.delete("origins")
        client.hset("origins", "b.example", "one")
        client.publish("origins", '["b.example"]')
        await soon(lambda: source.snapshot.allows(B))
        assert not source.snapshot.allows(A)

    run(source, steps)


def test_500_changes_are_all_taken_in_order(redis: RedisServer, client: client_library.Redis) -> None:
    source = RedisOrigins(redis.url, key="origins", refresh_interval=600)

    async def steps() -> None:
        await soon(lambda: source.status.listening)
        for n in range(250):
            change(client, "sadd", f"shop-{n}.example")
            change(client, "srem", f"shop-{n - 1}.example")
            if n % 10 == 0:
                await soon(lambda n=n: source.snapshot.allows(f"https://shop-{n}.example".encode()))
        await soon(lambda: {*source.snapshot.exact} == {A, b"https://shop-249.example"})

    run(source, steps)


def test_redis_has_no_connection_before_the_start() -> None:
    source = RedisOrigins("redis://127.0.0.1:1/0", key="origins")
    assert source._client is None
    assert not source.running
    asyncio.run(source.close())


def test_a_child_process_does_not_use_its_parents_connection() -> None:
    source = RedisOrigins("redis://127.0.0.1:1/0", key="origins")
    parents = source._connected()
    source.after_fork()
    assert source._connected() is not parents


def test_sources_are_imported_when_they_are_asked_for() -> None:
    from crossorigin import origins

    assert origins.RedisOrigins is RedisOrigins
    with pytest.raises(AttributeError, match="has no attribute 'MongoOrigins'"):
        _ = origins.MongoOrigins  # type: ignore[attr-defined]
