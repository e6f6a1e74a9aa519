"""The page on frameworks: its programs are the examples, its table is what is tested, its warning is true."""

from __future__ import annotations

import pytest
from litestar import Litestar
from litestar.middleware import DefineMiddleware

from crossorigin import ASGITransport, Browser, CORSMiddleware, cors
from examples.frameworks.litestar import policy, put_item
from tests.e2e.served.clients import COMBINATIONS
from tests.e2e.served.servers import ROOT
from tests.e2e.test_frameworks import FRAMEWORKS

PAGE = (ROOT / "docs" / "frameworks.md").read_text()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_page_shows_the_example(framework: str) -> None:
    program = (ROOT / "examples" / "frameworks" / f"{framework}.py").read_text()
    docstring, _, code = program.partition('"""\n')
    assert f"uvicorn examples.frameworks.{framework}:app" in docstring
    assert len(program.splitlines()) <= 25
    assert f"```python\n{code.strip()}\n```" in PAGE


def table() -> str:
    """What is tested here, as the page shows it: framework × server × protocol."""
    columns = [f"{server}, {protocol}" for server, protocol in COMBINATIONS]
    lines = [["", *columns], ["---", *[":-:"] * len(columns)], *([it, *["✓"] * len(columns)] for it in FRAMEWORKS)]
    return "\n".join(f"| {' | '.join(it)} |".replace("|  |", "| |") for it in lines)


def test_the_page_shows_the_table() -> None:
    assert table() in PAGE


def test_litestars_own_place_for_middleware_misses_a_404() -> None:
    cors(None)(lambda: None)  # a mark in this process: routes are looked for, and Litestar's are not Starlette's
    inside = Litestar([put_item], middleware=[DefineMiddleware(CORSMiddleware, policy=policy)])
    for app, reason in ((inside, "allow-origin-missing"), (CORSMiddleware(Litestar([put_item]), policy=policy), None)):
        wire = ASGITransport(app)
        page = Browser(policy.allow_origins[0], transport=wire)
        assert page.fetch("http://localhost:8000/items/7", method="PUT").reason is None
        assert page.fetch("http://localhost:8000/nothing").reason == reason
        wire.close()
