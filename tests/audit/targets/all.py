"""Every target: importing this fills the register."""

from . import fastapi, headers, litestar, proxies, quart, raw, starlette, wsgi  # noqa: F401
from .target import TARGETS

BROKEN = [it for it in TARGETS.values() if it.finds]
SOUND = [it for it in TARGETS.values() if not it.finds]
