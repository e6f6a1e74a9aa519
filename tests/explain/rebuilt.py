"""The broken apps on our middleware: each module executed anew, with ours in place of Starlette's."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import crossorigin
from crossorigin import PolicyError
from tests.explain.broken_apps import NAMES

FOLDER = Path(__file__).parent / "broken_apps"


def app_of(name: str) -> Any:
    """The app of a module, built on our middleware; None if our middleware does not start with its settings."""
    spec = importlib.util.spec_from_file_location(f"rebuilt_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with (
        patch("starlette.middleware.cors.CORSMiddleware", crossorigin.CORSMiddleware),
        patch("fastapi.middleware.cors.CORSMiddleware", crossorigin.CORSMiddleware),
    ):
        try:
            spec.loader.exec_module(module)
            app = module.app
            if getattr(app, "user_middleware", None):
                app.middleware_stack = app.build_middleware_stack()
        except PolicyError:
            return None
    return app


# The query that says which app a request is for, because one server has them all; without one, the app that redirects.
QUERY, OTHERWISE = "case=", "redirect_to_other_origin"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Every app in one: the query says which."""
    if scope["type"] == "lifespan":
        await _started(receive, send)
        return
    said = scope["query_string"].decode().partition("&")[0]
    await _apps(said.removeprefix(QUERY) if said.startswith(QUERY) else OTHERWISE)(scope, receive, send)


@cache
def _apps(name: str) -> Any:
    return app_of(name)


async def _started(receive: Any, send: Any) -> None:
    while (message := await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": f"{message['type']}.complete"})


__all__ = ["NAMES", "app", "app_of"]
