"""The reports that every format is tried with.

Here belong reports as values. Not here: what any format makes of them.
"""

from __future__ import annotations

from crossorigin.report.catalogue import FINDINGS
from crossorigin.report.findings import (
    Finding,
    Ignored,
    NotJudged,
    Place,
    Report,
    RunTimeValue,
    finding,
    gravest_first,
    not_judged,
)

# What a server can put into a header, and a name into a file: markup, quotes, and text that is not what it seems.
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"' onmouseover='alert(3)' "
    "</style></pre></title><!-- ]]> {{ 7 * 7 }} {% raw %} &lt; `"
    "\x1b[2J\x1b]0;title\x07\x9b31m\u202egnp.exe\u2066\u200b\u2028\ud800\ufffe\x00\r\b"
)
# The same as people see it.
SHOWN = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"' onmouseover='alert(3)' "
    "</style></pre></title><!-- ]]> {{ 7 * 7 }} {% raw %} &lt; `"
    r"\x1b[2J\x1b]0;title\x07\x9b31m\u202egnp.exe\u2066\u200b\u2028\ud800\ufffe\x00\x0d\x08"
)

REFLECTED = finding(
    "accepts-any-origin",
    "Origin: https://evil.example → 200, Access-Control-Allow-Origin: https://evil.example",
    severity="critical",
    origin="https://evil.example",
    engines=["chromium", "firefox"],
)
VARY = finding("missing-vary", "add_header …", place=Place("deploy/nginx.conf", 7))
VARY_AGAIN = finding("missing-vary", "add_header …", place=Place("deploy/nginx.conf", 9))
WILDCARD = finding("sends-star", "Access-Control-Allow-Origin: *", place=Place(name="app.routes[2]"))
PORT = finding("accepts-any-port", "", place=Place("main.py"))

CLEAN = Report("check", "main:app", seconds=0.0104)
AUDIT = Report(
    "audit",
    "https://api.example.com/items?page=2",
    (REFLECTED, VARY, VARY_AGAIN, PORT, WILDCARD),
    ("WebSockets were not tried: no handshake", "the same with crossorigin:\n\ninstall(app, policy)"),
    requests=87,
    seconds=1.23456,
)
MILD = Report("verify", "https://api.example.com/", (WILDCARD,), requests=1, seconds=0.26)
FAILED = Report("audit", "https://gone.example/", requests=1, seconds=5.0, error="no answer: timed out after 5 s")
STOPPED = Report("audit", "https://slow.example/", (VARY,), requests=9, seconds=60.0, error="stopped after 60 s")
UNREAD = Report.of(
    "check",
    "nginx.conf",
    [not_judged("unread-include", "include cors.conf;", place=Place("nginx.conf", 3))],
    seconds=0.02,
)
RUN_TIME = Report.of(
    "check", "main:app", [RunTimeValue("allow_origins", "settings.ORIGINS", Place("main.py", 8))], seconds=0.02
)
KINDS = Report.of(
    "check",
    "deploy",
    [
        RunTimeValue("allow_origins", "settings.ORIGINS", Place("main.py", 8)),
        RunTimeValue("max_age", 'os.environ["MAX_AGE"]'),
        not_judged("unread-include", "include cors.conf;", place=Place("nginx.conf", 3)),
        not_judged("unread-include", "include more.conf;", place=Place("nginx.conf", 9)),
        not_judged("template", "{% if cors %}", place=Place("Caddyfile.j2", 1), by="jinja"),
        VARY,
        WILDCARD,
    ],
)
IGNORED = Report.of(
    "check",
    "nginx.conf",
    [],
    ignored=[
        Ignored(VARY, "no cache in front of it", Place("crossorigin.toml", 3)),
        Ignored(not_judged("template", "{{ x }}"), "rendered elsewhere", Place("crossorigin.toml", 8)),
    ],
)
STRANGE = Report(
    "audit",
    f"https://api.example.com/{HOSTILE}",
    (
        Finding(
            "accepts-any-origin",
            "high",
            f"title {HOSTILE}",
            f"why {HOSTILE}",
            f"seen {HOSTILE}",
            f"do {HOSTILE}",
            Place(f"a/{HOSTILE}", 3, HOSTILE),
            "reflection",
            {f"name {HOSTILE}": HOSTILE, "list": [HOSTILE]},
        ),
    ),
    (f"note {HOSTILE}", f"several\nlines {HOSTILE}"),
    error=f"error {HOSTILE}",
    not_judged=(
        NotJudged(
            "template",
            f"unknown {HOSTILE}",
            f"unknown why {HOSTILE}",
            f"unknown seen {HOSTILE}",
            f"unknown do {HOSTILE}",
            Place(f"b/{HOSTILE}", 4, HOSTILE),
            {f"name {HOSTILE}": HOSTILE},
        ),
    ),
    ignored=(Ignored(VARY, f"reason {HOSTILE}", Place(f"d/{HOSTILE}", 6)),),
    run_time=(RunTimeValue(f"setting {HOSTILE}", f"value {HOSTILE}", Place(f"c/{HOSTILE}", 5)),),
)
LONG = Report(
    "audit",
    "https://api.example.com/" + "a-rather-long-path/" * 8,
    gravest_first(
        finding(
            list(FINDINGS)[number % len(FINDINGS)],
            f"GET /{number} → 200\n" + "x" * 5000 * (number % 30 == 0),
            place=Place("deploy/" + "conf.d/" * 20 + "site.conf", number) if number % 2 else None,
        )
        for number in range(60)
    ),
    requests=187,
    seconds=4.2,
)
SAME = Report("verify", "https://api.example.com/", (REFLECTED,) * 12, requests=1)

ALL = {
    "none": [],
    "clean": [CLEAN],
    "audit": [AUDIT],
    "mild": [MILD],
    "failed": [FAILED],
    "stopped": [STOPPED],
    "strange": [STRANGE],
    "long": [LONG],
    "same": [SAME],
    "unread": [UNREAD],
    "run time": [RUN_TIME],
    "kinds": [KINDS],
    "ignored": [IGNORED],
    "several": [KINDS, AUDIT, CLEAN, FAILED, STOPPED, MILD, STRANGE],
}
