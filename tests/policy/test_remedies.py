"""Every remedy works: it is accepted, it allows what was meant, and no stranger that was not meant."""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

import pytest

from crossorigin import OriginPattern, Policy, PolicyError, Problem, decide
from crossorigin.policy.origin_patterns import matches
from crossorigin.policy.problems import CATALOGUE
from crossorigin.probes.origins import Names, around, strangers
from crossorigin.standards.origin import Origin, split_serialised

A, B = "https://a.example", "https://b.example"
NAMES = Names("remedies")


class Case(NamedTuple):
    """A policy, the code of what is wrong with it, and the entries that its operator meant."""

    code: str
    fields: dict[str, Any]
    meant: tuple[str, ...] = (A,)


def entry(code: str, written: str, *meant: str, **fields: Any) -> Case:
    return Case(code, {"allow_origins": [written], **fields}, meant)


def regex(code: str, written: str, *meant: str, credentials: bool = True) -> Case:
    return Case(code, {"allow_origin_regex": written, "allow_credentials": credentials}, meant)


CASES = [
    Case("unknown-keyword", {"origins": [A]}),
    Case("unknown-keyword", {"allow_origins": [A], "allowed_credential": True, "max_ages": 5}),
    Case("not-a-list", {"allow_origins": A}),
    Case("not-a-list", {"allow_origins": f"{A}, {B}"}, (A, B)),
    Case("not-a-list", {"allow_origins": f"{A} {B}".encode()}, (A, B)),
    Case("not-a-list", {"allow_origins": [A], "allow_headers": "X-A, X-B"}),
    Case("not-a-bool", {"allow_origins": [A], "allow_credentials": "false"}),
    Case("environment-invalid", {"allow_origins": [A], "environment": '"production"'}),
    entry("origin-path", f"{A}/app", A),
    entry("origin-path", "https://*.a.example/app", "https://*.a.example"),
    entry("origin-path", "https://pr-*.a.example:8443/app", "https://pr-*.a.example:8443"),
    entry("origin-query", f"{A}?x", A),
    entry("origin-query", f"{A}/#", A),
    entry("origin-userinfo", "https://user:secret@a.example", A),
    entry("origin-scheme", "a.example", A),
    entry("origin-scheme", "//a.example:8443", f"{A}:8443"),
    entry("origin-scheme", "*.a.example", "https://*.a.example"),
    entry("origin-scheme", "localhost:3000", "http://localhost:3000"),
    entry("origin-glob", "https://**.a.example", "https://*.a.example"),
    entry("origin-glob", "*://a.example", A),
    entry("origin-glob", "https://u@pr-*.a.example", "https://pr-*.a.example"),
    entry("origin-glob", "https://*.127.0.0.1", "https://127.0.0.1"),
    entry("origin-invalid", f"{A}, {B}", A, B),
    entry("origin-invalid", "wss://a.example", A),
    entry("origin-invalid", "https://*.a.example:[8080,8081]", "https://*.a.example:8080", "https://*.a.example:8081"),
    entry("origin-invalid", f"{A}:8080,8081", f"{A}:8080", f"{A}:8081"),
    entry("origin-invalid", "https://{www,api}.a.example", "https://www.a.example", "https://api.a.example"),
    entry(
        "origin-invalid",
        "(http|https)://a.example:(81|82)",
        *(f"{s}://a.example:{p}" for s in ("http", "https") for p in (81, 82)),
    ),
    entry("origin-invalid", "http://localhost:{3000,*}", "http://localhost:*"),
    entry("origin-insecure", "http://a.example", A, allow_credentials=True),
    entry("origin-insecure", "http://*.a.example:8080", "https://*.a.example:8080", enforce=True),
    regex("origin-insecure", r"http://a\.example", A),
    regex("origin-insecure", r"https?://a\.example", A),
    regex("regex-dot", r"https://a.example", A),
    regex(
        "regex-dot",
        r"https://www.shop.example.com(:8443)?",
        "https://www.shop.example.com",
        "https://www.shop.example.com:8443",
    ),
    regex("regex-look-alike", r"https://[a-z.]*example\.com", "https://example.com", "https://*.example.com"),
    regex("regex-look-alike", r"https://.*example\.com", "https://example.com", "https://*.example.com"),
    regex("regex-dead", r"https://A\.example", A, credentials=False),
    regex("regex-dead", r"https://a\.example/", A, credentials=False),
    regex("regex-dead", r"https://a\.example:443", A, credentials=False),
    regex("regex-dead", r"a\.example", A, credentials=False),
    Case("method-forbidden", {"allow_origins": [A], "allow_methods": ["GET", "TRACE"]}),
    Case("method-invalid", {"allow_origins": [A], "allow_methods": ["GET, PUT"]}),
    Case("header-invalid", {"allow_origins": [A], "allow_headers": ["a b"]}),
    Case("header-invalid", {"allow_origins": [A], "expose_headers": ["a b"]}),
    Case("too-many-headers", {"allow_origins": [A], "allow_headers": [f"x-{n}" for n in range(200)]}),
    Case("expose-forbidden", {"allow_origins": [A], "expose_headers": ["Set-Cookie"]}),
    Case("expose-star-with-credentials", {"allow_origins": [A], "expose_headers": ["*"], "allow_credentials": True}),
    Case("enforce-invalid", {"allow_origins": [A], "enforce": "yes"}),
    Case("host-invalid", {"allow_origins": [A], "trusted_hosts": ["https://a"]}),
    Case("path-invalid", {"allow_origins": [A], "enforce": True, "exempt": ["webhooks"]}),
    Case("max-age-invalid", {"allow_origins": [A], "max_age": "5"}),
    Case("max-age-range", {"allow_origins": [A], "max_age": 10**6}),
    Case("max-age-capped", {"allow_origins": [A], "max_age": 86400}),
    Case("enforce-off", {"allow_origins": [A], "exempt": ["/webhooks/*"]}),
    Case("header-forbidden", {"allow_origins": [A], "allow_headers": ["Cookie"]}),
    Case("header-response-only", {"allow_origins": [A], "allow_headers": ["ETag"]}),
    Case("expose-request-only", {"allow_origins": [A], "expose_headers": ["Accept"]}),
    Case("private-network-obsolete", {"allow_origins": [A], "allow_private_network": True}),
    Case("risk-not-needed", {"allow_origins": [A], "accept_risks": ["shared-suffix"]}),
]

# Where no line of code can be right: the remedy says what to decide or to find out.
DECISIONS = set(
    """policy-and-keywords not-text development-in-production empty-policy file-unreadable file-not-toml profile-invalid
    profile-missing variable-unknown variable-invalid lists-null origin-too-long public-suffix whole-scheme risk-unknown
    star-with-credentials regex-invalid regex-unsupported regex-too-complex methods-without-routes path-policy-invalid
    restrictions-behind-wrapper star-in-production star-covers-others star-in-development origin-private-network
    enforce-with-star environment-near origin-dead shared-platform risk-accepted star-in-rows
    preflight-outlives-origin""".split()
)


def test_every_code_has_a_case_or_is_a_decision() -> None:
    assert {case.code for case in CASES} | DECISIONS == set(CATALOGUE)
    assert not {case.code for case in CASES} & DECISIONS


def problems(fields: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        return Policy(**fields).warnings
    except PolicyError as rejected:
        return rejected.problems


def apply(found: Problem, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a policy with a problem's suggestion in them, or else its line of code."""
    fields = dict(fields)
    name, _, index = found.field.partition("[")
    suggestion = found.suggestion
    values = (suggestion,) if isinstance(suggestion, str) else suggestion
    line = re.match(r"(\w+)=(.+?)(?: or .*)?$", found.remedy)
    if found.code == "unknown-keyword":
        value = fields.pop(name)
        return fields | {values[0]: value} if values[0] else fields
    if name == "allow_origin_regex" and isinstance(suggestion, tuple):
        del fields[name]
        return fields | {"allow_origins": suggestion}
    if found.remedy.startswith("leave it out"):
        written = fields.pop(name)
        kept = [each for place, each in enumerate(written) if index and place != int(index[:-1])] if index else []
        return fields | {name: kept} if kept else fields
    if index and any(values):
        written = list(fields[name])
        place = int(index[:-1])
        return fields | {name: [*written[:place], *values, *written[place + 1 :]]}
    if any(values):
        return fields | {name: suggestion}
    assert line is not None, found.remedy
    return fields | {line[1]: ast.literal_eval(line[2])}


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}-{n}" for n, case in enumerate(CASES)])
def test_the_remedy_works(case: Case) -> None:
    before = problems(case.fields)
    assert case.code in {each.code for each in before}
    fields = case.fields
    for _ in range(5):  # a problem may hide another
        found = [each for each in problems(fields) if each.code == case.code]
        if not found:
            break
        fields = apply(found[0], fields)
    policy = Policy(**fields)
    assert case.code not in {each.code for each in policy.warnings}
    meant = [OriginPattern.parse(text) for text in case.meant]
    for origin in asked(case.meant):
        expected = _sent(origin) and any(matches(each, Origin.parse(origin)) for each in meant)
        assert decide(policy, "GET", [(b"origin", origin.encode())]).allowed is expected, origin


def _sent(origin: str) -> bool:
    """Whether a browser sends this, as it is written."""
    return split_serialised(origin.encode()) is not None and str(Origin.parse(origin)) == origin


def asked(meant: tuple[str, ...]) -> list[str]:
    """Origins of what was meant, and the strangers that a loose comparison takes for them."""
    found = [probe.origin for probe in strangers(NAMES)]
    for text in meant:
        for label in ("x", "x.y"):
            origin = text.replace("://*.", f"://{label}.").replace("*.", "7.").replace(":*", ":3000")
            found += [origin, *(probe.origin for probe in around(origin, NAMES))]
    return found


@pytest.mark.parametrize(
    "written",
    [
        "https://a.example:{x,y}",
        "https://a.example:[1,2]:[3,4]",
        "https://(a|b)?.example",
        "https://{" + ",".join(map(str, range(21))) + "}.example",
        "https://" + "{a,b}" * 40 + ".example",
    ],
)
def test_alternatives_that_come_to_nothing_have_no_suggestion(written: str) -> None:
    (found,) = problems({"allow_origins": [written]})
    assert (found.code, found.suggestion) == ("origin-invalid", ())
