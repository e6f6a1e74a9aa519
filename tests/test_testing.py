"""The pytest plugin, as its users meet it: a fixture that needs no import, and failures that explain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import Depends, FastAPI

from crossorigin import Browser, CORSMiddleware
from crossorigin.testing import CORSPage, assert_allowed, assert_blocked
from crossorigin.transport.asgi import ASGITransport
from tests.e2e.chromium import CHROMIUM

PAGE = "http://localhost:3000"


def who() -> str:
    return "real"


def api(**policy: Any) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.ready = True
        yield
        app.state.ready = False

    app = FastAPI(lifespan=lifespan)
    app.add_middleware(CORSMiddleware, allow_origins=[PAGE], **policy)

    @app.get("/items")
    @app.put("/items")
    async def items(name: str = Depends(who)) -> dict[str, Any]:
        return {"ready": getattr(app.state, "ready", None), "who": name}

    return app


def test_a_page_fetches_from_the_app(cors_page: CORSPage) -> None:
    outcome = cors_page(api(allow_methods=["PUT"]), origin=PAGE).fetch("/items", method="PUT", json={"a": 1})
    assert_allowed(outcome)
    assert [it.request.method for it in outcome.requests] == ["OPTIONS", "PUT"]
    assert outcome.text == '{"ready":true,"who":"real"}'


def test_the_app_answers_where_base_says(cors_page: CORSPage) -> None:
    outcome = cors_page(api(), origin=PAGE, base="https://api.example.com").fetch("/items")
    assert outcome.url == "https://api.example.com/items"


def test_dependency_overrides_hold(cors_page: CORSPage) -> None:
    app = api()
    app.dependency_overrides[who] = lambda: "fake"
    outcome = cors_page(app, origin=PAGE).fetch("/items")
    assert_allowed(outcome)
    assert '"who":"fake"' in outcome.text


def test_on_a_running_loop(cors_page: CORSPage) -> None:
    page = cors_page(api(), origin=PAGE, lifespan=False)
    outcome = asyncio.run(page.afetch("/items"))
    assert_allowed(outcome)
    assert '"ready":null' in outcome.text


def test_in_a_test_that_is_a_coroutine(cors_page: CORSPage) -> None:
    async def test() -> None:
        page = cors_page(api(), origin=PAGE)
        outcome = page.fetch("/items")
        assert_allowed(outcome)
        assert '"ready":true' in outcome.text

    asyncio.run(test())


def test_what_is_blocked(cors_page: CORSPage) -> None:
    outcome = cors_page(api(), origin="http://127.0.0.1:3000", engine="chromium").fetch("/items")
    assert_blocked(outcome)
    assert_blocked(outcome, reason="allow-origin-missing")


FAILURES = [
    ("http://127.0.0.1:3000", "allowed", None, "The browser blocks this request (allow-origin-missing)."),
    (PAGE, "blocked", None, "The browser allows this request."),
    (
        "http://127.0.0.1:3000",
        "blocked",
        "mixed-content",
        "The browser blocks this request for allow-origin-missing, not for mixed-content.",
    ),
]


@pytest.mark.parametrize(("page", "expected", "reason", "message"), FAILURES)
def test_a_failing_assertion_explains(
    cors_page: CORSPage,
    page: str,
    expected: str,
    reason: str | None,
    message: str,
) -> None:
    outcome = cors_page(api(), origin=page).fetch("/items")
    with pytest.raises(pytest.fail.Exception) as caught:
        assert_allowed(outcome) if expected == "allowed" else assert_blocked(outcome, reason)
    text = str(caught.value)
    assert text.startswith(message)
    assert "GET http://localhost:8000/items → 200" in text
    assert ("http://localhost:3000" in text) is (page != PAGE)  # the near miss


def test_an_outcome_from_elsewhere_is_explained_without_its_app() -> None:
    with ASGITransport(api()) as transport:
        outcome = Browser("http://127.0.0.1:3000", transport=transport).fetch("http://localhost:8000/items")
    assert outcome.app is None
    with pytest.raises(pytest.fail.Exception, match="allow-origin-missing"):
        assert_allowed(outcome)


def test_the_app_of_an_outcome_is_not_part_of_its_value(cors_page: CORSPage) -> None:
    app = api()
    with ASGITransport(app) as transport:
        outcome = Browser(PAGE, transport=transport).fetch("http://localhost:8000/items")
    here = cors_page(app, PAGE).fetch("/items")
    assert here.app is app
    assert here == outcome
    assert repr(here) == repr(outcome)


USERS_TEST = """
from fastapi import FastAPI
from crossorigin import CORSMiddleware
from crossorigin.testing import assert_allowed

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])

@app.get("/items")
def items():
    return []

def test_good(cors_page):
    assert_allowed(cors_page(app, origin="http://localhost:3000").fetch("/items"))

def test_bad(cors_page):
    assert_allowed(cors_page(app, origin="http://localhost:5173").fetch("/items"))
"""


def test_a_users_run(pytester: pytest.Pytester) -> None:
    """No fixture is imported; the failure of the second test is the explanation, without a traceback."""
    pytester.makepyfile(USERS_TEST)
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    text = result.stdout.str()
    assert "The browser blocks this request (allow-origin-missing)." in text
    assert "http://localhost:5173" in text
    assert "def assert_allowed" not in text


WITHOUT_US = """
import sys

def test_nothing_of_ours_is_loaded():
    ours = {name for name in sys.modules if name.partition(".")[0] == "crossorigin"}
    assert ours == {"crossorigin", "crossorigin.testing"}
    assert "pydantic" not in sys.modules
"""


def test_a_run_without_the_fixture_loads_the_plugin_and_nothing_else(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(WITHOUT_US)
    # The plugin of logfire, another library of these tests, imports pydantic in every run.
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "-p", "no:logfire")
    result.assert_outcomes(passed=1)


def test_the_plugin_adds_one_fixture(pytester: pytest.Pytester) -> None:
    lines = pytester.runpytest_subprocess("--fixtures", "-q", "-p", "no:cacheprovider").outlines
    start = next(place for place, line in enumerate(lines) if "fixtures defined from crossorigin.testing" in line)
    end = next(place for place, line in enumerate(lines) if "fixtures defined from" in line and place > start)
    named = [line.partition(" ")[0] for line in lines[start + 1 : end] if line and not line.startswith(" ")]
    assert named == ["cors_page"]


LAUNCH = f"""
import pytest

@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {{**browser_type_launch_args, "executable_path": {CHROMIUM!r}, "args": ["--no-sandbox"]}}
"""

BESIDE_PLAYWRIGHT = """
from fastapi import FastAPI
from crossorigin import CORSMiddleware
from crossorigin.testing import assert_allowed

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])

def test_theirs(page, browser, context):
    page.goto("about:blank")
    assert browser.new_context is not None

def test_both(page, cors_page):
    page.goto("about:blank")
    assert_allowed(cors_page(app, origin="http://localhost:3000").fetch("/items"))
"""


def test_pytest_playwright_keeps_its_fixtures(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(LAUNCH)
    pytester.makepyfile(BESIDE_PLAYWRIGHT)
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)
