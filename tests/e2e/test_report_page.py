"""The page in real Chromium: it asks nobody, runs nothing, and shows everything, at every width and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from crossorigin.report.findings import Report
from crossorigin.report.formats import render
from tests.e2e.chromium import CHROMIUM
from tests.report.samples import ALL, AUDIT, LONG, SHOWN, STRANGE


# Of one module: Playwright keeps an event loop running in this thread, where other tests call asyncio.run.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


class Opened:
    """A page that was opened from its file, and everything that it tried."""

    def __init__(self, page: Page, file: Path, text: str) -> None:
        self.page, self.file = page, file
        self.tried: list[str] = []
        page.on("request", lambda it: self.tried.append(f"request {it.url}"))
        page.on("dialog", lambda it: (self.tried.append(f"dialog {it.message}"), it.dismiss()))
        page.on("console", lambda it: self.tried.append(f"console {it.text}"))
        page.on("pageerror", lambda it: self.tried.append(f"error {it}"))
        page.on("popup", lambda it: self.tried.append(f"popup {it.url}"))
        file.write_text(text)
        page.goto(file.as_uri())


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[list[Opened]]:
    """Filled by `show`; all pages are closed afterwards."""
    pages: list[Opened] = []
    yield pages
    for it in pages:
        it.page.close()


def show(chromium: Browser, opened: list[Opened], folder: Path, text: str, width: int = 1280) -> Opened:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    opened.append(Opened(page, folder / "report.html", text))
    return opened[-1]


@pytest.mark.parametrize("name", ALL)
def test_a_page_asks_nobody_and_runs_nothing(
    chromium: Browser, opened: list[Opened], tmp_path: Path, name: str
) -> None:
    it = show(chromium, opened, tmp_path, render(ALL[name], "html"))
    it.page.hover("body")
    for summary in it.page.locator("summary").all():
        summary.click()
    assert it.tried == [f"request {it.file.as_uri()}"]
    assert it.page.evaluate("document.querySelectorAll('script, img, iframe, object, embed, link, base').length") == 0
    assert it.page.evaluate("document.styleSheets[0].cssRules.length") > 50, "its own style is let in"


def test_the_policy_holds_where_escaping_would_fail(chromium: Browser, opened: list[Opened], tmp_path: Path) -> None:
    hole = "<script>alert(1)</script><img src=https://evil.example/x onerror=alert(2)><p style='color:red'>x</p></main>"
    it = show(chromium, opened, tmp_path, render([AUDIT], "html").replace("</main>", hole))
    it.page.locator("p", has_text="x").last.wait_for()
    said = [line for line in it.tried if not line.startswith("request file:")]
    # Chromium announces the request of the picture, and that its own check ended it.
    assert [line for line in said if not line.startswith(("console", "request https://evil.example/x"))] == []
    assert sum("Content Security Policy" in line for line in said) >= 3
    assert it.page.evaluate("getComputedStyle([...document.querySelectorAll('p')].pop()).color") != "rgb(255, 0, 0)"


def test_what_a_server_says_is_seen_as_it_is(chromium: Browser, opened: list[Opened], tmp_path: Path) -> None:
    it = show(chromium, opened, tmp_path, render([STRANGE], "html"))
    assert it.page.locator("pre").first.inner_text() == f"seen {SHOWN}"
    assert it.page.locator(".error").inner_text() == f"Could not run. error {SHOWN}".replace(
        "Could not run", "Stopped before the end"
    )
    assert it.page.locator("h1").inner_text() == "Security audit"


def test_headings_and_findings_are_seen(chromium: Browser, opened: list[Opened], tmp_path: Path) -> None:
    it = show(chromium, opened, tmp_path, render([AUDIT], "html"))
    assert it.page.locator("h1:visible, h2:visible, h3:visible").all_inner_texts() == [
        "Security audit",
        "Critical",
        "Any origin is reflected",
        "Medium",
        "Vary: Origin is missing",
        "Low",
        "Any port is allowed",
        "Info",
        "Every website may read it, without cookies",
        "Notes",
    ]
    assert it.page.locator("article:visible").count() == 4
    assert it.page.locator(".tiles li:visible").all_inner_texts() == [
        "1\ncritical",
        "0\nhigh",
        "2\nmedium",
        "1\nlow",
        "1\ninfo",
    ]


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("name", ["audit", "strange", "long", "several"])
def test_nothing_is_wider_than_the_window(
    chromium: Browser, opened: list[Opened], tmp_path: Path, name: str, width: int
) -> None:
    it = show(chromium, opened, tmp_path, render(ALL[name], "html"), width)
    assert it.page.evaluate("document.documentElement.scrollWidth") == width
    wide = "[...document.querySelectorAll('main *')].filter(it => it.getBoundingClientRect().right > innerWidth).length"
    assert it.page.evaluate(wide) == 0


# WCAG 2.2 § 1.4.3: the smaller contrast of every text with what stands behind it, mixed down to one colour.
CONTRAST = """() => {
  const context = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const mixed = (colours) => {
    context.clearRect(0, 0, 1, 1);
    for (const it of colours) { context.fillStyle = it; context.fillRect(0, 0, 1, 1); }
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(it => it / 255).map(it => it <= .04045 ? it / 12.92 : ((it + .055) / 1.055) ** 2.4);
    return .2126 * x + .7152 * y + .0722 * z;
  };
  const found = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    const behind = [];
    for (let it = element; it; it = it.parentElement) behind.unshift(getComputedStyle(it).backgroundColor);
    const back = mixed(['white', ...behind]);
    const [one, other] = [light(back), light(mixed(['white', ...behind, getComputedStyle(element).color]))];
    const ratio = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
    if (ratio < 4.5) found[element.tagName + '.' + element.className] = ratio.toFixed(2);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("media", ["screen", "print"])
def test_text_can_be_read(chromium: Browser, opened: list[Opened], tmp_path: Path, scheme: str, media: str) -> None:
    it = show(chromium, opened, tmp_path, render(ALL["several"], "html"))
    it.page.emulate_media(color_scheme=scheme, media=media)  # type: ignore[arg-type]
    assert it.page.evaluate(CONTRAST) == {}


def test_paper_shows_what_is_folded_on_a_screen(chromium: Browser, opened: list[Opened], tmp_path: Path) -> None:
    many = Report("verify", "https://api.example.com/", AUDIT.findings[:1] * 5)
    it = show(chromium, opened, tmp_path, render([many], "html"))
    assert it.page.locator("pre:visible").count() == 3
    it.page.emulate_media(media="print")
    assert it.page.locator("pre:visible").count() == 5
    assert it.page.locator("dd:visible").count() == 10


def test_the_list_of_a_long_page_leads_to_its_findings(chromium: Browser, opened: list[Opened], tmp_path: Path) -> None:
    it = show(chromium, opened, tmp_path, render([LONG], "html"))
    link = it.page.locator("nav a").nth(20)
    link.click()
    title = it.page.locator("article:target h3")
    assert title.inner_text() == link.inner_text()
    assert 0 <= title.evaluate("it => it.getBoundingClientRect().top") < 200
