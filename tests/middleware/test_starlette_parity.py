"""Side by side with Starlette's middleware: what a page may do and read is the same, but for a table.

Here belongs the difference between two real middlewares with the same keywords, as the model browser of
`tests/server/model_browser.py` sees it, and the table of what is different on purpose: `DIFFERENCES` (what a page can
tell), `REFUSED` (what is no policy here) and `ON_THE_WIRE` (what only caches and people with curl can tell).
Each row has an id, what is different, and why; docs/differences.md is written from them. A drawn request may
differ by a row of `DIFFERENCES` only. Not here: what is right (`tests/server/test_model.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.middleware.cors import ALL_METHODS
from starlette.middleware.cors import CORSMiddleware as StarletteCORS

from crossorigin import CORSMiddleware, Policy, PolicyError
from tests.examples import examples
from tests.middleware.test_hostile_bytes import App, body, drive, http, start
from tests.server import model_browser as browser
from tests.server.model_browser import Call, Raw, Verdict, fetch
from tests.server.test_model import APP, MODES, Meant, is_loopback, pages, parts, policies, scripts, takes

A, EVIL = "https://example.com", "https://evil.example"
STATUS = "preflight-status"


def two_origins(headers: Raw) -> Raw:
    return [*headers, *(it for it in headers if it[0] == b"origin")]


def private_network(headers: Raw) -> Raw:
    """What Chromium asked between 2022 and 2025, on preflights."""
    asks = any(name == b"access-control-request-method" for name, _ in headers)
    return [*headers, *([(b"access-control-request-private-network", b"true")] if asks else [])]


REWRITES = (*browser.REWRITES, two_origins, private_network)


POLICIES: dict[str, Policy] = {}


@dataclass(frozen=True)
class Scene:
    """One call of one page, to one app behind a middleware with these keywords."""

    keywords: dict[str, Any]
    call: Call
    rewrite: Callable[[Raw], Raw] = browser.as_sent
    own: Raw = field(default_factory=list)  # CORS headers of the app's own

    def verdict(self, wrap: Callable[[App], Any]) -> Verdict:
        middleware = wrap(App(start([*APP, *self.own]), body()))

        def server(method: str, headers: Raw) -> tuple[int, Raw]:
            sent = drive(middleware, http(method, *self.rewrite(headers)))
            return sent[0]["status"], sent[0]["headers"]

        return fetch(self.call, server)

    @property
    def theirs(self) -> Verdict:
        return self.verdict(lambda app: StarletteCORS(app, **self.keywords))

    @property
    def ours(self) -> Verdict:
        return self.verdict(lambda app: CORSMiddleware(app, policy=self.policy))

    @property
    def policy(self) -> Policy:
        """Made once. In development, because `*` with credentials is refused in production."""
        key = repr(self.keywords)
        if key not in POLICIES:
            POLICIES[key] = Policy(**self.keywords, environment="development")
        return POLICIES[key]

    # What the predicates below ask.

    @property
    def methods(self) -> tuple[str, ...]:
        return tuple(self.keywords.get("allow_methods", ("GET",)))

    @property
    def method(self) -> str:
        """As the browser sends it."""
        upper = self.call.method.upper()
        return upper if upper in browser.UPPER_CASED else self.call.method

    @property
    def names(self) -> list[bytes]:
        """The names that a preflight asks for."""
        kept = [(name.lower().encode(), value.encode("latin-1")) for name, value in self.call.headers]
        return browser.unsafe_request_header_names(
            [it for it in kept if not browser.is_forbidden_request_header(it[0].decode(), it[1])]
        )

    def says(self, keyword: str, value: Any) -> bool:
        return value in self.keywords.get(keyword, ())


def own_names(verdict: Verdict) -> list[tuple[str, str]]:
    """What a page reads of the app itself."""
    return [it for it in verdict.readable if it[0] != "vary" and not it[0].startswith("access-control-")]


class Difference(NamedTuple):
    id: str
    difference: str
    why: str
    applies: Callable[[Scene, Verdict, Verdict], bool]  # scene, Starlette's verdict, ours


def is_normalised(written: str) -> str:
    return written.upper() if written.upper() in ALL_METHODS else written


DIFFERENCES = [
    Difference(
        "safelisted-methods",
        "GET, HEAD and POST always pass",
        "browsers do not look at the list for them, so a refusal only breaks pages whose headers need a preflight",
        lambda it, theirs, ours: (
            it.method in browser.CORS_SAFELISTED_METHODS
            and not {it.method, "*"} & set(it.methods)
            and (theirs.why, ours.why) == (STATUS, "ok")
        ),
    ),
    Difference(
        "method-case",
        'a listed method is what browsers send: `"put"` is `PUT`, and `"patch"` is `PATCH`',
        "browsers send PUT whatever the script writes; a script that writes `patch` sends what no router serves",
        lambda it, theirs, ours: (
            (
                any(one != is_normalised(one) == it.method for one in it.methods)
                and (theirs.why, ours.why) == (STATUS, "ok")
            )
            or (
                any(one != is_normalised(one) and one == it.method for one in it.methods)
                and (theirs.why, ours.why) == ("ok", "method")
            )
        ),
    ),
    Difference(
        "any-method",
        '`allow_methods=["*"]` takes every method, `PURGE` too',
        "Starlette's `*` is a list of eight",
        lambda it, theirs, ours: (
            it.says("allow_methods", "*") and it.method not in ALL_METHODS and (theirs.why, ours.why) == (STATUS, "ok")
        ),
    ),
    Difference(
        "named-culprit",
        "a preflight from an allowed origin is 204 with the truth, even where the method or a header is not allowed",
        "the browser then names the culprit; a failing status hides it",
        lambda it, theirs, ours: theirs.why == STATUS and ours.why in ("method", "header"),
    ),
    Difference(
        "header-lines",
        "every line of Access-Control-Request-Headers is read",
        "a gateway may split the list; Starlette mirrors the first line alone, and the browser misses the rest",
        lambda it, theirs, ours: (
            it.rewrite is browser.one_line_each
            and len(it.names) > 1
            and it.says("allow_headers", "*")
            and (theirs.why, ours.why) == ("header", "ok")
        ),
    ),
    Difference(
        "empty-elements",
        "empty elements in Access-Control-Request-Headers are nothing",
        "RFC 9110 § 5.6.1.2 has every recipient skip them",
        lambda it, theirs, ours: (
            it.rewrite is browser.empty_elements and bool(it.names) and (theirs.why, ours.why) == (STATUS, "ok")
        ),
    ),
    Difference(
        "private-network",
        "Access-Control-Request-Private-Network never fails a preflight",
        "browsers only ever warned, and have dropped it; Starlette makes it a failure unless it is allowed",
        lambda it, theirs, ours: (
            it.rewrite is private_network
            and not it.keywords.get("allow_private_network")
            and (theirs.why, ours.why) == (STATUS, "ok")
        ),
    ),
    Difference(
        "star-with-credentials",
        "`*` with credentials gives them to loopback and listed pages only, and is refused in production",
        "Starlette reflects every origin, so any website reads what the visitor's login opens",
        lambda it, theirs, ours: (
            it.says("allow_origins", "*")
            and bool(it.keywords.get("allow_credentials"))
            and it.call.credentials == "include"
            and not is_loopback(it.call.origin)
            and theirs.why in ("ok", STATUS, "header")  # "header": it read the first line alone
            and ours.why in ("preflight-origin", "origin")
        ),
    ),
    Difference(
        "own-headers",
        "CORS headers that the app sets itself are taken out",
        "Starlette adds Allow-Credentials to what an app says to a denied page, and so opens what the policy closes",
        lambda it, theirs, ours: (
            bool(it.own)
            and (
                (theirs.why, ours.why) in (("ok", "origin"), ("ok", "credentials"), ("credentials", "origin"))
                or (theirs.why == ours.why == "ok" and set(own_names(ours)) < set(own_names(theirs)))
            )
        ),
    ),
    Difference(
        "two-origins",
        "two Origin lines are nobody's",
        "a proxy and an app may each believe another one; Starlette believes the first",
        lambda it, theirs, ours: (
            it.rewrite is two_origins
            and theirs.why not in ("preflight-origin", "origin")
            and ours.why == ("preflight-origin" if theirs.preflighted else "origin")
        ),
    ),
    Difference(
        "written-otherwise",
        "a listed origin is what browsers send: `HTTPS://Example.com:443/` is `https://example.com`",
        "compared as text, as Starlette does, it never matches",
        lambda it, theirs, ours: (
            it.call.origin not in it.keywords["allow_origins"]
            and {Policy(allow_origins=[one]).allow_origins[0] for one in it.keywords["allow_origins"]}
            >= {it.call.origin}
            and theirs.why in ("preflight-origin", "origin")
            and ours.why not in ("preflight-origin", "origin")
        ),
    ),
    Difference(
        "patterns",
        "`https://*.example.com` and `http://localhost:*` are patterns",
        "compared as text, as Starlette does, they never match, and the way out is a regex that is easily wrong",
        lambda it, theirs, ours: (
            any(
                takes(Policy(allow_origins=[one]).allow_origins[0], it.call.origin)
                for one in it.keywords["allow_origins"]
                if "://*." in one or one.endswith(":*")
            )
            and theirs.why in ("preflight-origin", "origin")
            and ours.why not in ("preflight-origin", "origin")
        ),
    ),
    Difference(
        "protocol-headers",
        'under `expose_headers=["*"]`, Vary and the Access-Control headers that a page reads are not the same',
        "without credentials `*` answers everybody alike and needs no Vary; Vary is merged and not repeated",
        lambda it, theirs, ours: (
            it.says("expose_headers", "*") and theirs.why == ours.why == "ok" and own_names(theirs) == own_names(ours)
        ),
    ),
    Difference(
        "bounds",
        "a preflight may ask for 128 headers in 4096 bytes, and no more",
        "Starlette mirrors a megabyte as it is; no page sets that many",
        lambda it, theirs, ours: (
            (len(it.names) > 128 or len(b",".join(it.names)) > 4096)
            and it.says("allow_headers", "*")
            and (theirs.why, ours.why) == ("ok", "header")
        ),
    ),
]


def scene(keywords: dict[str, Any], origin: str = A, method: str = "GET", *names: str, **more: Any) -> Scene:
    headers = tuple((it, "1") for it in names)
    call = Call(origin, method, headers, more.pop("credentials", "same-origin"))
    return Scene({"allow_origins": [A]} | keywords, call, **more)


STAR = {"allow_origins": ["*"]}
ALL: dict[str, Any] = {"allow_methods": ["*"], "allow_headers": ["*"]}
MINE: Raw = [(b"access-control-allow-origin", EVIL.encode()), (b"access-control-expose-headers", b"x-secret")]
TRUE: Raw = [(b"access-control-allow-credentials", b"true")]

# id, scene, Starlette's verdict, ours
EXAMPLES: list[tuple[str, Scene, str, str]] = [
    ("safelisted-methods", scene({"allow_headers": ["x-a"]}, A, "POST", "x-a"), STATUS, "ok"),
    ("safelisted-methods", scene({"allow_headers": ["x-a"]}, A, "HEAD", "x-a"), STATUS, "ok"),
    ("safelisted-methods", scene({"allow_headers": ["x-a"], "allow_methods": []}, A, "get", "x-a"), STATUS, "ok"),
    ("method-case", scene({"allow_methods": ["put"]}, A, "PUT"), STATUS, "ok"),
    ("method-case", scene({"allow_methods": ["put"]}, A, "put"), STATUS, "ok"),
    ("method-case", scene({"allow_methods": ["patch"]}, A, "PATCH"), STATUS, "ok"),
    ("method-case", scene({"allow_methods": ["patch"]}, A, "patch"), "ok", "method"),
    ("any-method", scene(ALL, A, "PURGE"), STATUS, "ok"),
    ("any-method", scene(ALL | {"allow_credentials": True}, A, "patch", credentials="include"), STATUS, "ok"),
    ("named-culprit", scene({}, A, "PUT"), STATUS, "method"),
    ("named-culprit", scene({}, A, "GET", "x-a"), STATUS, "header"),
    ("named-culprit", scene(STAR, EVIL, "DELETE"), STATUS, "method"),
    ("header-lines", scene(ALL, A, "PUT", "x-a", "x-b", rewrite=browser.one_line_each), "header", "ok"),
    (
        "empty-elements",
        scene({"allow_headers": ["x-a"]}, A, "GET", "x-a", rewrite=browser.empty_elements),
        STATUS,
        "ok",
    ),
    ("private-network", scene(ALL, A, "PUT", rewrite=private_network), STATUS, "ok"),
    (
        "star-with-credentials",
        scene(STAR | {"allow_credentials": True}, EVIL, credentials="include"),
        "ok",
        "origin",
    ),
    (
        "star-with-credentials",
        scene(STAR | ALL | {"allow_credentials": True}, "null", "PUT", credentials="include"),
        "ok",
        "preflight-origin",
    ),
    (
        "star-with-credentials",
        scene(
            STAR | ALL | {"allow_credentials": True},
            "null",
            "PUT",
            "x-a",
            "x-b",
            rewrite=browser.one_line_each,
            credentials="include",
        ),
        "header",
        "preflight-origin",
    ),
    ("own-headers", scene({}, EVIL, own=MINE), "ok", "origin"),
    (
        "own-headers",
        scene({"allow_credentials": True}, EVIL, own=MINE, credentials="include"),
        "ok",
        "origin",
    ),
    ("own-headers", scene({}, A, own=TRUE, credentials="include"), "ok", "credentials"),
    ("own-headers", scene({}, EVIL, own=MINE, credentials="include"), "credentials", "origin"),
    ("own-headers", scene({}, A, own=MINE), "ok", "ok"),
    ("two-origins", scene({}, A, rewrite=two_origins), "ok", "origin"),
    ("two-origins", scene(ALL, A, "PUT", rewrite=two_origins), "ok", "preflight-origin"),
    ("written-otherwise", scene({"allow_origins": ["HTTPS://Example.com:443/"]}), "origin", "ok"),
    ("written-otherwise", scene(ALL | {"allow_origins": [A + "/"]}, A, "PUT"), "preflight-origin", "ok"),
    ("patterns", scene({"allow_origins": ["https://*.example.com"]}, "https://a.example.com"), "origin", "ok"),
    ("patterns", scene({"allow_origins": ["http://localhost:*"]}, "http://localhost:5173"), "origin", "ok"),
    ("protocol-headers", scene(STAR | {"expose_headers": ["*"]}), "ok", "ok"),
    ("bounds", scene(ALL, A, "PUT", *(f"x-{n}" for n in range(129))), "ok", "header"),
    ("bounds", scene(ALL, A, "PUT", *("x-" + "a" * n for n in range(100))), "ok", "header"),
]


@pytest.mark.parametrize(("id", "scene", "theirs", "ours"), EXAMPLES)
def test_every_difference_is_one(id: str, scene: Scene, theirs: str, ours: str) -> None:
    assert (scene.theirs.why, scene.ours.why) == (theirs, ours)
    assert [it.id for it in DIFFERENCES if it.applies(scene, scene.theirs, scene.ours)] == [id]
    assert seen(scene.theirs) != seen(scene.ours)


def test_every_difference_has_an_example() -> None:
    assert list(dict.fromkeys(id for id, *_ in EXAMPLES)) == [it.id for it in DIFFERENCES]


SAME: list[tuple[Scene, str, set[str]]] = [
    # scene, the verdict with both, the headers that the page reads
    (scene({}), "ok", {"content-type"}),
    (scene({}, EVIL), "origin", set()),
    (scene({}, "null"), "origin", set()),
    (scene({}, "http://example.com"), "origin", set()),
    (scene({}, A, credentials="include"), "credentials", set()),
    (scene({}, EVIL, "PUT"), "preflight-origin", set()),
    (scene({}, A, "TRACE"), "type-error", set()),
    (scene({}, A, "POST", own=TRUE), "ok", {"content-type"}),
    (scene(STAR, EVIL), "ok", {"content-type"}),
    (scene(STAR, "null"), "ok", {"content-type"}),
    (scene(STAR, A, credentials="include"), "origin", set()),
    (scene(STAR | ALL, A, "PUT", credentials="include"), "preflight-origin", set()),
    (scene(STAR | ALL, EVIL, "QUERY", "authorization", "x-a"), "ok", {"content-type"}),
    (scene(ALL, A, "DELETE", "authorization", rewrite=browser.empty_elements), "ok", {"content-type"}),
    (scene(ALL, A, "PUT", "content-type", rewrite=browser.upper_case), "ok", {"content-type"}),
    (scene({"allow_headers": ["X-A"]}, A, "GET", "x-a", rewrite=browser.spaced), "ok", {"content-type"}),
    (scene({"expose_headers": ["X-Secret"]}), "ok", {"content-type", "x-secret"}),
    (
        scene({"expose_headers": ["X-Secret"], "allow_credentials": True}, credentials="include"),
        "ok",
        {"content-type", "x-secret"},
    ),
    (
        scene(STAR | ALL | {"allow_credentials": True}, "http://localhost:3000", "PUT", "x-a", credentials="include"),
        "ok",
        {"content-type"},
    ),
    (scene(STAR | {"allow_credentials": True}, EVIL), "ok", {"content-type"}),
    (scene({"allow_origin_regex": r"https://[a-z]+\.example\.org"}, "https://a.example.org"), "ok", {"content-type"}),
    (
        scene({"allow_origin_regex": r"https://[a-z]+\.example\.org"}, "https://a.example.org.evil.example"),
        "origin",
        set(),
    ),
    (scene({"allow_private_network": True} | ALL, A, "PUT", rewrite=private_network), "ok", {"content-type"}),
    (scene(ALL, A, "PUT", *(f"x-{n}" for n in range(128))), "ok", {"content-type"}),
]


@pytest.mark.parametrize(("scene", "why", "names"), SAME)
def test_what_is_the_same(scene: Scene, why: str, names: set[str]) -> None:
    for verdict in (scene.theirs, scene.ours):
        assert verdict.why == why
        assert {name for name, _ in verdict.readable} == names


def seen(verdict: Verdict) -> tuple[str, list[tuple[str, str]]]:
    """All that a page and its developer's console can tell."""
    return verdict.why, sorted(verdict.readable)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    meant: Meant = draw(policies())
    origin = draw(pages(meant))
    script = draw(scripts())
    keywords = {name: value for name, value in meant.keywords.items() if name != "environment"}
    if draw(st.booleans()):  # as Starlette reads a list, so that less of what follows is explained by the origin
        keywords |= {"allow_origins": [A, "https://app.example.com:8443"], "allow_origin_regex": None}
        origin = draw(st.sampled_from([A, A, "https://app.example.com:8443", "https://example.com:8443", EVIL, "null"]))
    return Scene(
        keywords,
        Call(
            origin if parts(origin) or origin == "null" else EVIL,  # no browser has such a page
            script.method,
            script.headers,
            draw(st.sampled_from(MODES)),
        ),
        draw(st.sampled_from(REWRITES)),
        draw(st.sampled_from([[], [], MINE, TRUE, MINE + TRUE, [(b"access-control-allow-origin", b"*")]])),
    )


@pytest.fixture(autouse=True, scope="module")
def _no_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CROSSORIGIN_ENVIRONMENT", raising=False)
        yield


@given(scenes())
@examples(800)
def test_nothing_else_is_different(scene: Scene) -> None:
    theirs, ours = scene.theirs, scene.ours
    assert all(one == other for one, other in zip(theirs.sent, ours.sent, strict=False))  # as far as they go
    if seen(theirs) != seen(ours):
        assert [it.id for it in DIFFERENCES if it.applies(scene, theirs, ours)], (theirs, ours)


class Refused(NamedTuple):
    id: str
    difference: str
    why: str
    keywords: dict[str, Any]  # Starlette takes them
    code: str


REFUSED = [
    Refused(
        "star-with-credentials-in-production",
        "`*` with credentials is refused in production",
        "Starlette reflects every origin, so any website reads what the visitor's login opens",
        STAR | {"allow_credentials": True},
        "star-with-credentials",
    ),
    Refused(
        "bare-text",
        "a text where a list is due is refused",
        "Starlette looks for the origin inside the text: `https://example.co` passes",
        {"allow_origins": A},
        "not-a-list",
    ),
    Refused(
        "bare-text-elsewhere",
        "so it is for methods and headers",
        "Starlette reads it letter by letter",
        {"allow_origins": [A], "allow_methods": "PUT"},
        "not-a-list",
    ),
    Refused(
        "null-origin",
        "`null` is refused",
        "every sandboxed frame, file and data: page sends it",
        {"allow_origins": ["null"], "allow_credentials": True},
        "lists-null",
    ),
    Refused(
        "insecure-origin",
        "an http:// origin with credentials is refused, loopback excepted",
        "whoever sits on the network can be that page",
        {"allow_origins": ["http://example.com"], "allow_credentials": True},
        "origin-insecure",
    ),
    Refused(
        "look-alike-regex",
        "a regex that accepts look-alikes is rejected with credentials",
        "an unescaped dot or a missing separator lets somebody else's host in",
        {"allow_origin_regex": r"https://.*example\.com", "allow_credentials": True},
        "regex-look-alike",
    ),
    Refused(
        "backtracking-regex",
        "a regex with backreferences or lookaround is rejected",
        "a stranger's header would decide how long it takes; all other regexes are matched in linear time",
        {"allow_origin_regex": r"https://(a)\1\.example\.com"},
        "regex-unsupported",
    ),
    Refused(
        "origin-with-path",
        "an origin with a path is refused",
        "no browser sends one, so it never matches",
        {"allow_origins": [A + "/app"]},
        "origin-path",
    ),
    Refused(
        "origin-without-scheme",
        "an origin without a scheme is refused",
        "no browser sends one, so it never matches",
        {"allow_origins": ["example.com"]},
        "origin-scheme",
    ),
    Refused("empty-policy", "an empty policy is refused", "it does nothing, without a word", {}, "empty-policy"),
    Refused(
        "forbidden-method",
        "CONNECT, TRACE and TRACK are refused",
        "no browser sends them for a page",
        {"allow_origins": [A], "allow_methods": ["TRACE"]},
        "method-forbidden",
    ),
    Refused(
        "exposed-cookie",
        "Set-Cookie is refused in expose_headers",
        "no script can ever read it",
        {"allow_origins": [A], "expose_headers": ["Set-Cookie"]},
        "expose-forbidden",
    ),
    Refused(
        "exposed-star",
        "`*` in expose_headers is refused with credentials",
        "it then exposes only a header whose name is `*`",
        {"allow_origins": [A], "expose_headers": ["*"], "allow_credentials": True},
        "expose-star-with-credentials",
    ),
    Refused(
        "max-age",
        "max_age is a whole number from -1 to 86400",
        "Starlette writes whatever it is into the header",
        {"allow_origins": [A], "max_age": 1.5},
        "max-age-invalid",
    ),
]


@pytest.mark.parametrize("row", REFUSED, ids=[it.id for it in REFUSED])
def test_what_is_refused(row: Refused) -> None:
    assert drive(StarletteCORS(App(), **row.keywords), http("GET"))[0]["status"] == 200
    with pytest.raises(PolicyError) as caught:
        CORSMiddleware(App(), **row.keywords)
    assert row.code in [it.code for it in caught.value.problems]


class OnTheWire(NamedTuple):
    id: str
    difference: str
    why: str
    keywords: dict[str, Any]
    request: tuple[str, Raw]
    app: Raw
    theirs: dict[str, str]
    ours: dict[str, str]


FROM_A, FROM_EVIL = (b"origin", A.encode()), (b"origin", EVIL.encode())
PUT = (b"access-control-request-method", b"PUT")
ASKED = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
SAFELISTED = "Accept, Accept-Language, Content-Language, Content-Type"
ON_THE_WIRE = [
    OnTheWire(
        "same-answer-for-everybody",
        "without credentials, `*` answers every request alike, and adds no Vary",
        "Fetch § CORS protocol and HTTP caches: what was fetched without Origin may be read from a cache with it",
        STAR,
        ("GET", []),
        [],
        {":status": "200", "vary": "Origin"},
        {":status": "200", "access-control-allow-origin": "*"},
    ),
    OnTheWire(
        "denied-preflight",
        "a preflight from a denied origin is 403, with no CORS header",
        "Starlette tells a stranger the whole policy",
        {"allow_origins": [A], "allow_methods": ["PUT"], "allow_headers": ["X-Internal"], "allow_credentials": True},
        ("OPTIONS", [FROM_EVIL, PUT]),
        [],
        {
            ":status": "400",
            "access-control-allow-credentials": "true",
            "access-control-allow-headers": SAFELISTED + ", X-Internal",
            "access-control-allow-methods": "PUT",
            "access-control-max-age": "600",
            "vary": ASKED + ", Access-Control-Request-Private-Network",
        },
        {":status": "403", "vary": ASKED},
    ),
    OnTheWire(
        "denied-response",
        "a response for a denied origin has no CORS header",
        "Starlette says Allow-Credentials and Expose-Headers to everybody",
        {"allow_origins": [A], "allow_credentials": True, "expose_headers": ["X-Secret"]},
        ("GET", [FROM_EVIL]),
        [],
        {
            ":status": "200",
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "X-Secret",
            "vary": "Origin",
        },
        {":status": "200", "vary": "Origin"},
    ),
    OnTheWire(
        "allowed-preflight",
        "a preflight that passes is 204, without a body",
        "there is nothing to say in it",
        {"allow_origins": [A], "allow_methods": ["PUT"]},
        ("OPTIONS", [FROM_A, PUT]),
        [],
        {
            ":status": "200",
            "access-control-allow-headers": SAFELISTED,
            "access-control-allow-methods": "PUT",
            "access-control-allow-origin": A,
            "access-control-max-age": "600",
            "vary": ASKED + ", Access-Control-Request-Private-Network",
        },
        {
            ":status": "204",
            "access-control-allow-headers": SAFELISTED.lower(),
            "access-control-allow-methods": "PUT",
            "access-control-allow-origin": A,
            "access-control-max-age": "600",
            "vary": ASKED,
        },
    ),
    OnTheWire(
        "vary-merged",
        "Vary has each name once",
        "Starlette writes its own behind whatever stands there",
        {"allow_origins": [A]},
        ("GET", [FROM_A]),
        [(b"vary", b"Cookie, Origin")],
        {":status": "200", "access-control-allow-origin": A, "vary": "Cookie, Origin, Origin"},
        {":status": "200", "access-control-allow-origin": A, "vary": "Cookie, Origin"},
    ),
    OnTheWire(
        "vary-star",
        "`Vary: *` stays alone",
        "it takes in every name (RFC 9110 § 12.5.5)",
        {"allow_origins": [A]},
        ("GET", [FROM_A]),
        [(b"vary", b"*")],
        {":status": "200", "access-control-allow-origin": A, "vary": "*, Origin"},
        {":status": "200", "access-control-allow-origin": A, "vary": "*"},
    ),
    OnTheWire(
        "mirrored-by-the-token",
        "requested headers are mirrored token by token",
        "Starlette echoes the bytes of a stranger as they are",
        {"allow_origins": [A], "allow_methods": ["PUT"], "allow_headers": ["*"], "max_age": -1},
        ("OPTIONS", [FROM_A, PUT, (b"access-control-request-headers", b"x-a, <b>, x-a")]),
        [],
        {
            ":status": "200",
            "access-control-allow-headers": "x-a, <b>, x-a",
            "access-control-allow-methods": "PUT",
            "access-control-allow-origin": A,
            "access-control-max-age": "-1",
            "vary": ASKED + ", Access-Control-Request-Private-Network",
        },
        {
            ":status": "204",
            "access-control-allow-headers": SAFELISTED.lower() + ", x-a",
            "access-control-allow-methods": "PUT",
            "access-control-allow-origin": A,
            "access-control-max-age": "0",
            "vary": ASKED,
        },
    ),
]


@pytest.mark.parametrize("row", ON_THE_WIRE, ids=[it.id for it in ON_THE_WIRE])
def test_what_only_the_wire_shows(row: OnTheWire) -> None:
    method, headers = row.request
    for middleware, expected in ((StarletteCORS, row.theirs), (CORSMiddleware, row.ours)):
        sent = drive(middleware(App(start(list(row.app)), body()), **row.keywords), http(method, *headers))[0]
        found = [(name.decode().lower(), value.decode()) for name, value in sent["headers"]]
        found = [it for it in found if it[0] not in ("content-length", "content-type")]
        assert dict(found) | {":status": str(sent["status"])} == expected
        assert len(dict(found)) == len(found)


def test_every_row_has_an_id_of_its_own_and_says_why() -> None:
    rows = [(it.id, it.difference, it.why) for table in (DIFFERENCES, REFUSED, ON_THE_WIRE) for it in table]
    assert len({id for id, _, _ in rows}) == len(rows)
    assert [it for it in rows if not all(it)] == []
