"""The server half against the model browser: a page may do what the policy says, and nothing else.

Here belong properties over drawn policies and drawn pages. What a policy means is written a second time, in `access`
and `may`, straight from docs/design.md; what a browser makes of the answer comes from
`tests/server/model_browser.py`, straight from the Fetch Standard. Neither looks at how the package does it. Not here:
tables of exact headers (`tests/server/test_decide.py`), and hostile bytes (`tests/middleware/test_hostile_bytes.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crossorigin import Decision, Policy, decide
from tests.examples import examples
from tests.server.model_browser import REWRITES, Call, Raw, Verdict, fetch

MANY = examples(150)
MODES: tuple[Any, ...] = ("omit", "same-origin", "include")

# What operators write, beside what it means.
SECURE = [
    ("https://example.com", "https://example.com"),
    ("HTTPS://Example.com:443/", "https://example.com"),
    ("https://example.com.", "https://example.com."),
    ("https://app.example.com:8443", "https://app.example.com:8443"),
    ("https://bücher.example", "https://xn--bcher-kva.example"),
    ("https://*.example.org", "https://*.example.org"),
    ("https://*.Bücher.example", "https://*.xn--bcher-kva.example"),
    ("https://*.a.example.org:*", "https://*.a.example.org:*"),
    ("https://*.shop.example:8443", "https://*.shop.example:8443"),
    ("https://example.net:*", "https://example.net:*"),
    ("http://localhost:3000", "http://localhost:3000"),
    ("http://localhost:*", "http://localhost:*"),
    ("http://*.localhost:*", "http://*.localhost:*"),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ("http://[0:0::1]:*", "http://[::1]:*"),
    ("https://192.0.2.7", "https://192.0.2.7"),
    ("capacitor://localhost", "capacitor://localhost"),
    ("chrome-extension://abcdefgh", "chrome-extension://abcdefgh"),
]
INSECURE = [
    ("http://example.com", "http://example.com"),
    ("http://*.example.com", "http://*.example.com"),
    ("http://example.net:*", "http://example.net:*"),
    ("http://192.168.0.7:3000", "http://192.168.0.7:3000"),
]
REGEXES = {
    r"https://[a-z0-9-]+\.example\.com": ["https://pr-7.example.com", "https://x.y.example.com", "https://example.com"],
    r"https://([a-z0-9-]+\.)*example\.com(:[0-9]+)?": ["https://example.com", "https://a.b.example.com:8443"],
    r"^https://\w+\.example\.(com|org|co\.uk)$": ["https://a_b.example.co.uk", "https://é.example.com"],
    r"https?://(localhost|127\.0\.0\.1)(:\d+)?": ["https://localhost:5173", "http://127.0.0.1", "http://localhost:٣"],
    r"(https://app\.example\.com|http://localhost(:[0-9]+)?)": ["https://app.example.com", "http://localhost:3000"],
}
STRANGERS = [
    "null",
    "",
    "https://",
    "https://evil.example",
    "http://localhost:3000",
    "http://localhost",
    "https://app.localhost:5173",
    "http://127.9.9.9:8000",
    "http://127.0.0.1.evil.example",
    "http://[::1]:5173",
    "http://[::2]",
    "http://localhost.evil.example",
    "http://notlocalhost:3000",
    "http://192.168.0.7:3000",
    "https://" + "a" * 300 + ".example.org",
    "https://" + "a." * 120 + "example.org",
]

ALWAYS = {"accept", "accept-language", "content-language", "content-type"}
# A header that a script sets, its value, and the name that the policy must allow for it.
SET: list[tuple[str, str, str | None]] = [
    ("Accept", "application/json", None),
    ("accept", "a(b)", None),
    ("Accept-Language", "de;q=0.5", None),
    ("Content-Language", "x" * 129, None),
    ("Content-Type", "text/plain;charset=utf-8", None),
    ("Content-Type", "application/json", None),
    ("content-type", "text/plain,x/x", None),
    ("Range", "bytes=0-99", None),
    ("Range", "bytes=-5", "range"),
    ("Authorization", "Bearer x", "authorization"),
    ("X-Request-ID", "7", "x-request-id"),
    ("x-b", "", "x-b"),
    ("X-A", "1", "x-a"),
    ("x!#$%&'*+-.^_`|~9", "1", "x!#$%&'*+-.^_`|~9"),
    ("Last-Event-ID", "7", "last-event-id"),
    ("Cookie", "session=1", None),
    ("Sec-Fetch-Site", "none", None),
    ("X-HTTP-Method-Override", "TRACE", None),
    ("X-HTTP-Method-Override", "PUT", "x-http-method-override"),
]
# A method as a script writes it, and as the policy must have it: browsers normalise six names, and no other.
METHODS = [
    *[
        (it, it)
        for it in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY", "PURGE", "X-!#$%&'*+-.^_`|~9")
    ],
    *[(it, it.upper()) for it in ("get", "Post", "put", "dElete", "options")],
    *[(it, it) for it in ("patch", "query", "purge", "Patch", "*", "a" * 64)],
    *[(it, "") for it in ("CONNECT", "trace", "TRACK", "a b", "")],
]
# A method as operators write it, and as it is compared.
LISTED_METHODS = [
    *[(it, it) for it in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY", "PURGE", "purge")],
    *[(it, it.upper()) for it in ("put", "patch", "Query", "get")],
]
LISTED_HEADERS = ["Authorization", "X-Request-ID", "x-a", "Content-Type", "range", "X-HTTP-Method-Override"]

APP: Raw = [
    (b"content-type", b"application/json"),
    (b"x-total-count", b"7"),
    (b"X-Secret", b"s"),
    (b"etag", b'"1"'),
    (b"set-cookie", b"a=1"),
]
# An app that has CORS headers of its own lets nobody in by them.
OWN: Raw = [
    (b"access-control-allow-credentials", b"true"),
    (b"Access-Control-Expose-Headers", b"x-secret"),
    (b"ACCESS-CONTROL-ALLOW-METHODS", b"*"),
]


MADE: dict[str, Policy] = {}


@dataclass(frozen=True)
class Meant:
    """What the operator wrote, and the same once more as it is meant."""

    keywords: dict[str, Any]
    origins: tuple[str, ...]
    regex: str | None
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    expose: tuple[str, ...]
    credentials: bool

    @property
    def public(self) -> bool:
        return "*" in self.origins and not self.credentials

    def fresh(self) -> Policy:
        return Policy(**self.keywords)

    def policy(self) -> Policy:
        """The policy, made once: making one takes longer than all that is asked of it here."""
        key = repr(self.keywords)
        if key not in MADE:
            MADE[key] = self.fresh()
        return MADE[key]


@st.composite
def policies(draw: st.DrawFn) -> Meant:
    """Every kind of legal policy."""
    credentials = draw(st.booleans())
    environment = draw(st.sampled_from(["development", "production"]))
    pool = SECURE if credentials else SECURE + INSECURE
    regex = draw(st.none() | st.sampled_from(list(REGEXES)))
    if regex is not None and "https?" in regex and credentials:
        regex = r"http://(localhost|127\.0\.0\.1)(:\d+)?"
    origins = draw(st.lists(st.sampled_from(pool), min_size=0 if regex else 1, max_size=4))
    if draw(st.integers(0, 3)) == 0 and (environment == "development" or not credentials):
        origins = [*draw(st.sampled_from([[], origins])), ("*", "*")]
    methods = draw(st.lists(st.sampled_from(LISTED_METHODS), max_size=3) | st.just([("*", "*")]))
    headers = draw(st.lists(st.sampled_from(LISTED_HEADERS), max_size=4) | st.just(["*"]) | st.just(["*", "x-a"]))
    expose = draw(st.lists(st.sampled_from(["X-Total-Count", "ETag"]), unique=True))
    if not credentials and draw(st.booleans()):
        expose = [*expose, "*"]
    return Meant(
        {
            "allow_origins": [written for written, _ in origins],
            "allow_origin_regex": regex,
            "allow_methods": [written for written, _ in methods],
            "allow_headers": headers,
            "allow_credentials": credentials,
            "allow_private_network": draw(st.booleans()),
            "expose_headers": expose,
            "max_age": draw(st.sampled_from([-1, 0, 1, 600, 86400])),
            "environment": environment,
        },
        tuple(meant for _, meant in origins),
        regex,
        tuple(meant for _, meant in methods),
        tuple(it.lower() for it in headers),
        tuple(it.lower() for it in expose),
        credentials,
    )


def inside(pattern: str) -> list[str]:
    """Origins that a pattern takes."""
    found = [pattern]
    if "*." in pattern:
        found = [it.replace("*.", below) for it in found for below in ("a.", "x-1.b_2.", "xn--bcher-kva.", "9.")]
    if pattern.endswith(":*"):
        found = [it.removesuffix(":*") + port for it in found for port in ("", ":1", ":8443", ":65535")]
    return found


def near(origin: str) -> list[str]:
    """Origins that look like one: most of them are somebody else's, some are none at all."""
    scheme, _, rest = origin.partition("://")
    host = re.sub(r":[0-9]+$", "", rest)
    port = rest[len(host) :]
    return [
        origin,
        f"{'http' if scheme == 'https' else 'https'}://{rest}",
        f"ftp://{rest}",
        rest,
        f"{scheme}://{host}",
        f"{scheme}://{host}:8443",
        f"{scheme}://{host}:443",
        f"{scheme}://{host}:80",
        f"{scheme}://{host}:08443",
        f"{scheme}://{host}:65536",
        f"{scheme}://{host}:*",
        f"{scheme}://{host}:",
        f"{scheme}://{host}:٣",
        f"{scheme}://www.{rest}",
        f"{scheme}://.{rest}",
        f"{scheme}://*.{rest}",
        f"{scheme}://evil{rest}",
        f"{scheme}://evil-{rest}",
        f"{scheme}://evil.example/.{rest}",
        f"{scheme}://evil.example#.{rest}",
        f"{scheme}://evil.example?.{rest}",
        f"{scheme}://evil.example\\.{rest}",
        f"{scheme}://evil.example:80.{rest}",
        f"{scheme}://evil@{rest}",
        f"{scheme}://{rest.partition('.')[2]}",
        f"{scheme}://{host}.evil.example{port}",
        f"{scheme}://{host}.{port}",
        f"{scheme}://{host.replace('.', '-')}{port}",
        f"{scheme}://a..{rest}",
        f"{scheme}://{'a' * 64}.{rest}",
        f"{scheme}://{'a' * 63}.{rest}",
        f"{scheme}://A.{rest}",
        f"{scheme}://%61.{rest}",
        f"{scheme}://é.{rest}",
        f"{scheme}://a\x00.{rest}",
        f"{scheme}:///{rest}",
        f"{scheme}:{rest}",
        origin.upper(),
        origin + "/",
        origin + ".",
        origin + "\\",
        origin + "\x00",
        origin + "\x7f",
        origin + ",https://evil.example",
        origin + " " + origin,
        origin[:-1],
        origin * 2,
    ]


@st.composite
def pages(draw: st.DrawFn, meant: Meant) -> str:
    """The origin of a page: in the policy, just outside, or a stranger."""
    known = [one for it in meant.origins if it != "*" for one in inside(it)]
    known += REGEXES.get(meant.regex or "", ["http://localhost", "http://127.0.0.1:8000"] if meant.regex else [])
    kind = draw(st.sampled_from(["known", "known", "near", "near", "stranger"])) if known else "stranger"
    if kind == "known":
        return draw(st.sampled_from(known))
    return draw(st.sampled_from(near(draw(st.sampled_from(known))) if kind == "near" else STRANGERS))


@dataclass(frozen=True)
class Script:
    """A `fetch()` call, and what it needs of a policy. A method of "" is one that no browser sends."""

    method: str
    compared: str
    headers: tuple[tuple[str, str], ...]
    names: frozenset[str]

    def call(self, origin: str) -> Call:
        return Call(origin.encode("utf-8").decode("latin-1"), self.method, self.headers)


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    method, compared = draw(st.sampled_from(METHODS))
    headers = draw(st.lists(st.sampled_from(SET), max_size=4))
    return Script(
        method,
        compared,
        tuple((name, value) for name, value, _ in headers),
        frozenset(name for _, _, name in headers if name is not None),
    )


@st.composite
def asked(draw: st.DrawFn) -> tuple[Meant, str, Script]:
    meant = draw(policies())
    return meant, draw(pages(meant)), draw(scripts())


# What a policy means.


def parts(origin: str) -> tuple[str, str, str] | None:
    """Scheme, host and port of an origin as browsers write it, and None for anything else."""
    found = re.fullmatch(
        r"([a-z][a-z0-9+.-]*)://(\[[0-9a-f:]+\]|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?)(?::([1-9][0-9]{0,4}))?",
        origin,
    )
    if found is None or len(found[2]) > 254 or int(found[3] or 1) > 65535:
        return None
    if found[3] == {"https": "443", "http": "80", "ftp": "21"}.get(found[1], ""):
        return None
    return found[1], found[2], found[3] or ""


def takes(pattern: str, origin: str) -> bool:
    """docs/design.md, Patterns: `*.` is one or more labels and never the apex; `:*` is any port or none."""
    if "*" not in pattern:
        return pattern == origin
    who = parts(origin)
    if who is None:
        return False
    any_port, below = pattern.endswith(":*"), "://*." in pattern
    like = parts(pattern.removesuffix(":*").replace("://*.", "://"))
    assert like is not None, pattern
    host = who[1].endswith("." + like[1]) if below else who[1] == like[1]
    return who[0] == like[0] and host and (any_port or who[2] == like[2])


def is_loopback(origin: str) -> bool:
    """A page that this machine serves: http or https, and a loopback host."""
    who = parts(origin)
    if who is None or who[0] not in ("http", "https"):
        return False
    return (
        who[1].rstrip(".") == "localhost"
        or who[1].rstrip(".").endswith(".localhost")
        or re.fullmatch(r"127(\.[0-9]{1,3}){3}", who[1]) is not None
        or who[1] == "[::1]"
    )


def access(meant: Meant, origin: str) -> Literal["nobody", "anonymous", "credentialed"]:
    """As whom a page of this origin may read.

    docs/design.md says what `*` with credentials means in development for loopback pages and for strangers. It does not
    say what a listed origin beside `*` gets; here it gets what it would get without the `*`.
    """
    listed = any(takes(it, origin) for it in meant.origins if it != "*") or (
        meant.regex is not None and parts(origin) is not None and re.fullmatch(meant.regex, origin) is not None
    )
    if "*" in meant.origins:
        return "credentialed" if meant.credentials and (listed or is_loopback(origin)) else "anonymous"
    if not listed:
        return "nobody"
    return "credentialed" if meant.credentials else "anonymous"


def may(meant: Meant, origin: str, script: Script, mode: str) -> bool:
    """Whether a page of this origin may make this call, and read the answer."""
    who = access(meant, origin)
    if who == "nobody" or (mode == "include" and who != "credentialed"):
        return False
    if script.compared not in {"GET", "HEAD", "POST", *meant.methods} and "*" not in meant.methods:
        return False
    if not script.compared:
        return False
    return script.names - ALWAYS <= set(meant.headers) or "*" in meant.headers


PUBLIC = Meant(
    {"allow_origins": ["*"], "allow_methods": ["*"], "allow_headers": ["*"]},
    *((("*",), None, ("*",), ("*",), (), False)),
)


# The properties.


class Deciding:
    """A server that is `decide` alone, and keeps the decisions."""

    def __init__(self, policy: Policy, app: Raw, rewrite: Any = REWRITES[0]) -> None:
        self.policy, self.app, self.rewrite = policy, app, rewrite
        self.decisions: list[Decision] = []

    def __call__(self, method: str, headers: Raw) -> tuple[int, Raw]:
        decision = decide(self.policy, method, self.rewrite(headers))
        self.decisions.append(decision)
        if decision.status is not None:
            return decision.status, decision.answer()
        return 200, decision.answer(self.app)


def runs(
    meant: Meant, origin: str, script: Script, app: Raw = APP, rewrite: Any = REWRITES[0]
) -> Iterator[tuple[str, Verdict, list[Decision]]]:
    """The call in every credentials mode: the mode, the browser's verdict, and the server's decisions."""
    policy = meant.policy()
    for mode in MODES:
        server = Deciding(policy, app, rewrite)
        yield mode, fetch(replace(script.call(origin), credentials=mode), server), server.decisions


@pytest.fixture(autouse=True, scope="module")
def _no_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CROSSORIGIN_ENVIRONMENT", raising=False)
        yield


@pytest.mark.parametrize("credentials", [False, True])
@pytest.mark.parametrize(("written", "pattern"), SECURE + INSECURE)
def test_every_origin_near_a_listed_one_is_told_from_it(written: str, pattern: str, credentials: bool) -> None:
    credentials = credentials and (written, pattern) in SECURE
    policy = Policy(allow_origins=[written], allow_credentials=credentials)
    expected, found = {}, {}
    for origin in STRANGERS + [one for it in inside(pattern) for one in near(it)]:
        decision = decide(policy, "GET", [(b"origin", origin.encode())])
        found[origin] = dict(decision.set_headers).get(b"access-control-allow-origin")
        expected[origin] = origin.encode() if takes(pattern, origin) else None
    assert found == expected
    assert set(expected.values()) > {None}


@pytest.mark.parametrize("regex", REGEXES)
def test_every_origin_near_a_regex_is_told_from_it(regex: str) -> None:
    policy = Policy(allow_origin_regex=regex)
    expected, found = {}, {}
    for origin in STRANGERS + [one for it in REGEXES[regex] for one in near(it)]:
        decision = decide(policy, "GET", [(b"origin", origin.encode())])
        found[origin] = dict(decision.set_headers).get(b"access-control-allow-origin")
        expected[origin] = origin.encode() if parts(origin) and re.fullmatch(regex, origin) else None
    assert found == expected
    assert set(expected.values()) > {None}


@given(asked())
@example(
    (PUBLIC, "https://evil.example", Script("GET", "GET", (("authorization", "x"),), frozenset({"authorization"})))
)
@examples(500)
def test_a_page_may_do_what_the_policy_says_and_nothing_else(drawn: tuple[Meant, str, Script]) -> None:
    meant, origin, script = drawn
    own = [(b"access-control-allow-origin", origin.encode()), *OWN]
    for app in (APP, own + APP + own):
        for mode, verdict, decisions in runs(meant, origin, script, app):
            assert verdict.may_read is may(meant, origin, script, mode), (mode, verdict)
            if mode == "omit" and verdict.sent:
                assert all(it.allowed for it in decisions) is verdict.may_read, decisions


@given(asked())
@MANY
def test_a_page_reads_exactly_the_exposed_headers(drawn: tuple[Meant, str, Script]) -> None:
    meant, origin, script = drawn
    for _, verdict, _ in runs(meant, origin, script, OWN + APP):
        names = {name for name, _ in verdict.readable if name != "vary" and not name.startswith("access-control-")}
        everything = {"content-type", "x-total-count", "x-secret", "etag"}
        exposed = everything if "*" in meant.expose else everything & {"content-type", *meant.expose}
        assert names == (exposed if verdict.may_read else set())


@given(asked())
@MANY
def test_every_answer_has_the_headers_that_the_design_says(drawn: tuple[Meant, str, Script]) -> None:
    meant, origin, script = drawn
    who = access(meant, origin)
    for _, verdict, decisions in runs(meant, origin, script):
        for (method, headers), decision in zip(verdict.sent, decisions, strict=True):
            names = [name for name, _ in headers]
            is_preflight = method == "OPTIONS" and b"access-control-request-method" in names
            answer = dict(decision.answer())
            assert len(answer) == len(decision.answer())
            assert decision.kind == ("preflight" if is_preflight else "cors")
            assert decision.status == ((403 if who == "nobody" else 204) if is_preflight else None)

            asks = {b"origin"}
            if is_preflight:
                asks |= {b"access-control-request-method", b"access-control-request-headers"}
            if meant.public:
                asks = set()
            # docs/design.md has no Vary for a public policy; this one header is varied by where it is granted.
            if is_preflight and meant.keywords["allow_private_network"]:
                asks.add(b"access-control-request-private-network")
            vary = answer.pop(b"vary", b"").lower()
            assert set(filter(None, vary.split(b", "))) == asks

            if who == "nobody":
                assert answer == {}
                continue
            as_star = who == "anonymous" and "*" in meant.origins
            assert answer.pop(b"access-control-allow-origin") == (b"*" if as_star else origin.encode())
            assert answer.pop(b"access-control-allow-credentials", None) == (b"true" if who == "credentialed" else None)
            if is_preflight:
                assert answer.pop(b"access-control-max-age") == b"%d" % max(0, meant.keywords["max_age"])
                answer.pop(b"access-control-allow-methods", None)
                answer.pop(b"access-control-allow-headers", None)
            elif meant.expose:
                exposed = answer.pop(b"access-control-expose-headers").decode().split(", ")
                assert sorted(exposed) == sorted(meant.expose)
            assert answer == {}


@given(asked())
@MANY
def test_how_a_gateway_writes_the_asked_headers_changes_nothing(drawn: tuple[Meant, str, Script]) -> None:
    meant, origin, script = drawn
    for rewrite in REWRITES:
        for mode, verdict, _ in runs(meant, origin, script, APP, rewrite):
            assert verdict.may_read is may(meant, origin, script, mode), (rewrite, mode, verdict)


@given(st.data())
@examples(50)
def test_what_was_asked_before_changes_no_answer(data: st.DataObject) -> None:
    meant = data.draw(policies())
    asked = data.draw(st.lists(st.tuples(pages(meant), scripts()), min_size=2, max_size=12))
    old = meant.fresh()
    for origin, script in asked + asked:
        used, fresh = Deciding(old, APP), Deciding(meant.fresh(), APP)
        assert fetch(script.call(origin), used) == fetch(script.call(origin), fresh)
        assert used.decisions == fresh.decisions


@given(policies(), st.sampled_from(["GET", "OPTIONS", "POST", "x"]))
@MANY
def test_a_request_of_no_page_is_answered_alike_by_every_policy_but_for_vary(meant: Meant, method: str) -> None:
    decision = decide(meant.policy(), method, [(b"host", b"api.test"), (b"access-control-request-method", b"PUT")])
    assert (decision.kind, decision.allowed, decision.status) == ("plain", True, None)
    answer = dict(decision.answer())
    answer.pop(b"access-control-expose-headers", None)
    assert answer == ({b"access-control-allow-origin": b"*"} if meant.public else {b"vary": b"Origin"})


OPEN = replace(
    PUBLIC, keywords=PUBLIC.keywords | {"allow_origins": ["https://example.com"]}, origins=("https://example.com",)
)


@given(st.from_regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,300}", fullmatch=True))
@example("A" * 65)
@MANY
def test_the_verdict_on_a_method_of_any_length_is_the_browsers(method: str) -> None:
    """A method may be too long for a server to name; then the decision says so, and so does the browser."""
    script = Script(method, method, (), frozenset())
    for meant in (PUBLIC, OPEN):
        for mode, verdict, decisions in runs(meant, "https://example.com", script):
            if mode == "omit" and verdict.sent:
                assert all(it.allowed for it in decisions) is verdict.may_read, decisions


@given(st.lists(st.from_regex(r"x-[a-z0-9]{1,40}", fullmatch=True), max_size=200, unique=True))
@example([f"x-{n}" for n in range(128)])
@example([f"x-{n}" for n in range(129)])
@example(["x-" + "a" * n for n in range(120)])
@MANY
def test_the_verdict_on_header_names_of_any_number_is_the_browsers(names: list[str]) -> None:
    script = Script("PUT", "PUT", tuple((it, "1") for it in names), frozenset(names))
    asked = ",".join(sorted(names))
    for meant in (PUBLIC, OPEN):
        for mode, verdict, decisions in runs(meant, "https://example.com", script):
            if mode == "omit":
                assert all(it.allowed for it in decisions) is verdict.may_read, decisions
                if len(names) <= 128 and len(asked) <= 4096:
                    assert verdict.may_read


@pytest.mark.parametrize("names", [[f"x-{n}" for n in range(120)], ["x-" + "a" * 3998]])
def test_a_page_may_send_all_the_headers_that_are_listed(names: list[str]) -> None:
    keywords = {"allow_origins": ["https://example.com"], "allow_headers": names}
    meant = Meant(keywords, ("https://example.com",), None, ("GET",), tuple(names), (), False)
    script = Script("GET", "GET", tuple((it, "1") for it in names), frozenset(names))
    (_, verdict, decisions), *_ = runs(meant, "https://example.com", script)
    assert verdict.may_read
    assert [it.allowed for it in decisions] == [True, True]
