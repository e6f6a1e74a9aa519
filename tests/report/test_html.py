"""The page, as text: what it is made of, and what its markup says. What Chromium makes of it: `test_page`."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from crossorigin.report.findings import Finding, Place, Report
from crossorigin.report.formats import render

from .samples import ALL, AUDIT, CLEAN, FAILED, IGNORED, KINDS, LONG, RUN_TIME, SHOWN, STRANGE, UNREAD, VARY

COULD_NOT, NOTHING = ["could not run"], ["Nothing was found."]
UNREAD_AND_FAILED = [
    "1 not judged, no findings in the rest",
    "Could not run: https://gone.example/.",
    "could not run",
]

VOID = {"meta", "br"}


class Tree(HTMLParser):
    """The elements in their order, the text of each, and whether all are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append((self.open[-1], data.strip()))

    def text(self, *tags: str) -> list[str]:
        return [text for tag, text in self.words if tag in tags]


def page(reports: Sequence[Report]) -> Tree:
    return Tree(render(reports, "html"))


@pytest.mark.parametrize("reports", ALL.values(), ids=ALL.keys())
def test_the_page_is_whole_and_of_known_elements(reports: Sequence[Report]) -> None:
    tree = page(reports)
    assert tree.open == []
    known = "html head meta title style body header p h1 main section ol li b table thead tr th tbody td a span h2 h3"
    known += " article code h4 h5 div pre details summary dl dt dd footer nav"
    assert {tag for tag, _ in tree.elements} <= set(known.split())
    attributes = {name for _, attrs in tree.elements for name in attrs}
    assert attributes <= {*"lang charset http-equiv content name class id href rel scope aria-label".split()}
    ids = [attrs["id"] for _, attrs in tree.elements if "id" in attrs]
    assert len(set(ids)) == len(ids)
    links = [attrs["href"] or "" for _, attrs in tree.elements if "href" in attrs]
    assert [it for it in links if it[0] == "#" and it[1:] not in ids] == []
    assert [it for it in links if it[0] != "#" and not it.startswith("https://")] == []


@pytest.mark.parametrize("reports", ALL.values(), ids=ALL.keys())
def test_headings_leave_no_level_out(reports: Sequence[Report]) -> None:
    levels = [int(tag[1]) for tag, _ in page(reports).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


def test_the_content_security_policy_allows_its_own_style_and_nothing_else() -> None:
    text = render([AUDIT], "html")
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    tree = Tree(text)
    (policy,) = [it["content"] for tag, it in tree.elements if it.get("http-equiv") == "Content-Security-Policy"]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize(
    ("reports", "title", "heading"),
    [
        ([], "CORS report: 0 targets", "CORS report"),
        ([CLEAN], "Configuration check: main:app", "Configuration check"),
        ([AUDIT, FAILED], "Security audit: 2 targets", "Security audit"),
        ([AUDIT, CLEAN], "CORS report: 2 targets", "CORS report"),
    ],
    ids=["none", "check", "audit", "mixed"],
)
def test_titles(reports: Sequence[Report], title: str, heading: str) -> None:
    tree = page(reports)
    assert (tree.text("title"), tree.text("h1")) == ([title], [heading])


def test_an_audit() -> None:
    tree = page([AUDIT])
    assert tree.text("h2") == ["critical", "medium", "low", "info", "Notes"]
    assert tree.text("h3") == [
        "Any origin is reflected",
        "is missing",
        "Any port is allowed",
        "Every website may read it, without cookies",
    ]
    assert tree.text("b")[:5] == ["1", "0", "2", "1", "1"]
    assert tree.text("pre") == [
        "Origin: https://evil.example → 200, Access-Control-Allow-Origin: https://evil.example",
        "add_header …",
        "add_header …",
        "Access-Control-Allow-Origin: *",
        "the same with crossorigin:\n\ninstall(app, policy)",
    ]
    assert tree.text("dt") == ["origin", "engines"]
    assert tree.text("dd") == ["https://evil.example", '["chromium", "firefox"]']
    assert "Seen 2 times" in tree.text("h4")
    assert "WebSockets were not tried: no handshake" in tree.text("p")
    assert any(it.endswith("87 requests in 1.2 s") for it in tree.text("p"))


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        ([CLEAN], ["Nothing was found."]),
        ([UNREAD], ["1 not judged, no findings in the rest"]),
        ([RUN_TIME], ["Nothing was found."]),
        ([IGNORED], ["Nothing else was found."]),
        ([IGNORED, CLEAN], ["Nothing else was found.", *["no findings"] * 2, "Nothing else was found.", *NOTHING]),
        ([KINDS], ["2 findings"]),
        ([UNREAD, FAILED], [*UNREAD_AND_FAILED]),
        ([FAILED], ["Could not run."]),
        ([AUDIT], ["5 findings"]),
        (ALL["stopped"], ["1 finding", "Stopped before the end."]),
        ([CLEAN, FAILED], ["Could not run: https://gone.example/.", "no findings", *COULD_NOT, *NOTHING]),
    ],
    ids=[
        "clean",
        "unread",
        "run time",
        "ignored",
        "ignored and clean",
        "kinds",
        "unread and failed",
        "failed",
        "audit",
        "stopped",
        "two",
    ],
)
def test_verdicts(reports: Sequence[Report], words: list[str]) -> None:
    verdicts = (
        "Nothing else",
        "not judged,",
        "Nothing was found.",
        "Could not",
        "could not",
        "Stopped",
        "finding",
        "clean",
    )
    said = [
        text for tag, text in page(reports).words if tag in ("p", "b", "span") and any(it in text for it in verdicts)
    ]
    assert said == words


def test_the_three_kinds_of_result() -> None:
    tree = page([KINDS])
    assert tree.text("h2") == ["medium", "info", "not judged", "decided at run time"]
    assert tree.text("h3")[2:] == ["An included file was not read", "The file is a template"]
    assert tree.text("b")[:7] == ["0", "0", "1", "0", "1", "3", "2"]
    assert tree.text("pre")[2:] == [
        "include cors.conf;",
        "include more.conf;",
        "{% if cors %}",
        "allow_origins = settings.ORIGINS",
        'max_age = os.environ["MAX_AGE"]',
    ]
    places = [text for text in tree.text("p") if re.fullmatch(r"[\w./]+:\d+", text)]
    assert places == ["deploy/nginx.conf:7", "nginx.conf:3", "nginx.conf:9", "Caddyfile.j2:1", "main.py:8"]


def test_every_place_of_one_cause_is_there() -> None:
    found = replace(VARY, other_places=(Place("a.conf", 2), Place("b\n.conf", 5)))
    places = [text for text in page([Report("check", "x", (found,))]).text("p") if ".conf:" in text]
    assert places == ["deploy/nginx.conf:7", "a.conf:2", "b\\x0a.conf:5"]


def test_a_table_of_targets() -> None:
    chips = [text for tag, text in page([CLEAN, UNREAD, RUN_TIME, KINDS]).words if tag == "span"]
    assert chips == [
        *("no findings", "1 not judged", "1 at run time", "no findings"),
        *("1 medium", "1 info", "3 not judged", "2 at run time"),
    ]


def test_a_long_page_has_a_list_and_a_short_one_none() -> None:
    assert "nav" not in {tag for tag, _ in page([AUDIT]).elements}
    tree = page([LONG])
    links = [it["href"] for tag, it in tree.elements if tag == "a" and (it["href"] or "").startswith("#finding-")]
    articles = [it.get("id") for tag, it in tree.elements if tag == "article"]
    assert links == [f"#{it}" for it in articles] == [f"#finding-{number + 1}" for number in range(len(links))]
    assert len(links) > 40


def test_a_story_is_told_once() -> None:
    text = render([AUDIT, AUDIT], "html")
    assert text.count("Glances served") == 1
    assert text.count('<a href="#story-reflection">') == 1


@pytest.mark.parametrize(
    ("remedy", "markup"),
    [
        ("keep one", "keep one"),
        ("max_age=600", "<code>max_age=600</code>"),
        ("Policy(..., enforce=True)", "<code>Policy(..., enforce=True)</code>"),
        ("add_header Vary Origin always;", "<code>add_header Vary Origin always;</code>"),
        ("take `null` out", "take <code>null</code> out"),
        ("name", "name"),
        ("a\nb", "a\nb"),
        ("a `b", "a `b"),
        ("a\x00(1)", "a\\x00(1)"),
        ("f('<`>')", "<code>f(&#39;&lt;`&gt;&#39;)</code>"),
        ("pass", "pass"),
    ],
)
def test_a_remedy_that_is_code_looks_like_it(remedy: str, markup: str) -> None:
    found = Finding("no-effect", "low", "t", "w", "e", remedy, Place("a"))
    text = render([Report("check", "x", (found,))], "html")
    (shown,) = re.findall(r"<h4>Do this</h4>\s*<p>(.*?)</p>", text, re.DOTALL)
    assert shown == markup


def test_what_a_server_says_is_text() -> None:
    tree = page([STRANGE])
    plain = SHOWN.replace("`", "")  # one backtick alone is a backtick; two would make code of what is between them
    assert tree.text("pre")[0] == f"seen {SHOWN}"
    assert tree.text("dd") == [SHOWN, f'["{json_of(SHOWN)}"]']
    assert tree.text("pre")[1:3] == [f"unknown seen {SHOWN}", f"setting {SHOWN} = value {SHOWN}"]
    assert [it.replace("`", "") for it in tree.text("h3")] == [f"title {plain}", f"unknown {plain}"]
    assert tree.text("title") == [f"Security audit: https://api.example.com/{SHOWN}"]


def json_of(text: str) -> str:
    """As a value inside JSON, with what JSON itself escapes left to it."""
    hidden = {r"\x1b": r"\u001b", r"\x07": r"\u0007", r"\x00": r"\u0000", r"\x0d": r"\r", r"\x08": r"\b"}
    text = text.replace('"', r"\"")
    for shown, escaped in hidden.items():
        text = text.replace(shown, escaped)
    return text
