"""`crossorigin origins`: what the two commands print, to the letter."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from sqlalchemy import create_engine
from typer.testing import CliRunner

from crossorigin import CORSMiddleware
from crossorigin.cli.origins import commands, find_source
from crossorigin.origins import OriginSource
from tests.origins.stores import changing


@pytest.fixture
def shops(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/shops.db"
    rows = [
        ("shop.example", "one", "2026-11-01"), ("https://Shop.example/", "two", None), ("*.big.example", None, None),
        ("http://old.example", "one", None), ("lonely.example", None, None),
    ]  # fmt: skip
    with changing(url) as connection:
        connection.exec_driver_sql("CREATE TABLE shop (domain TEXT, tenant TEXT, since TEXT, active BOOL DEFAULT 1)")
        connection.exec_driver_sql("INSERT INTO shop (domain, tenant, since) VALUES (?, ?, ?)", rows)
    return url


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, shops: str) -> Iterator[Run]:
    """The command, and the app anew: code, output, errors."""

    def command(*arguments: str) -> tuple[int, str, str]:
        sys.modules.pop("tests.origins.shops", None)
        made = CliRunner().invoke(commands, arguments)
        return made.exit_code, made.stdout, made.stderr

    monkeypatch.setenv("SHOPS", shops)
    monkeypatch.setenv("STATEMENT", STATEMENT)
    yield command
    sys.modules.pop("tests.origins.shops", None)


STATEMENT = "SELECT domain, tenant, since FROM shop"
UNSAID = "the store does not say: select a third column"
ANSWERS = [
    ("https://app.example", 0, "https://app.example is allowed, by the policy's own list.\n"),
    (
        "https://shop.example",
        0,
        "https://shop.example is allowed.\n"
        "  row     shop.example\n  tenant  one\n  since   2026-11-01\n"
        f"  row     https://Shop.example/\n  tenant  two\n  since   {UNSAID}\n",
    ),
    (
        "https://www.big.example/page",
        0,
        f"https://www.big.example is allowed.\n  row     *.big.example\n  since   {UNSAID}\n",
    ),
    (
        "http://old.example",
        1,
        "http://old.example is not allowed.\n"
        "  row     http://old.example is skipped [origin-insecure]: an http:// page with credentials gives the account "
        "to whoever sits on the network\n",
    ),
    (
        "http://lonely.example",
        1,
        "http://lonely.example is not allowed.\n  The nearest row allows https://lonely.example:\n"
        f"  row     lonely.example\n  since   {UNSAID}\n",
    ),
    (
        "https://lonly.example",
        1,
        "https://lonly.example is not allowed.\n  The nearest row allows https://lonely.example:\n"
        f"  row     lonely.example\n  since   {UNSAID}\n",
    ),
    ("https://1.2.3.4", 1, "https://1.2.3.4 is not allowed.\n  No row comes near.\n"),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "code", "output"), ANSWERS)
def test_why(origin: str, code: int, output: str, run: Run) -> None:
    found = run("why", origin, "--app", "tests.origins.shops:app")
    assert found == (code, output, "")


def test_why_prints_no_control_characters(run: Run, shops: str) -> None:
    engine = create_engine(shops)
    with engine.begin() as connection:
        row = "https://quiet.example/\x1b[2J", "one\ntenant  two", "\x9b1"
        connection.exec_driver_sql("INSERT INTO shop (domain, tenant, since) VALUES (?, ?, ?)", row)
    engine.dispose()
    code, output, _ = run("why", "https://quiet.example", "--app", "tests.origins.shops:app")
    assert (code, output.splitlines()) == (0, [
        "https://quiet.example is allowed.", "  row     https://quiet.example/\\x1b[2J",
        "  tenant  one\\x0atenant  two", "  since   \\x9b1",
    ])  # fmt: skip


def test_why_of_a_middleware_without_a_policy(run: Run) -> None:
    """Its rows are checked by the strictest terms."""
    skipped = run("why", ANSWERS[3][0], "--app", "tests.origins.shops:itself")
    assert skipped == (1, ANSWERS[3][2], "")


@pytest.mark.parametrize("name", ["added", "wrapped"])
def test_why_of_a_middleware(name: str, run: Run) -> None:
    found = run("why", "https://app.example", "--app", f"tests.origins.shops:{name}")
    assert found == (0, ANSWERS[0][2], "")


def test_the_source_of_a_middleware_that_lists_its_origins_itself() -> None:
    source = OriginSource(list)
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["https://app.example"], origins=source)
    app.add_middleware(GZipMiddleware)
    assert find_source(app, "main:app") == (source, None)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["nonsense", "--app", "tests.origins.shops:app"], "crossorigin: "),
        (["https://a.example", "--app", "tests.origins.shops:without"],
         "crossorigin: tests.origins.shops:without has no source of origins: install(app, policy, origins=…)\n"),
        (["https://a.example", "--app", "tests.origins.shops:app"],
         "crossorigin: the origins' store cannot be read: OperationalError: "),
    ],
)  # fmt: skip
def test_why_not(arguments: list[str], error: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPS", f"sqlite:///{tmp_path}/none.db")
    code, output, said = run("why", *arguments)
    assert (code, output) == (2, "")
    assert error in said


def test_sql(run: Run) -> None:
    code, output, error = run("sql", "shop.domain")
    assert (code, error) == (0, "")
    assert output.startswith(
        'CREATE OR REPLACE FUNCTION "shop_origins_notify"() RETURNS trigger LANGUAGE plpgsql AS $$\n'
    )
    assert output.count('\n\nCREATE TRIGGER "shop_origins_') == 4
    assert output.endswith('ON "shop"\nFOR EACH STATEMENT EXECUTE FUNCTION "shop_origins_notify"();\n')


def test_sql_as_alembic(run: Run) -> None:
    code, output, error = run("sql", "public.shop.domain", "--channel", "changes", "--alembic")
    assert (code, error) == (0, "")
    namespace: dict[str, object] = {}
    executed: list[str] = []
    program = output.replace("from alembic import op\n", "")
    namespace["op"] = type("op", (), {"execute": staticmethod(lambda text: executed.append(text.strip()))})
    exec(compile(program, "migration", "exec"), namespace)
    namespace["upgrade"]()  # type: ignore[operator]
    namespace["downgrade"]()  # type: ignore[operator]
    assert [statement.split(" ")[0] for statement in executed] == ["CREATE"] * 5 + ["DROP"] * 5


def test_sql_of_what_is_no_column(run: Run) -> None:
    assert run("sql", "shop")[:2] == (2, "")
