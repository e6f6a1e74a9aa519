"""Policies of anything: accepted or refused with a list of problems, never with another error; written and read back.

Of what is accepted with credentials, hostile origins are asked: none of them gets credentials.
"""

from __future__ import annotations

import pickle
from typing import Any

from crossorigin import Policy, PolicyError, decide
from crossorigin.policy.problems import CATALOGUE
from fuzz import model
from fuzz.common import FuzzedDataProvider, bounded, fuzz
from fuzz.fuzz_patterns import entry

ORIGINS = (
    "https://app.example.com", "https://*.example.com", "https://pr-*.example.com", "http://localhost:*", "*", "null",
    "http://app.example.com", "https://*.com", "https://*.github.io", "capacitor://localhost",
    "https://app.example.com/", "app.example.com", "moz-extension://*",
    "https://*.vercel.app", "HTTPS://App.Example.com:443", "https://10.0.0.1", "",
)  # fmt: skip
REGEXES = (
    None, None, None, r"https://[a-z]+\.example\.com", r"https://.*example\.com", r"https?://localhost(:\d+)?", ".*",
    "(", r"https://[a-z]+\.com", "", 7, (r"https://a\.example\.com", r"https://b\.example\.com"), r"(a+)+", (),
)  # fmt: skip
METHODS = ("GET", "put", "*", "PATCH", "routes", "TRACE", "a b", "", "é", "x" * 70, "purge", 7)
HEADERS = ("Authorization", "x-a", "*", "Content-Type", "a b", "", "set-cookie", "é", "x" * 300, "Cookie", 7)
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -2,
    10**9,
    "true",
    "report-only",
    "*",
    b"*",
    [],
    {},
    ["*"],
    object,
    1.5,
    "é\0",
)
RISKS = ("shared-suffix", "insecure-origin", "whole-scheme", "look-alikes", "all", "")
STRANGERS = (
    "https://evil.com", "http://evil.com", "null", "https://evilexample.com", "https://example.com.evil.com", "",
    "https://example.com:8443.evil.com", "http://notlocalhost:3000", "https://evil.com\0.example.com", "*",
    "http://localhost.evil.com:3000", "https://evil.com/.example.com",
)  # fmt: skip
SEEDS = [b"", b"\1\0", b"\1\4\0\0\0\0\1\1"]


def fields(given: FuzzedDataProvider) -> dict[str, Any]:
    """Keywords of a policy; some of another type than they should be."""
    origins = [*given.some(ORIGINS, 3), *(entry(given) for _ in range(given.ConsumeIntInRange(0, 1)))]
    found: dict[str, Any] = {
        "allow_origins": origins,
        "allow_origin_regex": given.PickValueInList(REGEXES),
        "allow_methods": given.some(METHODS, 2),
        "allow_headers": given.some(HEADERS, 2),
        "expose_headers": given.some(HEADERS, 1),
        "allow_credentials": given.ConsumeBool(),
        "max_age": given.PickValueInList((600, 0, -1, 86400, -2, 10**9)),
        "environment": given.PickValueInList((None, "production", "development", "staging", "", "dev", 7)),
        "enforce": given.PickValueInList((False, False, True, "report-only", "yes")),
        "trusted_hosts": given.some(("api.example.com", "*", "a b", "[::1]"), 1),
        "exempt": given.some(("/webhooks/*", "x", "/a/{b}", "/*"), 1),
        "accept_risks": given.some(RISKS, 1),
    }
    for name in list(found):
        choice = given.ConsumeIntInRange(0, 15)
        if choice == 15:
            found[name] = given.PickValueInList(ODD)
        elif choice > 5:
            del found[name]
    if given.ConsumeIntInRange(0, 15) == 15:
        found[given.PickValueInList(("allowed_origins", "origin", "é"))] = given.PickValueInList(ODD)
    return found


def made(keywords: dict[str, Any]) -> Policy | None:
    """The policy, or None if it is refused: with problems, each of a code that the catalogue has, and in plain text."""
    try:
        return Policy(**keywords)
    except PolicyError as why:
        assert why.problems, keywords
        for problem in why.problems:
            assert problem.code in CATALOGUE and problem.field and problem.message and problem.remedy, keywords
        assert str(why).isprintable() or "\n" in str(why), keywords
        return None


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about policies is broken."""
    keywords = fields(FuzzedDataProvider(data))
    policy = made(keywords)
    if policy is None:
        assert made(keywords) is None
        return
    for again in (Policy(**policy.model_dump()), Policy.model_validate_json(policy.model_dump_json())):
        assert again == policy and hash(again) == hash(policy), keywords
    assert pickle.loads(pickle.dumps(policy)) == policy, keywords
    assert all(warning.code in CATALOGUE and warning.message for warning in policy.warnings), keywords
    assert "null" not in policy.allow_origins, keywords
    assert len(set(policy.allow_origins)) == len(policy.allow_origins), keywords
    assert "TRACE" not in policy.allow_methods, keywords
    assert all(name == name.lower() for name in policy.allow_headers), keywords
    if policy.allow_credentials:
        written = " ".join(policy.allow_origins)
        assert "*" not in policy.expose_headers, keywords
        alone = policy.allow_origins == ("*",) and policy.allow_origin_regex is None
        assert not alone or policy.environment == "development", keywords
        risky = bool(policy.accept_risks) or "evil" in written
        strangers = STRANGERS if not risky else ()
        for origin in strangers:
            answer = dict(decide(policy, "GET", [(b"origin", origin.encode())]).answer())
            assert b"access-control-allow-credentials" not in answer or model_allows(policy, origin), (keywords, origin)
        insecure = [text for text in policy.allow_origins if text.startswith("http://")]
        accepted = "insecure-origin" in policy.accept_risks or not insecure
        assert accepted or all(is_local(text) for text in insecure), keywords


def model_allows(policy: Policy, origin: str) -> bool:
    """Whether the list itself names a page."""
    return any(model.takes(text, origin) for text in policy.allow_origins if text != "*")


def is_local(text: str) -> bool:
    """Whether an entry with http: is a page of this machine, or of a private network."""
    host = text.removeprefix("http://").removesuffix(":*").removeprefix("*.")
    if model.is_loopback_page(f"http://{host}"):
        return True
    name = host if host.endswith("]") else host.partition(":")[0]
    private = ("10.", "127.", "192.168.", "169.254.", "172.", "100.")
    return (
        "." not in name.strip(".") or name.endswith((".localhost", ".local", ".localhost.")) or name.startswith(private)
    )


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
