"""The types of an ASGI application. Source: https://asgi.readthedocs.io/"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]


Message = MutableMapping[str, Any]


Receive = Callable[[], Awaitable[Message]]


Send = Callable[[Message], Awaitable[None]]


ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
# Each framework has types of its own for these three, and none of them accepts another's.
AnyASGIApp = Callable[[Any, Any, Any], Awaitable[Any]]
