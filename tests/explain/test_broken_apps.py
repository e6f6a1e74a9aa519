"""Apps that are broken in one way each: the cause is named, and the remedy unblocks them."""

from __future__ import annotations

import pytest

from crossorigin.browser import Browser, Outcome, Response
from crossorigin.explain import CAUSES, Diagnosis, diagnose, explanation
from crossorigin.standards.header_lists import get_all
from crossorigin.standards.messages import Request
from crossorigin.transport.asgi import ASGITransport
from tests.explain.broken_apps import NAMES, Broken, load


def ask(case: Broken) -> tuple[Outcome, Diagnosis]:
    """The page's call, in process, and what is made of it."""
    crashes: list[BaseException] = []

    async def watched(scope, receive, send):  # type: ignore[no-untyped-def]
        try:
            await case.app(scope, receive, send)
        except Exception as error:
            crashes.append(error)
            raise

    with ASGITransport(watched) as transport:
        browser = Browser(case.page, transport=transport, engine="chromium")
        if case.visit:
            answer = transport(Request("GET", case.base + case.visit, []))
            assert isinstance(answer, Response)
            for value in get_all(answer.headers, "set-cookie"):
                assert browser.cookies.set(case.base, value) == ""
        outcome = browser.websocket(case.url) if case.websocket else browser.fetch(case.url, **case.call)
    crash = crashes[-1] if crashes else None
    return outcome, diagnose(outcome, case.app, page=case.page, read=case.read, crash=crash)


def works(case: Broken, outcome: Outcome) -> bool:
    """Whether the page gets what it wants."""
    readable = all(it.lower() in outcome.headers for it in case.read)
    return outcome.allowed and outcome.type != "opaque" and readable and case.status in (None, outcome.status)


def test_there_are_many() -> None:
    assert len(NAMES) >= 30
    assert len({load(it).cause for it in NAMES}) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_the_cause_is_named(name: str) -> None:
    case = load(name)
    outcome, found = ask(case)
    assert not works(case, outcome)
    assert found.cause == case.cause, explanation(outcome, found)
    assert found.title == CAUSES[case.cause].title
    assert found.remedy
    assert "<" not in found.remedy
    assert case.named in " ".join(found.evidence)


@pytest.mark.parametrize("name", NAMES)
def test_the_remedy_unblocks_it(name: str) -> None:
    case = load(name, fixed=True)
    outcome, found = ask(case)
    assert works(case, outcome), explanation(outcome, found)
    assert found.cause in ("allowed", "server-error", "response-from-middleware", "client-error"), found
