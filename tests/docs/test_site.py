"""The documentation site builds strictly, loads nothing from elsewhere, and its search finds the right page."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, sync_playwright

from crossorigin.explain import read_console
from tests.e2e.chromium import CHROMIUM
from tests.explain.test_console import MESSAGES

ROOT: Final = Path(__file__).parent.parent.parent
SITE: Final = ROOT / "build" / "site"
BLOCKED: Final = ROOT / "docs" / "blocked"
AXE: Final = "axe-core@4.14.1"

# The page of each thing that a console can say; `preflight-` in front of a reason changes nothing.
PAGE_OF: Final = {
    "allow-origin-missing": "allow-origin-missing",
    "allow-origin-mismatch": "allow-origin-mismatch",
    "allow-origin-multiple": "multiple-values",
    "allow-origin-invalid": "invalid-value",
    "allow-origin-star-with-credentials": "wildcard-with-credentials",
    "allow-credentials-missing": "credentials-not-allowed",
    "allow-credentials-invalid": "credentials-not-allowed",
    "preflight-status": "preflight-status",
    "preflight-redirect": "redirects",
    "redirect-credentials": "redirects",
    "method-not-allowed": "method-not-allowed",
    "header-not-allowed": "header-not-allowed",
    "allow-methods-invalid": "cannot-parse",
    "allow-headers-invalid": "cannot-parse",
    "network-failure": "did-not-succeed",
    "bad-port": "did-not-succeed",
    "mixed-content": "mixed-content",
    "scheme-not-http": "scheme",
    "cross-origin-resource-policy": "blocked-response",
    "websocket-refused": "websocket",
}
# Failures of the network that have a page of their own.
OF_FAILURE: Final = (
    ("address space", "local-network"),
    ("ERR_BLOCKED_BY_CLIENT", "blocked-by-client"),
    ("due to access control checks", "safari-access-control-checks"),
)


class Loaded(HTMLParser):
    """What a page loads by itself: scripts, styles, pictures; not its links."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "link" and said.get("rel") in ("canonical", "next", "prev"):
            return
        for name in ("src", "srcset", "href"):
            if name in said and tag != "a":
                self.addresses.append(said[name] or "")


@pytest.fixture(scope="module")
def site() -> Path:
    built = subprocess.run(
        [ROOT / "tools" / "site", sys.executable], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return SITE


@pytest.fixture(scope="module")
def tab(site: Path) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        reader = Loaded()
        reader.feed(page.read_text())
        assert [address for address in reader.addresses if re.match(r"(https?:)?//", address)] == [], page


def of_blocked_pages() -> Iterator[tuple[str, str]]:
    """Each message that a page of docs/blocked shows, and the page."""
    for file in sorted(BLOCKED.glob("*.md")):
        shown = file.read_text().partition("## What it means")[0]
        for block in re.findall(r"```text\n(.*?)```", shown, re.DOTALL):
            yield block.strip(), file.stem


def page_of(text: str) -> str:
    """The page of a console's message."""
    own = next((page for words, page in OF_FAILURE if words in text), None)
    if own is not None:
        return own
    reason = read_console(text).reason
    return PAGE_OF.get(reason) or PAGE_OF[reason.removeprefix("preflight-")]


def search(tab: Page, text: str) -> list[str]:
    """The pages that the site's own search shows for a text that is pasted into its box, best first."""
    box = tab.locator("input.md-search__input")
    box.fill("")
    tab.evaluate("document.querySelector('.md-search-result__meta').textContent = 'waiting'")
    box.evaluate(
        """(box, text) => {
            const data = new DataTransfer();
            data.setData("text", text);
            box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )
    tab.wait_for_function("/match|No /.test(document.querySelector('.md-search-result__meta').textContent)")
    links: list[str] = tab.eval_on_selector_all(".md-search-result__link", "links => links.map(link => link.href)")
    pages = [re.sub(r".*/site/|\.html.*", "", link) for link in links]
    return list(dict.fromkeys(pages))


def test_a_pasted_message_finds_its_page(site: Path, tab: Page) -> None:
    tab.goto((site / "index.html").as_uri())
    tab.locator("input.md-search__input").click(force=True)
    recorded = [(text, page_of(text)) for text, *_ in MESSAGES]
    messages = [*of_blocked_pages(), *recorded]
    assert len(messages) > 100
    missed = {text: found for text, page in messages if f"blocked/{page}" not in (found := search(tab, text)[:2])}
    assert missed == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(site: Path, tab: Page, scheme: Any) -> None:
    fetched = subprocess.run([sys.executable, ROOT / "tools" / "npm", AXE], capture_output=True, text=True, check=True)
    script = Path(fetched.stdout.strip()) / "axe.min.js"
    tab.emulate_media(color_scheme=scheme)
    found: dict[str, list[str]] = {}
    for name in ("index", "tutorial", "blocked", "blocked/redirects", "policy", "problems", "api", "howto/one-origin"):
        tab.goto((site / f"{name}.html").as_uri())
        tab.add_script_tag(path=script)
        result: dict[str, Any] = tab.evaluate("axe.run()")
        serious = [each for each in result["violations"] if each["impact"] in ("serious", "critical")]
        for each in serious:
            found.setdefault(each["id"], []).append(f"{name}: {each['nodes'][0]['html'][:150]}")
    assert found == {}
