"""docs/tenants.md: its first section is a path of at most six lines, and holds on PostgreSQL, too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks
from tests.origins import stores

BEFORE, ADDED, CHECK = blocks("python", ROOT / "docs" / "tenants.md")[:3]
SQLITE = 'create_engine(f"sqlite:///{mkdtemp()}/shops.db")'
SIX = 6


def lines(program: str) -> list[str]:
    return [line for line in program.splitlines() if line.strip()]


def test_at_most_six_lines_are_added_and_none_is_changed() -> None:
    assert 0 < len(lines(ADDED)) <= SIX
    assert "crossorigin" not in BEFORE


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_the_path_from_a_table_to_a_green_preflight(store: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    if store == "sqlite":
        run(program, BEFORE)
        return
    with stores.postgres() as server:
        url = server.dsn.replace("postgresql:", "postgresql+psycopg:")
        assert SQLITE in BEFORE
        run(program, BEFORE.replace(SQLITE, f'create_engine("{url}")'))


def run(program: Path, before: str) -> None:
    """The app alone, which answers no preflight; then with the lines added, which has to pass the page's checks."""
    alone = """
from fastapi.testclient import TestClient
preflight = {"Origin": "https://shop.example", "Access-Control-Request-Method": "PUT"}
response = TestClient(app).options("/orders", headers=preflight)
assert response.status_code == 405
assert "access-control-allow-origin" not in response.headers
"""
    for text in (before + alone, before.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS") + ADDED + CHECK):
        program.write_text(text)
        subprocess.run([sys.executable, str(program)], check=True, timeout=120)
