"""The entries of a list of allowed origins: parsed, written, matched one by one and as a set, against the model."""

from __future__ import annotations

from crossorigin.policy.origin_patterns import InvalidOrigin, OriginPattern, matches, sample
from crossorigin.policy.origin_set import OriginSet
from crossorigin.policy.problems import CATALOGUE
from crossorigin.standards.origin import MAX_ORIGIN_BYTES, Origin
from fuzz import model
from fuzz.common import FuzzedDataProvider, bounded, fuzz

SCHEMES = ("https", "https", "http", "HTTPS", "moz-extension", "capacitor", "https*", "http(s)", "(http|https)")
HOSTS = (
    "*.example.com", "example.com", "pr-*.example.com", "*-pr.example.com", "a*b.example.com", "x.pr-*.example.com",
    "*.a.b.example.com", "*", "*.localhost", "localhost", "*.com", "*example.com", "**.example.com", "a.*.example.com",
    "example.*", "*.127.0.0.1", "[::1]", "*.[::1]", "*.Bücher.example", "bü*.example.com", "example.com.", "*.",
    "*.example.com.", "{a,b}.example.com", "[a|b].example.com", "user@example.com", "*.*.example.com", "example.org",
    "*.example.org", "a_b.example.com", "xn--bcher-kva.example", "pr-*.Example.com",
)  # fmt: skip
ENDS = ("", "", "", "", "/", "/path", "?q", "#", " ", ", https://b.example", "\n", "\\", "/*", "@")
SEEDS = [
    b"\1\0\0\0\0\0\0",
    b"\0\7https://a.example,https://b.example",
    b"\0\7//example.com:[8080,8081]",
    b"\3\0\0\0\0\0\0\0\0\1\0\0\1\0\0\2\5\0\0\2\0\1\0",
]


def entry(given: FuzzedDataProvider) -> str:
    """What an operator may write."""
    if given.ConsumeIntInRange(0, 7) == 7:
        return given.ConsumeUnicodeNoSurrogates(40)
    scheme, host = given.PickValueInList(SCHEMES), given.PickValueInList(HOSTS)
    separator = given.PickValueInList(("://",) * 6 + (":", "//", ""))
    return f"{scheme}{separator}{host}{given.PickValueInList(model.PORTS)}{given.PickValueInList(ENDS)}"


def parsed(text: str) -> OriginPattern | None:
    """The pattern, or None; an error is InvalidOrigin, has a row in the catalogue, and what it suggests is right."""
    try:
        return OriginPattern.parse(text)
    except InvalidOrigin as why:
        assert why.code in CATALOGUE, text
        suggested = why.suggestion if isinstance(why.suggestion, str) else ""
        if suggested:
            OriginPattern.parse(suggested)
        return None


def near(pattern: OriginPattern, given: FuzzedDataProvider) -> list[str]:
    """Origins that a pattern takes, and origins that look like one."""
    written = str(pattern)
    scheme, _, rest = written.partition("://")
    port = given.PickValueInList(model.PORTS)
    rest = rest.removesuffix(":*") + port if pattern.any_port else rest
    filled = rest.replace("*", given.PickValueInList(("a", "x-1", "a.b", "", "A", "-", "_", "evil.example/", "a" * 64)))
    bare = rest.replace("*.", "").replace("*", "")
    other = given.PickValueInList(("https", "http", "ftp"))
    return [
        f"{scheme}://{filled}",
        f"{other}://{filled}",
        f"{scheme}://{bare}",
        f"{scheme}://evil{bare}",
        f"{scheme}://{filled}.evil.example",
        f"{scheme}://{filled}{given.PickValueInList(model.PORTS)}",
        f"{scheme}://{filled}{given.PickValueInList(model.ENDS)}",
        sample(pattern),
        model.origin(given),
    ]


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about patterns is broken."""
    given = FuzzedDataProvider(data)
    texts = [entry(given) for _ in range(given.ConsumeIntInRange(1, 4))]
    patterns = [pattern for text in texts if (pattern := parsed(text)) is not None]
    written = [str(pattern) for pattern in patterns]
    asked: list[str] = []
    for pattern, text in zip(patterns, written, strict=True):
        assert OriginPattern.parse(text) == pattern, text
        assert text == text.lower() and len(text) <= MAX_ORIGIN_BYTES + len("*.:*"), text
        # Nobody sends port 0, or an escaped host: such a pattern takes nothing.
        assert pattern.origin.port == 0 or "%" in text or model.takes(text, sample(pattern)), text
        assert pattern.exact is ("*" not in text), text
        asked += near(pattern, given)
    listed = OriginSet(patterns)
    for origin in asked:
        expected = [model.takes(text, origin) for text in written]
        assert (origin.encode() in listed) is any(expected), (written, origin)
        sent = as_sent(origin)
        if sent is not None and any(expected) and "%" not in origin:
            found = [matches(pattern, sent) for pattern in patterns]
            assert found == expected, (written, origin)


def as_sent(text: str) -> Origin | None:
    """The origin that a browser sends like this; None for `https://a.255`, which is no URL, and the like."""
    try:
        found = Origin.parse(text)
    except ValueError:
        return None
    return found if str(found) == text and model.parts(text) is not None else None


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
