"""Writes the outputs and the pictures in docs/reports.md and docs/verify.md again: python -m tests.docs.pages

Here belong how they are made, from servers that really run. Not here: any test; `pytest` does not collect this file.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from playwright.sync_api import sync_playwright

from crossorigin import Policy, install
from tests.e2e.chromium import CHROMIUM, Served

ROOT = Path(__file__).parent.parent.parent
REPORTS, VERIFY = ROOT / "docs" / "reports.md", ROOT / "docs" / "verify.md"
BLOCK = re.compile(r"```(console|json)\n(?:\$ crossorigin ([^\n]*)\n)?(.*?)```", re.DOTALL)
WIDTH = 1100


def blocks(language: str, page: Path) -> list[str]:
    """The code of a page."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


@contextmanager
def servers() -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with the policy of docs/verify.md, a server of it on :8000, and on :8001 the other app of the page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "crossorigin.toml"
        file.write_text(blocks("toml", VERIFY)[0])
        sound = FastAPI()
        sound.get("/items")(lambda: [1])
        install(sound, Policy.load(file))
        other: dict[str, Any] = {"__name__": __name__}
        exec(compile(blocks("python", VERIFY)[0], VERIFY.name, "exec"), other)
        running = {"8000": Served(sound, log_level="critical"), "8001": Served(other["app"], log_level="critical")}
        try:
            yield folder, {f"localhost:{port}": f"127.0.0.1:{it.port}" for port, it in running.items()}
        finally:
            for it in running.values():
                it.stop()


def output(command: str, folder: Path, where: dict[str, str]) -> str:
    """What a command prints, and its exit status; the servers' ports are written as the page has them."""
    for name, address in where.items():
        command = command.replace(name, address)
    ran = subprocess.run(
        [sys.executable, "-c", "from crossorigin.cli import main; main()", *shlex.split(command)],
        cwd=folder,
        env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    text = (ran.stdout + ran.stderr).strip("\n")
    for name, address in where.items():
        text = text.replace(address, name)
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join([*lines, "$ echo $?", str(ran.returncode)])


def page(file: Path, folder: Path, where: dict[str, str]) -> str:
    """A page, with the output of every command."""

    def again(it: re.Match[str]) -> str:
        if it[2] is None:
            return it[0]
        return f"```{it[1]}\n$ crossorigin {it[2]}\n{output(it[2], folder, where)}\n```"

    return BLOCK.sub(again, file.read_text())


def timeless(text: str) -> str:
    """The text without what two runs need not share: how long it took, and whether a request was sent once more."""
    return re.sub(r'\d+ requests in \d+\.\d s\b|(?<="seconds": )[\d.]+', "…", text)


def pictures(folder: Path, where: dict[str, str]) -> None:
    """The page of an audit of the other app, light and dark."""
    report = folder / "audit.html"
    output(
        f"audit http://localhost:8001/items --origin https://www.example.org --format html --output {report}",
        folder,
        where,
    )
    text = report.read_text()
    for name, address in where.items():
        text = text.replace(address, name).replace(address.partition(":")[2], name.partition(":")[2])
    report.write_text(text)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            tab = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
            tab.goto(report.as_uri())
            bottom = tab.evaluate("document.querySelectorAll('article')[1].getBoundingClientRect().bottom")
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": int(bottom) + 24}
            tab.screenshot(path=ROOT / "docs" / f"report-{scheme}.png", full_page=True, clip=clip)  # type: ignore[arg-type]
        browser.close()


def main() -> None:
    with servers() as (folder, where):
        VERIFY.write_text(page(VERIFY, folder, where))
        REPORTS.write_text(page(REPORTS, ROOT, where))
        pictures(folder, where)


if __name__ == "__main__":
    main()
