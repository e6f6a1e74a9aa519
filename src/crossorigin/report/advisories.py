"""Advisories: how each class of mistake was exploited elsewhere.

Here belong the classes that `findings` names: numbers of public advisories, their links, and a story of two
sentences each. Not here: finding the mistake. A class without a number was shown in research, which it links.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Advisory:
    """One class of mistake: the advisories that show it (CVE, GHSA or PYSEC numbers), and what happened."""

    name: str
    ids: tuple[str, ...]
    story: str
    links: tuple[str, ...]


# Kettle, Exploiting CORS misconfigurations for Bitcoins and bounties (2016).
_KETTLE: Final = "https://portswigger.net/research/exploiting-cors-misconfigurations-for-bitcoins-and-bounties"
# Chen and others, We Still Don't Have Secure Cross-Domain Requests (USENIX Security 2018).
_CHEN: Final = "https://www.usenix.org/conference/usenixsecurity18/presentation/chen-jianjun"

_SITES: Final = {
    "CVE": "https://nvd.nist.gov/vuln/detail/",
    "GHSA": "https://github.com/advisories/",
    "PYSEC": "https://osv.dev/vulnerability/",
}


def _advisory(name: str, ids: str, story: str, *research: str) -> Advisory:
    numbers = tuple(ids.split())
    links = tuple(_SITES[number.partition("-")[0]] + number for number in numbers)
    return Advisory(name, numbers, story, links + research)


ADVISORIES: Final[dict[str, Advisory]] = {
    "reflection": _advisory(
        "The request's origin, echoed",
        "CVE-2026-32610 GHSA-9jfm-9rc6-2hfq CVE-2025-34291 CVE-2026-54290 GHSA-88fw-hqm2-52qc "
        "CVE-2024-25124 GHSA-fmg4-x8pw-hjhg CVE-2023-49803 GHSA-qxrj-hx23-xp82",
        "Glances served its monitoring API with `*` and credentials through Starlette's middleware, which "
        "echoes the origin, so any page an administrator opened could read it as the administrator. The "
        "same echo let attackers take over Langflow accounts and run code on the server, and it was used in "
        "the wild.",
    ),
    "null": _advisory(
        "The origin `null`, trusted",
        "CVE-2024-47165 GHSA-89v2-pqfv-c5r9",
        "Gradio counted `null` as one of its own origins. A page only had to put its script into a "
        "sandboxed frame to read a Gradio server that ran on the visitor's machine.",
    ),
    "unanchored": _advisory(
        "Part of an origin, compared",
        "CVE-2026-37737 GHSA-94jw-hqvj-vw74 CVE-2019-25211 GHSA-869c-j7wc-8jqv GHSA-vhxv-fg4m-p2w8",
        "sanic-cors compared the start of an origin with `re.match`, so whoever owned a name such as "
        "trusted.example.attacker.example was let in. gin-contrib/cors made the same mistake at a wildcard, "
        "and jub0bs/cors, listing foo.com and bar.com, let barfoo.com in.",
    ),
    "unescaped-dot": _advisory(
        "A dot, left unescaped",
        "",
        "In an expression such as `https://api.example.com` the dot after `api` takes any character, so "
        "`https://apiXexample.com` passes, and that name is free to be registered. A survey of the most "
        "visited websites found it in production.",
        _CHEN,
    ),
    "subdomain": _advisory(
        "Every subdomain, trusted",
        "",
        "One subdomain with a script injection, or one that points at a cloud host which nobody rents any "
        "more, is enough: whoever takes it over reads the main site's API with the visitor's cookies. A "
        "survey of the most visited websites found many that trust all of theirs.",
        _CHEN,
    ),
    "scheme": _advisory(
        "http, trusted by https",
        "",
        "Someone on the same wireless network can answer any http: address, so trusting one gives the "
        "https: API to that person. It undoes what HSTS and secure cookies "
        "were set up for, and a survey of the most visited websites found many that do it.",
        _CHEN,
    ),
    "port": _advisory(
        "Any port, trusted",
        "",
        "A host often runs more than its front end: a debug server, an admin panel, an old release on "
        "another port. A script injection in the weakest of them reads the API as if it were the front end, "
        "because to the browser each port is an origin of its own and the server let all of them in.",
        "https://html.spec.whatwg.org/multipage/browsers.html#same-origin",
    ),
    "loopback": _advisory(
        "The visitor's own machine, trusted",
        "",
        "A list with localhost in it, made for development and shipped to production, trusts whatever "
        "answers on the visitor's machine. That may be a development server that serves a stranger's "
        "package, or an app that opened a port, and each can then act with the visitor's login.",
        "https://w3c.github.io/webappsec-secure-contexts/#localhost",
    ),
    "open-suffix": _advisory(
        "A shared platform, trusted",
        "",
        "Preview hosts such as vercel.app, github.io or netlify.app give a name to anybody within a minute "
        "and for nothing. An attacker publishes a page there, sends the link to a user, and the API answers "
        "it with that user's data.",
        "https://publicsuffix.org/",
    ),
    "localhost": _advisory(
        "A server that trusts its address",
        "CVE-2024-28224 GHSA-5jx5-hqx5-2vrj CVE-2026-22812 GHSA-vxw4-wv6m-9hhh CVE-2025-24010 "
        "GHSA-vg6x-rcgg-rjx6 GHSA-67mh-4wv8-2f99 CVE-2024-47084 GHSA-3c67-5hwx-f6wx",
        "Ollama answered to any host name, so a website whose name was pointed at 127.0.0.1 got its whole "
        "API. OpenCode, Vite and esbuild allowed every origin on localhost, and any page that a developer "
        "opened could read the source code or, with OpenCode, run commands.",
    ),
    "vary": _advisory(
        "A cached answer for the wrong origin",
        "GHSA-q7jf-gf43-6x6p",
        "Hono copied the request's Vary into its answer, so a stranger could decide what caches kept apart. "
        "A cache that does not keep origins apart hands one page's permission, or its refusal, to the next.",
        _KETTLE,
    ),
    "private-network": _advisory(
        "Private networks, opened",
        "CVE-2024-6221 GHSA-hxwh-jpp2-84pm",
        "flask-cors sent `Access-Control-Allow-Private-Network: true` unless told not to. Pages of the "
        "internet were thereby let through to servers inside the visitor's network, in the browsers that "
        "asked.",
    ),
    "dos": _advisory(
        "One request, much work",
        "CVE-2025-47908 GHSA-mh55-gqvf-xfwm CVE-2026-69207 GHSA-8j4g-w8fx-2239",
        "rs/cors took a preflight with a megabyte of commas apart, comma by comma, at a cost of 120 MB of "
        "memory for each request. Hono read the same header with an expression whose time grew with the "
        "square of its length.",
    ),
    "injection": _advisory(
        "What a stranger sends, repeated",
        "GHSA-q7jf-gf43-6x6p CVE-2024-1681 GHSA-84pr-m4jr-85g5",
        "flask-cors wrote request values into its log unescaped, so that a line break in a path forged log "
        "lines. Hono repeated a request header in its answer, where it changed what caches did.",
    ),
    "websocket": _advisory(
        "WebSockets, open to every page",
        "CVE-2026-44211 GHSA-5c57-rqjx-35g2 GHSA-4643-wpgq-w329 CVE-2025-24010 GHSA-vg6x-rcgg-rjx6",
        "Cline's local server took WebSocket handshakes from any website, and a page that a developer "
        "visited could read the workspace and type into running agents. Semantica had a correct CORS list "
        "for HTTP and none for its WebSocket, which CORS does not cover.",
    ),
    "csrf": _advisory(
        "A request without a preflight",
        "CVE-2021-32677 GHSA-8h2j-cgx8-6xv7 PYSEC-2021-100 CVE-2025-34291",
        "FastAPI before 0.65.2 read JSON from a body of type text/plain, which any page may send with "
        "cookies and without a preflight. Every endpoint that trusted a cookie could be called from any "
        "website, whatever its CORS policy said.",
    ),
}
