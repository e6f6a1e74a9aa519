"""Regular expressions over origins: what is wrong with them, by code, and what to write instead."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given

from crossorigin import Policy, PolicyError, decide
from crossorigin.policy.origin_regex import RegexProblem, as_tuple, compiled, examine, source_of
from crossorigin.policy.regex_syntax import UnsupportedRegex
from crossorigin.standards.origin import Origin, split_serialised
from tests.examples import examples
from tests.ids import as_id
from tests.policy.expressions import expressions

SAFE = [
    r"https://example\.com",
    r"https://[a-z0-9-]+\.example\.com",
    r"https://([a-z0-9-]+\.)?example\.com",
    r"https://([a-z0-9-]+\.)*example\.com(:[0-9]+)?",
    r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+example\.com",
    r"^https://\w+\.example\.(com|org|co\.uk)$",
    r"https://[\w.-]+\.example\.com\.?",
    r"https://(?i:App)\.example\.com",
    r"(?i)https://app\.example\.com",
    r"https://[a-z]+?\.example\.com",
    r"https?://(localhost|127\.0\.0\.1)(:\d+)?",
    r"http://\[::1\](:\d+)?",
    r"(https://app\.example\.com|http://localhost(:[0-9]+)?)",
    r"https://[^\W_]+\.example\.com",
    r"https://foo\.example\.com:\d{1,5}",
    r"https:/[/]app\.example\.com",
    # Only serialised origins are matched, and no host has a delimiter: `.*` and `[^.]` stay inside it.
    r"https://.*\.example\.org",
    r"https://.+\.example\.org(:.*)?",
    r"https://[^.]+\.example\.com",
    r"https://\S+\.example\.com",
    r"https://a.b\.example\.com",
    r"https://192\.168\.\d+\.\d+(:\d+)?",
    # Matching takes linear time, whatever backtracking would take.
    r"https://(a+)+\.example\.com",
    r"https://[a-z]+[a-z0-9]+\.example\.com",
    r"https://[a-z0-9-]{1,8}(-[a-z0-9-]{1,8}){0,7}\.example\.com",
    # Names that are spelled out under a shared suffix.
    r"https://(alice|bob)\.github\.io",
    r"https://app(-staging)?\.vercel\.app",
    r"capacitor://localhost|ionic://localhost",
    # Many names, each written out.
    rf"https://({'|'.join(f'a{number}' for number in range(200))})\.com",
    rf"https?://localhost|https://({'|'.join(f'a{number}.io' for number in range(65))})".replace(".", r"\."),
]


@pytest.mark.parametrize("source", SAFE)
def test_what_is_safe_passes(source: str) -> None:
    assert examine(source, credentials=True) == ()


UNSAFE: list[tuple[str, list[str]]] = [
    (r"https://www.example.com", ["regex-dot"]),
    (r"https://example\.com|https://foo.com", ["regex-dot"]),
    (r"https://.+.example.org", ["regex-dot"]),
    (r"https://.*example.org", ["regex-dot", "regex-look-alike"]),
    (r"https://.*example\.org", ["regex-look-alike"]),
    (r"https://example\.com.*", ["regex-look-alike"]),
    (r"https://[a-z0-9-]*example\.com", ["regex-look-alike"]),
    (r"https://example\.(com|[a-z]+)", ["regex-look-alike"]),
    (r"https://[a-z]+\.com", ["public-suffix"]),
    (r"https://app[0-9]\.com", ["public-suffix"]),
    (r"https://[a-z]{3}\.com", ["public-suffix"]),
    (r"https://[a-z]{3}\.(com|co\.uk)", ["public-suffix"]),
    (r"https://myapp-[a-z0-9-]+\.vercel\.app", ["public-suffix"]),
    (r"https://[a-z]+-team\.vercel\.app", ["public-suffix"]),
    (r"https://pr-[0-9]{1,2}\.vercel\.app", ["public-suffix"]),
    (r"https://(a|b|[0-9]{1,3})\.github\.io", ["public-suffix"]),
    (r"https://[a-z]\.github\.io|https://[a-z]+", ["regex-look-alike"]),
    (r"https://[a-z]+\.amazonaws\.com", ["public-suffix"]),
    (r"https://[0-9]{1,2}\.1\.1\.1", ["regex-look-alike"]),
    (r"chrome-extension://[a-z]{32}", ["regex-look-alike"]),
    (r"http://\[[0-9a-f:]+\]", ["regex-look-alike", "origin-insecure"]),
    (r"http://\d+\.\d+\.\d+\.\d+", ["regex-look-alike", "origin-insecure"]),
    (r"https?://app\.example\.com", ["origin-insecure"]),
    (r"http://10\.[a-z.]+", ["regex-look-alike", "origin-insecure"]),
    (r"http://10\.evil\.[a-z]+", ["regex-look-alike", "origin-insecure"]),
    (r"http://192\.168\.evil\.com", ["origin-insecure"]),
    (r".*", ["regex-look-alike", "origin-insecure"]),
    (r"https://[^/]+", ["regex-look-alike"]),
    (r"https://(?=a)app\.example\.com", ["regex-unsupported"]),
    (r"https://app\.é\.example\.com", ["regex-unsupported"]),
    (r"https://[^é]\.example\.com", ["regex-unsupported"]),
    ("(?i)https://[a-z\u212a]+\\.example\\.com", ["regex-unsupported"]),  # the sign for Kelvin is a `k` then
    (r"https://" + "[a-z]{8}" * 200 + r"\.example\.com", ["regex-too-complex"]),
    (r"https://(", ["regex-invalid"]),
    (r"https://Example\.com", ["regex-dead"]),
    (r"https://example\.com:443", ["regex-dead"]),
    (r"https://\d+", ["regex-dead"]),
]


@pytest.mark.parametrize(("source", "expected"), UNSAFE)
def test_what_is_unsafe_is_named(source: str, expected: list[str]) -> None:
    assert [found.code for found in examine(source, credentials=True)] == expected


WITNESSES: list[tuple[str, str]] = [
    (r"https://www.example.com", "https://wwwxexample.com"),
    (r"https://[a-z0-9-]*example\.com", "https://evilexample.com"),
    (r"https://example\.com[a-z.]*", "https://example.com.evil.example"),
    (r"https://example\.com\.?[a-z]+", "https://example.comx"),
    (r"https?://[^/]+", "https://evil.example"),
    (r"https://[a-z]+\.com", "https://evil.com"),
    (r"https://myapp-[a-z0-9-]+\.vercel\.app", "https://myapp-x.vercel.app"),
    (r"http://\d+\.\d+\.\d+\.\d+", "http://203.0.113.7"),
    (r"http://\[[0-9a-f:]+\]", "http://[2001:db8::1]"),
    (r"chrome-extension://[a-z]{4}", "chrome-extension://xxxx"),
]


Suggested = str | tuple[str, ...]


def suggestion(suggested: Suggested) -> tuple[tuple[str, Suggested], ...]:
    field = "allow_origin_regex" if isinstance(suggested, str) else "allow_origins"
    return ((field, suggested),) if suggested else ()


def public_suffix(under: str, witness: str) -> RegexProblem:
    message = f"anybody can register a name under {under} that it accepts, for example `{witness}`"
    return RegexProblem(
        "public-suffix", message, (), f"list each name under {under} that is yours in allow_origins", witness
    )


def insecure(witness: str, suggested: Suggested) -> RegexProblem:
    message = f"it accepts `http://` origins, for example `{witness}`; anybody on the network can be such a page"
    advice = "write https://, or drop allow_credentials"
    return RegexProblem("origin-insecure", message, suggestion(suggested), advice, witness)


def look_alike(witness: str, suggested: Suggested) -> RegexProblem:
    message = f"it accepts hosts of other owners, for example `{witness}`"
    advice = "name the front ends in allow_origins, each by its origin"
    return RegexProblem("regex-look-alike", message, suggestion(suggested), advice, witness)


def dot(witness: str, suggested: Suggested) -> RegexProblem:
    message = f"an unescaped `.` matches any character; it accepts `{witness}`"
    return RegexProblem("regex-dot", message, suggestion(suggested), r"write `\.` for each dot", witness)


def dead(suggested: str) -> RegexProblem:
    message = (
        "no browser sends an origin that this matches: scheme, host and port in lower case, without the default "
        "port, path or slash"
    )
    advice = "write the origin that the console shows, with its dots escaped"
    return RegexProblem("regex-dead", message, suggestion(suggested), advice)


# Everything that is said of an expression, for a policy with credentials.
WHOLE: list[tuple[str, list[RegexProblem]]] = [
    (
        r"https://(alice|bob)[0-9]\.(github\.io|vercel\.app)",
        [public_suffix("`github.io` and `vercel.app`", "https://bob1.github.io")],
    ),
    (
        r"http://(localhost|app\.example\.com)(:[0-9]+)?",
        [insecure("http://app.example.com", ("https://app.example.com:*", "http://localhost:*"))],
    ),
    (
        r"https?://127\.0\.0\.1(:[0-9]+)?|https?://app\.example\.com",
        [insecure("http://app.example.com", ("https://127.0.0.1:*", "http://127.0.0.1:*", "https://app.example.com"))],
    ),
    (
        r"http://.*\.localhost|http://app\.example\.com",
        [insecure("http://app.example.com", r"https://.*\.localhost|https://app\.example\.com")],
    ),
    (
        r"https?://(\[::1\]|app\.example\.com)",
        [insecure("http://app.example.com", ("https://[::1]", "http://[::1]", "https://app.example.com"))],
    ),
    (r"HTTPS://A\.EXAMPLE", [dead(r"(?i)HTTPS://A\.EXAMPLE")]),
    (r"https://a\.example:443", [dead(r"https://a\.example")]),
    (r"https://a\.example/", [dead(r"https://a\.example")]),
    (r"wss://a\.example", [dead(r"https://a\.example")]),
    (r"a\.example", [dead(r"https://a\.example")]),
    (r"https?://.*\.example\.com:8000", [insecure("http://x.example.com:8000", r"https://.*\.example\.com:8000")]),
    (
        r"https?://[^.]*example\.com|https://shop\.test",
        [
            look_alike(
                "https://evilexample.com", ("https://example.com", "https://shop.test", "https://*.example.com")
            ),
            insecure("http://example.com", ("https://example.com", "https://shop.test", "https://*.example.com")),
        ],
    ),
    (
        r"https://(www.)?example.com|https://b\.example",
        [dot("https://examplexcom", r"https://(www\.)?example\.com|https://b\.example")],
    ),
    (
        r"https://(",
        [
            RegexProblem(
                "regex-invalid",
                "this is not a regular expression: missing ), unterminated subpattern at position 8",
                advice="fix it there",
            )
        ],
    ),
    (
        r"https://(?=a)b",
        [
            RegexProblem(
                "regex-unsupported",
                "a lookahead `(?=`, at position 8, is not supported here: "
                "write the alternatives that you mean, with `|`",
                advice="write the alternatives that you mean, with `|`",
            )
        ],
    ),
    (
        r"(a{1000}){1000}",
        [
            RegexProblem(
                "regex-too-complex",
                "this expression cannot be judged: with its repetitions written out, it has more than 1000 characters",
                advice='write it shorter, or use patterns: allow_origins=["https://*.example.com"]',
            )
        ],
    ),
    (
        r"https?://(localhost|10\.0\.0\.\d+|app\.example\.com)(:\d+)?",
        [
            insecure(
                "http://10.0.0.1",
                r"https://(localhost|10\.0\.0\.\d+|app\.example\.com)(:\d+)?|http://(localhost)(:[0-9]+)?",
            )
        ],
    ),
    (
        r"https?://(localhost|127\.0\.0\.1)|https?://10\.0\.\d+\.\d+",
        [
            insecure(
                "http://10.0.1.1",
                r"https://(localhost|127\.0\.0\.1)|https://10\.0\.\d+\.\d+|http://(localhost|127\.0\.0\.1)",
            )
        ],
    ),
    (
        r"https://.*[.]?example[.]com",
        [look_alike("https://evilexample.com", ("https://example.com", "https://*.example.com"))],
    ),
    (r"(https|http)://(a|b)\.example", [insecure("http://a.example", r"https://(a|b)\.example")]),
    (r"https://\d+\.co\.uk", [public_suffix("`co.uk`", "https://1.co.uk")]),
    (r"https://[a-z]+\.vercel\.app(:\d+)?", [public_suffix("`vercel.app`", "https://evil.vercel.app")]),
    (r"https://([a-z]+\.vercel\.app|MYexample\.com)", [public_suffix("`vercel.app`", "https://evil.vercel.app")]),
    (
        r"https://.*\.(github\.io|netlify\.app)",
        [public_suffix("`github.io` and `netlify.app`", "https://evil.github.io")],
    ),
    (
        r"capacitor://.*|https://a\.example",
        [look_alike("capacitor://x", ("https://a.example", "capacitor://a.example:*", "capacitor://*.example:*"))],
    ),
    (r"http://10\.[a-z.]+", [look_alike("http://10.x", ()), insecure("http://10.x", ())]),
    (r"https://[a-z]\.github\.io|https://[a-z]+", [look_alike("https://x", ())]),
    (r"https://.", [look_alike("https://x", ())]),
    (r"https://[a-z.]+:\d+", [look_alike("https://evil.example:8000", ())]),
    (r"https://.*\.0\.0\.1", [look_alike("https://1.0.0.1", ())]),
    (
        r"https://([ab]\.github\.io|github\.io[.x]evil.*)",
        [look_alike("https://github.io.evil.example", ())],
    ),
    (
        r"https://(app\.1|example\.com.*)",
        [look_alike("https://example.com.evil.example", ("https://example.com:*",))],
    ),
    # Of the names in the expression, the first eight are tried as parts of a stranger's.
    (
        r"https://((a|b|c|d|e|f|g)\.com|h\.com.*)",
        [look_alike("https://h.com.evil.example", (*(f"https://{it}.com" for it in "abcdefg"), "https://h.com:*"))],
    ),
    (
        r"https://((a|b|c|d|e|f|g|h)\.com|i\.com.*)",
        [look_alike("https://i.comx", (*(f"https://{it}.com" for it in "abcdefgh"), "https://i.com:*"))],
    ),
    (r"https://example\.com.*", [look_alike("https://example.com.evil.example", ("https://example.com:*",))]),
    (
        r"https://.*example.org",
        [
            dot("https://examplexorg", ("https://example.org", "https://*.example.org")),
            look_alike("https://evilexample.org", ("https://example.org", "https://*.example.org")),
        ],
    ),
    (r"https://[a-z]+-team\.vercel\.app", [public_suffix("`vercel.app`", "https://evil-team.vercel.app")]),
    (r"https://www.example.com", [dot("https://wwwxexample.com", r"https://www\.example\.com")]),
    (r"http://\[[0-9a-f:]+\]", [look_alike("http://[2001:db8::1]", ()), insecure("http://[2001:db8::1]", ())]),
]


@pytest.mark.parametrize(("source", "said"), WHOLE)
def test_all_that_is_said_of_an_expression(source: str, said: list[RegexProblem]) -> None:
    assert list(examine(source, credentials=True)) == said


@pytest.mark.parametrize(("source", "origin"), WITNESSES)
def test_a_stranger_is_shown(source: str, origin: str) -> None:
    found = examine(source, credentials=False)[0]
    assert found.witness == origin
    assert f"`{origin}`" in found.message
    assert re.fullmatch(source, origin)
    assert str(Origin.parse(origin)) == origin


# Each accepts one http:// origin outside loopback at least: in a list with credentials, that origin is rejected.
PLAIN_HTTP = [
    (r"https?://example\.com", "http://example.com"),
    (r"http://example\.com", "http://example.com"),
    (r"http(s)?://example\.com", "http://example.com"),
    (r"http(?:s|)://example\.com", "http://example.com"),
    (r"http[s]?://example\.com", "http://example.com"),
    (r"https*://example\.com", "http://example.com"),
    (r"https{0,1}?://example\.com", "http://example.com"),
    (r"(?:https|http)://example\.com(:\d+)?", "http://example.com"),
    (r"https://app\.example\.com|http://example\.com:8080", "http://example.com:8080"),
    (r"(https://|http://)example\.com", "http://example.com"),
    (r"[a-z]+://example\.com", "http://example.com"),
    (r"\w{4,5}:/{2}example\.com", "http://example.com"),
    (r"[fh]t{2}ps?://example\.com", "http://example.com"),
    (r"h..ps?://example\.com", "http://example.com"),
    (r"\x68ttps?:\x2f\x2fexample\.com", "http://example.com"),
    (r"(?i)HTTPS?://Example\.COM", "http://example.com"),
    (r"(?i:HTTP)://example\.com", "http://example.com"),
    (r"^https?://example\.com$", "http://example.com"),
    (r"\Ahttps?://example\.com\Z", "http://example.com"),
    (r"https?://(example|other)\.com", "http://other.com"),
    (r"https?://(www\.)?example\.com", "http://example.com"),
    (r"https?://[a-z0-9-]+\.example\.com", "http://x.example.com"),
    (r"https?://example\.com\.?", "http://example.com"),
    (r"https?://example\.com\.", "http://example.com."),
    (r"https?://example\.com:\d+", "http://example.com:1"),
    (r"http://example\.co\.uk", "http://example.co.uk"),
    (r"https?://github\.io", "http://github.io"),
    (r"http://foo\.github\.io", "http://foo.github.io"),
    (r"http://intranet", "http://intranet"),
    (r"http://nas\.local(:\d+)?", "http://nas.local"),
    (r"https?://203\.0\.113\.5", "http://203.0.113.5"),
    (r"http://192\.168\.1\.\d{1,3}", "http://192.168.1.1"),
    (r"http://10\.0\.0\.1:8080", "http://10.0.0.1:8080"),
    (r"http://\[2001:db8::1\]", "http://[2001:db8::1]"),
    (r"http://\[fd00::1\]", "http://[fd00::1]"),
    (r"https?://(localhost|example\.com)(:\d+)?", "http://example.com"),
    (r"https?://(.+\.)?localhost\.example\.com", "http://localhost.example.com"),
    (r"http://localhostess", "http://localhostess"),
    (r"http://mylocalhost", "http://mylocalhost"),
    (r"http://127\.0\.0\.1\.example\.com", "http://127.0.0.1.example.com"),
    (r"http://1[0-9]?7\.0\.0\.1", "http://17.0.0.1"),
    (r"http://\[::12?\]", "http://[::12]"),
]


@pytest.mark.parametrize(("pattern", "origin"), PLAIN_HTTP, ids=[as_id(it) for it, _ in PLAIN_HTTP])
def test_plain_http_with_credentials_is_shown(pattern: str, origin: str) -> None:
    shown = [found.message for found in examine(pattern, credentials=True) if found.code == "origin-insecure"]
    assert shown == [f"it accepts `http://` origins, for example `{origin}`; anybody on the network can be such a page"]
    assert re.fullmatch(pattern, origin)
    with pytest.raises(PolicyError):
        Policy(allow_origins=[origin], allow_credentials=True)
    assert "origin-insecure" not in [found.code for found in examine(pattern, credentials=False)]


NOT_INSECURE = [
    r"https://example\.com",
    r"https?://localhost(:\d+)?",
    r"https?://localhost\.?(:\d+)?",
    r"https?://([a-z0-9-]+\.)*localhost(:\d+)?",
    r"https?://127(\.\d+){3}(:\d+)?",
    r"https?://(localhost|127\.0\.0\.1|\[::1\]|\[::ffff:7f00:1\])(:[0-9]+)?",
    r"(https://app\.example\.com|http://localhost(:[0-9]+)?)",
    r"(?i)HTTPS://app\.example\.com",
    r"httpss?://example\.com",
    r"http:/[.]example\.com",
    r"HTTP://example\.com",  # no browser writes the scheme in upper case
    r"http://example\.com/",
    r"xhttp://app\.example\.com",
    # More hosts than are named: `localhost` is the one too many.
    r"http://(localhost|127\.0\.0\.(" + "|".join(map(str, range(256))) + "))",
]


@pytest.mark.parametrize("pattern", NOT_INSECURE)
def test_https_and_loopback_may_have_credentials(pattern: str) -> None:
    assert "origin-insecure" not in [found.code for found in examine(pattern, credentials=True)]


PRIVATE_HTTP = [
    (r"http://192\.168\.\d+\.\d+(:\d+)?", []),
    (r"http://10\.\d+\.\d+\.\d+", []),
    (r"http://172\.(1[6-9]|2\d|3[01])\.0\.1", []),
    (r"http://169\.254\.1\.\d+", []),
    (r"https?://(?:nas|printer)\.(?:local|lan|test|internal|home\.arpa)", []),
    (r"http://\[fd00::1\]", []),
    (r"http://\[fe80::1\](:\d+)?", []),
    (r"http://(localhost|192\.168\.1\.7):3000", []),
    (r"http://172\.\d+\.0\.1", ["origin-insecure"]),
    (r"http://192\.168\.evil\.com", ["origin-insecure"]),
    (r"http://\[fc:0:0:0:0:0:0:1\]", ["origin-insecure"]),
    (r"http://nas\.locale", ["origin-insecure"]),
    (r"http://intranet", []),
    (r"https?://example\.com", ["origin-insecure"]),
]


@pytest.mark.parametrize(("pattern", "expected"), PRIVATE_HTTP)
def test_a_private_network_may_have_credentials_in_development(pattern: str, expected: list[str]) -> None:
    found = [it.code for it in examine(pattern, credentials=True, environment="development")]
    assert [code for code in found if code == "origin-insecure"] == expected
    in_production = [it.code for it in examine(pattern, credentials=True, environment="production")]
    assert "origin-insecure" in in_production


HOSTS = """localhost localhost. a.localhost a.b.localhost localhost.example.com alocalhost example.com intranet
    127.0.0.1 127.255.0.9 128.0.0.1 12.0.0.1 [::1] [::2] [::ffff:7f00:1] [::ffff:8000:1] 10.0.0.1 11.0.0.1 192.168.0.1
    192.169.0.1 172.16.0.1 172.15.0.1 172.31.9.9 172.32.0.1 169.254.0.1 169.253.0.1 a.local a.local. local.a a.lan
    a.test a.internal a.home.arpa home.arpa.a [fd00::1] [fcab::1] [fbab::1] [fe80::1] [febf::1] [fec0::1]""".split()


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("environment", ["development", "production"])
def test_an_expression_for_one_host_is_judged_as_the_host_in_a_list_is(host: str, environment: str) -> None:
    def codes(**field: Any) -> list[str]:
        try:
            Policy(allow_credentials=True, environment=environment, **field)
        except PolicyError as error:
            return [problem.code for problem in error.problems]
        return []

    origin = f"http://{host}"
    listed = codes(allow_origins=[origin])
    assert codes(allow_origin_regex=re.escape(origin)) == listed


SUGGESTIONS: list[tuple[str, dict[str, Any]]] = [
    (r"https://.*example\.org", {"allow_origins": ("https://example.org", "https://*.example.org")}),
    (r"https://[a-z]+example\.com", {"allow_origins": ("https://*.example.com",)}),
    (r"https://example\.com.*", {"allow_origins": ("https://example.com:*",)}),
    (r"https://example\.(com|[a-z]+)", {"allow_origins": ("https://example.com",)}),
    (r"https://(app\.example\.com|.*example\.org):8443", {"allow_origins": (
        "https://app.example.com:8443", "https://example.org:8443", "https://*.example.org:8443", "https://*.example.org",
    )}),
    (r"https://www.example.com", {"allow_origin_regex": r"https://www\.example\.com"}),
    (r"https://.*example.org", {"allow_origins": ("https://example.org", "https://*.example.org")}),
    (r"https?://example\.com", {"allow_origin_regex": r"https://example\.com"}),
    (r"(http|https)://example\.com(:\d+)?", {"allow_origin_regex": r"https://example\.com(:\d+)?"}),
    (r"[a-z]+://example\.com", {"allow_origins": ("https://example.com",)}),
    (
        r"capacitor://localhost|https://.*example\.com",
        {"allow_origins": ("https://example.com", "https://*.example.com", "capacitor://localhost")},
    ),
    (r"https?://(localhost|example\.com)", {"allow_origins": (
        "https://example.com", "https://localhost", "http://localhost",
    )}),
    (r"http://(app\.example\.com|localhost:3000)", {"allow_origins": (
        "https://app.example.com", "http://localhost:3000",
    )}),
    (r"https://Example\.com", {"allow_origin_regex": r"(?i)https://Example\.com"}),
    (r"https://example\.com:443", {"allow_origin_regex": r"https://example\.com"}),
    (r"^https://example\.com/$", {"allow_origin_regex": r"^https://example\.com"}),
    (r"^example\.com$", {"allow_origin_regex": r"https://example\.com$"}),
    (r"wss://example\.com", {"allow_origin_regex": r"https://example\.com"}),
    # A range of addresses is no pattern's, so the expression stays, and the pages of this machine are kept beside it.
    (r"^https?://(localhost|127\.0\.0\.1|\[::1\]|10\.0\.\d+\.\d+)(:\d+)?$", {"allow_origin_regex": (
        r"https://(localhost|127\.0\.0\.1|\[::1\]|10\.0\.\d+\.\d+)(:\d+)?"
        r"|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?"
    )}),
    (r"https?://(localhost|10\.0\.\d+\.\d+)", {"allow_origin_regex": (
        r"https://(localhost|10\.0\.\d+\.\d+)|http://(localhost)"
    )}),
    (r"https?://(localhost:\d+|10\.0\.\d+\.\d+)", {"allow_origin_regex": (
        r"https://(localhost:\d+|10\.0\.\d+\.\d+)|http://(localhost)(:[0-9]+)"
    )}),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), SUGGESTIONS)
def test_what_is_suggested_is_accepted(source: str, expected: dict[str, Any]) -> None:
    found = examine(source, credentials=True)[0]
    assert dict(found.suggestion) == expected
    policy = Policy(**expected, allow_credentials=True)
    if found.witness is not None:
        assert not decide(policy, "GET", [(b"origin", found.witness.encode())]).allowed


def test_the_words_for_an_expression_that_matches_nothing() -> None:
    (found,) = examine(r"https://Example\.com", credentials=False)
    assert found.message == (
        "no browser sends an origin that this matches: scheme, host and port in lower case, without the default port, "
        "path or slash"
    )


def test_the_words_for_a_flag() -> None:
    with pytest.raises(UnsupportedRegex) as caught:
        source_of(re.compile(E, re.VERBOSE))
    expected = "a flag such as re.VERBOSE, at position 0, is not supported here: write the expression without it"
    assert str(caught.value) == expected


# Nothing can be suggested: what is meant is for people to decide.
ADVICE: list[tuple[str, str]] = [
    (r"https://[a-z0-9-]+\.vercel\.app", "list each name under `vercel.app` that is yours in allow_origins"),
    (r"https://[a-z]+", "name the front ends in allow_origins, each by its origin"),
    (r"https://pr-[0-9]+\.example\.com|https://[a-z]+", "name the front ends in allow_origins, each by its origin"),
    (r"http://.*", "name the front ends in allow_origins, each by its origin"),
    (r"https://\d+", "write the origin that the console shows, with its dots escaped"),
    (r"\Aexample\.com/path", "write the origin that the console shows, with its dots escaped"),
    (r"https://a++", "write `+`; matching takes linear time"),
]


@pytest.mark.parametrize(("source", "expected"), ADVICE)
def test_what_cannot_be_suggested_is_left_to_decide(source: str, expected: str) -> None:
    found = examine(source, credentials=True)[0]
    assert (found.suggestion, found.advice) == ((), expected)


def applied(found: RegexProblem) -> Policy:
    """A policy with what is suggested."""
    return Policy(**dict(found.suggestion), allow_credentials=True)  # type: ignore[arg-type]


@examples(300)
@given(expressions())
@example(r".*a\.1")  # no browser takes a name that ends like an address
@example(r".*10\.0\.0\.")  # `https://10.0.0` is `https://10.0.0.0` to a browser, and has no names below it
@example(r".*10\.0\.0\.1")
@example(r"https://(.*\.)?10\.0\.0\.1")
@example(r"https://.*0x7f\.1")
@example(r"https://(.+\.)?shop\.7")
def test_every_suggestion_is_accepted_and_keeps_strangers_out(source: str) -> None:
    for found in examine(source, credentials=True):
        if found.witness is not None:
            assert re.fullmatch(source, found.witness)
            assert split_serialised(found.witness.encode()) is not None
        if found.suggestion:
            policy = applied(found)
            assert found.witness is None or not decide(policy, "GET", [(b"origin", found.witness.encode())]).allowed


# -- in a policy -------------------------------------------------------------------------------------

E = r"https://[a-z]+\.example\.com"
O = r"https://pr-[0-9]+\.example\.org"  # noqa: E741

ACCEPTED: list[tuple[Any, Any]] = [
    (E, E),
    ([E], E),
    ((E, O), (E, O)),
    ([], None),
    (re.compile(E), E),
    (re.compile(E, re.IGNORECASE), f"(?i){E}"),
    (re.compile(f"(?i){E}"), f"(?i){E}"),
    (re.compile(E, re.DOTALL | re.ASCII | re.MULTILINE), E),
    ([re.compile(E), O], (E, O)),
]


@pytest.mark.parametrize(("written", "expected"), ACCEPTED)
def test_one_or_several_strings_or_patterns_are_accepted(written: Any, expected: Any) -> None:
    policy = Policy(allow_origins=["https://a.example"], allow_origin_regex=written)
    assert policy.allow_origin_regex == expected
    assert Policy(**policy.model_dump(mode="json")) == policy
    assert hash(Policy(**policy.model_dump())) == hash(policy)


@pytest.mark.parametrize("origin", ["https://app.example.com", "https://pr-7.example.org"])
def test_each_of_several_is_asked(origin: str) -> None:
    policy = Policy(allow_origin_regex=[E, re.compile(O)])
    assert decide(policy, "GET", [(b"origin", origin.encode())]).allowed
    assert not decide(policy, "GET", [(b"origin", origin.encode() + b".evil.example")]).allowed
    assert not decide(policy, "GET", [(b"origin", origin.encode() + b":443")]).allowed


REJECTED: list[tuple[Any, dict[str, Any], list[tuple[str, str, str]]]] = [
    ([E, 7], {}, [("not-text", "allow_origin_regex[1]", 'allow_origin_regex=r"https://..."')]),
    (re.compile(b"x"), {}, [("not-text", "allow_origin_regex", 'allow_origin_regex=r"https://..."')]),
    (re.compile(E, re.VERBOSE), {}, [("regex-unsupported", "allow_origin_regex", "write the expression without it")]),
    (
        [E, "https://www.example.com"],
        {"allow_credentials": True},
        [("regex-dot", "allow_origin_regex[1]", r'write r"https://www\.example\.com"')],
    ),
    (
        "https://.*example.com",
        {"enforce": True},
        [
            ("regex-dot", "allow_origin_regex", 'allow_origins=["https://example.com", "https://*.example.com"]'),
            (
                "regex-look-alike",
                "allow_origin_regex",
                'allow_origins=["https://example.com", "https://*.example.com"]',
            ),
        ],
    ),
    (
        r"https://[a-z]+\.vercel\.app",
        {"enforce": True, "allow_credentials": True},
        [
            (
                "public-suffix",
                "allow_origin_regex",
                "list each name under `vercel.app` that is yours in allow_origins, "
                "or drop allow_credentials and enforce",
            )
        ],
    ),
    (
        [r"https://(a)\1", "("],
        {"allow_credentials": True, "environment": "development"},
        [
            ("regex-unsupported", "allow_origin_regex[0]", "write the repeated part out"),
            ("regex-invalid", "allow_origin_regex[1]", "fix it there"),
        ],
    ),
]


@pytest.mark.parametrize(("written", "fields", "expected"), REJECTED)
def test_what_rejects_a_policy(written: Any, fields: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origin_regex=written, **fields)
    assert [(found.code, found.field, found.remedy) for found in caught.value.problems] == expected


WARNED: list[tuple[Any, dict[str, Any], list[tuple[str, str]]]] = [
    (r"https://.*example\.com", {}, [("regex-look-alike", "allow_origin_regex")]),
    ([E, "https://www.example.com"], {}, [("regex-dot", "allow_origin_regex[1]")]),
    (r"https://[a-z]+\.vercel\.app", {}, [("public-suffix", "allow_origin_regex")]),
    (r"https?://example\.com", {}, []),
    (r"https://Example\.com", {"allow_credentials": True}, [("regex-dead", "allow_origin_regex")]),
    (
        r"https://.*example\.com",
        {"allow_origins": ["*"]},
        [("star-in-production", "allow_origins"), ("star-covers-others", "allow_origins")],
    ),
]


@pytest.mark.parametrize(("written", "fields", "expected"), WARNED)
def test_what_is_a_warning(written: Any, fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """Without credentials and enforce, a regex that accepts too much still accepts less than `*`."""
    assert [(found.code, found.field) for found in Policy(allow_origin_regex=written, **fields).warnings] == expected


def test_no_expression_is_no_matcher() -> None:
    assert (as_tuple(None), compiled(None)) == ((), None)
