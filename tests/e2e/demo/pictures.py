"""Takes the pictures in docs/ again: .venv/bin/python -m tests.e2e.demo.pictures

Here belongs how they are made. Not here: any test; `pytest` does not collect this file.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from crossorigin.demo.run import Ports, running
from tests.e2e.demo.conftest import ARGUMENTS, CHROMIUM, open_page, run_all

DOCS = Path(__file__).parent.parent.parent.parent / "docs"
WIDTH, HEIGHT = 1280, 1600
# One picture does not reach far: between the head of the page and this card, it leaves out the rest.
CARD = "methods"
LEFT_OUT = ["section:has(#what)", "section:has(#configure)", "#simple", "#json", f"#{CARD} ~ .card"]


def main() -> None:
    """Light and dark, 1280 wide: the top of the page, and the card that says most in one look."""
    with running(Ports()) as here, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": WIDTH, "height": HEIGHT},
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
            )
            open_page(page, here.front)
            run_all(page)
            hide = "(all) => document.querySelectorAll(all).forEach((it) => { it.hidden = true; })"
            page.evaluate(hide, ", ".join(LEFT_OUT))
            height = page.evaluate("(card) => document.getElementById(card).getBoundingClientRect().bottom", CARD)
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(HEIGHT, int(height) + 40)}
            page.screenshot(path=DOCS / f"demo-{scheme}.png", clip=clip)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
