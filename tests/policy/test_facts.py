"""What a problem says to programs: the value to write instead, and an origin that shows what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from crossorigin import Policy, PolicyError

A = "https://a.example"


@pytest.mark.parametrize(
    ("fields", "code", "suggestion", "witness"),
    [
        ({"allow_origins": ["a.example"]}, "origin-scheme", A, ""),
        ({"allow_origins": ["localhost:3000"]}, "origin-scheme", "http://localhost:3000", ""),
        ({"allow_origins": [f"{A}/app"]}, "origin-path", A, ""),
        ({"allow_origins": ["https://u@a-*.example.com"]}, "origin-glob", "https://a-*.example.com", ""),
        ({"allow_origins": [f"{A}, https://b.example/"]}, "origin-invalid", (A, "https://b.example"), ""),
        ({"allow_origins": ["wss://a.example"]}, "origin-invalid", A, ""),
        ({"allow_origins": ["http://a.example"], "allow_credentials": True}, "origin-insecure", A, ""),
        ({"allow_origins": ["https://"]}, "origin-invalid", "", ""),
        ({"allow_origins": f"{A} https://b.example"}, "not-a-list", (A, "https://b.example"), ""),
        ({"allow_origins": f"{A}".encode()}, "not-a-list", (A,), ""),
        ({"allow_origins": ""}, "not-a-list", (), ""),
        ({"allow_origins": 7}, "not-a-list", (), ""),
        ({"allow_origins": [A], "origins": [A]}, "unknown-keyword", "allow_origins", ""),
        ({"allow_origins": [A], "sausage": 1}, "unknown-keyword", "", ""),
        ({"allow_origins": [A], "environment": '"prod"'}, "environment-invalid", "prod", ""),
        (
            {"allow_origin_regex": r"https://[a-z.]*example\.com", "allow_credentials": True},
            "regex-look-alike",
            ("https://example.com", "https://*.example.com"),
            "https://evilexample.com",
        ),
    ],
)
def test_a_problem_as_data(fields: dict[str, Any], code: str, suggestion: str | tuple[str, ...], witness: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(**fields)
    (found,) = [each for each in caught.value.problems if each.code == code]
    assert (found.suggestion, found.witness) == (suggestion, witness)


@pytest.mark.parametrize(
    ("origin", "remedy"),
    [
        ("a.example", f'write "{A}"'),
        (f"{A} https://b.example", f'write "{A}", "https://b.example"'),
        ("https://", 'allow_origins=["https://your-front-end.example"]'),
    ],
)
def test_the_remedy_is_made_of_the_suggestion(origin: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=[origin])
    assert caught.value.problems[0].remedy == remedy
