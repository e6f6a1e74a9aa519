"""Servers that are no HTTP servers: what a socket does to whoever asks.

Here belongs serving one behaviour on a loopback port of its own. Not here: the behaviours (`test_asking`).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, bytes], None]


@dataclass
class Raw:
    """A running server: its port, and the head of each request that it has read."""

    port: int
    heads: list[bytes] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/items"


@contextmanager
def serving(behave: Behaviour, *, read: bool = True) -> Iterator[Raw]:
    """Each connection gets `behave(connection, head)` once, in a thread of its own, and is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        raw = Raw(listener.getsockname()[1])
        threads = [threading.Thread(target=_accepts, args=(listener, raw, behave, read))]
        threads[0].start()
        try:
            yield raw
        finally:
            raw.ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            threads[0].join()


def _accepts(listener: socket.socket, raw: Raw, behave: Behaviour, read: bool) -> None:
    threads = []
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threads.append(threading.Thread(target=_one, args=(connection, raw, behave, read)))
            threads[-1].start()
    for it in threads:
        it.join()


def _one(connection: socket.socket, raw: Raw, behave: Behaviour, read: bool) -> None:
    with connection, suppress(OSError):
        head = b""
        while read and b"\r\n\r\n" not in head:
            chunk = connection.recv(65_536)
            if not chunk:
                return
            head += chunk
        raw.heads.append(head)
        behave(connection, head)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(10)
        while connection.recv(65_536):  # until the other side has closed: no reset for what was not read
            pass
