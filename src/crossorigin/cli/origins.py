"""`crossorigin origins`: why an origin of a source is allowed or not, and the trigger that announces changes.

Here belong the two commands and what they print. Not here: sources (`origins`), and how two origins differ
(`policy.near_misses`).
"""

from __future__ import annotations

import asyncio
import difflib
import logging
from collections.abc import Collection
from typing import Annotated, Any, Final

import typer

from ..middleware.cors import CORSMiddleware
from ..middleware.routing import layers
from ..middleware.starlette import installed_policy
from ..origins.rows import Terms, read_origin, terms
from ..origins.snapshot import Snapshot, listed
from ..origins.source import OriginSource
from ..origins.trigger import trigger
from ..policy.near_misses import nearest
from ..policy.origin_patterns import matches
from ..policy.policy import Policy
from ..policy.problems import Problem
from ..report.errors import CannotRun
from ..report.formats.escaping import visible_line
from ..standards.origin import Origin
from .load_app import load_app
from .stderr import stop

HELP: Final = """Look into origins that change while you serve.

`crossorigin origins why https://shop.example --app main:app`

`crossorigin origins sql shop.domain`
"""
commands = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help=HELP)

_COMPARED: Final = 5000  # origins among which a similar one is looked for
_SIMILAR: Final = 0.75


@commands.command("why")
def why(
    origin: Annotated[str, typer.Argument(help="The origin of a page: https://shop.example")],
    app: Annotated[str, typer.Option("--app", help="The app whose source is read: main:app")],
) -> None:
    """Say which row allows an origin, for which tenant and since when; or which row comes nearest.

    `crossorigin origins why https://shop.example --app main:app`

    The store is read once, in this process.

    Exit status: 0 if the origin is allowed, 1 if it is not, 2 if the store cannot be read.
    """
    try:
        asked = str(Origin.parse(origin))
        source, policy = find_source(load_app(app), app)
    except (CannotRun, ValueError) as error:
        stop(str(error))
    if policy is not None:
        source.bind(policy, [policy])
    logger = logging.getLogger("crossorigin")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # what would be logged is said below
    try:
        status = source.refresh_sync()
        asyncio.run(source.stop())
    finally:
        logger.setLevel(level)
    if status.error or not status.ready:
        stop(f"the origins' store cannot be read: {status.error or 'no answer'}")
    if policy is not None and asked.encode() in policy.origins:
        _say(f"{asked} is allowed, by the policy's own list.")
        return
    snapshot = source.snapshot
    rows = allowing(snapshot, asked)
    if rows:
        _say(f"{asked} is allowed.")
        for text in rows:
            _show_row(snapshot, text)
        return
    _say(f"{asked} is not allowed.")
    every = frozenset({terms(policy)}) if policy is not None else frozenset({Terms(True, "production")})
    _show_nearest(snapshot, asked, every)
    raise typer.Exit(1)


@commands.command("sql")
def sql(
    column: Annotated[str, typer.Argument(help="The column that has the origins: shop.domain")],
    channel: Annotated[str, typer.Option(help="The channel of NOTIFY; shop_origins for shop.domain.")] = "",
    alembic: Annotated[bool, typer.Option("--alembic", help="Print an Alembic migration instead of SQL.")] = False,
) -> None:
    """Print the trigger by which PostgreSQL says that origins changed, for `SQLOrigins(…, notify=…)`.

    `crossorigin origins sql shop.domain`

    `crossorigin origins sql shop.domain --alembic > versions/origins.py`
    """
    try:
        made = trigger(column, channel)
    except ValueError as error:
        stop(str(error))
    written = made.alembic if alembic else made.sql
    typer.echo(written, nl=False)


def find_source(app: Any, name: str) -> tuple[OriginSource, Policy | None]:
    """The source of an app, and the default policy. Raises CannotRun if it has none."""
    source = getattr(getattr(app, "state", None), "origins", None)
    if isinstance(source, OriginSource):
        return source, installed_policy(app)
    for layer in layers(app):
        if isinstance(layer, CORSMiddleware) and layer.origins is not None:
            return layer.origins, layer.policy
        for added in getattr(layer, "user_middleware", ()):
            source = added.kwargs.get("origins")
            if isinstance(source, OriginSource):
                return source, added.kwargs.get("policy")
    raise CannotRun(f"{name} has no source of origins: install(app, policy, origins=…)")


def allowing(snapshot: Snapshot, origin: str) -> list[str]:
    """The rows that allow an origin, whatever the tenant."""
    rows = list(listed(snapshot.exact.get(origin.encode(), ())))
    parsed = Origin.parse(origin)
    for pattern, texts in snapshot.patterns.items():
        if matches(pattern, parsed):
            rows += listed(texts)
    return rows


def _show_row(snapshot: Snapshot, text: str) -> None:
    _say(f"  row     {text}")
    for owner in snapshot.rows[text]:
        if owner.tenant is not None:
            _say(f"  tenant  {owner.tenant}")
        _say(f"  since   {owner.since or 'the store does not say: select a third column'}")


def _show_nearest(snapshot: Snapshot, asked: str, every: frozenset[Terms]) -> None:
    for text in snapshot.rows:
        problem = read_origin(text, every)
        if isinstance(problem, Problem) and asked.partition("://")[2] in text.lower():
            _say(f"  row     {text} is skipped [{problem.code}]: {problem.message}")
            return
    allowed = {key.decode(): texts for key, texts in snapshot.exact.items()}
    allowed |= {str(pattern): texts for pattern, texts in snapshot.patterns.items()}
    similar = _similar(asked, allowed)
    if not similar:
        _say("  No row comes near.")
        return
    _say(f"  The nearest row allows {similar}:")
    for text in listed(allowed[similar]):
        _show_row(snapshot, text)


def _similar(asked: str, allowed: Collection[str]) -> str:
    near = nearest(asked, allowed, patterns=True)
    # Names of one parent are near in a policy's short list; among the domains of customers they are strangers.
    if near is not None and near.cause != "mismatch-subdomain":
        return near.listed
    names = {origin.partition("://")[2]: origin for origin in allowed} if len(allowed) <= _COMPARED else {}
    similar = difflib.get_close_matches(asked.partition("://")[2], names, 1, _SIMILAR)
    return names[similar[0]] if similar else ""


def _say(line: str) -> None:
    """Prints one line, escaped: customers type the rows."""
    typer.echo(visible_line(line))
