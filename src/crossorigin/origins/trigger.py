"""The trigger that has PostgreSQL say which origins changed: what `crossorigin origins sql` writes.

A statement has one trigger for each event, because only then has it the rows of before and after (PostgreSQL,
CREATE TRIGGER § REFERENCING). One notification names up to a hundred rows; more than that, TRUNCATE, or a payload
longer than NOTIFY takes, says that anything may have changed. NOTIFY takes a lock at commit that all databases of
the server share, so it belongs on this table and on no busy one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Trigger:
    """The notifications of one column, as SQL that makes them and SQL that takes them away."""

    create: tuple[str, ...]
    drop: tuple[str, ...]

    @property
    def sql(self) -> str:
        """All statements that make it, to be run by psql."""
        return "\n\n".join(f"{statement};" for statement in self.create) + "\n"

    @property
    def alembic(self) -> str:
        """The body of an Alembic migration."""
        return "\n".join(
            [
                "from alembic import op",
                "",
                "",
                "def upgrade() -> None:",
                *(f'    op.execute("""\n{statement}\n""")' for statement in self.create),
                "",
                "",
                "def downgrade() -> None:",
                *(f"    op.execute('{statement}')" for statement in self.drop),
                "",
            ]
        )


def trigger(column: str, channel: str = "") -> Trigger:
    """The trigger of a column, `shop.domain` or `schema.shop.domain`; `channel` is `shop_origins` if not given.

    Raises ValueError for names that are not plain identifiers.
    """
    parts = column.split(".")
    names = [*parts, channel] if channel else parts
    if len(parts) not in (2, 3) or not all(_NAME.fullmatch(name) for name in names):
        raise ValueError("name a column as table.column or schema.table.column, and a channel, with plain identifiers")
    *schema, table, name = parts
    where = ".".join(f'"{part}"' for part in [*schema, table])
    channel = channel or f"{table}_origins"
    function = ".".join(f'"{part}"' for part in [*schema, f"{channel}_notify"])
    create = [_FUNCTION.format(function=function, table=table, name=name, channel=channel)]
    drop = []
    for event, rows in _EVENTS.items():
        made = f'"{channel}_{event.lower()}"'
        drop.append(f"DROP TRIGGER IF EXISTS {made} ON {where}")
        create.append(
            f"CREATE TRIGGER {made} AFTER {event} ON {where}{rows}\nFOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
    drop.append(f"DROP FUNCTION IF EXISTS {function}()")
    return Trigger(tuple(create), tuple(drop))


_EVENTS = {
    "INSERT": " REFERENCING NEW TABLE AS after",
    "UPDATE": " REFERENCING OLD TABLE AS before NEW TABLE AS after",
    "DELETE": " REFERENCING OLD TABLE AS before",
    "TRUNCATE": "",
}

_FUNCTION = """\
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    names text[];
    payload text := '';
BEGIN
    IF TG_OP = 'INSERT' THEN
        names := ARRAY(SELECT DISTINCT "{name}"::text FROM after LIMIT 101);
    ELSIF TG_OP = 'DELETE' THEN
        names := ARRAY(SELECT DISTINCT "{name}"::text FROM before LIMIT 101);
    ELSIF TG_OP = 'UPDATE' THEN
        names := ARRAY(SELECT "{name}"::text FROM before UNION SELECT "{name}"::text FROM after LIMIT 101);
    END IF;
    IF cardinality(names) = 0 THEN
        RETURN NULL;
    END IF;
    IF cardinality(names) <= 100 THEN
        payload := json_build_object('{table}.{name}', array_remove(names, NULL))::text;
    END IF;
    IF octet_length(payload) > 7900 THEN
        payload := '';
    END IF;
    PERFORM pg_notify('{channel}', payload);
    RETURN NULL;
END
$$"""
