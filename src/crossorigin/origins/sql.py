"""SQLOrigins: allowed origins from the team's own table, through the team's own SQLAlchemy engine.

A sync engine is read in a thread, an async engine on the server's loop. Nothing connects before the server starts.
On PostgreSQL, NOTIFY says that the table changed, and may say which rows: these alone are then read again, by the
same statement, so that a notification that somebody forged grants nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Any, Final, cast

from sqlalchemy import Column, Engine, Select, SelectBase, TextClause, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from .follower import Changed
from .postgresql import notifications
from .source import OriginSource

# Each statement is a transaction of its own: a load costs one round trip, and holds nothing.
_AUTOCOMMIT: Final = "AUTOCOMMIT"
_KEYS: Final = "crossorigin_keys"


class SQLOrigins(OriginSource):
    """Allowed origins that a statement selects: `SQLOrigins(engine, select(Shop.domain).where(Shop.active))`.

    The columns are an origin, a domain or a URL, optionally the tenant, optionally since when. `notify` is the
    channel of a PostgreSQL trigger, which `crossorigin origins sql` writes; `notify_dsn` is the address to listen
    at, if the engine goes through PgBouncer. Listening needs asyncpg or psycopg. Other keywords as in OriginSource.
    """

    def __init__(
        self,
        engine: Engine | AsyncEngine,
        statement: SelectBase | TextClause | str,
        *,
        notify: str | None = None,
        notify_dsn: str | None = None,
        **options: Any,
    ) -> None:
        if not isinstance(engine, Engine | AsyncEngine):
            raise TypeError(f"engine is an Engine or AsyncEngine of SQLAlchemy, not {type(engine).__name__}")
        if notify is not None and engine.dialect.name != "postgresql":
            raise TypeError(f"notify= needs PostgreSQL, and this engine is for {engine.dialect.name}")
        self.engine = engine
        self.statement: Any = text(statement) if isinstance(statement, str) else statement
        self.column = _first_column(self.statement)
        self.by_key = bool(self.column)
        if self.by_key:
            rows = self.statement.subquery()
            named: Any = bindparam(_KEYS, expanding=True)
            self._some = select(rows).where(next(iter(rows.c)).in_(named))
        load: Any = self._load_async if isinstance(engine, AsyncEngine) else self._load_sync
        super().__init__(load, **options)
        if notify is not None:
            dsn = notify_dsn or engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._listen_at = (dsn, notify, engine.dialect.driver)
            self.signals = self._signals

    def load_some(self, keys: Collection[str]) -> Any:
        """The rows whose first column is one of these."""
        load: Any = self.load
        return load(sorted(keys))

    def after_fork(self) -> None:
        """The child makes connections of its own."""
        engine = self.engine.sync_engine if isinstance(self.engine, AsyncEngine) else self.engine
        engine.dispose(close=False)

    def _load_sync(self, keys: list[str] | None = None) -> Any:
        engine = cast(Engine, self.engine)
        with engine.connect().execution_options(isolation_level=_AUTOCOMMIT) as connection:
            return connection.execute(*self._asked(keys)).all()

    async def _load_async(self, keys: list[str] | None = None) -> Any:
        engine = cast(AsyncEngine, self.engine)
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level=_AUTOCOMMIT)
            result = await connection.execute(*self._asked(keys))
            return result.all()

    def _asked(self, keys: list[str] | None) -> tuple[Any, dict[str, object]]:
        return (self.statement, {}) if keys is None else (self._some, {_KEYS: keys})

    async def _signals(self) -> AsyncIterator[Changed]:
        async for payload in notifications(*self._listen_at):
            yield payload.get(self.column) if self.by_key else None


def _first_column(statement: Any) -> str:
    """`shop.domain`, if the first column that is selected is a table's own; else nothing.

    Only then is a row of the table known by what the statement returns for it.
    """
    if not isinstance(statement, Select):
        return ""
    column = next(iter(statement.selected_columns), None)
    unlimited = statement.compare(statement.limit(None).offset(None))
    return f"{column.table.name}.{column.name}" if isinstance(column, Column) and unlimited else ""
