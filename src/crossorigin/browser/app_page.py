"""`AppPage`: a page in a browser, and the one app that it calls.

Here belongs that a path alone is a path of the app. Not here: the browser (`session`), and reaching the app, which
is the transport's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Unpack
from urllib.parse import urljoin

from .call import FetchOptions
from .engines import EngineName
from .outcome import Outcome
from .session import AsyncTransport, Browser, Transport


class AppPage(Browser):
    """A page of `origin` in a browser, and one app that answers at `base`.

    As `Browser`, except that a path alone (`/items`) is a path of the app, not of the page. Its outcomes know the app,
    so that an explanation can look at it.
    """

    def __init__(
        self, app: Any, *, origin: str, base: str, transport: Transport | AsyncTransport, engine: EngineName
    ) -> None:
        super().__init__(origin, transport=transport, engine=engine)
        self.app = app
        self.base = base

    def fetch(self, url: str, **options: Unpack[FetchOptions]) -> Outcome:
        """What `fetch(url, options)` comes to in this page. See `Browser.fetch`."""
        outcome = super().fetch(urljoin(self.base, url), **options)
        return replace(outcome, app=self.app)

    async def afetch(self, url: str, **options: Unpack[FetchOptions]) -> Outcome:
        """The same, on the event loop that runs."""
        outcome = await super().afetch(urljoin(self.base, url), **options)
        return replace(outcome, app=self.app)
