"""The Location of a redirect: where it leads, and what an engine makes of it before the CORS check.

Here belongs reading the header. Not here: following it (`algorithm`).
"""

from __future__ import annotations

from ..standards.fetch import REDIRECT_STATUSES
from ..standards.header_lists import get_all
from ..standards.messages import Response
from .checks import is_mixed_content
from .engines import Engine
from .outcome import Step
from .request import FetchRequest
from .sites import Url, parse


def locations(response: Response, engine: Engine) -> list[str]:
    """The Locations of a response with a redirect status; empty where it has none, or is no redirect."""
    if response.status not in REDIRECT_STATUSES:
        return []
    found = get_all(response.headers, "location")
    return [value for value in found if value or not engine.location_before_mode]


def location_url(values: list[str], base: Url) -> Url | None:
    """Fetch § location URL: None for failure, several headers among them."""
    if len(set(values)) > 1:
        return None
    return parse(values[0].encode("latin-1").decode("utf-8", "replace"), base.href)


def invalid_location(values: list[str]) -> Step:
    """The step that ends a fetch whose Location does not parse."""
    text = f"{values[0]!r} is no URL" if len(values) == 1 else "there are several Locations"
    return Step("Fetch § HTTP-redirect fetch, step 4", text, ok=False, code="redirect-location-invalid")


def rejected_early(request: FetchRequest, values: list[str]) -> Step | None:
    """The step that ends the fetch before the CORS check, in an engine that looks at the Location first."""
    looks = request.client.engine.location_before_cors_check
    if not values or looks == "never":
        return None
    if looks == "where it follows" and request.redirect != "follow":
        return None
    target = location_url(values, request.url)
    if target is None:
        return invalid_location(values)
    if looks != "where it follows":
        return None
    if target.scheme == "data":
        text = "the Location's scheme is data"
        return Step("Fetch § HTTP-redirect fetch, step 5", text, ok=False, code="redirect-scheme")
    if target.scheme == "http" and is_mixed_content(request.client.page, target):
        text = f"the page is https and the Location {target.origin} is not"
        return Step("Mixed Content § should fetching request be blocked", text, ok=False, code="mixed-content")
    return None
