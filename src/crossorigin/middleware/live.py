"""When a source of origins starts: with the server, or with the first request that needs it.

Here belongs what a server sees of that. Not here: how a source is followed (`origins`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..origins.base import OriginsUnavailable, is_source
from ..server.compiled_policy import CompiledPolicy
from .types import Receive, Send

if TYPE_CHECKING:
    from ..origins.source import OriginSource

logger = logging.getLogger("crossorigin")


async def start(source: OriginSource, receive: Receive, send: Send) -> bool:
    """Starts a source within the lifespan; if its rows are required and not there, the server does not start."""
    try:
        await source.start()
    except OriginsUnavailable as error:
        logger.critical("%s", error)
        await receive()
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return False
    return True


async def serve(answers: CompiledPolicy) -> None:
    """Has live origins followed, if the first load is due: at the first request, and in a process that was forked."""
    source = answers.live
    if not is_source(source) or source.follower.serving:
        return
    try:
        await source.start()
    except OriginsUnavailable as error:  # too late to refuse to start
        logger.critical("%s", error)
