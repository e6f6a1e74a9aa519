"""The client against servers that do everything but answer: one clear line, in time, in little memory."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
import time
import tracemalloc
from pathlib import Path
from typing import Any

import httpx2
import pytest

from crossorigin.audit import Options, audit
from crossorigin.audit.session import BudgetSpentError, SilentError, TargetSession, http_client
from crossorigin.browser import Failure, Request, Response
from crossorigin.transport.failures import failure
from tests.audit.sockets import Behaviour, serving
from tests.e2e.served.servers import make_certificate

OK = b"HTTP/1.1 200 OK\r\n"
QUICK = Options(timeout=0.4, limit=5)
MANY = 100 * 2**20


def ask(url: str, options: Options = QUICK, method: str = "GET", headers: Any = (), body: bytes = b"") -> Any:
    async def once() -> Response | Failure:
        client = http_client(options)
        try:
            return await client.asend(Request(method, url, list(headers), body))
        finally:
            await client.aclose()

    return asyncio.run(once())


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    """The first request loads the client's parts, which is no fault of any server."""
    assert isinstance(ask("http://127.0.0.1:1/", Options(timeout=30)), Failure)


# -- servers that do not answer --------------------------------------------------------------------------


def sends(*parts: bytes) -> Behaviour:
    def behave(connection: socket.socket, head: bytes) -> None:
        for it in parts:
            connection.sendall(it)

    return behave


def drips(text: bytes) -> Behaviour:
    def behave(connection: socket.socket, head: bytes) -> None:
        for it in text:
            connection.sendall(bytes([it]))
            time.sleep(0.1)  # the server's own slowness, which is what is tested

    return behave


def hangs(connection: socket.socket, head: bytes) -> None:
    connection.settimeout(5)
    while connection.recv(65_536):  # until the client has had enough
        pass


def resets(connection: socket.socket, head: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def repeats(start: bytes, part: bytes, most: int = MANY) -> Behaviour:
    def behave(connection: socket.socket, head: bytes) -> None:
        connection.sendall(start)
        for _ in range(most // len(part)):
            connection.sendall(part)

    return behave


HOSTILE: list[tuple[str, Behaviour, str]] = [
    ("hangs", hangs, "no answer within 0.4 s"),
    ("drips a head", drips(OK), "no answer within 0.4 s"),
    (
        "floods with 1xx",
        repeats(b"", b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 99, 2**40),
        "no answer within 0.4 s",
    ),
    ("closes", sends(), "the server closed the connection without an answer"),
    ("closes within the head", sends(OK, b"content-le"), "the server closed the connection without an answer"),
    ("HTTP/0.9", sends(b"<html>hello"), "the server closed the connection without an answer"),
    ("resets", resets, "the server broke the connection off"),
    ("one huge line", repeats(OK + b"x-a: ", b"a" * 65_536), "the head of the answer is longer than 100 KiB"),
    ("millions of lines", repeats(OK, b"x-a: b\r\n" * 8192), "the head of the answer is longer than 100 KiB"),
    ("no line ever", repeats(b"", b"a" * 65_536), "the head of the answer is longer than 100 KiB"),
    ("garbage", sends(b"\x00\x01\xffgarbage\r\n\r\n"), "what answers there is not HTTP"),
    ("no version of HTTP", sends(b"HTTP/2 200\r\n\r\n"), "what answers there is not HTTP"),
    ("a TLS alert", sends(b"\x15\x03\x01\x00\x02\x02\x46"), "what answers there is not HTTP"),
    ("NUL in a header", sends(OK + b"x-a: a\x00b\r\n\r\n"), "the answer is not HTTP as it is defined (illegal header"),
    ("a space in a name", sends(OK + b"x a: b\r\n\r\n"), "the answer is not HTTP as it is defined (illegal header"),
    (
        "two lengths",
        sends(OK + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello"),
        "the answer is not HTTP as it is defined (conflicting Content-Length headers)",
    ),
    ("101 unasked", sends(b"HTTP/1.1 101 X\r\nupgrade: x\r\n\r\n"), "the answer is not HTTP as it is defined"),
]


@pytest.mark.parametrize(("behave", "words"), [it[1:] for it in HOSTILE], ids=[it[0] for it in HOSTILE])
def test_what_never_becomes_an_answer(behave: Behaviour, words: str) -> None:
    with serving(behave) as server:
        tracemalloc.start()
        began = time.monotonic()
        report = asyncio.run(audit(server.url, options=QUICK))
        took = time.monotonic() - began
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert words in report.error
    assert "\n" not in report.error
    assert "Error" not in report.error, "the name of an exception is no word for people"
    assert (report.requests, report.findings, report.exit_code()) == (1, (), 2), "nobody is asked a second time"
    assert len(server.heads) == 1
    assert took < 3
    assert peak < 8 * 2**20


def test_connections_that_do_not_come_about() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    cases = {
        f"http://127.0.0.1:{free}/": "nothing listens there",
        "http://nobody.invalid/": "there is no host of this name",
        "http://127.0.0.1:99999/": "this URL cannot be asked (Port out of range 0-65535)",
        "http://[::1/": "this URL cannot be asked (Invalid IPv6 URL)",
    }
    assert {url: ask(url).message for url in cases} == cases
    with serving(sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"), read=False) as server:
        assert ask(server.url.replace("http", "https")) == Failure(
            "what answers there is not TLS; is it http://?", "tls"
        )
    with serving(hangs, read=False) as server:
        assert ask(server.url.replace("http", "https")) == Failure("no connection within 0.4 s", "timeout")


def test_certificates(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.certificate, made.key)

    def tls(connection: socket.socket, head: bytes) -> None:
        with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=True) as secure:
            if secure.recv(65_536):
                secure.sendall(OK + b"content-length: 2\r\n\r\nhi")
                secure.unwrap()

    with serving(tls, read=False) as server:
        url = f"https://localhost:{server.port}/"
        assert ask(url) == Failure(
            "its certificate is not trusted (self-signed certificate); --insecure takes any", "tls"
        )
        assert ask(url, Options(verify=False)).status == 200
        plain = ask(url.replace("https", "http"))
    # Which of the two is the kernel's choice.
    closed, broken = "the server closed the connection without an answer", "the server broke the connection off"
    assert plain.message in (closed, broken)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ssl.SSLError(1, "no cipher"), "no TLS connection came about (no cipher)"),
        (httpx2.LocalProtocolError("Illegal header value"), "the request cannot be sent (Illegal header value)"),
        (httpx2.ConnectError("All attempts failed"), "no connection came about (All attempts failed)"),
        (OSError(101, "Network is unreachable"), "no connection came about ([Errno 101] Network is unreachable)"),
        (httpx2.ConnectTimeout(""), "no connection within 2 s"),
        (UnicodeError("label empty"), "this URL cannot be asked (label empty)"),
        (ExceptionGroup("two", [ConnectionRefusedError("no")]), "nothing listens there"),
        (KeyError(), "this URL cannot be asked (KeyError)"),
    ],
)
def test_words(error: Exception, words: str) -> None:
    assert failure(error, 2.0).message == words


# -- servers whose head is an answer, whatever they do then ------------------------------------------------


BOMB = gzip.compress(b"\0" * 2**24)


@pytest.mark.parametrize(
    ("behave", "length"),
    [
        (repeats(OK + b"\r\n", b"a" * 65_536), 65_536),
        (sends(OK, b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(BOMB), BOMB), len(BOMB)),
        (sends(OK + b"content-length: 50\r\n\r\nhello"), 5),
        (sends(OK + b"content-length: 3\r\n\r\nhello"), 3),
        (sends(OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n"), 0),
        (sends(b"HTTP/1.1 999 ?\r\n\r\n"), 0),
        (sends(b"HTTP/1.1 302 Found\r\nlocation: /items\r\ncontent-length: 0\r\n\r\n"), 0),
    ],
    ids=["endless body", "gzip bomb", "too short", "too long", "bad chunk", "status 999", "redirect to itself"],
)
def test_bodies(behave: Behaviour, length: int) -> None:
    with serving(behave) as server:
        tracemalloc.start()
        answer = ask(server.url)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(answer.body) == length
    assert len(server.heads) == 1, "no redirect is followed"
    assert peak < 8 * 2**20


def test_a_body_that_drips_is_not_waited_for() -> None:
    def streams(connection: socket.socket, head: bytes) -> None:
        connection.sendall(OK + b"content-type: text/event-stream\r\naccess-control-allow-origin: *\r\n\r\n:")
        hangs(connection, head)

    with serving(streams) as server:
        began = time.monotonic()
        answer = ask(server.url, Options(timeout=5))
        assert time.monotonic() - began < 2
    assert (answer.status, answer.body) == (200, b":")


# -- what is sent -----------------------------------------------------------------------------------------


def test_the_request_as_it_is_sent() -> None:
    with serving(sends(OK + b"set-cookie: a=b\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 0\r\n\r\n")) as server:
        connect = f"127.0.0.1:{server.port}"
        answer = ask("http://user@api.example.com:81/a?b=c", Options(connect=connect), "POST", [(b"X-A", b"1")], b"hi")
        ask(server.url, headers=[(b"Host", b"evil.example")])
    assert [it for it in answer.headers if it[0] == b"x-a"] == [(b"x-a", b"1"), (b"x-a", b"2")]
    first, second = (it.split(b"\r\n") for it in server.heads)
    assert first[0] == b"POST /a?b=c HTTP/1.1"
    assert {b"Host: api.example.com:81", b"X-A: 1", b"Content-Length: 2"} <= set(first)
    assert [it for it in second if it.lower().startswith(b"host")] == [b"Host: evil.example"]


def test_a_handshake_is_a_get_and_is_closed_when_it_is_accepted() -> None:
    ended: list[bytes] = []

    def accepts(connection: socket.socket, head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n")
        connection.settimeout(5)
        ended.append(connection.recv(1))

    async def once(url: str) -> Response | Failure:
        client = http_client(QUICK)
        try:
            return await TargetSession(url, client, QUICK).handshake("https://evil.example")
        finally:
            await client.aclose()

    with serving(accepts) as server:
        answer = asyncio.run(once(server.url))
    assert isinstance(answer, Response)
    assert answer.status == 101
    head = server.heads[0].lower()
    assert head.startswith(b"get /items http/1.1\r\n")
    assert b"\r\nsec-websocket-key: " in head
    assert b"\r\norigin: https://evil.example\r\n" in head
    assert ended == [b""], "the connection is closed, not dropped"


# -- budget, rate, patience -------------------------------------------------------------------------------


class Answering:
    """A client in this process: the given answers, over and over."""

    def __init__(self, *answers: Response | Failure) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    async def asend(self, request: Request, /) -> Response | Failure:
        self.asked.append(request)
        return self.answers[(len(self.asked) - 1) % len(self.answers)]


FINE, LOST = Response(200, [], b""), Failure("it broke")


def test_the_budget_is_kept() -> None:
    client = Answering(FINE)

    async def many() -> None:
        asker = TargetSession("http://a.example/", client, Options(budget=3))
        for _ in range(4):
            await asker.get()

    with pytest.raises(BudgetSpentError):
        asyncio.run(many())
    assert len(client.asked) == 3


@pytest.mark.parametrize(("answers", "asked"), [((LOST,), 5), ((LOST, LOST, LOST, LOST, FINE), 9), ((FINE,), 9)])
def test_nobody_is_asked_for_ever(answers: Any, asked: int) -> None:
    client = Answering(*answers)

    async def many() -> None:
        asker = TargetSession("http://a.example/", client, Options())
        for _ in range(9):
            await asker.preflight("https://a.example", "PUT", "x-a")

    if asked < 9:
        with pytest.raises(SilentError, match="it broke"):
            asyncio.run(many())
    else:
        asyncio.run(many())
    assert len(client.asked) == asked


@pytest.mark.parametrize(
    ("answers", "budget", "error", "note"),
    [
        ((FINE, *[LOST] * 99), 190, "5 requests in a row got no answer, the last: it broke", ""),
        ((FINE,), 12, "", "the budget of 12 requests was spent; what is left was not asked"),
        ((FINE,), 40, "", "the budget of 40 requests was spent; what is left was not asked"),
    ],
)
def test_an_audit_ends_where_it_must(answers: Any, budget: int, error: str, note: str) -> None:
    options = Options(budget=budget)
    report = asyncio.run(audit("https://api.example.com/", options=options, client=Answering(*answers)))
    assert report.error == error
    assert (note in report.notes) is bool(note)
    assert report.requests <= budget


def test_the_limit_is_kept() -> None:
    with serving(
        sends(OK + b"access-control-allow-origin: *\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    ) as server:
        began = time.monotonic()
        report = asyncio.run(audit(server.url, options=Options(rate=5, limit=0.5)))
        assert time.monotonic() - began < 3
    assert report.error == "the target was not done within 0.5 s"


def test_what_was_seen_before_the_end_stands() -> None:
    """A `*` on the first answer is reported, although nothing more could be asked."""
    star = Response(200, [(b"access-control-allow-origin", b"*")], b"")
    report = asyncio.run(audit("https://api.example.com/", client=Answering(*[star] * 12, *[LOST] * 400)))
    assert [it.code for it in report.findings] == ["sends-star"]
    assert report.exit_code() == 2


def test_the_rate_is_kept_at_the_server_whoever_asks() -> None:
    arrivals: list[float] = []

    def clocks(connection: socket.socket, head: bytes) -> None:
        arrivals.append(time.monotonic())
        connection.sendall(OK + b"content-length: 0\r\nconnection: close\r\n\r\n")

    async def two_askers(url: str, options: Options) -> float:
        client = http_client(options)
        askers = [TargetSession(f"{url}{it}", client, options) for it in range(2)]
        began = time.monotonic()
        await asyncio.gather(*(it.get() for it in askers * 6))
        await client.aclose()
        return began

    with serving(clocks) as server:
        began = asyncio.run(two_askers(server.url, Options(rate=20)))
    # Timers are never early: of 12 requests at 20 a second, the last leaves at least 11 twentieths of a second after
    # the first. A busy machine delays any arrival, the first one's too, so the time counts from before the first.
    assert len(arrivals) == 12
    assert max(arrivals) - began >= 11 / 20
