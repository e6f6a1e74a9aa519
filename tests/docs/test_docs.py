"""The documents say what the code says."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.asgi import request
from tests.docs import pages
from tests.middleware.test_starlette_parity import DIFFERENCES

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", ["problems.md", "findings.md", "causes.md"])
def test_the_pages_of_codes_are_the_catalogues(name: str) -> None:
    made = runpy.run_path(str(ROOT / "tools" / "codes"))["PAGES"][name]()
    assert (ROOT / "docs" / name).read_text() == made, "run tools/codes"


def test_the_differences_from_starlette_are_those_that_are_tested() -> None:
    text = (ROOT / "docs" / "differences.md").read_text()
    section = text.partition("## What a browser sees")[2].partition("##")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert rows == [f"| {it.difference} | {it.why} |" for it in DIFFERENCES]


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [it for it in links if not (page.parent / it).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.name)
def test_python_in_the_pages_runs(page: Path) -> None:
    namespace: dict[str, object] = {"__name__": __name__}  # Litestar and Quart look their module up
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        exec(compile(block, page.name, "exec"), namespace)


def test_what_the_commands_print_is_what_the_pages_show() -> None:
    blocked = runpy.run_path(str(ROOT / "tools" / "blocked"))
    shown = 0
    for file in blocked["PAGES"]:
        made = blocked["page"](file)
        assert file.read_text() == made, "run tools/blocked"
        assert "crossorigin explain:" not in made, "a command that fails"
        shown += made.count("```console")
    assert shown >= 25


def test_what_the_commands_print_is_what_the_readme_shows() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "readme"))["page"]()
    assert (ROOT / "README.md").read_text() == made, "run tools/readme"
    assert made.count("The CORS policy was refused:\n") == 2
    assert "\nSeen\n  · GET /share/0 → 500, Access-Control-Allow-Origin: http://localhost:3000\n" in made
    assert '\nDo this\n  allow_methods=["GET", "PUT"]\n' in made


@pytest.mark.parametrize(
    ("number", "asked", "allowed"),
    [
        (0, "https://evil.example", "https://evil.example"),
        (1, "https://example.co", "https://example.co"),
        (2, "http://localhost:3000", None),  # the crash
    ],
)
def test_the_readme_is_right_about_starlette(number: int, asked: str, allowed: str | None) -> None:
    """Each of the three failures happens with Starlette's own middleware in the same program."""
    blocks = re.findall(r"```python\n(# main.py\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    program = blocks[number].replace("from crossorigin import", "from fastapi.middleware.cors import")
    namespace: dict[str, Any] = {}
    exec(compile(program, "main.py", "exec"), namespace)
    path = "/share/0" if number == 2 else "/openapi.json"
    answer = request(namespace["app"], "GET", path, [("origin", asked), ("cookie", "session=1")])
    assert answer.status == (500 if number == 2 else 200)
    assert answer.cors.get("access-control-allow-origin") == allowed


def test_the_picture_is_what_the_terminal_shows() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "picture"))["picture"]()
    assert (ROOT / "docs" / "explain.svg").read_text() == made + "\n", "run tools/picture"


def test_what_verify_and_reports_print_is_what_their_pages_show() -> None:
    with pages.servers() as (folder, where):
        for file, here in ((pages.VERIFY, folder), (pages.REPORTS, ROOT)):
            made = pages.timeless(pages.page(file, here, where))
            assert pages.timeless(file.read_text()) == made, "run python -m tests.docs.pages"
            assert "$ echo $?" in made


def test_the_pictures_of_the_report_are_there() -> None:
    names = re.findall(r'(?:src|srcset)="([^"]+)"', pages.REPORTS.read_text())
    assert sorted(names) == ["report-dark.png", "report-light.png"]
    assert all((pages.REPORTS.parent / it).read_bytes().startswith(b"\x89PNG") for it in names)
