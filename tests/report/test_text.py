"""The text of a terminal: exact, at two widths, with and without colours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from crossorigin.report.findings import Finding, Place, Report, RunTimeValue, finding, not_judged
from crossorigin.report.formats.escaping import visible
from crossorigin.report.formats.text import draw

from .samples import ALL, AUDIT, CLEAN, FAILED, KINDS, MILD, RUN_TIME, SAME, SHOWN, STOPPED, STRANGE, UNREAD, WILDCARD


def drawn(reports: Sequence[Report], width: int = 80, **how: object) -> str:
    paper = StringIO()
    draw(reports, Console(file=paper, width=width, highlight=False, **how))  # type: ignore[arg-type]
    return "\n".join(line.rstrip() for line in paper.getvalue().split("\n"))


AT_80 = """\
crossorigin audit  https://api.example.com/items?page=2

critical  Any origin is reflected  accepts-any-origin
  seen     Origin: https://evil.example → 200, Access-Control-Allow-Origin:
           https://evil.example
  why      Every website that a visitor opens can read what this URL answers to
           that visitor.
  do this  install(app, Policy(allow_origins=["https://app.example.com"]))
  known    Glances served its monitoring API with `*` and credentials through
           Starlette's middleware, which echoes the origin, so any page an
           administrator opened could read it as the administrator. The same
           echo let attackers take over Langflow accounts and run code on the
           server, and it was used in the wild. CVE-2026-32610,
           GHSA-9jfm-9rc6-2hfq, CVE-2025-34291, CVE-2026-54290,
           GHSA-88fw-hqm2-52qc, CVE-2024-25124, GHSA-fmg4-x8pw-hjhg,
           CVE-2023-49803, GHSA-qxrj-hx23-xp82

medium  `Vary: Origin` is missing  missing-vary
  where    deploy/nginx.conf:7
  seen     add_header …
  where    deploy/nginx.conf:9
  seen     add_header …
  why      The answer depends on the origin, and a cache may give one origin's
           answer to another.
  do this  send `Vary: Origin` on every response, allowed or not
  known    Hono copied the request's Vary into its answer, so a stranger could
           decide what caches kept apart. A cache that does not keep origins
           apart hands one page's permission, or its refusal, to the next.
           GHSA-q7jf-gf43-6x6p

low  Any port is allowed  accepts-any-port
  where    main.py
  why      Another program on the same host can read this API.
  do this  list the port, or leave it out for 443
  known    A host often runs more than its front end: a debug server, an admin
           panel, an old release on another port. A script injection in the
           weakest of them reads the API as if it were the front end, because to
           the browser each port is an origin of its own and the server let all
           of them in.

info  Every website may read it, without cookies  sends-star
  where    app.routes[2]
  seen     Access-Control-Allow-Origin: *
  why      This is right for a public API. It is wrong if only the network or an
           address protects the API.
  do this  leave it if the API is public; otherwise install(app,
           Policy(allow_origins=["https://app.example.com"]))

WebSockets were not tried: no handshake

the same with crossorigin:

install(app, policy)

✗ 5 findings: 1 critical, 2 medium, 1 low, 1 info   87 requests in 1.2 s
"""
ALL_KINDS = """\
crossorigin check  deploy

medium  `Vary: Origin` is missing  missing-vary
  where    deploy/nginx.conf:7
  seen     add_header …
  why      The answer depends on the origin, and a cache may give one origin's
           answer to another.
  do this  send `Vary: Origin` on every response, allowed or not
  known    Hono copied the request's Vary into its answer, so a stranger could
           decide what caches kept apart. A cache that does not keep origins
           apart hands one page's permission, or its refusal, to the next.
           GHSA-q7jf-gf43-6x6p

info  Every website may read it, without cookies  sends-star
  where    app.routes[2]
  seen     Access-Control-Allow-Origin: *
  why      This is right for a public API. It is wrong if only the network or an
           address protects the API.
  do this  leave it if the API is public; otherwise install(app,
           Policy(allow_origins=["https://app.example.com"]))

not judged  An included file was not read  unread-include
  where    nginx.conf:3
  seen     include cors.conf;
  where    nginx.conf:9
  seen     include more.conf;
  why      It may set CORS headers, or change those that were read.
  do this  put the file where the server finds it, or ask the running server:
           `crossorigin audit https://api.example.com`

not judged  The file is a template  template
  where    Caddyfile.j2:1
  seen     {% if cors %}
  why      The configuration is what the template becomes when it is rendered.
  do this  render it first, and check the result

decided at run time
  main.py:8  allow_origins = settings.ORIGINS
  max_age = os.environ["MAX_AGE"]

✗ 2 findings: 1 medium, 1 info; 3 not judged; 2 decided at run time
"""
AT_60 = """\
crossorigin verify  https://api.example.com/

info  Every website may read it, without cookies  sends-star
  where    app.routes[2]
  seen     Access-Control-Allow-Origin: *
  why      This is right for a public API. It is wrong if
           only the network or an address protects the API.
  do this  leave it if the API is public; otherwise
           install(app,
           Policy(allow_origins=["https://app.example.com"])
           )

✓ 1 finding: 1 info   1 request in 0.3 s
"""


@pytest.mark.parametrize(
    ("reports", "width", "text"),
    [
        ([AUDIT], 80, AT_80),
        ([MILD], 60, AT_60),
        ([KINDS], 80, ALL_KINDS),
        ([CLEAN], 80, "crossorigin check  main:app\n\n✓ no findings\n"),
        (
            [FAILED],
            80,
            "crossorigin audit  https://gone.example/\n\n✗ could not run: no answer: timed out after 5 s\n",
        ),
        (
            [CLEAN, FAILED],
            80,
            "crossorigin check  main:app\n\n✓ no findings\n\n"
            "crossorigin audit  https://gone.example/\n\n✗ could not run: no answer: timed out after 5 s\n\n"
            "2 targets, no findings; 1 could not be looked at\n",
        ),
        ([], 80, ""),
    ],
    ids=["audit", "narrow", "kinds", "clean", "failed", "two", "none"],
)
def test_the_text(reports: Sequence[Report], width: int, text: str) -> None:
    assert drawn(reports, width) == text


@pytest.mark.parametrize(
    ("report", "last"),
    [
        (UNREAD, "? 1 not judged; no findings in the rest"),
        (RUN_TIME, "✓ no findings; 1 decided at run time"),
        (replace(UNREAD, findings=(WILDCARD,)), "? 1 finding: 1 info; 1 not judged"),
        (replace(UNREAD, error="no answer"), "✗ 1 not judged; no findings in the rest"),
    ],
)
def test_the_last_line(report: Report, last: str) -> None:
    assert drawn([report]).splitlines()[-1] == last


def test_a_target_that_stopped_half_way_says_both() -> None:
    assert drawn([STOPPED]).endswith("✗ stopped: stopped after 60 s\n✗ 1 finding: 1 medium   9 requests in 60.0 s\n")


def test_what_says_the_same_stands_together_and_is_counted() -> None:
    text = drawn([SAME])
    assert text.count("  seen     ") == 8
    assert "           and 4 more; --format json has all\n" in text


def test_a_story_is_told_once() -> None:
    text = drawn([AUDIT, AUDIT])
    assert text.count("Glances served") == 1
    assert text.count("  known    as above: The request's origin, echoed\n") == 1


@pytest.mark.parametrize("reports", ALL.values(), ids=ALL.keys())
@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_line_is_wider_than_the_terminal_and_nothing_repaints_it(reports: Sequence[Report], width: int) -> None:
    """Except the names of targets and places, which stay whole."""
    lines = drawn(reports, width).split("\n")
    kept = re.compile(r"crossorigin \w+  |  where    |.*\S:\d")
    assert [it for it in lines if cell_len(it) > width and not kept.match(it)] == []
    assert [it for it in lines if visible(it) != it] == []


def test_a_line_with_a_port_in_it_is_wrapped() -> None:
    evidence = "Origin: http://localhost:3000 → 200, Access-Control-Allow-Origin: http://localhost:3000; with cookies"
    lines = drawn([Report("audit", "http://a/", (finding("accepts-loopback", evidence),))], 60).split("\n")
    assert lines[4:7] == [
        "  seen     Origin: http://localhost:3000 → 200,",
        "           Access-Control-Allow-Origin:",
        "           http://localhost:3000; with cookies",
    ]


LONG_PATH = "a-rather-long-folder-name/of a repository/deploy/" + "conf.d/" * 12 + "site.conf"
AT_LINE = f"{LONG_PATH}:7"
WITHOUT_SPACES = AT_LINE.replace(" ", "-")
PLACED = Report.of(
    "check",
    LONG_PATH,
    [
        finding("config-overrides", f"add_header here drops X of {WITHOUT_SPACES}", place=Place(LONG_PATH, 7)),
        finding("missing-vary", "", place=Place(LONG_PATH, 7, "of a location")),
        finding("missing-vary", "", place=Place(LONG_PATH, 8)),
        not_judged("template", f"{WITHOUT_SPACES}: {{{{ origins }}}}", place=Place(LONG_PATH, 7)),
        RunTimeValue("allow_origins", "settings.BACKEND_CORS_ORIGINS", Place(LONG_PATH, 7)),
    ],
    [f"The same with crossorigin, in place of {WITHOUT_SPACES}:\n\ninstall(app, policy)"],
    error=f"{WITHOUT_SPACES}: it is inside more than 100 blocks and files",
)


@pytest.mark.parametrize("width", [1, 20, 40, 80, 100, 500])
def test_a_place_is_never_broken(width: int) -> None:
    lines = drawn([PLACED], width).split("\n")
    assert sum(AT_LINE in line for line in lines) == 4
    assert sum(WITHOUT_SPACES in line for line in lines) == 4
    assert f"  where    {AT_LINE} (of a location)" in lines
    assert f"  where    {LONG_PATH}:8" in lines
    assert f"crossorigin check  {LONG_PATH}" in lines


def test_a_value_is_beside_its_place_or_below_it() -> None:
    value = f"  {AT_LINE}  allow_origins = settings.BACKEND_CORS_ORIGINS"
    assert value in drawn([PLACED], len(value)).split("\n")
    below = f"  {AT_LINE}\n    allow_origins = settings.BACKEND_CORS_ORIGINS\n"
    assert below in drawn([PLACED], len(value) - 1)


def test_more_places_than_are_shown_are_counted() -> None:
    found = [finding("missing-vary", "", place=Place("nginx.conf", line)) for line in range(1, 12)]
    text = drawn([Report.of("check", "nginx.conf", found)])
    assert text.count("  where    ") == 8
    assert "           and 3 more; --format json has all\n" in text


def test_a_line_end_in_a_name_begins_no_line() -> None:
    text = drawn([Report("check", "a\nb", (finding("missing-vary", "", place=Place("c\nd", 1)),))])
    assert text.startswith("crossorigin check  a\\x0ab\n")
    assert "  where    c\\x0ad:1\n" in text


def test_what_a_server_says_is_no_markup() -> None:
    text = drawn([STRANGE], 1000)
    assert [f"{it} {SHOWN}" in text for it in ("title", "seen", "why", "do", "note", "lines", "error")] == [True] * 7
    assert "check  [/bold][red]x\n" in drawn([Report("check", "[/bold][red]x")])


@pytest.mark.parametrize(
    ("environment", "bold", "coloured"),
    [({}, True, True), ({"NO_COLOR": "1"}, True, False), ({"TERM": "dumb"}, False, False)],
    ids=["colours", "no colours", "dumb"],
)
def test_colours(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], bold: bool, coloured: bool) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    text = drawn([AUDIT], force_terminal=True)
    assert ("\x1b[1m" in text) is bold
    assert any(it in text for it in ("\x1b[1;31m", "\x1b[1;37;41m", "\x1b[36m")) is coloured


def test_only_the_place_is_underlined() -> None:
    line = next(it for it in drawn([AUDIT], force_terminal=True).split("\n") if "deploy/nginx.conf:7" in it)
    assert line.partition("deploy/nginx.conf:7")[2].strip() == "\x1b[0m"


def test_what_is_no_terminal_gets_no_escapes() -> None:
    assert "\x1b" not in drawn([AUDIT])


def test_what_the_title_tells_is_not_told_again() -> None:
    found = Finding("max-age-capped", "info", "Kept for less", "Kept for less.", "max_age = 80000", "max_age=7200")
    rows = [it.split()[0] for it in drawn([Report("check", "main:app", (found,))]).splitlines() if it.startswith("  ")]
    assert rows == ["seen", "do"]
