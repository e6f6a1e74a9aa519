"""Answers without end: of bytes on the wire, of bytes after unpacking, and of time."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from crossorigin import HTTPTransport
from crossorigin.browser import Failure, Request, Response
from crossorigin.transport.bodies import unpacked

MIB = 2**20
HEAD = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n"


def drip(connection: socket.socket, part: bytes, done: threading.Event) -> None:
    while not done.wait(0.05):
        connection.sendall(part)


@contextmanager
def answering(start: bytes, again: bytes = b"") -> Iterator[str]:
    """A server that answers with these bytes, and then sends others again and again."""
    done = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with closing(connection):
                    connection.recv(65_536)
                    connection.sendall(start)
                    if again:
                        drip(connection, again, done)
                    done.wait(10)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        done.set()
        thread.join()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("start", "again", "body"),
    [
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(b"ab"), b"1\r\nx\r\n", b"ab"),
        (HEAD + b"\r\nab", b"x", b"ab"),
        (HEAD + b"Content-Length: 100\r\n\r\nab", b"", b"ab"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(b"ab") + b"no chunk\r\n", b"", b"ab"),
        (HEAD + b"Content-Length: 2\r\n\r\nab", b"", b"ab"),
    ],
)
def test_a_body_ends_in_time_and_takes_nothing_from_the_headers(start: bytes, again: bytes, body: bytes) -> None:
    with answering(start, again) as url, HTTPTransport(timeout=0.5) as transport:
        began = time.monotonic()
        answer = transport(Request("GET", url, []))
        took = time.monotonic() - began
    assert isinstance(answer, Response)
    assert (answer.status, answer.body.rstrip(b"x")) == (200, body)
    assert (b"Access-Control-Allow-Origin", b"*") in answer.headers
    assert took < 5


@pytest.mark.parametrize(("start", "again"), [(b"", b"H"), (HEAD, b"a"), (HEAD, b"A: b\r\n")])
def test_a_head_that_drips_is_no_answer(start: bytes, again: bytes) -> None:
    with answering(start, again) as url, HTTPTransport(timeout=0.5) as transport:
        answer = transport(Request("GET", url, []))
    assert answer == Failure("no answer within 0.5 s", "timeout")


def test_a_long_body_is_kept_up_to_a_bound() -> None:
    with answering(HEAD + b"\r\n", b"x" * MIB) as url, HTTPTransport(timeout=20) as transport:
        answer = transport(Request("GET", url, []))
    assert isinstance(answer, Response)
    assert len(answer.body) == 16 * MIB


def packed(compress: Callable[[bytes], bytes], coding: bytes, body: bytes) -> bytes:
    content = compress(body)
    return HEAD + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(content)) + content


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("compress", "coding"),
    [(gzip.compress, b"gzip"), (zlib.compress, b"deflate"), (raw_deflate, b"deflate")],
)
def test_a_bomb_is_unpacked_up_to_a_bound(compress: Callable[[bytes], bytes], coding: bytes) -> None:
    with answering(packed(compress, coding, b"\0" * 64 * MIB)) as url, HTTPTransport(timeout=20) as transport:
        answer = transport(Request("GET", url, []))
    assert isinstance(answer, Response)
    assert len(answer.body) == 16 * MIB


ABC = b"abc" * 100
TWICE = gzip.compress(gzip.compress(ABC, mtime=0), mtime=0)


@pytest.mark.parametrize(
    ("body", "codings", "expected"),
    [
        (ABC, [], ABC),
        (ABC, [b"identity"], ABC),
        (gzip.compress(ABC, mtime=0), [b"gzip"], ABC),
        (gzip.compress(ABC, mtime=0), [b" X-GZIP "], ABC),
        (zlib.compress(ABC), [b"deflate"], ABC),
        (raw_deflate(ABC), [b"deflate"], ABC),
        (TWICE, [b"gzip, gzip"], ABC),
        (TWICE, [b"gzip", b"gzip"], ABC),
        (gzip.compress(ABC, mtime=0)[:-8], [b"gzip"], ABC),
        (ABC, [b"gzip"], ABC),
        (ABC, [b"br"], ABC),
        (ABC, [b"zstd, gzip"], ABC),
        (ABC, [b"gzip, gzip, gzip, gzip"], ABC),
        (b"", [b"gzip"], b""),
    ],
)
def test_codings(body: bytes, codings: list[bytes], expected: bytes) -> None:
    headers = [(b"Content-Encoding", coding) for coding in codings]
    assert unpacked(body, headers, 1000) == expected


def test_a_transport_opens_again_and_ends_its_thread() -> None:
    transport = HTTPTransport(timeout=5)
    for _ in range(2):
        with answering(HEAD + b"Content-Length: 0\r\n\r\n") as url:
            assert isinstance(transport(Request("GET", url, [])), Response)
            transport.close()
        assert "crossorigin-http" not in [thread.name for thread in threading.enumerate()]


def test_a_transport_that_nobody_closes_ends_with_its_last_reference() -> None:
    with answering(HEAD + b"Content-Length: 0\r\n\r\n") as url:
        transport = HTTPTransport(timeout=5)
        assert isinstance(transport(Request("GET", url, [])), Response)
        (thread,) = [each for each in threading.enumerate() if each.name == "crossorigin-http"]
        del transport
        thread.join(5)
    assert not thread.is_alive()
