"""Pages in real Chromium: what a script of each gets of the deployment.

A page of any origin is made by answering its one navigation here, so its name need not exist; what it then asks for
goes to the real server. GET requests alone are made. Not here: which calls are made, and what is right (`run`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from ..report.errors import CannotRun
from ..standards.optional import optional
from .calls import PageCall

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SANDBOXED: Final = "https://sandboxed.crossorigin.invalid"  # a page whose origin is null
_CORS: Final = "blocked by CORS policy"
_PATIENCE: Final = 20  # times 50 ms, until the console says why

# The pages are nowhere, so it cannot be known which of them would be asked for the local network's permission. A page
# of an http origin stays one. Of several such flags the browser takes the last.
_FLAGS: Final = ("--disable-features=LocalNetworkAccessChecks,HttpsUpgrades", "--disable-background-networking")

# "no-store": neither an answer nor a preflight is taken from a cache.
_FETCH: Final = """async ([url, headers, credentials, timeout]) => {
    try {
        const signal = AbortSignal.timeout(timeout);
        const response = await fetch(url, { headers, credentials, signal, cache: "no-store", redirect: "manual" });
        return [self.origin, response.type];
    } catch (error) {
        return [self.origin, "error"];
    }
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page got: whether its script may read, None if that was not seen, and what the browser says of it."""

    allowed: bool | None
    said: str = ""


class RealBrowser(Protocol):
    """What asks for a page."""

    name: str

    def ask(self, call: PageCall) -> Seen: ...


class Chromium:
    """One browser; each page has caches and cookies of its own."""

    def __init__(self, browser: Any, error: type[Exception], url: str, timeout: float, thread: Executor) -> None:
        self.name = f"Chromium {browser.version}"
        self._browser = browser
        self._error = error
        self._url = url
        self._timeout = timeout * 1000
        self._thread = thread
        self._open: tuple[str, Any] = ("", None)  # an origin and its page
        self._console: list[str] = []

    def ask(self, call: PageCall) -> Seen:
        """What this call comes to. Calls of one page that follow one another share it."""
        why = _cannot_ask(call)
        return Seen(None, why) if why else self._thread.submit(self._ask, call).result()

    def _ask(self, call: PageCall) -> Seen:
        try:
            return self._asked(self._page(call.page), call)
        except self._error as error:
            return Seen(None, str(error).partition("\n")[0])

    def _page(self, origin: str) -> Any:
        shown, page = self._open
        if shown == origin:
            return page
        if page is not None:
            page.context.close()
        self._open = ("", None)
        page = self._browser.new_context().new_page()
        page.set_default_timeout(self._timeout)
        page.on("console", lambda message: self._console.append(message.text))
        sandbox = {"Content-Security-Policy": "sandbox allow-scripts"} if origin == "null" else {}
        answer = {"body": "<!doctype html>", "content_type": "text/html", "headers": sandbox}
        page.route("**/*", lambda route: route.fulfill(**answer))
        address = _SANDBOXED if origin == "null" else origin
        page.goto(f"{address}/")
        page.unroute_all()  # with it on, Playwright would answer preflights itself
        self._open = (origin, page)
        return page

    def _asked(self, page: Any, call: PageCall) -> Seen:
        self._console.clear()
        headers = dict.fromkeys(call.headers, '"probe"')
        origin, found = page.evaluate(_FETCH, [self._url, headers, call.credentials, self._timeout])
        if origin != call.page:
            return Seen(None, f"the browser opened it as {origin}")  # by HSTS, for one
        if found == "cors":
            return Seen(True, "allowed")
        if found != "error":
            return Seen(None, f"the response is {found}")  # opaqueredirect: the server redirects
        for _ in range(_PATIENCE):
            blocked = next((line for line in self._console if _CORS in line), "")
            if blocked:
                return Seen(False, f"blocked: {blocked.partition(_CORS)[2].removeprefix(':').strip()}")
            page.wait_for_timeout(50)
        return Seen(None, next(iter(self._console), "the browser got no answer"))


def _cannot_ask(call: PageCall) -> str:
    """Why this call cannot be made in a browser, empty if it can."""
    if call.page != "null" and urlsplit(call.page).scheme not in ("http", "https"):
        return "a page of this scheme cannot be opened here"
    if call.method != "GET":
        return "only GET requests are made in a real browser"
    return ""


@contextmanager
def chromium(url: str, timeout: float = 10.0) -> Iterator[Chromium]:
    """Starts Chromium: the system's, or else Playwright's own. Raises MissingPackage, CannotRun.

    It has a thread of its own: Playwright's event loop would otherwise be running wherever the caller asks an app.
    """
    optional("playwright", "browser")  # by the name that pip knows
    playwright = optional("playwright.sync_api", "browser")
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*_FLAGS, "--no-sandbox"] if is_root else [*_FLAGS]
    stack = ExitStack()
    with ThreadPoolExecutor(1) as thread:
        driver = thread.submit(playwright.sync_playwright().start).result()
        stack.callback(driver.stop)

        def launch() -> Any:
            try:
                return driver.chromium.launch(executable_path=path, args=flags)
            except playwright.Error as error:
                reason = str(error).partition("\n")[0]
                raise CannotRun(f"Chromium does not start ({reason}): playwright install chromium") from None

        try:
            browser = thread.submit(launch).result()
            stack.callback(browser.close)
            yield Chromium(browser, playwright.Error, url, timeout, thread)
        finally:
            thread.submit(stack.close).result()
