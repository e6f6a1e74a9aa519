"""What a policy says of each mistake, whole: code, field, value, message, remedy, suggestion and witness."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crossorigin import Policy, PolicyError

Said = tuple[str, str, object, str, str, object, str]

SAID: list[tuple[dict[str, Any], list[Said]]] = [
    (
        {"allow_origins": ["https://a.example"], "allow_orgins": ["https://a.example"]},
        [
            (
                "unknown-keyword",
                "allow_orgins",
                ["https://a.example"],
                "a policy has no such field",
                "write allow_origins=...",
                "allow_origins",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["https://a.example"], "zzz": 1},
        [
            (
                "unknown-keyword",
                "zzz",
                1,
                "a policy has no such field",
                (
                    "the fields are allow_origins, allow_origin_regex, allow_methods, allow_headers, "
                    "allow_credentials, allow_private_network, expose_headers, max_age, environment, "
                    "enforce, trusted_hosts, exempt, accept_risks"
                ),
                "",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["https://a.example"], "origins": ["https://a.example"]},
        [
            (
                "unknown-keyword",
                "origins",
                ["https://a.example"],
                "a policy has no such field",
                "write allow_origins=...",
                "allow_origins",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["http://a.example:*", "http://b.example:81"], "allow_credentials": True},
        [
            (
                "origin-insecure",
                "allow_origins[0]",
                "http://a.example:*",
                "an http:// page with credentials gives the account to whoever sits on the network",
                'write "https://a.example:*", or drop allow_credentials',
                "https://a.example:*",
                "",
            ),
            (
                "origin-insecure",
                "allow_origins[1]",
                "http://b.example:81",
                "an http:// page with credentials gives the account to whoever sits on the network",
                'write "https://b.example:81", or drop allow_credentials',
                "https://b.example:81",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["ws://a.example:81", "wss://*.a.example:*"]},
        [
            (
                "origin-invalid",
                "allow_origins[0]",
                "ws://a.example:81",
                "no page has the scheme ws:",
                'write "http://a.example:81"',
                "http://a.example:81",
                "",
            ),
            (
                "origin-invalid",
                "allow_origins[1]",
                "wss://*.a.example:*",
                "no page has the scheme wss:",
                'write "https://*.a.example:*"',
                "https://*.a.example:*",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": [1, "https://a.example", "null", "https://*.co.uk"], "allow_credentials": True},
        [
            ("not-text", "allow_origins[0]", 1, "every element is a text", 'write "..."', "", ""),
            (
                "lists-null",
                "allow_origins[2]",
                "null",
                "`null` is what every sandboxed frame, file and data: page sends; it identifies nobody",
                'allow_origins=["https://your-front-end.example"]',
                "",
                "",
            ),
            (
                "public-suffix",
                "allow_origins[3]",
                "https://*.co.uk",
                "anybody can register a name under `co.uk`",
                "list the names that are yours",
                "",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["moz-extension://*"], "allow_credentials": True},
        [
            (
                "whole-scheme",
                "allow_origins[0]",
                "moz-extension://*",
                "every page of the scheme moz-extension: has such an origin",
                "decide which hosts you mean, and list them",
                "",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["*", "x"], "allow_credentials": True},
        [
            (
                "origin-scheme",
                "allow_origins[1]",
                "x",
                "an origin starts with its scheme",
                'write "https://x"',
                "https://x",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["*"], "allow_credentials": True, "environment": "production"},
        [
            (
                "star-with-credentials",
                "allow_origins[0]",
                "*",
                (
                    "`*` with allow_credentials=True would let every website act as the visitor who is "
                    'logged in here, and this is production (the policy says environment="production")'
                ),
                (
                    "set CROSSORIGIN_ENVIRONMENT=development on a developer's machine, and leave "
                    "`environment` out of the policy; in production, name the front end, "
                    'allow_origins=["https://your-front-end.example"]; or drop allow_credentials, which only '
                    "cookies need (an Authorization header does not)"
                ),
                "",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["https://a.example"], "accept_risks": ["x", 2]},
        [
            ("not-text", "accept_risks[1]", 2, "every element is a text", 'write "..."', "", ""),
            (
                "risk-unknown",
                "accept_risks[0]",
                "x",
                "there is no risk of this name that can be accepted",
                "the names are insecure-origin, look-alikes, shared-suffix, whole-scheme",
                "",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["https://a.example"], "trusted_hosts": ["https://a b", 3], "enforce": True},
        [
            ("not-text", "trusted_hosts[1]", 3, "every element is a text", 'write "..."', "", ""),
            (
                "host-invalid",
                "trusted_hosts[0]",
                "https://a b",
                "a host is a name, with or without a port, and nothing else",
                'trusted_hosts=["api.example.com"]',
                "",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["https://a.example"], "expose_headers": ["a b", 4, "set-cookie"]},
        [
            ("not-text", "expose_headers[1]", 4, "every element is a text", 'write "..."', "", ""),
            (
                "header-invalid",
                "expose_headers[0]",
                "a b",
                "a header name is a token",
                'expose_headers=["X-Total-Count"]',
                "",
                "",
            ),
            (
                "expose-forbidden",
                "expose_headers[2]",
                "set-cookie",
                "no script can ever read this response header",
                "leave it out",
                "",
                "",
            ),
        ],
    ),
    (
        {
            "allow_origins": ["https://a.example"],
            "allow_methods": ["G T", "TRACE", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"],
        },
        [
            (
                "method-invalid",
                "allow_methods[0]",
                "G T",
                "a method is a token of at most 64 bytes",
                'allow_methods=["GET", "POST", "PUT", "DELETE"]',
                "",
                "",
            ),
            (
                "method-forbidden",
                "allow_methods[1]",
                "TRACE",
                "no browser sends this method for a page",
                "leave it out",
                "",
                "",
            ),
            (
                "method-invalid",
                "allow_methods[2]",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "a method is a token of at most 64 bytes",
                'allow_methods=["GET", "POST", "PUT", "DELETE"]',
                "",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["https://a.example"], "max_age": "600"},
        [
            ("max-age-invalid", "max_age", "600", "max_age is a whole number of seconds", "max_age=600", "", ""),
        ],
    ),
    (
        {"allow_origins": ["https://a.example"], "allow_credentials": "yes", "enforce": "maybe"},
        [
            (
                "not-a-bool",
                "allow_credentials",
                "yes",
                "this is True or False",
                "allow_credentials=True or allow_credentials=False",
                "",
                "",
            ),
            ("enforce-invalid", "enforce", "maybe", "this is True, False or report-only", "enforce=True", "", ""),
        ],
    ),
    (
        {"allow_origin_regex": [1, re.compile("https://(?=a)"), "(", "https://a.b++"]},
        [
            (
                "not-text",
                "allow_origin_regex[0]",
                1,
                "every element is a text",
                'allow_origin_regex=r"https://..."',
                "",
                "",
            ),
            (
                "regex-unsupported",
                "allow_origin_regex[1]",
                "https://(?=a)",
                (
                    "a lookahead `(?=`, at position 8, is not supported here: write the alternatives that "
                    "you mean, with `|`"
                ),
                "write the alternatives that you mean, with `|`",
                "",
                "",
            ),
            (
                "regex-invalid",
                "allow_origin_regex[2]",
                "(",
                "this is not a regular expression: missing ), unterminated subpattern at position 0",
                "fix it there",
                "",
                "",
            ),
            (
                "regex-unsupported",
                "allow_origin_regex[3]",
                "https://a.b++",
                (
                    "a possessive quantifier `++`, at position 11, is not supported here: write `+`; "
                    "matching takes linear time"
                ),
                "write `+`; matching takes linear time",
                "",
                "",
            ),
        ],
    ),
    (
        {"allow_origin_regex": "https://a.example", "allow_credentials": True},
        [
            (
                "regex-dot",
                "allow_origin_regex",
                "https://a.example",
                "an unescaped `.` matches any character; it accepts `https://axexample`",
                'allow_origin_regex=r"https://a\\.example"',
                "https://a\\.example",
                "https://axexample",
            ),
        ],
    ),
    (
        {"allow_origin_regex": ["https://a.example", "https://[a-z]+\\.vercel\\.app"], "allow_credentials": True},
        [
            (
                "regex-dot",
                "allow_origin_regex[0]",
                "https://a.example",
                "an unescaped `.` matches any character; it accepts `https://axexample`",
                'write r"https://a\\.example"',
                "https://a\\.example",
                "https://axexample",
            ),
            (
                "public-suffix",
                "allow_origin_regex[1]",
                "https://[a-z]+\\.vercel\\.app",
                (
                    "anybody can register a name under `vercel.app` that it accepts, for example "
                    "`https://evil.vercel.app`"
                ),
                ("list each name under `vercel.app` that is yours in allow_origins, or drop allow_credentials"),
                "",
                "https://evil.vercel.app",
            ),
        ],
    ),
    (
        {"allow_origins": ["*"], "allow_credentials": "yes"},
        [
            (
                "not-a-bool",
                "allow_credentials",
                "yes",
                "this is True or False",
                "allow_credentials=True or allow_credentials=False",
                "",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["http://a.example"], "enforce": "maybe"},
        [
            ("enforce-invalid", "enforce", "maybe", "this is True, False or report-only", "enforce=True", "", ""),
        ],
    ),
    (
        {"allow_origin_regex": re.compile(r"https://a\.example", re.VERBOSE)},
        [
            (
                "regex-unsupported",
                "allow_origin_regex",
                r"https://a\.example",
                ("a flag such as re.VERBOSE, at position 0, is not supported here: write the expression without it"),
                "write the expression without it",
                "",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["https://a.example"], "environment": 5},
        [
            (
                "environment-invalid",
                "environment",
                5,
                "an environment is a name without spaces and quotes",
                'environment="production"',
                "production",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["https://a.example"], "environment": '"EX"'},
        [
            (
                "environment-invalid",
                "environment",
                '"EX"',
                "an environment is a name without spaces and quotes",
                'environment="EX"',
                "EX",
                "",
            ),
        ],
    ),
    (
        {"allow_origins": ["https://a.example"], "environment": "'production'x y"},
        [
            (
                "environment-invalid",
                "environment",
                "'production'x y",
                "an environment is a name without spaces and quotes",
                'environment="production"',
                "production",
                "",
            ),
        ],
    ),
]


@pytest.mark.parametrize(("fields", "said"), SAID, ids=range(len(SAID)))
def test_what_is_said(fields: dict[str, Any], said: list[Said]) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy(**fields)
    assert [
        (one.code, one.field, one.value, one.message, one.remedy, one.suggestion, one.witness)
        for one in refused.value.problems
    ] == said


def _long(names: int, size: int) -> list[str]:
    """So many header names, which take so many bytes in a list."""
    first = [f"x-{number:03}" for number in range(names - 1)]
    return [*first, "y" * (size - len(",".join(first)) - 1)]


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"allow_methods": ["M" * 64]}, []),
        ({"allow_methods": ["M" * 65]}, ["method-invalid"]),
        ({"allow_headers": _long(120, 1000)}, []),
        ({"allow_headers": _long(121, 1000)}, ["too-many-headers"]),
        ({"allow_headers": _long(80, 4000)}, []),
        ({"allow_headers": _long(80, 4001)}, ["too-many-headers"]),
    ],
    ids=range(6),
)
def test_the_most_that_is_taken(fields: dict[str, Any], codes: list[str]) -> None:
    said = []
    try:
        Policy(allow_origins=["https://a.example"], **fields)
    except PolicyError as refused:
        said = [one.code for one in refused.problems]
    assert said == codes
