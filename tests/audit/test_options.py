"""What an audit is limited to: requests, URLs at once, and so memory; and that the URLs of one server take turns."""

from __future__ import annotations

import asyncio
import socket
import tracemalloc
from collections.abc import Iterator

import pytest

from crossorigin.audit import Options, audit, audit_all
from crossorigin.browser import Request, Response
from tests.audit.sockets import serving


def test_the_options_say_what_is_polite() -> None:
    options = Options()
    assert (options.write, options.lab, options.budget, options.limit, options.timeout) == (False, False, 190, 60, 5)
    assert "session" not in repr(Options(headers=(("Cookie", "session=1"),))), "no secret in a log"


@pytest.mark.parametrize("url", ["https://api.example.com/items", "http://localhost:8000/", "https://[2001:db8::1]/"])
@pytest.mark.parametrize("credentials", [True, False])
def test_an_audit_takes_less_than_200_requests(url: str, credentials: bool) -> None:
    """A server that lets everybody in, with every option and three front ends, is the longest."""

    class Reflecting:
        async def asend(self, request: Request, /) -> Response:
            origin = dict(request.headers).get(b"Origin")
            said = [] if origin is None else [(b"access-control-allow-origin", origin)]
            more = [(b"access-control-allow-credentials", b"true")] if credentials else []
            return Response(200, [*said, *more], b"")

    options = Options(origins=tuple(f"https://{it}.example.com" for it in "abc"), lab=True, write=True)
    report = asyncio.run(audit(url, options=options, client=Reflecting()))
    assert report.error == ""
    assert [it for it in report.notes if "budget" in it] == []
    assert report.requests < 200


@pytest.fixture
def closed() -> str:
    """A loopback server that nobody runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_urls_are_taken_as_they_are_needed(closed: str) -> None:
    taken = 0

    def urls() -> Iterator[str]:
        nonlocal taken
        for number in range(500):
            taken = number + 1
            yield f"{closed}/{number}"

    async def ahead() -> list[int]:
        reports = audit_all(urls(), options=Options(concurrency=4))
        return [taken - number async for number, _ in _numbered(reports)]

    async def _numbered(reports):  # type: ignore[no-untyped-def]
        number = 0
        async for it in reports:
            number += 1
            yield number, it

    seen = asyncio.run(ahead())
    assert len(seen) == 500
    assert max(seen) <= 4


def test_memory_does_not_grow_with_the_list(closed: str) -> None:
    async def peak(count: int) -> int:
        tracemalloc.start()
        async for report in audit_all((f"{closed}/{it}" for it in range(count)), options=Options()):
            assert report.error == "nothing listens there"
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    asyncio.run(peak(5))  # what is loaded once is no part of it
    assert asyncio.run(peak(500)) < 2 * asyncio.run(peak(50))


def test_leaving_early_ends_what_runs(closed: str) -> None:
    async def first() -> int:
        reports = audit_all([f"{closed}/{it}" for it in range(50)])
        async for _ in reports:
            break
        await reports.aclose()
        return len(asyncio.all_tasks())

    assert asyncio.run(first()) == 1


def test_the_urls_of_one_server_take_turns_where_there_is_a_rate() -> None:
    with serving(
        lambda connection, head: connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    ) as server:
        urls = [f"{server.url}/{it}" for it in range(3)]

        async def done() -> list[str]:
            return [it.target async for it in audit_all(urls, options=Options(rate=1000, budget=5))]

        assert asyncio.run(done()) == urls
    paths = [it.split()[1].decode() for it in server.heads]
    assert paths == sorted(paths)
    assert len(paths) == 15
