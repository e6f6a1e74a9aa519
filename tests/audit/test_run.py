"""One audit over a client whose answers are scripted: what it does where some of them are missing."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

import crossorigin
from crossorigin.audit import Options, audit
from crossorigin.browser import Failure, Request, Response
from crossorigin.probes.origins import Names
from crossorigin.report.findings import Report

PAGE = "https://app.example.com"
Script = Callable[[Request, str | None], Response | Failure]


class Scripted:
    """A client that answers as its script says: to the request, and the origin that it names."""

    def __init__(self, script: Script) -> None:
        self.script = script

    async def asend(self, request: Request, /) -> Response | Failure:
        origin = dict(request.headers).get(b"Origin")
        return self.script(request, origin.decode() if origin is not None else None)


def listed(origin: str | None, *, status: int = 200) -> Response:
    """An answer of a server that lets one page in."""
    vary = (b"vary", b"origin")
    allowed = [(b"access-control-allow-origin", PAGE.encode())] if origin == PAGE else []
    return Response(status, [vary, *allowed], b"{}")


def no_preflights(request: Request, origin: str | None) -> Response | Failure:
    return Failure("reset") if request.method == "OPTIONS" else listed(origin)


def forbidden_preflights(request: Request, origin: str | None) -> Response | Failure:
    if request.method == "OPTIONS":
        return Response(403, [(b"www-authenticate", b"Bearer"), (b"vary", b"origin")], b"")
    return listed(origin)


def nothing_for_the_page(request: Request, origin: str | None) -> Response | Failure:
    return Failure("reset") if origin == PAGE else listed(origin)


def audited(script: Script) -> Report:
    options = Options(origins=(PAGE,), rate=0)
    return asyncio.run(audit("https://api.example.com/items", options=options, client=Scripted(script)))


@pytest.mark.parametrize(
    ("script", "codes", "note"),
    [
        (lambda request, origin: listed(origin), [], f"allowed, and therefore where the search began: {PAGE}"),
        (no_preflights, [], f"allowed, and therefore where the search began: {PAGE}"),
        (
            forbidden_preflights,
            ["preflight-behind-auth", "errors-without-cors"],
            f"allowed, and therefore where the search began: {PAGE}",
        ),
        (nothing_for_the_page, [], "no allowed origin was found; name one with --origin, and more can be asked"),
    ],
)
def test_what_is_found_where_answers_are_missing(script: Script, codes: list[str], note: str) -> None:
    report = audited(script)
    assert [it.code for it in report.findings] == codes
    assert report.notes == (note,)
    assert report.error == ""


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        ("/items/7?page=2", "/items/{label}?page=2"),
        ("/v1/items?page=2&size=10", "/v1/items?page={label}&size=10"),
        ("/v1/items", None),
    ],
)
def test_where_a_number_stands_a_word_is_tried(target: str, wrong: str | None) -> None:
    asked: list[str] = []

    def script(request: Request, origin: str | None) -> Response:
        asked.append(request.url)
        return listed(origin)

    url = f"https://api.example.com{target}"
    asyncio.run(audit(url, options=Options(origins=(PAGE,), rate=0), client=Scripted(script)))
    tried = f"https://api.example.com{wrong.format(label=Names(url).label)}" if wrong else None
    missing = f"https://api.example.com{target.partition('?')[0]}/{Names(url).label}"
    assert set(asked) == {url, url.replace("https", "wss"), missing} | ({tried} if tried else set())


def stops_after(count: int) -> Script:
    answered = 0

    def script(request: Request, origin: str | None) -> Response | Failure:
        nonlocal answered
        answered += 1
        return listed(origin) if answered <= count else Failure("it stopped")

    return script


@pytest.mark.parametrize("count", [1, 3, 12, 20, 35])
def test_a_server_that_stops_answering_ends_the_audit_with_its_reason(count: int) -> None:
    report = audited(stops_after(count))
    assert report.error == "5 requests in a row got no answer, the last: it stopped"
    assert report.exit_code() == 2


@pytest.mark.parametrize("budget", [2, 12, 20, 35])
def test_a_spent_budget_ends_the_audit_with_a_note(budget: int) -> None:
    options = Options(origins=(PAGE,), rate=0, budget=budget)
    client = Scripted(lambda request, origin: listed(origin))
    report = asyncio.run(audit("https://api.example.com/items", options=options, client=client))
    assert report.requests == budget
    assert [note for note in report.notes if "requests" in note] != []


def raises_inside_except_star(file: Path) -> list[int]:
    """The lines of `raise` statements that an `except*` block of this file holds."""
    lines: list[int] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.TryStar):
            for handler in node.handlers:
                lines += [inner.lineno for inner in ast.walk(handler) if isinstance(inner, ast.Raise)]
    return lines


def test_nothing_is_raised_inside_except_star() -> None:
    """Python 3.11.2, Debian 12's own, wraps what is raised there in an ExceptionGroup; later versions do not."""
    sources = Path(crossorigin.__file__).parent.rglob("*.py")
    found = {file.name: lines for file in sources if (lines := raises_inside_except_star(file))}
    assert found == {}
