"""The pytest plugin: your app, asked by a browser, in process.

Here belong the fixtures and the two assertions. Not here: the browser (`browser`), how it reaches the app
(`transport`), and why something is blocked (`diagnosis`), which every failure message says.

Nothing is to be imported: installing crossorigin makes the fixtures known to pytest.

    def test_the_front_end_may_write(browser, assert_allowed):
        page = browser(app, page="http://localhost:3000")
        assert_allowed(page.fetch("/items/1", method="PUT", json={"name": "x"}))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Unpack, cast
from urllib.parse import urljoin

import pytest

from .browser import Browser, EngineName, Outcome
from .browser.call import FetchOptions
from .explain import diagnose, explanation
from .transport.asgi import ASGITransport

BASE = "http://localhost:8000"


class AppBrowser(Browser):
    """A page in a browser, and one app that answers at `base`.

    As `crossorigin.Browser`, but that a path alone (`/items`) is one of the app's, not of the page's.
    """

    def __init__(self, app: Any, transport: ASGITransport, page: str, base: str, engine: EngineName) -> None:
        super().__init__(page, transport=transport, engine=engine)
        self.app = app
        self.base = base

    def fetch(self, url: str, **options: Unpack[FetchOptions]) -> Outcome:
        """What `fetch(url, options)` comes to in this page. See `Browser.fetch`."""
        return _about(super().fetch(urljoin(self.base, url), **options), self.app)

    async def afetch(self, url: str, **options: Unpack[FetchOptions]) -> Outcome:
        """The same, on the event loop that runs."""
        return _about(await super().afetch(urljoin(self.base, url), **options), self.app)


# Which app an outcome is about, for a failing assertion to look at: an outcome is a value, with no place for it.
_APPS: dict[int, tuple[Outcome, Any]] = {}


def _about(outcome: Outcome, app: Any) -> Outcome:
    _APPS[id(outcome)] = (outcome, app)
    return outcome


def assert_allowed(outcome: Outcome) -> None:
    """Fails, with the explanation, where the browser blocks."""
    __tracebackhide__ = True
    if not outcome.allowed:
        pytest.fail(f"The browser blocks this request ({outcome.reason}).\n\n{_why(outcome)}", pytrace=False)


def assert_blocked(outcome: Outcome, reason: str | None = None) -> None:
    """Fails where the browser allows, or blocks for another reason than the one given."""
    __tracebackhide__ = True
    if outcome.allowed:
        pytest.fail(f"The browser allows this request.\n\n{_why(outcome)}", pytrace=False)
    if reason is not None and outcome.reason != reason:
        why = f"The browser blocks this request for {outcome.reason}, not for {reason}."
        pytest.fail(f"{why}\n\n{_why(outcome)}", pytrace=False)


def _why(outcome: Outcome) -> str:
    _, app = _APPS.get(id(outcome), (outcome, None))
    return explanation(outcome, diagnose(outcome, app=app))


@pytest.fixture(name="browser")
def browser_fixture() -> Iterator[Callable[..., AppBrowser]]:
    """`browser(app, page=…, base=…, engine=…)`: a page that can fetch from the app, in process.

    `page` is the page's URL or origin; `base` is where the app answers, http://localhost:8000 unless said.
    The app's lifespan runs from the first call of the fixture to the end of the test; `lifespan=False` leaves
    it alone, as `afetch` needs where the app holds on to its event loop.
    """
    with ExitStack() as running:

        def open_page(
            app: Any, page: str, base: str = BASE, engine: EngineName = "standard", *, lifespan: bool = True
        ) -> AppBrowser:
            transport = ASGITransport(app)
            if lifespan:
                running.enter_context(transport)
            else:
                running.callback(transport.close)
            return AppBrowser(app, transport, page, base, engine)

        yield open_page
        _APPS.clear()


@pytest.fixture(name="assert_allowed")
def assert_allowed_fixture() -> Callable[[Outcome], None]:
    """`assert_allowed(outcome)`: fails, with the explanation, where the browser blocks."""
    return assert_allowed


@pytest.fixture(name="assert_blocked")
def assert_blocked_fixture() -> Callable[..., None]:
    """`assert_blocked(outcome, reason=…)`: fails where the browser allows, or blocks for another reason."""
    return cast(Callable[..., None], assert_blocked)
