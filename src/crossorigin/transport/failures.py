"""Why httpx2 got no response: in words for people, and as a kind for programs."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from ..standards.messages import Failure, FailureKind
from ..standards.optional import optional


class _FailureRow(NamedTuple):
    """Errors of this type whose own words hold `text`: their kind, and our words."""

    error: type[BaseException]
    text: str
    kind: FailureKind
    words: str


@cache
def _rows() -> tuple[_FailureRow, ...]:
    """The first row that fits an error, or one of its causes, counts.

    h11 holds at most 100 KiB of a head (httpcore2's MAX_INCOMPLETE_EVENT_SIZE), however long it is.
    """
    httpx2 = optional("httpx2", "cli")
    remote = httpx2.RemoteProtocolError
    no_answer = "the server closed the connection without an answer"
    return (
        _FailureRow(httpx2.ConnectTimeout, "", "timeout", "no connection within {seconds:g} s"),
        _FailureRow(httpx2.TimeoutException, "", "timeout", "no answer within {seconds:g} s"),
        _FailureRow(TimeoutError, "", "timeout", "no answer within {seconds:g} s"),
        _FailureRow(socket.gaierror, "", "dns", "there is no host of this name"),
        _FailureRow(ConnectionRefusedError, "", "refused", "nothing listens there"),
        _FailureRow(ssl.SSLCertVerificationError, "", "tls", "its certificate is not trusted ({why}){offered}"),
        _FailureRow(ssl.SSLError, "WRONG_VERSION_NUMBER", "tls", "what answers there is not TLS; is it http://?"),
        _FailureRow(ssl.SSLError, "", "tls", "no TLS connection came about ({why})"),
        _FailureRow(remote, "without sending a response", "closed", no_answer),
        _FailureRow(remote, "buffer too long", "not-http", "the head of the answer is longer than 100 KiB"),
        _FailureRow(remote, "status line", "not-http", "what answers there is not HTTP"),
        _FailureRow(remote, "request line", "not-http", "what answers there is not HTTP"),
        _FailureRow(remote, "", "not-http", "the answer is not HTTP as it is defined ({why})"),
        _FailureRow(httpx2.LocalProtocolError, "", "unknown", "the request cannot be sent ({why})"),
        _FailureRow(httpx2.ConnectError, "", "unknown", "no connection came about ({why})"),
        _FailureRow(httpx2.NetworkError, "", "closed", "the server broke the connection off"),
        _FailureRow(OSError, "", "unknown", "no connection came about ({why})"),
        _FailureRow(Exception, "", "unknown", "this URL cannot be asked ({why})"),
    )


def failure(error: BaseException, seconds: float, untrusted: str = "") -> Failure:
    """What kept a response from coming; `seconds` is how long one step might take.

    `untrusted` is what the caller offers if a certificate is not trusted.
    """
    offered = f"; {untrusted}" if untrusted else ""
    for row in _rows():
        for cause in _causes(error):
            if isinstance(cause, row.error) and row.text in str(cause):
                return Failure(row.words.format(why=_why(cause), seconds=seconds, offered=offered), row.kind)
    return Failure(_why(error))


def _why(error: BaseException) -> str:
    why = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error) or type(error).__name__
    return str(why).splitlines()[0][:160]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from _causes(error.exceptions[0])
        error = error.__cause__ or error.__context__
