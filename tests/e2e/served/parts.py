"""What the added routes of every framework have in common."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

COOKIES = ["a=1; Path=/", "b=2; Path=/; Secure; SameSite=None"]
started = asyncio.Event()
gate = asyncio.Event()


def about(http_version: str) -> str:
    """The protocol as the app sees it, and whether the lifespan began."""
    return f"HTTP/{http_version} {'started' if started.is_set() else 'not started'}"


def start() -> None:
    """The lifespan's beginning."""
    started.set()


def stop() -> None:
    """The lifespan's end, told to whoever reads the server's output."""
    os.write(1, b"stopped\n")  # at once: two processes write to one file, and `print` writes the line's end by itself


def crash() -> None:
    """What nobody handles."""
    raise RuntimeError("broken")


async def stream() -> AsyncIterator[bytes]:
    """Two pieces, and the second leaves only when somebody who has read the first says so."""
    gate.clear()
    yield b"one "
    await gate.wait()
    yield b"two"


def release() -> str:
    """Lets the second piece go."""
    gate.set()
    return "released"
