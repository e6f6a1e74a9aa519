"""Every card of the demo, both outcomes, in real Chromium: what the card says, and that the browser agreed."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from crossorigin.demo.front import Addresses
from tests.e2e.demo.conftest import Console, open_page, run_all

NO_ORIGIN = "No 'Access-Control-Allow-Origin' header is present on the requested resource."


@dataclass(frozen=True)
class Row:
    """One attempt, and all that its card has to show."""

    card: str
    attempt: str
    sent: str
    verdict: str
    says: str
    decides: str
    reason: str = ""
    console: str = ""


ALLOWED, BLOCKED = "Allowed", "Blocked"
LISTED = 'allow_origins=["{front}"],'
METHODS = 'allow_methods=["GET", "POST", "PUT", "DELETE"],'

ROWS = [
    Row("simple", "get", "GET", ALLOWED, '[{"id":1,"name":"Tea"},{"id":2,"name":"Cake"}]', LISTED),
    Row("json", "json", "OPTIONS POST", ALLOWED, '"sent as":"application/json"', LISTED),
    Row("json", "text", "POST", ALLOWED, '"sent as":"text/plain"', LISTED),
    Row("methods", "put", "OPTIONS PUT", ALLOWED, '{"replaced":"Tea"}', METHODS),
    Row("methods", "delete", "OPTIONS DELETE", ALLOWED, '{"deleted":"Tea"}', METHODS),
    Row(
        "methods",
        "patch",
        "OPTIONS",
        BLOCKED,
        "The PATCH itself was never sent.",
        METHODS,
        "method-not-allowed",
        "Method PATCH is not allowed by Access-Control-Allow-Methods in preflight response.",
    ),
    Row("headers", "listed", "OPTIONS GET", ALLOWED, '"name":"Tea"', 'allow_headers=["X-Request-ID"],'),
    Row(
        "headers",
        "unlisted",
        "OPTIONS",
        BLOCKED,
        "does not list x-debug",
        'allow_headers=["X-Request-ID"],',
        "header-not-allowed",
        "Request header field x-debug is not allowed by Access-Control-Allow-Headers in preflight response.",
    ),
    Row("authorization", "listed", "OPTIONS GET", ALLOWED, '{"you are":"Ada"}', 'allow_headers=["Authorization"],'),
    Row(
        "authorization",
        "unlisted",
        "OPTIONS",
        BLOCKED,
        "does not list authorization",
        "allow_headers=[],  # the default",
        "header-not-allowed",
        "Request header field authorization is not allowed by Access-Control-Allow-Headers in preflight response.",
    ),
    Row("cookies", "with", "POST GET", ALLOWED, '{"you are":"Ada"}', "allow_credentials=True,"),
    Row(
        "cookies",
        "without",
        "POST GET",
        BLOCKED,
        "The server did receive and run it, cookie and all: it answered 200.",
        "allow_credentials=False,  # the default",
        "",
        "The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be 'true' "
        "when the request's credentials mode is 'include'.",
    ),
    Row("cookies", "preflight", "POST OPTIONS POST", ALLOWED, '{"created":"Tea"', "allow_credentials=True,"),
    Row("cookies", "omitted", "GET", ALLOWED, '{"you are":"nobody"}', "allow_credentials=False,  # the default"),
    Row("expose", "exposed", "GET", ALLOWED, 'headers.get("X-Total-Count")\n"2"', 'expose_headers=["X-Total-Count"],'),
    Row(
        "expose",
        "hidden",
        "GET",
        ALLOWED,
        'it is on the wire, and hidden from the script.\n\nStatus\n200\nBody\n[{"id":1,"name":"Tea"},'
        '{"id":2,"name":"Cake"}]\nheaders.get("X-Total-Count")\nnull',
        "expose_headers=[],  # the default",
    ),
    Row("denied", "front", "GET", ALLOWED, '"name":"Tea"', LISTED),
    Row(
        "denied",
        "other",
        "GET",
        BLOCKED,
        "The server did receive and run it: it answered 200.",
        LISTED,
        "origin-not-allowed",
        NO_ORIGIN,
    ),
    Row(
        "denied",
        "put",
        "OPTIONS",
        BLOCKED,
        "The PUT itself was never sent: the server ran nothing.",
        LISTED,
        "origin-not-allowed",
        f"Response to preflight request doesn't pass access control check: {NO_ORIGIN}",
    ),
    Row("crash", "ours", "GET", ALLOWED, "Status\n500", LISTED),
    Row(
        "crash",
        "starlette",
        "GET",
        BLOCKED,
        "The server did receive and run it: it answered 500.",
        "CORSMiddleware,  # Starlette's own",
        "",
        NO_ORIGIN,
    ),
    Row("wildcard", "without", "GET", ALLOWED, '"name":"Tea"', 'allow_origins=["*"],'),
    Row(
        "wildcard",
        "with",
        "GET",
        BLOCKED,
        "* is no permission for a request with credentials",
        'allow_origins=["*"],',
        "",
        "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' "
        "when the request's credentials mode is 'include'.",
    ),
    Row(
        "wildcard",
        "starlette",
        "POST GET",
        "Allowed, and that is the hole",
        'A page that nobody named could read who is logged in:\n\nStatus\n200\nBody\n{"you are":"Ada"}',
        "allow_credentials=True,",
    ),
]


@pytest.fixture(autouse=True)
def _no_cookies(page: Page) -> None:
    page.context.clear_cookies()


def press(page: Page, card: str, attempt: str) -> None:
    """Presses a button, and waits until its result stands on the card."""
    runs = int(page.get_attribute(f"#{card}", "data-runs") or 0)
    page.click(f"#{card} [data-attempt={attempt}]")
    page.wait_for_selector(f"#{card}[data-ran={attempt}][data-runs='{runs + 1}']")


def sent(page: Page, card: str) -> str:
    return " ".join(page.locator(f"#{card} .to-server .line strong").all_inner_texts())


@pytest.mark.parametrize("row", ROWS, ids=lambda it: f"{it.card}-{it.attempt}")
def test_an_attempt(page: Page, console: Console, demo: Addresses, row: Row) -> None:
    complaint = page.expect_console_message(lambda it: it.text.endswith(row.console))
    with complaint if row.console else nullcontext():
        press(page, row.card, row.attempt)
    card = page.locator(f"#{row.card}")
    assert sent(page, row.card) == row.sent
    assert card.locator(".verdict .title").inner_text().split("\n")[0].strip("✓✗ ") == row.verdict
    assert row.says in card.locator(".verdict").inner_text()
    assert card.locator(".decider").inner_text().strip() == row.decides.format(front=demo.front)
    assert card.locator(".reason").all_inner_texts() == ([row.reason] if row.reason else [])
    assert card.locator(".unforeseen").count() == 0
    # The browser's own word for it is the one that the card quotes.
    assert card.locator(".console").all_inner_texts() == ([f"Chromium’s console\n{row.console}"] if row.console else [])
    blocked = [it for it in console if "has been blocked by CORS policy: " in it]
    assert bool(blocked) == (row.verdict == BLOCKED)
    assert not row.console or all(it.endswith(row.console) for it in blocked)
    # What never left the browser has no answer; what did has one for each request.
    assert card.locator(".from-server").count() == len(row.sent.split())


def test_every_attempt_is_tested(page: Page) -> None:
    shown = {
        (it.evaluate("it => it.closest('.card').id"), it.get_attribute("data-attempt"))
        for it in page.locator("[data-attempt]").all()
    }
    assert shown == {(it.card, it.attempt) for it in ROWS} | {("max-age", "cached"), ("max-age", "uncached")}


def fields(page: Page, selector: str) -> list[str]:
    return [it.replace("\n", "") for it in page.locator(f"{selector} .fields > div").all_inner_texts()]


def test_headers_are_shown_as_they_were_sent(page: Page, demo: Addresses) -> None:
    press(page, "json", "json")
    always = "accept, accept-language, content-language, content-type"
    assert fields(page, "#json .to-server") == [
        f"Origin: {demo.front}",
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: content-type",
        "Cookie: none",
        f"Origin: {demo.front}",
        "Content-Type: application/json",
        "Cookie: none",
    ]
    assert fields(page, "#json .from-server") == [
        f"Access-Control-Allow-Origin: {demo.front}",
        "Access-Control-Allow-Methods: GET",
        f"Access-Control-Allow-Headers: {always}",
        "Access-Control-Max-Age: 600",
        "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        f"Access-Control-Allow-Origin: {demo.front}",
        "Vary: Origin",
    ]


def test_a_denied_origin_is_told_nothing(page: Page, demo: Addresses) -> None:
    press(page, "denied", "put")
    assert fields(page, "#denied .to-server")[0] == f"Origin: {demo.other}"
    assert page.locator("#denied .from-server .line").inner_text() == "403 Forbidden"
    assert page.locator("#denied .without").inner_text() == "no CORS header"
    frame = page.frame_locator("#denied iframe")
    assert frame.locator("#me").inner_text() == demo.other
    expect(frame.locator("#last")).to_have_text("All I got: TypeError: Failed to fetch")


def test_a_preflight_carries_no_cookie(page: Page) -> None:
    press(page, "cookies", "preflight")
    cookies = [it for it in fields(page, "#cookies .to-server") if it.startswith("Cookie")]
    assert cookies == ["Cookie: none", "Cookie: none", "Cookie: crossorigin_demo=…"]


def test_the_cookie_goes_whatever_the_policy_says(page: Page) -> None:
    press(page, "cookies", "without")
    assert fields(page, "#cookies .to-server")[-1] == "Cookie: crossorigin_demo=…"
    press(page, "cookies", "omitted")
    assert fields(page, "#cookies .to-server")[-1] == "Cookie: none"


def test_preflights_are_remembered(page: Page, console: Console) -> None:
    counts = []
    for attempt in ("cached", "cached", "cached", "uncached", "uncached"):
        press(page, "max-age", attempt)
        counts.append((page.inner_text("#max-age .count").replace("\n", ""), sent(page, "max-age")))
    assert counts == [
        ("1 preflight arrived for 3 PUTs", "OPTIONS PUT PUT PUT"),
        ("1 preflight arrived for 6 PUTs", "PUT PUT PUT"),
        ("1 preflight arrived for 9 PUTs", "PUT PUT PUT"),
        ("3 preflights arrived for 3 PUTs", "OPTIONS PUT OPTIONS PUT OPTIONS PUT"),
        ("6 preflights arrived for 6 PUTs", "OPTIONS PUT OPTIONS PUT OPTIONS PUT"),
    ]
    assert page.inner_text("#max-age .decider").strip() == "max_age=-1,"
    assert console == []


def test_the_refusal_is_the_real_one(page: Page) -> None:
    text = page.inner_text("#wildcard .refusal")
    assert "The CORS policy was refused:" in text
    assert "allow_origins[0] = '*'  [star-with-credentials]" in text


SAME, CROSS = "✓ Same-origin", "≠ Cross-origin"


@pytest.mark.parametrize(
    ("place", "title", "why", "parts"),
    [
        (0, CROSS, "They differ in port.", "✓ same|✓ same|≠ differs"),
        (1, CROSS, "They differ in domain.", "✓ same|≠ differs|✓ same"),
        (2, CROSS, "They differ in protocol and port.", "≠ differs|✓ same|≠ differs"),
        (3, SAME, "Protocol, domain and port agree.", "✓ same|✓ same|✓ same"),
    ],
)
def test_the_tutorials_four_rows(page: Page, place: int, title: str, why: str, parts: str) -> None:
    button = page.locator("#same-origin button.try").nth(place)
    button.click()
    expect(button).to_have_attribute("aria-current", "true")
    card = page.locator("#same-origin")
    assert card.locator(".title").inner_text() == title
    assert why in card.locator(".verdict").inner_text()
    assert "|".join(card.locator("td.same").all_inner_texts()) == parts


@pytest.mark.parametrize(
    ("a", "b", "title"),
    [
        ("HTTPS://Example.com:443/a", "https://example.com", SAME),
        ("http://localhost:3000", "http://127.0.0.1:3000", CROSS),
        ("file:///a.html", "file:///a.html", CROSS),
        ("example.com", "http://example.com", "✗ Not a URL"),
        ("<img src=x onerror=alert(1)>", "http://example.com", "✗ Not a URL"),
    ],
)
def test_two_urls_that_somebody_types(page: Page, console: Console, a: str, b: str, title: str) -> None:
    page.get_by_label("First URL").fill(a)
    page.get_by_label("Second URL").fill(b)
    expect(page.locator("#same-origin .title")).to_have_text(title)
    assert console == []


def test_the_tutorials_programs_with_one_line_changed(page: Page) -> None:
    for name in ("basic", "development", "production"):
        listing = page.locator(f"[data-program={name}]")
        assert listing.locator("del").all_inner_texts() == ["from fastapi.middleware.cors import CORSMiddleware"]
        assert listing.locator("ins").all_inner_texts() == ["from crossorigin import CORSMiddleware"]


def test_run_all(page: Page, console: Console) -> None:
    assert run_all(page) == "✓ 26 attempts: 18 allowed, 8 blocked, all as the policies foretold."
    expected = (" has been blocked by CORS policy: ", "net::ERR_FAILED", "status of 500 (Internal Server Error)")
    assert [it for it in console if not any(part in it for part in expected)] == []
    assert page.evaluate("document.querySelectorAll('.badge:empty').length") == 0


@pytest.mark.parametrize("width", [360, 390, 600, 768, 1024, 1280, 1600])
def test_nothing_scrolls_sideways(page: Page, width: int) -> None:
    if not page.locator("#tally .mark").count():
        run_all(page)
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert (
        page.evaluate("""() => [...document.querySelectorAll("main *:not(.unseen)")]
        .filter((it) => it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX !== "visible")
        .map((it) => it.outerHTML.slice(0, 80))""")
        == []
    )
    page.set_viewport_size({"width": 1280, "height": 900})


def test_the_keyboard_is_enough(chromium: Browser, demo: Addresses) -> None:
    page = chromium.new_page()
    open_page(page, demo.front)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the cards"
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.attempt ?? document.activeElement.id"))
        if reached[-1] == "get":
            break
    assert {"theme", "run-all", "get"} <= set(reached)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the focus is seen"
    page.keyboard.press("Enter")
    page.wait_for_selector("#simple[data-ran=get]")
    assert page.locator("#simple .verdict .title").inner_text().strip("✓ ") == "Allowed"
    assert page.locator("#simple [role=status]").get_attribute("aria-live") == "polite"
    page.close()


CONTRASTS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((it) => it / 255)
    .map((it) => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4)
    .reduce((sum, it, i) => sum + it * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (it) => {
    for (; it; it = it.parentElement) {
      const colour = rgb(getComputedStyle(it).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const written = (it) => [...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const texts = [...document.querySelectorAll("body *")].filter((it) =>
    it.checkVisibility() && !it.closest(".unseen") && written(it));
  return texts.map((it) => {
    const [x, y] = [light(rgb(getComputedStyle(it).color)), light(behind(it))];
    return [(Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05), it.outerHTML.slice(0, 100)];
  }).filter(([ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(page: Page, scheme: str) -> None:
    """WCAG 2.2 § 1.4.3, AA: a contrast of 4.5 for every text, in both themes."""
    if not page.locator("#tally .mark").count():
        run_all(page)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    assert page.evaluate(CONTRASTS) == []
    page.emulate_media(color_scheme="light", reduced_motion="reduce")


def test_light_and_dark(chromium: Browser, demo: Addresses) -> None:
    page = chromium.new_page(color_scheme="dark")
    open_page(page, demo.front)
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    assert page.get_by_role("button", name="Switch to the light theme").inner_text() == "Light"
    page.click("#theme")
    light = page.evaluate(background)
    assert (dark, light) == ("rgb(19, 22, 27)", "rgb(247, 247, 244)")
    expect(page.frame_locator("#denied iframe").locator("html")).to_have_attribute("data-theme", "light")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate(background) == light, "the choice is kept"
    page.close()


def test_a_demo_that_has_stopped(page: Page) -> None:
    page.route("**/log?*", lambda route: route.abort())
    page.click("#simple [data-attempt=get]")
    expect(page.locator("#simple .verdict")).to_contain_text("The demo does not answer. Is it still running?")
    expect(page.locator("#simple [data-attempt=get]")).not_to_have_attribute("aria-busy", "true")
    page.unroute("**/log?*")
    press(page, "simple", "get")
    assert page.locator("#simple .title").inner_text() == "✓ Allowed"


def test_the_wrong_door(chromium: Browser, demo: Addresses) -> None:
    """Opened as 127.0.0.1, the page is another origin; it says so before anybody wonders."""
    page = chromium.new_page()
    open_page(page, demo.front.replace("localhost", "127.0.0.1"))
    expect(page.locator("#notice")).to_contain_text("To a browser these are two origins")
    assert page.locator("#notice a").get_attribute("href") == f"{demo.front}/"
    page.close()
