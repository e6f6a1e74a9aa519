"""The https: front before a target: it counts what a scanner asks.

Here belong TLS for names of ours, and handing on request and answer as they are. Not here: the targets.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.e2e.served.servers import Certificate

PATIENCE = 30.0
_ONE_HOP = frozenset(["connection", "content-length", "keep-alive", "transfer-encoding"])


class Front(ThreadingHTTPServer):
    """One port of this machine, which asks `address` whatever it is asked. "/" stands for `path`."""

    daemon_threads = True

    def __init__(self, address: str, path: str, certificate: Certificate) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address, self.path, self.asked = address, path, 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)

    def finish_request(self, request, client_address):  # type: ignore[no-untyped-def]
        """In the request's own thread, so that a slow handshake holds up no other."""
        request.settimeout(PATIENCE)
        with self._context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request, client_address):  # type: ignore[no-untyped-def]
        """A scanner that hangs up is no news."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: Front

    def _hand_on(self) -> None:
        self.server.asked += 1
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        there = HTTPConnection(self.server.address, timeout=PATIENCE)
        try:
            path = self.server.path if self.path == "/" else self.path
            there.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _ONE_HOP:
                    there.putheader(name, value)
            if body:
                there.putheader("content-length", str(len(body)))
            there.endheaders(body or None)
            answer = there.getresponse()
            content = answer.read()
        except (OSError, HTTPException, ValueError) as why:
            self.send_error(502, type(why).__name__)
            return
        finally:
            there.close()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():  # a header sent twice stays two lines
            if name.lower() not in _ONE_HOP:
                self.send_header(name, value)
        if answer.status >= 200 and answer.status not in (204, 304):
            self.send_header("content-length", str(len(content)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _hand_on

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the table is the log."""


@contextmanager
def fronted(address: str, path: str, certificate: Certificate) -> Iterator[Front]:
    """A front, while it runs."""
    front = Front(address, path, certificate)
    thread = Thread(target=front.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield front
    finally:
        front.shutdown()
        thread.join(PATIENCE)
        front.server_close()
