"""The pytest plugin, as its users meet it: fixtures that need no import, and failures that explain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import Depends, FastAPI

from crossorigin import CORSMiddleware

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


def test_a_page_fetches_from_the_app(browser: Callable[..., Any], assert_allowed: Callable[..., None]) -> None:
    outcome = browser(api(allow_methods=["PUT"]), page=PAGE).fetch("/items", method="PUT", json={"a": 1})
    assert_allowed(outcome)
    assert [it.request.method for it in outcome.requests] == ["OPTIONS", "PUT"]
    assert outcome.text == '{"ready":true,"who":"real"}'


def test_the_app_answers_where_base_says(browser: Callable[..., Any]) -> None:
    outcome = browser(api(), page=PAGE, base="https://api.example.com").fetch("/items")
    assert outcome.url == "https://api.example.com/items"


def test_dependency_overrides_hold(browser: Callable[..., Any], assert_allowed: Callable[..., None]) -> None:
    app = api()
    app.dependency_overrides[who] = lambda: "fake"
    outcome = browser(app, page=PAGE).fetch("/items")
    assert_allowed(outcome)
    assert '"who":"fake"' in outcome.text


def test_on_a_running_loop(browser: Callable[..., Any], assert_allowed: Callable[..., None]) -> None:
    page = browser(api(), page=PAGE, lifespan=False)
    outcome = asyncio.run(page.afetch("/items"))
    assert_allowed(outcome)
    assert '"ready":null' in outcome.text


def test_what_is_blocked(browser: Callable[..., Any], assert_blocked: Callable[..., None]) -> None:
    outcome = browser(api(), page="http://127.0.0.1:3000", engine="chromium").fetch("/items")
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
    browser: Callable[..., Any],
    assert_allowed: Callable[..., None],
    assert_blocked: Callable[..., None],
    page: str,
    expected: str,
    reason: str | None,
    message: str,
) -> None:
    outcome = browser(api(), page=page).fetch("/items")
    with pytest.raises(pytest.fail.Exception) as caught:
        assert_allowed(outcome) if expected == "allowed" else assert_blocked(outcome, reason)
    text = str(caught.value)
    assert text.startswith(message)
    assert "GET http://localhost:8000/items → 200" in text
    assert ("http://localhost:3000" in text) is (page != PAGE)  # the near miss


def test_an_outcome_from_elsewhere_is_explained_without_its_app(
    browser: Callable[..., Any], assert_allowed: Callable[..., None]
) -> None:
    from crossorigin.testing import _APPS

    outcome = browser(api(), page="http://127.0.0.1:3000").fetch("/items")
    _APPS.clear()
    with pytest.raises(pytest.fail.Exception, match="allow-origin-missing"):
        assert_allowed(outcome)


USERS_TEST = """
from fastapi import FastAPI
from crossorigin import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])

@app.get("/items")
def items():
    return []

def test_good(browser, assert_allowed):
    assert_allowed(browser(app, page="http://localhost:3000").fetch("/items"))

def test_bad(browser, assert_allowed):
    assert_allowed(browser(app, page="http://localhost:5173").fetch("/items"))
"""


def test_a_users_run(pytester: pytest.Pytester) -> None:
    """Nothing is imported but the app; the failure of the second test is the explanation, without a traceback."""
    pytester.makepyfile(USERS_TEST)
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    text = result.stdout.str()
    assert "The browser blocks this request (allow-origin-missing)." in text
    assert "http://localhost:5173" in text
    assert "def assert_allowed" not in text
