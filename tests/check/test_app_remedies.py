"""Every remedy for Starlette's settings, applied: what was found is gone, and nothing new is there."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from crossorigin.check import inspect_app
from crossorigin.check.starlette.remedies import as_regex, one_regex, origins
from crossorigin.policy.origin_patterns import OriginPattern
from crossorigin.policy.origin_regex import examine
from crossorigin.policy.policy import Policy
from crossorigin.report.findings import Finding

A, B = "https://app.example.com", "https://www.example.org"
COOKIES = {"allow_credentials": True}
PRIVATE = r"^https?://(localhost|127\.0\.0\.1|10\.\d{1,3}\.\d{1,3}\.\d{1,3})(?::\d+)?$"

SETTINGS: list[tuple[list[str], dict[str, Any]]] = [
    (["star-with-credentials"], {"allow_origins": ["*"], **COOKIES}),
    (["star-with-credentials"], {"allow_origins": ["*", A], **COOKIES}),
    (
        ["star-with-credentials", "not-a-list", "not-a-list"],
        {"allow_origins": "*", "allow_methods": "*", "allow_headers": "*", **COOKIES},
    ),
    (["not-a-list"], {"allow_origins": A, **COOKIES}),
    (["not-a-list"], {"allow_origins": f"{A},{B}", **COOKIES}),
    (["not-a-list"], {"allow_origins": "https://*.example.com", **COOKIES}),
    (["not-a-list", "not-a-list"], {"allow_origins": A, "allow_headers": "X-A, X-B"}),
    (["no-effect"], {"allow_origins": [A + "/"]}),
    (["no-effect"], {"allow_origins": ["https://App.Example.com"]}),
    (["no-effect"], {"allow_origins": [A + ":443"]}),
    (["no-effect"], {"allow_origins": ["https://*.example.com", A], **COOKIES}),
    (["no-effect"], {"allow_origins": ["http://localhost:*"], **COOKIES}),
    (["no-effect", "no-effect"], {"allow_origins": [A], "allow_methods": ["get", "POST"], "allow_headers": [" X-A"]}),
    (["origin-path"], {"allow_origins": [A + "/login"], **COOKIES}),
    (["origin-path", "origin-scheme"], {"allow_origins": [A + "/login", "www.example.org"], **COOKIES}),
    (["origin-path"], {"allow_origins": ["https://*.example.com/login"], **COOKIES}),
    (["origin-scheme"], {"allow_origins": ["*.example.com"], **COOKIES}),
    (["origin-invalid"], {"allow_origins": [f"{A}, {B}"], **COOKIES}),
    (["origin-invalid"], {"allow_origins": ["https://{app,www}.example.com"], **COOKIES}),
    (["origin-insecure"], {"allow_origins": ["http://app.example.com"], **COOKIES}),
    (["origin-insecure"], {"allow_origin_regex": r"https?://app\.example\.com", **COOKIES}),
    (["origin-insecure"], {"allow_origin_regex": PRIVATE, **COOKIES}),
    (["origin-insecure"], {"allow_origin_regex": r"https?://(localhost|app\.example\.com)(:\d+)?", **COOKIES}),
    (["regex-dot"], {"allow_origin_regex": r"https://app.example.com", **COOKIES}),
    (["regex-look-alike"], {"allow_origin_regex": r"https://.*example\.com", **COOKIES}),
    (
        ["regex-look-alike"],
        {"allow_origin_regex": r"https://(app|www)?[a-z.]*\.?example\.com.*", "allow_origins": [B], **COOKIES},
    ),
    (
        ["not-a-list", "origin-insecure"],
        {"allow_origins": A, "allow_origin_regex": r"https?://(localhost|app\.example\.org)", **COOKIES},
    ),
    (["header-forbidden"], {"allow_origins": [A], "allow_headers": [" Cookie"]}),
    (["regex-dead"], {"allow_origin_regex": r"https://app\.example\.com/"}),
    (["max-age-range"], {"allow_origins": [A], "max_age": 10**6}),
    (["unknown-keyword"], {"allow_origin": [A]}),
    (["method-forbidden"], {"allow_origins": [A], "allow_methods": ["GET", "TRACE"]}),
    (["header-forbidden"], {"allow_origins": [A], "allow_headers": ["Cookie", "X-A"]}),
    (["expose-star-with-credentials"], {"allow_origins": [A], "expose_headers": ["*"], **COOKIES}),
    (["empty-policy"], {"allow_methods": ["PUT"]}),
]


def found(said: dict[str, Any]) -> list[Finding]:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, **said)
    return [each for each in inspect_app(app, "main:app", seconds=60).findings if each.severity != "info"]


def applied(finding: Finding, said: dict[str, Any]) -> None:
    """Do as the remedy says."""
    name, _, rest = str(finding.details["field"]).partition("[")
    place = int(rest.removesuffix("]")) if rest else None
    remedy = re.split("; or,? ", finding.remedy)[0].removeprefix("name the front end, ")
    if remedy.startswith("take it out, and write "):
        assert place is not None
        del said[name][place]
        remedy = remedy.removeprefix("take it out, and write ")
    keywords = re.search(r"\w+=.*", remedy)
    written = re.findall(r'"([^"]*)"', remedy)
    if remedy.startswith("leave it out"):
        if place is None:
            del said[name]
        else:
            del said[name][place]
    elif finding.code == "unknown-keyword":
        said[remedy.removeprefix("write ").removesuffix("=...")] = said.pop(name)
    elif remedy.startswith("write ") and place is not None:
        said[name][place : place + 1] = written
    else:
        assert keywords is not None, finding.remedy
        call = ast.parse(f"f({keywords[0]})", mode="eval").body
        assert isinstance(call, ast.Call)
        said |= {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}


@pytest.mark.parametrize(("codes", "said"), SETTINGS, ids=[f"{n} {' '.join(row[0])}" for n, row in enumerate(SETTINGS)])
def test_the_remedies_leave_nothing(codes: list[str], said: dict[str, Any]) -> None:
    before = found(said)
    assert sorted(each.code for each in before) == sorted(codes)
    after = {name: list(value) if isinstance(value, list) else value for name, value in said.items()}
    for each in sorted(
        before, key=lambda each: str(each.details["field"]), reverse=True
    ):  # so that an index stays right
        applied(each, after)
    assert [(each.code, each.evidence) for each in found(after)] == []


@pytest.mark.parametrize(
    ("pattern", "expected", "matched", "others"),
    [
        (
            "https://*.example.com",
            r"https://([a-z0-9-]+\.)+example\.com",
            ["https://a.b.example.com"],
            ["https://example.com"],
        ),
        (
            "https://pr-*.example.com",
            r"https://pr-[a-z0-9-]+\.example\.com",
            ["https://pr-7.example.com"],
            ["https://pr-7.x.example.com"],
        ),
        (
            "http://localhost:*",
            "http://localhost(:[0-9]+)?",
            ["http://localhost", "http://localhost:3000"],
            ["http://localhost.evil.example"],
        ),
        ("http://[::1]:*", r"http://\[::1\](:[0-9]+)?", ["http://[::1]:8000"], ["http://[::2]"]),
    ],
)
def test_a_pattern_as_an_expression(pattern: str, expected: str, matched: list[str], others: list[str]) -> None:
    regex = as_regex(OriginPattern.parse(pattern))
    assert regex == expected
    assert all(re.fullmatch(regex, origin) for origin in matched)
    assert not any(re.fullmatch(regex, origin) for origin in others)
    assert not examine(regex, credentials=True)


@pytest.mark.parametrize(
    ("policy", "said", "expected"),
    [
        ({"allow_origins": [A]}, {"allow_origins": A}, f'allow_origins=["{A}"]'),
        ({"allow_origins": [A]}, {"allow_origin_regex": "["}, f'allow_origins=["{A}"], allow_origin_regex=None'),
        ({"allow_origins": [A]}, {"allow_origin_regex": None}, f'allow_origins=["{A}"]'),
        (
            {"allow_origins": ["https://*.example.com"]},
            {"allow_origins": ["https://*.example.com"], "allow_origin_regex": "["},
            r'allow_origins=[], allow_origin_regex=r"https://([a-z0-9-]+\.)+example\.com"',
        ),
        ({"allow_origins": ["http://localhost:*"]}, {}, 'allow_origin_regex=r"http://localhost(:[0-9]+)?"'),
    ],
)
def test_keywords_for_the_origins(policy: dict[str, Any], said: dict[str, Any], expected: str) -> None:
    assert origins(Policy(**policy), said) == expected


def test_one_expression_for_all() -> None:
    policy = Policy(
        allow_origins=[A, "https://*.example.org"], allow_origin_regex=[r"https://a\.example", r"https://b\.example"]
    )
    assert one_regex(policy) == r"https://([a-z0-9-]+\.)+example\.org|https://a\.example|https://b\.example"
