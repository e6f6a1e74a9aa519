"""Apps as people write them: every code at its line, what Starlette does, the policy that is meant, what changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware as StarletteCORS
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Host

from crossorigin import Policy
from crossorigin.check import inspect_app, refused
from crossorigin.check.starlette.migration import equivalent
from crossorigin.cli.app_child import inspected
from crossorigin.cli.app_messages import AppTask
from crossorigin.middleware.app_layers import core_of, layers_of
from crossorigin.middleware.starlette import installed_policy
from crossorigin.policy.problems import PolicyError, problem
from crossorigin.report.findings import Finding, NotJudged
from tests.check.marks import expected, found, samples

# What is found in `asked` by reading the source alone is less, or stands elsewhere.
APPS = [*samples("apps", "*.py"), *samples("asked", "*.py")]
MODULES = {file.stem: f"tests.check.{file.parent.name}.{file.stem}" for file in APPS}
A = "https://app.example.com"


def refusal(**settings: Any) -> str:
    """Why Starlette's middleware does not take these settings, as this version of Python words it."""
    with pytest.raises(TypeError) as raised:
        StarletteCORS(FastAPI(), **settings)
    return f"TypeError: {raised.value}"


@cache
def look(name: str) -> tuple[list[Finding], list[str], str]:
    """A sample as if it were alone: `check` reads every module of an app's package, here those are the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for module in list(sys.modules):
            if module.startswith("tests.") and not MODULES[name].startswith(f"{module}."):
                patch.delitem(sys.modules, module)
        told = list(inspected(AppTask(f"{MODULES[name]}:app")))
    findings = [message.result for message in told if message.result is not None]
    return findings, [message.note for message in told if message.note], "".join(message.error for message in told)


@pytest.mark.parametrize("file", APPS, ids=lambda it: it.stem)
def test_what_is_found(file: Path) -> None:
    findings, _, error = look(file.stem)
    assert not error
    assert found(findings, file) == expected(file)
    assert all(it.evidence and it.remedy and it.title for it in findings)


def test_a_dozen_snippets_with_a_mistake_each() -> None:
    assert len([it for it in APPS if expected(it)]) >= 12


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("star_with_credentials", "Starlette allows https://evil.example, with cookies"),
        ("bare_string", "Starlette allows https://app.example.co"),
        ("bare_string", "Starlette sends Access-Control-Allow-Methods: G, E, T, ,,  , P, O, S, T"),
        ("bare_glob", "Starlette allows https://evil.example"),
        ("trailing_slash", "Starlette refuses http://localhost:3000"),
        ("any_http_url", "Starlette refuses https://app.example.com"),
        ("glob_in_list", "Starlette refuses http://localhost:3000"),
        ("path_in_origin", "Starlette refuses http://localhost:3000"),
        ("missing_scheme", "Starlette allows null"),
        ("regex_unescaped", "Starlette allows https://appxexample.com"),
        (
            "misspelt_keyword",
            f"Starlette fails at the first request: {refusal(allow_origins_regex='')}",
        ),
    ],
)
def test_what_starlette_was_seen_to_do(name: str, seen: str) -> None:
    findings, _, _ = look(name)
    assert seen in [line for it in findings for line in it.evidence.splitlines()]


def test_starlettes_remedy_does_not_name_the_variable_that_starlette_does_not_read() -> None:
    (star,) = look("star_with_credentials")[0]
    assert star.remedy == (
        'name the front end, allow_origins=["https://your-front-end.example"]; '
        "or drop allow_credentials, which only cookies need (an Authorization header does not)"
    )
    ours = next(found for found in look("ours_refused_late")[0] if found.code == "star-with-credentials")
    assert ours.remedy.startswith("set CROSSORIGIN_ENVIRONMENT=development on a developer's machine; in production, ")


# -- the equivalent ----------------------------------------------------------------------------------

PLACEHOLDER = "https://your-front-end.example"


@pytest.mark.parametrize(
    ("said", "policy"),
    [
        ({"allow_origins": [A]}, {"allow_origins": [A]}),
        ({"allow_origins": (A,), "max_age": 60}, {"allow_origins": [A], "max_age": 60}),
        ({"allow_origins": A}, {"allow_origins": [A]}),
        ({"allow_origins": f"{A}, https://b.example"}, {"allow_origins": [A, "https://b.example"]}),
        ({"allow_origins": [f"{A},https://b.example"]}, {"allow_origins": [A, "https://b.example"]}),
        ({"allow_origins": [A + "/x", "null"]}, {"allow_origins": [A]}),
        ({"allow_origins": ["null"]}, {"allow_origins": [PLACEHOLDER]}),
        ({"allow_origins": 7}, {"allow_origins": [PLACEHOLDER]}),
        ({}, {"allow_origins": [PLACEHOLDER]}),
        (
            {"allow_origins": ["*", A], "allow_credentials": True},
            {"allow_origins": ["*", A], "allow_credentials": True},  # without cookies for all but A
        ),
        ({"origins": [A]}, {"allow_origins": [A]}),
        ({"allow_origins": [A], "origins": [A]}, {"allow_origins": [A]}),
        ({"allow_origins": [A], "sausage": 1}, {"allow_origins": [A]}),
        ({"allow_origins": [A], "max_age": 10**9}, {"allow_origins": [A], "max_age": 86400}),
        ({"allow_origins": [A], "max_age": -7}, {"allow_origins": [A], "max_age": -1}),
        ({"allow_origins": [A], "max_age": "7"}, {"allow_origins": [A]}),
        ({"allow_origins": [A], "allow_credentials": 1}, {"allow_origins": [A]}),
        (
            {"allow_origin_regex": r"https?://.*\.example\.org"},
            {"allow_origin_regex": r"https?://.*\.example\.org"},
        ),
        (
            {"allow_origin_regex": r"https?://.*\.example\.org", "allow_credentials": True},
            {"allow_origins": ["https://*.example.org"], "allow_credentials": True},
        ),
        (
            {"allow_origin_regex": r"^https?://(?:.+)\.example.org$", "allow_credentials": True},
            {"allow_origins": ["https://*.example.org"], "allow_credentials": True},
        ),
        (
            {"allow_origin_regex": r"https://[^/]+example\.org", "allow_credentials": True},
            {"allow_origins": ["https://*.example.org"], "allow_credentials": True},
        ),
        (
            {"allow_origin_regex": r"https://app\.(?=example)example\.org", "allow_credentials": True},
            {"allow_origins": [PLACEHOLDER], "allow_credentials": True},
        ),
        ({"allow_origin_regex": "https://a(", "allow_origins": [A]}, {"allow_origins": [A]}),
        ({"allow_origin_regex": 7, "allow_origins": [A]}, {"allow_origins": [A]}),
        (
            {
                "allow_origins": A,
                "allow_origin_regex": r"https?://(localhost|b\.example\.org)",
                "allow_credentials": True,
            },
            {
                "allow_origins": [A, "https://b.example.org", "https://localhost", "http://localhost"],
                "allow_credentials": True,
            },
        ),
        (
            {
                "allow_origins": 7,
                "allow_origin_regex": r"https?://(localhost|b\.example\.org)",
                "allow_credentials": True,
            },
            {
                "allow_origins": ["https://b.example.org", "https://localhost", "http://localhost"],
                "allow_credentials": True,
            },
        ),
        (
            {"allow_origin_regex": r"https://[a-z]+\.example\.org"},
            {"allow_origin_regex": r"https://[a-z]+\.example\.org"},
        ),
        (
            {"allow_origins": [A], "allow_methods": "GET, put", "allow_headers": ["X-A", "Cookie"]},
            {"allow_origins": [A], "allow_methods": ["GET", "PUT"], "allow_headers": ["X-A", "Cookie"]},
        ),
    ],
)
def test_the_policy_that_is_meant(said: dict[str, Any], policy: dict[str, Any]) -> None:
    instead = equivalent(said)
    assert instead is not None
    assert instead.policy == Policy(**policy)
    namespace: dict[str, Any] = {"app": FastAPI()}
    exec(instead.code("app"), namespace)
    assert installed_policy(namespace["app"]) == namespace["policy"] == instead.policy


def test_what_is_changed_is_said() -> None:
    said = {"allow_origins": ["null", A + "/x"], "max_age": 10**6, "origins": 1}
    instead = equivalent(said)
    assert instead is not None
    assert instead.remarks == (
        "origins is left out: a policy has no such field",
        "'null' is left out: `null` is what every sandboxed frame, file and data: page sends; it identifies nobody",
        f"'{A}/x' is {A}",
        "max_age is 86400, the most (or -1, the least) that there is",
    )


def test_each_expression_that_is_wrong_is_said() -> None:
    regexes = ["https://a.example.com", "https://b.example.com"]
    instead = equivalent({"allow_origins": [A], "allow_origin_regex": regexes, "allow_credentials": True})
    assert instead is not None
    assert instead.policy == Policy(allow_origins=[A], allow_credentials=True)
    assert instead.remarks == tuple(
        "correct or replace allow_origin_regex: an unescaped `.` matches any character; "
        f"it accepts `https://{host}xexample.com`"
        for host in "ab"
    )


def test_no_policy_can_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", "sta ging")
    app = StarletteCORS(FastAPI(), allow_origins=[A])
    seen = inspect_app(app, "main:app")
    assert [it.code for it in seen.findings] == ["environment-invalid"]
    assert seen.notes == [
        "The equivalent with crossorigin is not written while no policy can be built here: see the findings."
    ]


@pytest.mark.parametrize("file", APPS, ids=lambda it: it.stem)
def test_the_code_that_is_printed_runs(file: Path) -> None:
    _, notes, _ = look(file.stem)
    for note in notes:
        head, _, code = note.partition("\n\n")
        if head.startswith("The same"):
            apps = {it: FastAPI() for it in ("app", "api", "public", "sub_app")}
            exec(code, vars(sys.modules[MODULES[file.stem]]) | apps)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("settings_origin", "    allow_origins=[settings.FRONTEND_HOST],"),
        ("any_http_url_str", "    allow_origins=[str(origin) for origin in settings.CORS_ORIGINS],"),
        ("any_http_url", "    allow_origins=settings.cors_origins,"),
        ("star_as_string", '    allow_origins=["https://your-front-end.example"],'),
        (
            "trailing_slash",
            '    allow_origins=["http://localhost:3000", "https://app.example.com", "https://admin.example.com"],',
        ),
    ],
)
def test_what_the_source_takes_from_settings_stays(name: str, line: str) -> None:
    (code,) = [note for note in look(name)[1] if note.startswith("The same")]
    assert line in code.splitlines()


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        (
            "any_http_url_str",
            'str(AnyHttpUrl) adds the slash: write str(origin).rstrip("/") in '
            "[str(origin) for origin in settings.CORS_ORIGINS]",
        ),
        ("any_http_url", '[str(origin).rstrip("/") for origin in settings.cors_origins]'),
    ],
)
def test_the_remedy_names_the_settings(name: str, remedy: str) -> None:
    assert {found.remedy for found in look(name)[0]} == {remedy}


# -- what changes ------------------------------------------------------------------------------------


def told(notes: list[str]) -> list[str]:
    (note,) = [it for it in notes if it.startswith("What that changes")]
    return note.partition("\n\n")[2].splitlines()


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (
            {"allow_origins": ["*"], "allow_methods": ["*"], "allow_headers": ["*"]},
            ["- GET that crashes: blocked → readable (https://evil.example, null)"],
        ),
        (
            {"allow_origins": ["*"], "allow_methods": ["*"], "allow_headers": ["*"], "allow_credentials": True},
            [
                "- GET that crashes: blocked → readable (https://your-front-end.example)",
                "- GET, GET with cookies, POST of JSON, PUT, PATCH, DELETE, GET with Authorization: readable → blocked "
                "(https://evil.example, null)",
            ],
        ),
        (
            {"allow_origins": [A], "allow_credentials": True},
            [
                f"- POST of JSON, GET that crashes: blocked → readable ({A})",
                f"- a refused preflight is answered 204, not 400 ({A})",
                "- what is blocked as before is no longer told Access-Control-Allow-Credentials, "
                "Access-Control-Allow-Headers, Access-Control-Allow-Methods, Access-Control-Max-Age "
                "(https://evil.example, null)",
                "- a refused preflight is answered 403, not 400 (https://evil.example, null)",
            ],
        ),
        (
            {
                "allow_origins": [A],
                "allow_methods": "*",
                "allow_headers": ["*"],
                "allow_credentials": True,
                "sausage": 1,
            },
            [
                f"- every call: no answer (the application raised {refusal(sausage=1)}) → readable ({A})",
            ],
        ),
    ],
)
def test_what_changes(settings: dict[str, Any], lines: list[str]) -> None:
    app = FastAPI()
    app.add_middleware(StarletteCORS, **settings)
    assert told(inspect_app(app, "main:app").notes)[: len(lines)] == lines


def test_nothing_changes() -> None:
    app = StarletteCORS(FastAPI(), allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    seen = inspect_app(app, "main:app")
    assert told(seen.notes) == ["- nothing"]
    assert [str(it.place) for it in seen.findings] == ["main:app"]


# -- the place in the stack --------------------------------------------------------------------------


class Passing:
    """A middleware that nobody knows, and that passes this on."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def test_a_middleware_that_passes_this_on() -> None:
    app = FastAPI()
    app.add_middleware(StarletteCORS, allow_origins=[A])
    app.add_middleware(Passing)
    (finding,) = inspect_app(app, "main:app").findings
    assert (finding.code, finding.severity) == ("middleware-order", "info")
    assert finding.evidence == (
        "Passing outside Starlette's CORSMiddleware\n"
        "Passing passes a first preflight on; what it may answer has no CORS headers"
    )


def test_middleware_around_an_app_with_cors_inside() -> None:
    app, sub = FastAPI(), FastAPI()
    sub.add_middleware(StarletteCORS, allow_origins=[A])
    app.add_middleware(GZipMiddleware)
    app.mount("/sub", sub)
    (finding,) = inspect_app(app, "main:app").findings
    assert (finding.code, finding.severity, str(finding.place)) == ("middleware-order", "info", "main:app, /sub")


def test_hosts_and_an_app_in_itself() -> None:
    inner = FastAPI()
    inner.add_middleware(StarletteCORS, allow_origins=[A + "/"])
    app = Starlette(routes=[Host("api.example.com", inner)])
    app.mount("/again", app)
    (finding,) = inspect_app(app, "main:app").findings
    assert (finding.code, str(finding.place)) == ("no-effect", "main:app, api.example.com")


def open_to_all() -> FastAPI:
    app = FastAPI()
    app.add_middleware(StarletteCORS, allow_origins=["*"], allow_credentials=True)
    return app


def mounted_at_the_root() -> FastAPI:
    app = FastAPI()
    app.mount("/", open_to_all())
    return app


def mounted_in_a_router() -> FastAPI:
    app, router = FastAPI(), APIRouter()
    router.mount("/sub", open_to_all())
    app.include_router(router, prefix="/v1")
    return app


@pytest.mark.parametrize("make", [open_to_all, mounted_at_the_root, mounted_in_a_router])
def test_wherever_an_app_is_mounted_it_is_looked_at(make: Callable[[], FastAPI]) -> None:
    assert "star-with-credentials" in {each.code for each in inspect_app(make(), "main:app").findings}


class Itself:
    """An object that gives itself for whatever is asked of it, as lazy objects may."""

    @property
    def app(self) -> Any:
        return self


def test_an_object_that_wraps_itself_comes_to_an_end() -> None:
    assert len(list(layers_of(Itself()))) == 64
    assert core_of(Itself()) is None


class Failing(StarletteCORS):
    def is_allowed_origin(self, origin: str) -> bool:
        raise LookupError


def test_a_middleware_that_fails() -> None:
    (result,) = inspect_app(Failing(FastAPI(), allow_origins=[A]), "main:app").results
    assert isinstance(result, NotJudged)
    assert result.code == "unasked-app"
    assert result.evidence.startswith("Failing: GET /")
    assert "the application raised LookupError" in result.evidence


def test_a_text_of_nothing() -> None:
    app = FastAPI()
    app.add_middleware(StarletteCORS, allow_origins=[A], allow_methods="")
    (finding,) = inspect_app(app, "main:app").findings
    assert (finding.code, finding.evidence) == ("not-a-list", "allow_methods = ''")


def test_a_text_in_a_middleware_that_is_built() -> None:
    seen = inspect_app(StarletteCORS(FastAPI(), allow_origins=A, allow_methods="GET, PUT"), "main:app")
    assert [it.evidence for it in seen.findings] == [
        f"allow_origins = '{A}'\nStarlette allows https://app.example.co",
        "allow_methods = 'GET, PUT'\nStarlette sends Access-Control-Allow-Methods: G, E, T, ,,  , P, U, T",
    ]


def test_a_policy_that_is_refused_in_no_call_of_ours() -> None:
    make: Any = Policy
    with pytest.raises(PolicyError) as raised:
        make(allow_origins=["null"])
    (finding,) = refused(raised.value, "main:app")
    assert str(finding.place) == f"tests/check/test_app.py:{raised.traceback[0].lineno + 1}"


def test_a_policy_that_is_refused_nowhere() -> None:
    error = PolicyError([problem("max-age-invalid", "max_age", "x")])
    (finding,) = refused(error, "main:app")
    assert str(finding.place) == "main:app"
