"""Draws scenarios: the same seed and count give the same scenarios.

Here belong the tables of what is drawn, and chance. Most draws lean to what succeeds, so that the
later steps of the standard are reached as often as the first. Not here: what ought to happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Final

from .scenario import PAGES, Answer, Call, Pairs, Resource, Scenario

DEFAULT_SEED: Final = 20260702

METHODS: Final = "GET GET QUERY POST POST PUT query DELETE PATCH HEAD OPTIONS put patch get CUSTOM TRACE *".split()
LONG: Final = "x" * 121

# Request headers by what they are about: safelisted or not, by value, by length, forbidden, odd.
HEADERS: Final[Sequence[tuple[str, str]]] = (
    ("Accept", "application/json"),
    ("Accept", "text/html;q=0.9, */*"),
    ("Accept", "a(b)"),
    ("Accept", "probe " + LONG),
    ("Accept", "probe " + LONG + "y"),
    ("Accept", "probe " + LONG + "yz"),
    ("Accept", "tab\there"),
    ("Accept", "caf\xe9"),
    ("Accept-Language", "en-probe"),
    ("Accept-Language", "en_probe"),
    ("Content-Language", "de, en;q=0.5"),
    ("Content-Language", "@"),
    ("Content-Type", "text/plain"),
    ("Content-Type", "TEXT/PLAIN; charset=latin1"),
    ("Content-Type", "text/plain;garbage"),
    ("Content-Type", "text/plain, text/plain"),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Content-Type", "multipart/form-data; boundary=x"),
    ("Content-Type", 'multipart/form-data; boundary="x"'),
    ("Content-Type", "application/json"),
    ("Content-Type", "application/json; charset=utf-8"),
    ("Content-Type", "text/html"),
    ("Content-Type", "nonsense"),
    ("Content-Type", "text/"),
    ("Content-Type", ""),
    ("Range", "bytes=0-9"),
    ("Range", "bytes=5-"),
    ("Range", "bytes=-5"),
    ("Range", "bytes=9-5"),
    ("Range", "bytes=0-1,3-4"),
    ("Range", "Bytes=0-9"),
    ("Range", "bytes = 0-9"),
    ("Authorization", "Bearer probe"),
    ("X-Probe", "1"),
    ("X-Probe", "2"),
    ("x-probe", ""),
    ("X-Other", "probe"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("Last-Event-ID", "7"),
    ("If-None-Match", "probe"),
    ("If-Modified-Since", "probe"),
    ("If-Range", "probe"),
    ("Save-Data", "on"),
    ("Save-Data", "off"),
    ("DPR", "2.0"),
    ("Device-Memory", "probe"),
    ("Viewport-Width", "320"),
    ("ECT", "4g"),
    ("Downlink", "1"),
    ("RTT", "100"),
    ("Width", "100"),
    ("Priority", "u=1;probe"),
    ("*", "1"),
    ("User-Agent", "probe"),
    ("Cookie", "probe=1"),
    ("Origin", "http://probe.test"),
    ("Referer", "http://probe.test/"),
    ("Host", "probe.test"),
    ("Connection", "probe"),
    ("DNT", "probe"),
    ("Date", "probe"),
    ("Via", "probe"),
    ("Sec-Probe", "1"),
    ("Proxy-Probe", "1"),
    ("Accept-Encoding", "probe"),
    ("Accept-Charset", "probe"),
    ("Access-Control-Request-Method", "PROBE"),
    ("Access-Control-Request-Private-Network", "true"),
    ("Access-Control-Allow-Origin", "*"),
    ("X-HTTP-Method-Override", "PUT"),
    ("X-HTTP-Method-Override", "TRACE"),
    ("X-Method-Override", "get, connect"),
    ("Set-Cookie", "probe=1"),
    ("Upgrade-Insecure-Requests", "probe"),
    ("Cache-Control", "no-cache, probe"),
    ("Pragma", "probe"),
    ("bad name", "1"),
    ("X-Bad", "a\nb"),
    ("X-Trim", "  probe\t"),
)

ORIGINS: Final = (
    "@a@",
    "@as@",
    "@loop@",
    "@b@",
    "@a@/",
    "@A@",
    "null",
    "NULL",
    "*",
    "",
    "@a@, *",
    "@a@ @b@",
    "http://*.test",
    "a.test",
    " * ",
    "* *",
    "\x0b*",
    "@a2@",
    "nonsense",
)
CREDENTIALS: Final = ("true", "true", "true", "TRUE", "false", "", " true ", "true, true", None)
MAX_AGES: Final = (None, None, "600", "600", "0", "-1", "nonsense", "5, 6", "1.5", "99999999999", " 60 ")
EXPOSE: Final = (
    None,
    "*",
    "X-Two, x-one",
    "X-One",
    "*, X-One",
    "x-one,,",
    "no no",
    '"X-One"',
    "Set-Cookie",
    "'x-one'",
    "",
    "content-length, DATE",
)
EXTRA: Final[Sequence[tuple[str, str]]] = (
    ("X-One", "1"),
    ("X-Two", "2a"),
    ("X-Two", "2b"),
    ("Content-Type", "application/json"),
    ("Content-Type", "text/html"),
    ("Content-Language", "de"),
    ("Expires", "0"),
    ("Pragma", "no-cache"),
    ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ("ETag", '"1"'),
    ("Date", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ("Server", "probe"),
    ("*", "star"),
    ("X-Empty", ""),
    ("X-Latin", "caf\xe9"),
    ("Vary", "Origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-site"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Cross-Origin-Resource-Policy", "SAME-ORIGIN"),
)
COOKIES: Final = (
    "",
    "; Secure",
    "; SameSite=Lax",
    "; SameSite=Strict",
    "; SameSite=None",
    "; SameSite=None; Secure",
    "; HttpOnly",
    "; Max-Age=600",
    "; Max-Age=0",
    "; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
    "; Expires=Thu, 01 Jan 2015 00:00:00 GMT",
    "; Domain=a.test",
    "; Domain=.b.test",
    "; Domain=test",
    "; Domain=other.test",
    "; SameSite=nonsense",
    "; Partitioned; Secure; SameSite=None",
)
STATUSES: Final = (200, 200, 200, 200, 201, 204, 400, 401, 403, 404, 405, 418, 500, 503)
PREFLIGHT_STATUSES: Final = (200, 200, 200, 204, 204, 204, 206, 299, 300, 301, 302, 307, 400, 401, 403, 404, 500)
REDIRECTS: Final = (301, 302, 303, 307, 308)
TARGETS: Final = "a a2 sub b b b b2 c loop loopip as as subs bs bs closed badport".split()
PAGE_ORIGINS: Final = {"http": "@a@", "https": "@as@", "loopback": "@loop@"}


def generate(seed: int, count: int) -> Iterator[Scenario]:
    """`count` scenarios; each depends on the seed and its own number alone."""
    for number in range(count):
        yield _Draw(Random(f"{seed}/{number}"), f"{seed}-{number}").scenario()


class _Draw:
    """One scenario being drawn."""

    def __init__(self, random: Random, name: str) -> None:
        self.random = random
        self.name = name
        self.page = random.choice(["http"] * 6 + ["https"] * 6 + list(PAGES))
        self.origin = PAGE_ORIGINS.get(self.page, "null")
        self.resources: dict[str, Resource] = {}
        self.xhr = False

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def scenario(self) -> Scenario:
        random = self.random
        if self.chance(0.03):
            return self.websocket()
        calls = [self.call()]
        while self.chance(0.4) and len(calls) < 4:
            calls.append(self.again(calls[-1]) if self.chance(0.7) else self.call())
        random.shuffle(calls)
        return Scenario(self.name, self.page, tuple(calls), self.resources)

    def websocket(self) -> Scenario:
        place = self.target()
        status = 101 if self.chance(0.7) else 403
        self.resources["r0"] = Resource(Answer(), Answer(status, ()))
        call = Call(f"@ws-{place}@/s/{self.name}/r0", websocket=True)
        return Scenario(self.name, self.page, (call,), self.resources)

    def target(self) -> str:
        """Mostly a place that this page may fetch from."""
        if self.page.endswith("https") and self.chance(0.9):
            return self.random.choice(["as", "subs", "bs", "bs", "bs", "loop"])
        return self.random.choice(TARGETS)

    def url(self, place: str, key: str) -> str:
        return f"@{place}@/s/{self.name}/{key}"

    def call(self) -> Call:
        random = self.random
        credentials = random.choice(["same-origin", "same-origin", "include", "include", "omit"])
        mode = random.choice(["cors"] * 12 + ["no-cors"] * 3 + ["same-origin"])
        redirect = random.choice(["follow"] * 10 + ["manual", "error"])
        method = random.choice(METHODS)
        headers = self.headers()
        body = self.body() if method.upper() not in ("GET", "HEAD") and self.chance(0.6) else None
        if method == "GET" and self.chance(0.03):
            body = ("text", "hello")
        xhr = mode == "cors" and method.upper() in ("POST", "PUT", "PATCH", "DELETE", "QUERY") and self.chance(0.15)
        if xhr:
            credentials, redirect, headers = random.choice(["same-origin", "include"]), "follow", self.headers(_XHR)
            body = body or ("text", "hello")
        if mode == "no-cors" and self.chance(0.8):
            redirect, method = "follow", random.choice(["GET", "POST", "HEAD"])
            body = body if method == "POST" else None
        place = self.target()
        # To XMLHttpRequest a user name in a URL means HTTP authentication, which is not modelled.
        self.xhr = xhr
        key = self.resource(method, headers, credentials)
        prefix = "userinfo-" if not xhr and self.chance(0.01) else ""
        call = Call(
            self.url(prefix + place, key),
            method,
            headers,
            body,
            mode,
            credentials,
            redirect,
            xhr,
            xhr and self.chance(0.6),
        )
        return _typed(call)

    def again(self, call: Call) -> Call:
        """The same URL once more, a little different: for the preflight cache and the cookies."""
        changes: dict[str, object] = {"wait": 1.3 if self.chance(0.02) else 0.0}
        if self.chance(0.3):
            changes["headers"] = self.headers(_XHR if call.xhr else None)
        if self.chance(0.3) and not call.xhr:
            changes["credentials"] = self.random.choice(["same-origin", "include", "omit"])
        if self.chance(0.2) and call.body is None and not call.xhr:
            changes["method"] = self.random.choice(METHODS)
        kept = {name: getattr(call, name) for name in Call.__slots__}
        return _typed(Call(**{**kept, **changes}))

    def headers(self, among: Sequence[tuple[str, str]] | None = None) -> Pairs:
        count = self.random.choice([0, 0, 0, 1, 1, 1, 2, 3])
        if among is None and self.chance(0.01):
            return _HEAVY if self.chance(0.5) else _HEAVY[:-1]
        drawn = [self.random.choice(among or HEADERS) for _ in range(count)]
        # Which of two Content-Type Firefox sends depends on how its sort moves equal names: once is enough.
        # XMLHttpRequest joins repeated headers by itself, before any rule of fetching.
        kept: list[tuple[str, str]] = []
        for name, value in drawn:
            single = among is not None or name in _ONCE
            if not (single and any(name.lower() == other.lower() for other, _ in kept)):
                kept.append((name, value))
        return tuple(kept)

    def body(self) -> tuple[str, str]:
        return self.random.choice(
            [("text", "hello"), ("text", '{"a":1}'), ("bytes", "hello"), ("form", "a=1"), ("text", "")]
        )

    def resource(self, method: str, headers: Pairs, credentials: str, hops: int = 0, tainted: bool = False) -> str:
        """A new resource that mostly lets this request through, perhaps after a redirect to another."""
        key = f"r{len(self.resources)}"
        self.resources[key] = Resource(Answer(), Answer())
        origin = "null" if tainted else self.origin
        preflight = self.preflight(method, headers, credentials, origin)
        actual: list[tuple[str, str]] = self.grants(origin, credentials)
        for _ in range(self.random.choice([0, 0, 1, 2, 3])):
            actual.append(self.random.choice(EXTRA))
        expose = self.random.choice(EXPOSE)
        if expose is not None:
            actual.append(("Access-Control-Expose-Headers", expose))
        if self.chance(0.25):
            name = f"c{len(self.resources)}={key}"
            actual.append(("Set-Cookie", f"{name}; Path=/s/{self.name}" + self.random.choice(COOKIES)))
        status = self.random.choice(STATUSES)
        if self.chance(0.3 if hops == 0 else 0.4) and hops < 4:
            status = self.random.choice(REDIRECTS)
            actual.append(("Location", self.location(method, headers, credentials, hops)))
        elif self.chance(0.02):
            status = self.random.choice(REDIRECTS)
        self.resources[key] = Resource(preflight, Answer(status, tuple(actual)))
        return key

    def location(self, method: str, headers: Pairs, credentials: str, hops: int) -> str:
        if self.chance(0.08):
            return self.random.choice(
                [
                    "http://[",
                    f"ftp://b.test/s/{self.name}/file",
                    "",
                    f"data:text/plain,/s/{self.name}/hi",
                    f"/s/{self.name}/nowhere",
                    f"@closed@/s/{self.name}/closed",
                    f"http://b.test:6667/s/{self.name}/bad",
                ]
            )
        if self.chance(0.03):
            return f"/s/{self.name}/r0"
        place = self.target()
        key = self.resource(method, headers, credentials, hops + 1, self.chance(0.5))
        if self.chance(0.15):
            return key
        prefix = "userinfo-" if not self.xhr and self.chance(0.05) else ""
        return self.url(prefix + place, key) + ("#part" if self.chance(0.1) else "")

    def grants(self, origin: str, credentials: str) -> list[tuple[str, str]]:
        """ACAO and ACAC: right two times out of three, anything otherwise."""
        found: list[tuple[str, str]] = []
        if self.chance(0.7):
            found.append(
                ("Access-Control-Allow-Origin", "*" if credentials != "include" and self.chance(0.4) else origin)
            )
        elif self.chance(0.75):
            found.append(("Access-Control-Allow-Origin", self.random.choice(ORIGINS)))
            if self.chance(0.15):
                found.append(("access-control-allow-origin", self.random.choice(ORIGINS)))
        granted = "true" if self.chance(0.8) else self.random.choice(CREDENTIALS)
        if granted is not None and (credentials == "include" or self.chance(0.3)):
            found.append(("Access-Control-Allow-Credentials", granted))
        return found

    def preflight(self, method: str, headers: Pairs, credentials: str, origin: str) -> Answer:
        found = self.grants(origin, credentials)
        names = sorted({name.lower() for name, _ in headers} | {"content-type"})
        usual = [*names, "x-more"] if self.chance(0.8) else names[1:]
        if self.chance(0.85):
            found += self.listed(
                "Access-Control-Allow-Headers",
                usual,
                ["*", "*, authorization", "x y", '"x-probe"', "", "X-PROBE,,content-type", "/"],
            )
        methods = [self.random.choice([method, method.upper()]), "PUT"]
        if self.chance(0.85):
            found += self.listed(
                "Access-Control-Allow-Methods",
                methods,
                ["*", "*, PUT", "put, patch", "PUT PATCH", "", "GET", "*,*", "(PUT)"],
            )
        age = self.random.choice(MAX_AGES)
        if age is not None:
            found.append(("Access-Control-Max-Age", age))
            if self.chance(0.03):
                found.append(("Access-Control-Max-Age", "600"))
        status = 200 if self.chance(0.7) else self.random.choice(PREFLIGHT_STATUSES)
        if 300 <= status < 400 and self.chance(0.8):
            found.append(("Location", self.url("b", "r0")))
        if self.chance(0.05):
            found.append(("Set-Cookie", f"pre=1; Path=/s/{self.name}"))
        return Answer(status, tuple(found), "")

    def listed(self, name: str, usual: list[str], odd: Sequence[str]) -> list[tuple[str, str]]:
        if self.chance(0.35):
            return [(name, self.random.choice(odd))]
        if self.chance(0.1):
            return [(name, part) for part in usual]
        return [(name, ", ".join(usual))]


def _typed(call: Call) -> Call:
    """The call; an XMLHttpRequest that the simulator cannot tell from fetch(), without upload listener, names its type.

    Where a redirect takes the body, Firefox keeps the type that fetch() took from it, not the one of an XMLHttpRequest.
    """
    named = any(name == "Content-Type" for name, _ in call.headers)
    if not call.xhr or call.upload_listener or named:
        return call
    return replace(call, headers=(*call.headers, ("Content-Type", "text/plain;charset=UTF-8")))


_ONCE: Final = ("Content-Type", "Authorization", "If-Modified-Since", "User-Agent")

# XMLHttpRequest throws where fetch() rejects; only what both take.
_XHR: Final = tuple(
    (name, value)
    for name, value in HEADERS
    if " " not in name and "\n" not in value and name != "Content-Type" and not name.startswith("If-")
)

# More than 1024 bytes in total, each value within its own limit.
_HEAVY: Final = (
    *(
        (name, "1" * 120)
        for name in "Accept Accept-Language Content-Language DPR Device-Memory Viewport-Width ECT RTT".split()
    ),
    ("Downlink", "1" * 128),
)
