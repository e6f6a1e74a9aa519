"""Policy: what is normalised, every problem by its code, and what is warned of."""

from __future__ import annotations

import json
import pickle
from collections import deque
from enum import Enum
from typing import Any

import pytest
import tomli_w
from pydantic import AnyHttpUrl, AnyUrl, BaseModel, HttpUrl

from crossorigin import Origin, OriginPattern, Policy, PolicyError, decide
from crossorigin.policy.problems import CATALOGUE, Problem
from tests.ids import as_id

A = "https://app.example.com"


class Site(str, Enum):  # noqa: UP042 (the kind whose str() is its name)
    APP = "https://app.example.com"


def codes(**fields: Any) -> list[tuple[str, str]]:
    """The (code, field) of every problem of a policy with these fields."""
    with pytest.raises(PolicyError) as caught:
        Policy(**fields)
    return [(it.code, it.field) for it in caught.value.problems]


COLLECTIONS = [
    [A],
    (A,),
    {A},
    frozenset([A]),
    deque([A]),
    {A: 1}.keys(),
    pytest.param((it for it in [A]), id="generator"),
    pytest.param(map(str, [A]), id="map"),
    [AnyHttpUrl(A)],
    [HttpUrl(A + "/")],
    [AnyUrl(A)],
    [Origin.parse(A)],
    [OriginPattern.parse(A)],
    [Site.APP],
    ["HTTPS://APP.example.com:443/", A],
]


@pytest.mark.parametrize("written", COLLECTIONS, ids=as_id)
def test_any_collection_of_anything_that_is_an_origin(written: Any) -> None:
    assert Policy(allow_origins=written).allow_origins == (A,)


NORMALISED = [
    ({"allow_methods": "routes"}, ("routes",)),
    ({"allow_methods": ["put", "Patch", "QUERY", "purge", " GET ", "put"]}, ("PUT", "PATCH", "QUERY", "purge", "GET")),
    ({"allow_methods": ["*"]}, ("*",)),
    ({"allow_methods": []}, ()),
    ({"allow_headers": ["X-Request-ID", "x-request-id", "Content-Type"]}, ("x-request-id", "content-type")),
    ({"allow_headers": ["*"], "allow_credentials": True}, ("*",)),
    ({"expose_headers": ["X-Total-Count", "ETag"]}, ("x-total-count", "etag")),
    ({"expose_headers": ["*"]}, ("*",)),
]


@pytest.mark.parametrize(("fields", "expected"), NORMALISED)
def test_names_are_normalised(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    field = next(iter(fields))
    assert getattr(Policy(allow_origins=[A], **fields), field) == expected


def with_origin(**fields: Any) -> dict[str, Any]:
    return {"allow_origins": [A], **fields}


PROBLEMS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, [("empty-policy", "allow_origins")]),
    ({"allow_origins": A}, [("not-a-list", "allow_origins")]),
    ({"allow_origins": A.encode()}, [("not-a-list", "allow_origins")]),
    ({"allow_origins": {A: 1}}, [("not-a-list", "allow_origins")]),
    ({"allow_origins": None}, [("not-a-list", "allow_origins")]),
    ({"allow_origins": AnyHttpUrl(A)}, [("not-a-list", "allow_origins")]),
    ({"allow_origins": [A, 7, None]}, [("not-text", "allow_origins[1]"), ("not-text", "allow_origins[2]")]),
    ({"allow_origins": ["null"]}, [("lists-null", "allow_origins[0]")]),
    ({"allow_origins": [A, A + "/x"]}, [("origin-path", "allow_origins[1]")]),
    ({"allow_origins": [A + "?x"]}, [("origin-query", "allow_origins[0]")]),
    ({"allow_origins": ["https://me@example.com"]}, [("origin-userinfo", "allow_origins[0]")]),
    ({"allow_origins": ["example.com"]}, [("origin-scheme", "allow_origins[0]")]),
    ({"allow_origins": ["https://a*b*.example.com"]}, [("origin-glob", "allow_origins[0]")]),
    ({"allow_origins": ["wss://example.com"]}, [("origin-invalid", "allow_origins[0]")]),
    ({"allow_origins": ["ws://*.example.com"]}, [("origin-invalid", "allow_origins[0]")]),
    ({"allow_origins": ["*"], "allow_credentials": True}, [("star-with-credentials", "allow_origins[0]")]),
    *(
        # What cannot be read is not judged any further, as development would.
        (
            {"allow_origin_regex": source, "allow_credentials": True, "environment": "development"},
            [(code, "allow_origin_regex")],
        )
        for source, code in (
            ("(", "regex-invalid"),
            ("https://(?=a)a", "regex-unsupported"),
            ("https://(a?){300}" * 9, "regex-too-complex"),
        )
    ),
    *(
        # No expression is none, however it is written: nobody is named who gets the credentials.
        (
            {"allow_origins": ["*"], "allow_credentials": True, "allow_origin_regex": nothing},
            [("star-with-credentials", "allow_origins[0]")],
        )
        for nothing in (None, (), [])
    ),
    (
        {"allow_origins": ["*"], "allow_credentials": True, "allow_origin_regex": [7]},
        [("not-text", "allow_origin_regex[0]")],
    ),
    (
        {"allow_origins": ["http://example.com", "http://*.example.com"], "allow_credentials": True},
        [("origin-insecure", "allow_origins[0]"), ("origin-insecure", "allow_origins[1]")],
    ),
    (
        {"allow_origins": ["http://192.168.0.7:3000"], "allow_credentials": True},
        [("origin-insecure", "allow_origins[0]")],
    ),
    (
        {"allow_origins": ["http://example.com"], "allow_credentials": True, "environment": "development"},
        [("origin-insecure", "allow_origins[0]")],
    ),
    *(
        ({"allow_origins": [f"https://*.{it}"], "allow_credentials": True}, [("public-suffix", "allow_origins[0]")])
        for it in (
            "com",
            "co.uk",
            "github.io",
            "vercel.app",
            "amazonaws.com",
            "compute.amazonaws.com",
            "windows.net",
            "core.windows.net",
            "r.appspot.com",
            "kawasaki.jp",
            "com.",
        )
    ),
    (with_origin(allow_origin_regex=3), [("not-text", "allow_origin_regex")]),
    (with_origin(allow_origin_regex="https://("), [("regex-invalid", "allow_origin_regex")]),
    (with_origin(allow_methods="GET, POST"), [("not-a-list", "allow_methods")]),
    (with_origin(allow_methods=["GET", "", "a b"]), [("method-invalid", f"allow_methods[{n}]") for n in (1, 2)]),
    (
        with_origin(allow_methods=["CONNECT", "Trace", "TRACK"]),
        [("method-forbidden", f"allow_methods[{n}]") for n in range(3)],
    ),
    (with_origin(allow_methods=[b"GET"]), [("not-text", "allow_methods[0]")]),
    (with_origin(allow_headers="Content-Type"), [("not-a-list", "allow_headers")]),
    (with_origin(allow_methods=["A" * 65]), [("method-invalid", "allow_methods[0]")]),
    (with_origin(allow_headers=[f"x-{n}" for n in range(121)]), [("too-many-headers", "allow_headers")]),
    (with_origin(allow_headers=["x-" + "a" * 3999]), [("too-many-headers", "allow_headers")]),
    (with_origin(allow_headers=["X Y", "é"]), [("header-invalid", f"allow_headers[{n}]") for n in (0, 1)]),
    (
        with_origin(expose_headers=["Set-Cookie", "x y"]),
        [("expose-forbidden", "expose_headers[0]"), ("header-invalid", "expose_headers[1]")],
    ),
    (
        with_origin(expose_headers=["*"], allow_credentials=True),
        [("expose-star-with-credentials", "expose_headers[0]")],
    ),
    *((with_origin(max_age=it), [("max-age-invalid", "max_age")]) for it in (True, 600.0, "600", None)),
    *((with_origin(max_age=it), [("max-age-range", "max_age")]) for it in (-2, 86_401)),
    *((with_origin(**{it: "false"}), [("not-a-bool", it)]) for it in ("allow_credentials", "allow_private_network")),
    *((with_origin(enforce=it), [("enforce-invalid", "enforce")]) for it in ("false", 1, None)),
    (with_origin(enforce=True, exempt="/hooks"), [("not-a-list", "exempt")]),
    (
        with_origin(enforce=True, exempt=["hooks", "/a*b", "/{x", "/{x:color}"]),
        [("path-invalid", f"exempt[{it}]") for it in range(4)],
    ),
    (
        with_origin(
            enforce=True,
            trusted_hosts=[
                "https://a.example",
                "a.example/x",
                "u@a.example",
                "",
                "*",
                "a b",
                "a.*.example",
                "*.127.0.0.1",
            ],
        ),
        [("host-invalid", f"trusted_hosts[{it}]") for it in (0, 1, 2, 3, 5, 6, 7)],
    ),
    (with_origin(environment="sta ging"), [("environment-invalid", "environment")]),
    # Without origins, only a policy without methods is closed on purpose.
    ({"allow_origins": [], "allow_methods": ["PUT"]}, [("empty-policy", "allow_origins")]),
    ({"allow_methods": ["TRACE"]}, [("empty-policy", "allow_origins"), ("method-forbidden", "allow_methods[0]")]),
    ({"allow_methods": "GET"}, [("empty-policy", "allow_origins"), ("not-a-list", "allow_methods")]),
    (with_origin(allow_origins_regex="x"), [("unknown-keyword", "allow_origins_regex")]),
    (
        {"allow_origins": ["*", "null"], "allow_credentials": 1, "allow_methods": ["TRACE"], "max_age": -9},
        [
            ("not-a-bool", "allow_credentials"),
            ("lists-null", "allow_origins[1]"),
            ("method-forbidden", "allow_methods[0]"),
            ("max-age-range", "max_age"),
        ],
    ),
]


@pytest.mark.parametrize(("fields", "expected"), PROBLEMS, ids=as_id)
def test_problems(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert codes(**fields) == expected
    with pytest.raises(PolicyError) as caught:
        Policy(**fields)
    for problem in caught.value.problems:
        assert problem.message
        assert problem.remedy
        assert problem.value == written_at(fields, problem.field), problem


def written_at(fields: dict[str, Any], place: str) -> Any:
    """What stands at a place, such as `allow_origins[1]`."""
    name, _, index = place.partition("[")
    value = fields.get(name, ())
    if value == []:
        return ()
    return list(value)[int(index[:-1])] if index else value


FINE = [
    ["http://*.localhost"],
    ["http://*.localhost:*"],
    ["https://*.internal"],
    ["https://*.example.com", "https://*.example.co.uk"],
    ["http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:*"],
    ["chrome-extension://abcdefgh", "capacitor://localhost", "tauri://localhost"],
    ["https://github.io"],
]


@pytest.mark.parametrize("origins", FINE)
def test_what_is_safe_with_credentials_passes(origins: list[str]) -> None:
    policy = Policy(allow_origins=origins, allow_credentials=True)
    assert policy.allow_origins == tuple(origins)
    assert policy.warnings == ()


REMEDIES = [
    ({"allow_origins": A}, f'allow_origins=["{A}"]'),
    (
        {"allow_origins": "https://a.example, https://b.example"},
        'allow_origins=["https://a.example", "https://b.example"]',
    ),
    ({"allow_origins": None}, "allow_origins=[...]"),
    ({"allow_origins": [A + "/x"]}, f'write "{A}"'),
    ({"allow_origins": ["localhost:3000"]}, 'write "http://localhost:3000"'),
    ({"allow_origins": ["ws://*.example.com"]}, 'write "http://*.example.com"'),
    (with_origin(allow_origins_regex="x"), "write allow_origin_regex=..."),
    (with_origin(supports_credentials=True), "write allow_credentials=..."),
    (with_origin(allow_method=[]), "write allow_methods=..."),
    (with_origin(environment="'staging'"), 'environment="staging"'),
    (with_origin(environment="a b"), 'environment="production"'),
    (
        {"allow_origins": ["http://example.com"], "allow_credentials": True},
        'write "https://example.com", or drop allow_credentials',
    ),
]


@pytest.mark.parametrize(("fields", "remedy"), REMEDIES, ids=lambda it: repr(it)[:60])
def test_remedies(fields: dict[str, Any], remedy: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(**fields)
    assert [it.remedy for it in caught.value.problems] == [remedy]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("origins", "allow_origins"),
        ("allowed_origins", "allow_origins"),
        ("supports_credentials", "allow_credentials"),
        ("credentials", "allow_credentials"),
        ("methods", "allow_methods"),
        ("headers", "allow_headers"),
        ("exposed_headers", "expose_headers"),
    ],
)
def test_what_other_libraries_call_a_field(written: str, meant: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(**with_origin(**{written: []}))
    assert [problem.suggestion for problem in caught.value.problems] == [meant]


def test_an_unknown_keyword_far_from_any_lists_them_all() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=[A], zzz=1)
    assert caught.value.problems[0].remedy.endswith(", ".join(Policy.model_fields))


UNSET = "CROSSORIGIN_ENVIRONMENT is not set, which means production"
DECLARED = 'the policy says environment="production"'
ON_MY_MACHINE = "set CROSSORIGIN_ENVIRONMENT=development on a developer's machine"
LEFT_OUT = ON_MY_MACHINE + ", and leave `environment` out of the policy"

STARS = [
    # variable, argument, why this is production, the first thing to do
    (None, None, UNSET, ON_MY_MACHINE),
    (" ", None, UNSET, ON_MY_MACHINE),
    ("production", None, "CROSSORIGIN_ENVIRONMENT is production", ON_MY_MACHINE),
    (" production\r", None, "CROSSORIGIN_ENVIRONMENT is production", ON_MY_MACHINE),
    (None, "production", DECLARED, LEFT_OUT),
    ("development", "production", DECLARED, LEFT_OUT),
    ("production", "production", DECLARED, LEFT_OUT),
]


@pytest.mark.parametrize(("variable", "argument", "why", "first"), STARS)
def test_the_refusal_of_a_star_says_why_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, argument: str | None, why: str, first: str
) -> None:
    monkeypatch.delenv("CROSSORIGIN_ENVIRONMENT", raising=False)
    if variable is not None:
        monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", variable)
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["*"], allow_credentials=True, environment=argument)
    (problem,) = caught.value.problems
    assert problem.message.endswith(f" and this is production ({why})")
    assert problem.remedy == (
        f'{first}; in production, name the front end, allow_origins=["https://your-front-end.example"]; '
        "or drop allow_credentials, which only cookies need (an Authorization header does not)"
    )
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", "development")  # what it says works
    assert Policy(allow_origins=["*"], allow_credentials=True).environment == "development"
    assert Policy(allow_origins=["https://your-front-end.example"], allow_credentials=True, environment="production")
    assert Policy(allow_origins=["*"], environment="production")


ENVIRONMENTS = [
    # variable, argument, environment or code
    (None, None, "production"),
    ("", None, "production"),
    ("development", None, "development"),
    (" production ", None, "production"),
    ("development", "production", "production"),
    (None, "development", "development"),
    ("production", "development", "development-in-production"),
    ("staging", None, "staging"),
    ("staging", "development", "development-in-production"),
    ("sta ging", None, "environment-invalid"),
]


@pytest.mark.parametrize(("variable", "argument", "expected"), ENVIRONMENTS)
def test_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, argument: str | None, expected: str
) -> None:
    monkeypatch.delenv("CROSSORIGIN_ENVIRONMENT", raising=False)
    if variable is not None:
        monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", variable)
    fields = {"allow_origins": [A]} | ({"environment": argument} if argument else {})
    if expected in CATALOGUE:
        assert [code for code, _ in codes(**fields)] == [expected]
    else:
        assert Policy(**fields).environment == expected


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", '"development"')
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=[A])
    (problem,) = caught.value.problems
    assert (problem.field, problem.remedy) == ("CROSSORIGIN_ENVIRONMENT", "CROSSORIGIN_ENVIRONMENT=development")


WARNINGS: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"allow_origins": ["*", A], "environment": "development", "allow_credentials": True},
        ["star-in-development"],
    ),
    (with_origin(), []),
    ({"allow_origins": ["*"]}, ["star-in-production"]),
    ({"allow_origins": ["*"], "environment": "development"}, []),
    ({"allow_origins": ["*"], "environment": "development", "allow_credentials": True}, ["star-in-development"]),
    ({"allow_origins": ["*", A]}, ["star-in-production", "star-covers-others"]),
    (
        {"allow_origins": ["*"], "allow_origin_regex": r"https://example\.com"},
        ["star-in-production", "star-covers-others"],
    ),
    (
        {"allow_origins": [A, "http://10.0.0.7"], "allow_credentials": True, "environment": "development"},
        ["origin-private-network"],
    ),
    (
        {"allow_origins": ["http://app.test"], "allow_credentials": True, "environment": "development"},
        ["origin-private-network"],
    ),
    (
        {"allow_origin_regex": r"https?://app\.test", "allow_credentials": True, "environment": "development"},
        ["origin-private-network"],
    ),
    (
        {"allow_origin_regex": r"http://localhost:\d+", "allow_credentials": True, "environment": "development"},
        [],
    ),
    ({"allow_origin_regex": r"http://app\.test", "environment": "development"}, []),
    ({"allow_origins": ["https://a!b.example"]}, ["origin-dead"]),
    (with_origin(allow_headers=["Cookie", "X-A"]), ["header-forbidden"]),
    (with_origin(allow_headers=["ETag"]), ["header-response-only"]),
    (with_origin(expose_headers=["X-A", "Authorization"]), ["expose-request-only"]),
    (with_origin(max_age=7200), []),
    (with_origin(max_age=7201), ["max-age-capped"]),
    (with_origin(max_age=86_400), ["max-age-capped"]),
    (with_origin(allow_private_network=True), ["private-network-obsolete"]),
]


@pytest.mark.parametrize(("fields", "expected"), WARNINGS)
def test_warnings(fields: dict[str, Any], expected: list[str]) -> None:
    found = Policy(**fields).warnings
    assert [it.code for it in found] == expected
    for warning in found:
        assert warning.message
        assert warning.remedy
        written = written_at(fields, warning.field)
        elements = written if isinstance(written, list | tuple) else ()
        assert warning.value in (written, str(written).lower(), tuple(elements), *elements), warning


def test_public() -> None:
    policy = Policy.public(max_age=7200)
    assert (policy.allow_origins, policy.allow_methods, policy.allow_headers) == (("*",), ("*",), ("*",))
    assert (policy.allow_credentials, policy.max_age) == (False, 7200)


class OfATeam(Policy):
    """A policy of somebody's own class."""


CLOSED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"environment": "development"}, {"environment": "development"}),
    ({"enforce": True}, {"enforce": True}),
    (
        {"enforce": "report-only", "trusted_hosts": ["api.example.com"], "exempt": ["/webhooks/*"]},
        {"enforce": "report-only", "trusted_hosts": ("api.example.com",), "exempt": ("/webhooks/*",)},
    ),
]


@pytest.mark.parametrize("kind", [Policy, OfATeam])
@pytest.mark.parametrize(("fields", "expected"), CLOSED)
def test_closed(kind: type[Policy], fields: dict[str, Any], expected: dict[str, Any]) -> None:
    policy = kind.closed(**fields)
    assert type(policy) is kind
    said = {name: value for name, value in policy.model_dump().items() if value != Policy.model_fields[name].default}
    assert said == {"allow_methods": (), **expected}
    assert policy.warnings == ()
    for origin in (A, "null", "http://localhost:3000"):
        for method in ("GET", "POST", "OPTIONS"):
            asks = [(b"origin", origin.encode()), (b"access-control-request-method", b"GET")]
            decision = decide(policy, method, asks)
            assert (decision.allowed, decision.set_headers) == (False, ())


def test_a_closed_policy_survives_json_toml_copies_and_pickle() -> None:
    import tomllib

    policy = Policy.closed(enforce=True)
    assert Policy.model_validate_json(policy.model_dump_json()) == policy
    assert Policy(**tomllib.loads(tomli_w.dumps(policy.model_dump(exclude_none=True)))) == policy
    assert policy.model_copy() == policy
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert policy != Policy.closed()


def test_a_closed_policy_opens_nothing() -> None:
    with pytest.raises(TypeError, match="allow_origins"):
        Policy.closed(allow_origins=[A])  # type: ignore[call-arg]


MISSPELT: list[tuple[dict[str, Any], str]] = [
    ({"allow_credential": True}, "allow_credential = True  [unknown-keyword]"),
    ({"origins": [A]}, f"origins = ['{A}']  [unknown-keyword]"),
    ({"max_ages": 5}, "max_ages = 5  [unknown-keyword]"),
    ({"colour": None}, "colour = None  [unknown-keyword]"),
    ({"allow_header": "x" * 200}, "allow_header = '" + "x" * 116 + "...  [unknown-keyword]"),
]


@pytest.mark.parametrize(("fields", "line"), MISSPELT)
def test_a_misspelt_keyword_is_shown_with_its_value(fields: dict[str, Any], line: str) -> None:
    (value,) = fields.values()
    with pytest.raises(PolicyError) as caught:
        Policy(**with_origin(**fields))
    (problem,) = caught.value.problems
    assert problem.value == value
    assert str(problem).splitlines()[0] == line


def test_development() -> None:
    policy = Policy.development()
    assert policy.allow_credentials
    assert policy.environment == "development"
    for origin in (b"http://localhost:3000", b"https://127.0.0.1:5173", b"http://app.localhost", b"http://[::1]:80"):
        assert (origin in policy.origins) is (origin != b"http://[::1]:80")
    assert b"https://example.com" not in policy.origins


def test_a_development_policy_refuses_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", "production")
    with pytest.raises(PolicyError) as caught:
        Policy.development()
    assert [it.code for it in caught.value.problems] == ["development-in-production"]


FULL = {
    "allow_origins": [A, "https://*.example.org", "http://localhost:*"],
    "allow_origin_regex": r"https://[a-z]+\.example\.net",
    "allow_methods": ["GET", "PUT"],
    "allow_headers": ["Authorization"],
    "allow_credentials": True,
    "expose_headers": ["X-Total-Count"],
    "max_age": 60,
}


def test_a_policy_survives_json_toml_and_pickle() -> None:
    import tomllib

    policy = Policy(**FULL)
    assert Policy.model_validate_json(policy.model_dump_json()) == policy
    assert Policy(**json.loads(policy.model_dump_json())) == policy
    assert Policy(**tomllib.loads(tomli_w.dumps(policy.model_dump(exclude_none=True)))) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_policies_compare_and_hash_by_value() -> None:
    one, other = Policy(**FULL), Policy(**FULL)
    assert one.origins is one.origins  # worked out once, and no part of what it is
    assert one == other
    assert hash(one) == hash(other)
    assert len({one, other, Policy(allow_origins=[A])}) == 2


def test_a_policy_prints_what_was_said() -> None:
    assert repr(Policy(allow_origins=[A], max_age=60)) == f"Policy(allow_origins=('{A}',), max_age=60)"


def test_a_policy_is_immutable() -> None:
    policy = Policy(allow_origins=[A])
    with pytest.raises(ValueError, match="frozen"):
        policy.max_age = 1  # type: ignore[misc]


def test_a_callers_list_is_not_the_policys() -> None:
    origins = [A]
    policy = Policy(allow_origins=origins)
    origins.append("https://evil.example")
    assert policy.allow_origins == (A,)


def test_a_copy_is_checked_too() -> None:
    policy = Policy(allow_origins=[A])
    assert policy.model_copy(update={"max_age": 5}).max_age == 5
    assert policy.model_copy() == policy
    with pytest.raises(PolicyError):
        policy.model_copy(update={"allow_origins": ["*"], "allow_credentials": True})


def test_a_policy_inside_another_model_fails_as_itself() -> None:
    class Settings(BaseModel):
        cors: Policy

    assert Settings.model_validate({"cors": {"allow_origins": [A]}}).cors == Policy(allow_origins=[A])
    with pytest.raises(PolicyError):
        Settings.model_validate({"cors": {"allow_origins": ["null"]}})


def test_the_json_schema_describes_every_field() -> None:
    properties = Policy.json_schema()["properties"]
    assert list(properties) == list(Policy.model_fields)
    assert all(it.get("description") for it in properties.values())
    assert properties["allow_origins"]["items"] == {"type": "string"}


def test_an_error_reads_as_a_list() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=[A + "/x"], max_age=1.5)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "The CORS policy was refused for 2 reasons:\n\n"
        f"  1. allow_origins[0] = '{A}/x'  [origin-path]\n"
        "     An origin ends after the host and port; it has no path.\n"
        f'     → write "{A}"\n\n'
        "  2. max_age = 1.5  [max-age-invalid]\n"
        "     max_age is a whole number of seconds.\n"
        "     → max_age=600"
    )
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


def test_a_long_value_is_cut() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["x" * 5000])
    assert len(str(caught.value)) < 400
    assert caught.value.problems[0].value == "x" * 5000


def test_every_problem_in_the_catalogue_has_words() -> None:
    for code, entry in CATALOGUE.items():
        assert entry.meaning, code
        assert entry.remedy, code
    assert str(Problem("origin-path", "allow_origins[0]", 1, "why!", "do")) == (
        "allow_origins[0] = 1  [origin-path]\nWhy!\n→ do"
    )
