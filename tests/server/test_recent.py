"""What is remembered between requests: allowed origins and their preflights, within a bound, whoever asks."""

from __future__ import annotations

import gc
import threading

import pytest

from crossorigin import Policy
from crossorigin.server import preflight
from crossorigin.server.compiled_policy import MAX_REMEMBERED, REPEATED, CompiledPolicy
from crossorigin.server.decision import Decision
from crossorigin.server.recent import Recent
from crossorigin.standards.origin import MAX_ORIGIN_BYTES

PATTERN = {"allow_origins": ["https://*.example.com"]}
REGEX = {"allow_origin_regex": r"https://[a-z0-9-]+\.example\.com"}
LISTED = {"allow_origins": [f"https://t{n}.example.com" for n in range(5000)]}


def test_recent_keeps_what_is_asked_all_the_time() -> None:
    recent: Recent[int, str] = Recent(3)
    for number in range(100):
        recent.keep(number, str(number))
        assert recent.get(0) or recent.recall(0) == "0"
        assert len(recent) <= 3
    assert recent.get(50) is None
    assert recent.recall(50) is None
    assert sorted({*recent, *recent._older}) == [0, 97, 98, 99]


@pytest.mark.parametrize(
    ("fields", "stranger"),
    [
        (PATTERN, b"https://s%d.evil.example"),
        (PATTERN, b"https://s%d.evilexample.com"),
        (PATTERN, b"http://s%d.example.com"),
        (PATTERN, b"https://s%d.example.com:8443"),
        (PATTERN, b"https://S%d.example.com"),
        (REGEX, b"https://s%d.evil.example"),
        (REGEX, b"https://s%d.a.example.com"),
        (LISTED, b"https://s%d.example.com"),
        (PATTERN, b"\xff%d.example.com"),
        (PATTERN, b"%d" + b"a" * MAX_ORIGIN_BYTES + b".example.com"),
        ({"allow_origins": ["*"]}, b"https://s%d.example.com"),
        ({"allow_origins": ["*", "https://*.a.example"], "allow_credentials": True}, b"https://s%d.example.com"),
    ],
)
def test_strangers_fill_nothing(fields: dict[str, object], stranger: bytes) -> None:
    answers = CompiledPolicy(Policy(**fields))  # type: ignore[arg-type]
    decisions = {answers.of(stranger % number).set_headers for number in range(100)}
    decisions |= {answers.of(b"null").set_headers, answers.of(REPEATED).set_headers, ()}
    assert all(headers in ((), ((b"access-control-allow-origin", b"*"),)) for headers in decisions)
    assert len(answers.by_origin) == 0


@pytest.mark.parametrize("fields", [PATTERN, REGEX, LISTED])
def test_allowed_origins_are_remembered_within_a_bound(fields: dict[str, object]) -> None:
    answers = CompiledPolicy(Policy(allow_credentials=True, **fields))  # type: ignore[arg-type]
    tenant = answers.of(b"https://t0.example.com")
    assert answers.of(b"https://t0.example.com") is tenant
    for number in range(1, 5000):
        origin = b"https://t%d.example.com" % number
        decision = answers.of(origin)
        assert decision.set_headers == (
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
        )
        if number % 1000 == 0:
            assert answers.of(b"https://t0.example.com") is tenant
    remembered = answers.by_origin
    assert MAX_REMEMBERED < len({*remembered, *remembered._older}) <= 2 * MAX_REMEMBERED


def test_preflights_are_remembered_within_a_bound_and_long_ones_not() -> None:
    answers = CompiledPolicy(Policy(allow_methods=["*"], allow_headers=["*"], allow_credentials=True, **PATTERN))
    origin = (b"origin", b"https://t.example.com")

    def ask(method: bytes, names: bytes) -> Decision:
        asked = [origin, (b"access-control-request-method", method), (b"access-control-request-headers", names)]
        return answers.options(asked)

    remembered = answers._preflights._remembered
    first = ask(b"PUT", b"x-mine")
    for number in range(3 * preflight._MAX_REMEMBERED):
        assert ask(b"M%d" % number, b"x-%d" % number).allowed
        if number % 1000 == 0:
            assert ask(b"PUT", b"x-mine") is first
    kept = len({*remembered, *remembered._older})
    assert preflight._MAX_REMEMBERED < kept <= 2 * preflight._MAX_REMEMBERED
    long = b"x-" + b"a" * preflight._MAX_REMEMBERED_BYTES
    assert ask(b"PUT", long) == ask(b"PUT", long)
    assert ask(b"PUT", long) is not ask(b"PUT", long)


def test_a_decision_that_is_forgotten_is_gone_at_once() -> None:
    """Without a circle of references, so that a flood leaves nothing behind for the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(1000):
            Decision("cors", True, "allowed", (), b"Origin").answer()
        assert len(gc.get_objects()) - before < 500
    finally:
        gc.enable()


def test_threads_share_what_is_remembered() -> None:
    """Each answer is the answer to its own question, and the bound holds, whatever the order."""
    answers = CompiledPolicy(Policy(**PATTERN))  # type: ignore[arg-type]
    wrong: list[bytes] = []

    def ask(first: int) -> None:
        for number in range(first, first + 6000):
            origin = b"https://t%d.example.com" % (number % 7000)
            if answers.of(origin).set_headers[0][1] != origin:
                wrong.append(origin)

    threads = [threading.Thread(target=ask, args=(1000 * each,)) for each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(answers.by_origin) <= MAX_REMEMBERED + len(threads)
