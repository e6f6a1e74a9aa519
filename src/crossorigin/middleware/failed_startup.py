"""What a server does with a policy that was refused: nothing.

Here belongs how the refusal reaches the operator when a framework builds the middleware late.
Starlette does so inside the first ASGI call, the `lifespan` one; a server takes whatever that call
raises for "this app has no lifespan", and serves on. So a refusal made there is kept, and answers
`lifespan.startup.failed`, which is the one word that stops a server before its first request. Not here: why a
policy is refused.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from ..policy.problems import PolicyError

logger = logging.getLogger("crossorigin")


class FailedStartup:
    """An ASGI app in place of the one whose policy was refused: it fails to start, and serves nothing.

    The server prints the reason: it logs the message of `lifespan.startup.failed`, and the exception of a request.
    To log it here as well would print it twice.
    """

    def __init__(self, error: PolicyError) -> None:
        self.error = error
        self._logged = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(self.error)})
        raise PolicyError(self.error.problems)  # a test client passes this on, and drops the message

    def log(self) -> None:
        """Logs the reason once: for a preflight, whose 403 gives the server no exception to print."""
        if not self._logged:
            self._logged = True
            logger.critical("%s", self.error)


def called_by_starlette() -> bool:
    """Whether the caller's caller is Starlette, building its stack inside an ASGI call.

    Everywhere else an exception reaches whoever wrote the policy; nothing but the frame tells the two apart.
    """
    return sys._getframe(2).f_code.co_name == "build_middleware_stack"
