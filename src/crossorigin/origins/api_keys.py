"""only(): a route that takes an API key from the key's own origins alone.

A preflight carries no key, so the union of all keys' origins decides it. The request itself carries the key, and is
answered with 403 if this origin is not one of the key's. The page can read the 403, because its origin is allowed.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from ..policy.origin_patterns import OriginPattern
from ..policy.origin_set import OriginSet
from ..standards.optional import optional
from .rows import Terms, collect, read_origin

# The middleware has decided what is safe; here a list is only compared.
_ANY_TERMS = (Terms(credentials=False, environment="development"),)


def only(get_allowed_origins: Callable[..., Any]) -> Callable[..., Awaitable[None]]:
    """A FastAPI dependency that answers 403 unless the request's origin is in a list.

    `get_allowed_origins` is a dependency that returns the list, as rows of a source. `*` in it is every origin;
    an empty list and None are no origin. A request without `Origin` is not a page's on another origin, and passes.
    """
    fastapi = optional("fastapi", "demo")

    async def check(request: Any, allowed: Any) -> None:
        origins = request.headers.getlist("origin")
        if not origins:
            return
        if len(origins) > 1 or not _is_listed(origins[0].encode("latin-1"), allowed or ()):
            raise fastapi.HTTPException(403, "This API key may not be used from this origin.")

    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("request", kind, annotation=fastapi.Request),
        inspect.Parameter("allowed", kind, default=fastapi.Depends(get_allowed_origins)),
    ]
    check.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return check


def _is_listed(origin: bytes, allowed: Iterable[Any]) -> bool:
    elements = [allowed] if isinstance(allowed, str) else allowed
    rows, _ = collect(elements, tenants=False)
    if "*" in rows:
        return True
    for text in rows:
        found = read_origin(text, _ANY_TERMS)
        if found == origin:
            return True
        if isinstance(found, OriginPattern) and origin in OriginSet([found]):
            return True
    return False
