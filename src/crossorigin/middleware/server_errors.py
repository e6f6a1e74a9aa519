"""The 500 that Starlette writes outside all middleware, given its CORS headers.

`ServerErrorMiddleware` stands outside whatever `add_middleware` adds, so its answers pass no other
middleware: a crash reads as "blocked by CORS policy" (Kludex/starlette#1116, #1175). Here belongs
finding that layer and covering the three ways in which it answers: its plain text, its debug page, and
the handler for `Exception` or 500. It still raises afterwards, so that the server logs the crash.

Nothing here imports Starlette: another framework has no such layer, and nothing happens.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

Wrap = Callable[[Any, Any], Any]

_COVERED: Final = "crossorigin_covered"


def cover(stack: Any, wrap: Wrap) -> None:
    """Makes the crash answers of this middleware stack go out through `wrap(scope, send)`."""
    layer = stack
    while layer is not None and not hasattr(layer, "debug_response"):
        layer = getattr(layer, "app", None)
    if layer is None:
        return
    for name in ("error_response", "debug_response", "handler"):
        answer = getattr(layer, name, None)
        if answer is not None and not hasattr(answer, _COVERED):  # the outermost of ours comes first, and stays
            covered = _covered(answer, wrap)
            setattr(covered, _COVERED, True)
            setattr(layer, name, covered)


def _covered(answer: Callable[..., Any], wrap: Wrap) -> Callable[..., Any]:
    # Starlette awaits a handler or sends it to a thread by what kind of function it is; ours is of the same kind.
    if inspect.iscoroutinefunction(answer) or inspect.iscoroutinefunction(type(answer).__call__):

        async def answer_async(request: Any, error: Exception) -> _Covered:
            return _Covered(await answer(request, error), wrap)

        return answer_async

    def answer_sync(request: Any, error: Exception) -> _Covered:
        return _Covered(answer(request, error), wrap)

    return answer_sync


class _Covered:
    """A response that goes out through `wrap`."""

    def __init__(self, response: Any, wrap: Wrap) -> None:
        self._response = response
        self._wrap = wrap

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._response(scope, receive, self._wrap(scope, send))
