"""Fetch § request: what one fetch changes on its way, and who makes it.

Here belong the state of a fetch and how it fails. Not here: any step of fetching.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..standards.messages import Exchange, Failure, Headers, Request, Response
from .call import Mode
from .checks import CredentialsMode, is_redirect_tainted
from .cookies import CookieJar
from .engines import Engine
from .outcome import ResponseType, Step, StepCode
from .preflight_cache import CacheKey, PreflightCache
from .reasons import Reason
from .safelist import unsafe_names
from .sites import Page, Url

Wire: TypeAlias = Generator[Request, Response | Failure, Response]


class NetworkError(Exception):
    """Fetch § network error; the steps already hold its story."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(slots=True)
class Client:
    """Who fetches: the page, the engine, and what outlives one fetch."""

    page: Page
    engine: Engine
    cache: PreflightCache
    cookies: CookieJar
    fetches: int = 0


@dataclass(slots=True)
class FetchRequest:
    """Fetch § request, of which one fetch changes the method, the headers, the body, the URLs and the tainting."""

    client: Client
    method: str
    urls: list[Url]
    headers: Headers
    body: bytes | None
    mode: Mode
    credentials: CredentialsMode
    redirect: str
    stream: bool = False
    use_cors_preflight: bool = False
    tainting: ResponseType = "basic"
    origin_hidden: bool = False
    restarted_at: int = 0
    method_changed: bool = False
    needed_preflight: bool = False
    number: int = 0
    asked_headers: Headers = field(default_factory=list)
    asked_method: str = ""
    restores_no_type: bool = False
    exchanges: list[Exchange] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def url(self) -> Url:
        """Fetch § current URL."""
        return self.urls[-1]

    @property
    def serialized_origin(self) -> str:
        """Fetch § serializing a request origin: `null` once a redirect has tainted it."""
        origin = self.client.page.origin
        return "null" if is_redirect_tainted(origin, self.urls) else str(origin)

    @property
    def preflight_origin(self) -> str:
        """The serialised request origin of a preflight."""
        return str(self.client.page.origin) if self.client.engine.preflight_ignores_taint else self.serialized_origin

    @property
    def unsafe_names(self) -> list[str]:
        """Fetch § CORS-unsafe request-header names."""
        return unsafe_names(self.headers, self.client.engine)

    @property
    def cache_key(self) -> CacheKey:
        """What the preflight cache knows this request by."""
        origin = self.serialized_origin
        engine = self.client.engine
        if engine.preflight_ignores_taint:
            origin = str(self.client.page.origin)
        elif origin == "null" and not engine.null_origins_match:
            tainted = is_redirect_tainted(self.client.page.origin, self.urls)
            place = len(self.urls) if tainted else 0
            origin = f"null of fetch {self.number}, URL {place}"
        return CacheKey(origin, self.url.href, self.credentials == "include")

    def note(self, section: str, text: str, code: StepCode | Literal[""] = "") -> None:
        """One step that lets the fetch go on."""
        self.steps.append(Step(section, text, code=code))

    def fail(self, reason: Reason, section: str, text: str) -> NetworkError:
        """The step that ends the fetch, and the error to raise."""
        return self.end(Step(section, text, ok=False, code=reason))

    def end(self, step: Step) -> NetworkError:
        """The same, for a step that is made already."""
        self.steps.append(step)
        return NetworkError(step.code)  # type: ignore[arg-type]  # of a step that ends a fetch, it is a reason
