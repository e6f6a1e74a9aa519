"""The pytest plugin: your app, asked by a browser, in process.

Here belong the fixture and the two assertions. Not here: the browser (`browser`), how it reaches the app
(`transport`), and why something is blocked (`explain`), which every failure message says.

    from crossorigin.testing import assert_allowed

    def test_the_front_end_may_write(cors_page):
        page = cors_page(app, origin="http://localhost:3000")
        assert_allowed(page.fetch("/items/1", method="PUT", json={"name": "x"}))

pytest imports this file in every run, because the package is installed. So it loads the rest of the package only when
a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

if TYPE_CHECKING:
    from .browser import EngineName, Outcome
    from .browser.app_page import AppPage

BASE: Final = "http://localhost:8000"


class CORSPage(Protocol):
    """The type of the fixture `cors_page`, for annotations."""

    def __call__(
        self, app: Any, origin: str, base: str = BASE, engine: EngineName = "standard", *, lifespan: bool = True
    ) -> AppPage: ...


@pytest.fixture
def cors_page() -> Iterator[CORSPage]:
    """`cors_page(app, origin=…, base=…, engine=…)`: a page of another origin that calls the app, in process.

    `origin` is the page's origin, or its URL; `base` is the URL at which the app answers, http://localhost:8000 by
    default. The app's lifespan runs from the first call of the fixture to the end of the test. `lifespan=False` does
    not run it, as `afetch` needs if the app keeps objects of its event loop.
    """
    transport = import_module(".transport.asgi", __package__)
    app_page = import_module(".browser.app_page", __package__)
    with ExitStack() as running:

        def open_page(
            app: Any, origin: str, base: str = BASE, engine: EngineName = "standard", *, lifespan: bool = True
        ) -> AppPage:
            reach = transport.BlockingASGITransport(app)
            if lifespan:
                running.enter_context(reach)
            else:
                running.callback(reach.close)
            page: AppPage = app_page.AppPage(app, origin=origin, base=base, transport=reach, engine=engine)
            return page

        yield open_page


def assert_allowed(outcome: Outcome) -> None:
    """Fails, with the explanation, if the browser blocks."""
    __tracebackhide__ = True
    if not outcome.allowed:
        pytest.fail(f"The browser blocks this request ({outcome.reason}).\n\n{_why(outcome)}", pytrace=False)


def assert_blocked(outcome: Outcome, reason: str | None = None) -> None:
    """Fails if the browser allows, or blocks for another reason than the one given."""
    __tracebackhide__ = True
    if outcome.allowed:
        pytest.fail(f"The browser allows this request.\n\n{_why(outcome)}", pytrace=False)
    if reason is not None and outcome.reason != reason:
        why = f"The browser blocks this request for {outcome.reason}, not for {reason}."
        pytest.fail(f"{why}\n\n{_why(outcome)}", pytrace=False)


def _why(outcome: Outcome) -> str:
    explain = import_module(".explain", __package__)
    return str(explain.explanation(outcome, explain.diagnose(outcome, app=outcome.app)))
