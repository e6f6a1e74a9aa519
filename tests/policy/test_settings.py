"""Policies out of files and variables."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from crossorigin import Policy, PolicyError
from crossorigin.policy import settings
from tests.ids import as_id

A, B, C = (f"https://{it}.example" for it in "abc")

FILE = f"""
allow_methods = ["GET", "PUT"]
allow_credentials = true

[development]
allow_origins = ["*"]
max_age = 0

[production]
allow_origins = ["{A}"]
"""
PYPROJECT = '[project]\nname = "x"\n[tool.crossorigin]\nallow_origins = ["https://a.example"]\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def codes(path: Any = None) -> list[tuple[str, str]]:
    with pytest.raises(PolicyError) as caught:
        Policy.load(path)
    return [(it.code, it.field) for it in caught.value.problems]


def test_the_environment_picks_the_profile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "crossorigin.toml").write_text(FILE)
    shared: dict[str, Any] = {"allow_methods": ["GET", "PUT"], "allow_credentials": True}
    assert Policy.load() == Policy(allow_origins=[A], **shared)
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", "production")
    assert Policy.load() == Policy(allow_origins=[A], **shared)
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", "development")
    assert Policy.load() == Policy(allow_origins=["*"], max_age=0, environment="development", **shared)


def test_a_file_is_found_in_a_folder_above(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "app").mkdir()
    monkeypatch.chdir(folder / "app")
    assert Policy.load().allow_origins == (A,)
    assert settings.find() == folder / "pyproject.toml"
    (folder / "crossorigin.toml").write_text(f'allow_origins = ["{B}"]')
    assert Policy.load().allow_origins == (B,)
    assert settings.find() == folder / "crossorigin.toml"


@pytest.mark.parametrize("as_text", [False, True])
def test_a_file_by_its_path(folder: Path, as_text: bool) -> None:
    file = folder / "policy.toml"
    file.write_text(f'allow_origins = ["{B}"]')
    assert Policy.load(str(file) if as_text else file).allow_origins == (B,)


LISTS = [
    (f'["{A}", "{B}"]', (A, B)),
    (f' [ "{A}" ] ', (A,)),
    (f"{A},{B}", (A, B)),
    (f"{A}, {B} ,", (A, B)),
    (f"{A} {B}", (A, B)),
    (f"\n{A}\n{B}\n", (A, B)),
    (A, (A,)),
    ("*", ("*",)),
]


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_a_list_in_a_variable(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", text)
    assert Policy.load().allow_origins == expected


def test_variables_go_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "crossorigin.toml").write_text(FILE)
    variables = {
        "ALLOW_ORIGINS": C,
        "ALLOW_ORIGIN_REGEX": r"https://app\.example\.com",
        "ALLOW_METHODS": "GET,DELETE",
        "ALLOW_HEADERS": "authorization",
        "ALLOW_CREDENTIALS": "false",
        "ALLOW_PRIVATE_NETWORK": "true",
        "EXPOSE_HEADERS": "x-a x-b",
        "MAX_AGE": "30",
        "ENFORCE": "yes",
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"CROSSORIGIN_{name}", value)
    assert Policy.load() == Policy(
        allow_origins=[C],
        allow_origin_regex=r"https://app\.example\.com",
        allow_methods=["GET", "DELETE"],
        allow_headers=["authorization"],
        allow_private_network=True,
        expose_headers=["x-a", "x-b"],
        max_age=30,
        enforce=True,
    )


# What stands around a value by mistake: the end of a line in a file of variables, blanks, a no-break space that was
# copied from a page, the em space, and others that Python calls white space.
AROUND = ["\r", " ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\x0b\x0c", " \t\r\n"]
SETTINGS: list[tuple[str, str, Any]] = [
    ("ALLOW_ORIGINS", B, (B,)),
    ("ALLOW_ORIGINS", f'["{B}", "{C}"]', (B, C)),
    ("ALLOW_ORIGIN_REGEX", r"https://app\.example\.com", r"https://app\.example\.com"),
    ("ALLOW_METHODS", "GET,DELETE", ("GET", "DELETE")),
    ("ALLOW_HEADERS", "authorization", ("authorization",)),
    ("ALLOW_CREDENTIALS", "true", True),
    ("ALLOW_PRIVATE_NETWORK", "true", True),
    ("EXPOSE_HEADERS", "x-a", ("x-a",)),
    ("MAX_AGE", "30", 30),
    ("ENFORCE", "true", True),
    ("ENFORCE", "report-only", "report-only"),
    ("TRUSTED_HOSTS", "api.example", ("api.example",)),
    ("EXEMPT", "/webhooks/*", ("/webhooks/*",)),
    ("ACCEPT_RISKS", "shared-suffix", ("shared-suffix",)),
    ("ENVIRONMENT", "development", "development"),
    ("ENVIRONMENT", "production", "production"),
]


def test_every_variable_is_in_the_table() -> None:
    assert {name.lower() for name, _, _ in SETTINGS} == set(Policy.model_fields)


@pytest.mark.parametrize("white", AROUND, ids=as_id)
@pytest.mark.parametrize(("name", "text", "expected"), SETTINGS)
def test_white_space_around_a_variable_says_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, expected: Any, white: str
) -> None:
    (folder / "crossorigin.toml").write_text(f'allow_origins = ["{A}"]\n')
    for written in (text + white, white + text, white + text + white):
        monkeypatch.setenv(f"CROSSORIGIN_{name}", written)
        assert getattr(Policy.load(), name.lower()) == expected
    monkeypatch.setenv(f"CROSSORIGIN_{name}", white)
    assert Policy.load() == Policy(allow_origins=[A])


PROFILES = f"""
allow_origins = ["*"]
[development]
allow_origins = ["{B}"]
[production]
allow_origins = ["{A}"]
enforce = true
"""


@pytest.mark.parametrize("white", AROUND, ids=as_id)
@pytest.mark.parametrize(
    ("environment", "expected"), [("production", ((A,), True)), ("development", ((B,), False)), ("", ((A,), True))]
)
def test_white_space_around_the_environment_drops_no_profile(
    folder: Path, monkeypatch: pytest.MonkeyPatch, environment: str, expected: Any, white: str
) -> None:
    file = folder / "crossorigin.toml"
    file.write_text(PROFILES)
    for written in (environment + white, white + environment):
        monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", written)
        policy = Policy.load()
        assert (policy.allow_origins, policy.enforce) == expected
        assert policy.environment == (environment or "production")
    monkeypatch.delenv("CROSSORIGIN_ENVIRONMENT")
    if environment:
        file.write_text(f"environment = {json.dumps(environment + white)}\n{PROFILES}", encoding="utf-8")
        policy = Policy.load()
        assert (policy.allow_origins, policy.enforce, policy.environment) == (*expected, environment)


@pytest.mark.parametrize("white", AROUND, ids=as_id)
@pytest.mark.parametrize("profile", ["", "[production]\n"])
def test_white_space_around_what_a_file_says_is_left_out(folder: Path, profile: str, white: str) -> None:
    regex = r"https://app\.example\.com"
    lines = [f"allow_origin_regex = {json.dumps(regex + white)}", f"enforce = {json.dumps(white + 'report-only')}"]
    lines.append(f"allow_origins = [{json.dumps(white + A + white)}]")
    (folder / "crossorigin.toml").write_text(profile + "\n".join(lines), encoding="utf-8")
    assert Policy.load() == Policy(allow_origins=[A], allow_origin_regex=regex, enforce="report-only")


@pytest.mark.parametrize("white", AROUND, ids=as_id)
def test_white_space_around_the_environment_of_a_policy(white: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Policy(allow_origins=[A], environment=white + "development" + white).environment == "development"
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", "production" + white)
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["*"], allow_credentials=True, environment="development")
    assert [problem.code for problem in caught.value.problems] == ["development-in-production"]


# What is not white space is another word, and no profile is chosen by it.
@pytest.mark.parametrize("said", ["produc tion", "production\u200b", "prod,staging"])
def test_another_word_is_rejected(folder: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    (folder / "crossorigin.toml").write_text(PROFILES)
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", said)
    assert codes() == [("environment-invalid", "CROSSORIGIN_ENVIRONMENT")]


@pytest.mark.parametrize("said", ["3", '["production"]', "[{ a = 1 }]", "true"])
def test_an_environment_that_is_not_a_string_is_rejected(folder: Path, said: str) -> None:
    (folder / "crossorigin.toml").write_text(f"environment = {said}\n{PROFILES}")
    assert codes() == [("environment-invalid", "environment")]


def test_an_empty_variable_says_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "crossorigin.toml").write_text(FILE)
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", "")
    assert Policy.load().allow_origins == (A,)


VARIABLES = [
    ("CROSSORIGIN_ALLOW_CREDENTIALS", "maybe", "variable-invalid"),
    ("CROSSORIGIN_MAX_AGE", "ten", "variable-invalid"),
    ("CROSSORIGIN_ALLOW_ORIGINS", '["https://a.example"', "variable-invalid"),
    ("CROSSORIGIN_ALLOW_ORIGINS", "[1]", "variable-invalid"),
    ("CROSSORIGIN_ENVIRONMENT", "sta ging", "environment-invalid"),
]


@pytest.mark.parametrize(("name", "value", "code"), VARIABLES)
def test_a_broken_variable_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str
) -> None:
    (folder / "crossorigin.toml").write_text(f'allow_origins = ["{A}"]')
    monkeypatch.setenv(name, value)
    assert codes() == [(code, name)]


class OfATeam(Policy):
    """A policy of somebody's own class, with a default of its own."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"max_age": 60} | fields)


@pytest.mark.parametrize("by_path", [False, True])
def test_a_subclass_loads_a_policy_of_its_own_class(folder: Path, by_path: bool) -> None:
    file = folder / "crossorigin.toml"
    file.write_text(f'allow_origins = ["{A}"]')
    policy = OfATeam.load(file if by_path else None)
    assert type(policy) is OfATeam
    assert policy == OfATeam(allow_origins=[A])
    assert policy.max_age == 60
    assert type(Policy.load()) is Policy


def test_a_reserved_name_is_named(folder: Path) -> None:
    (folder / "crossorigin.toml").write_text(f'[audit]\nallow_origins = ["{A}"]')
    with pytest.raises(PolicyError) as caught:
        Policy.load()
    (problem,) = caught.value.problems
    assert problem.message == "`audit` is reserved for the settings of `crossorigin audit`, so it cannot be a profile"
    assert problem.remedy == "give the profile [audit] another name"


@pytest.mark.parametrize("text", ["[[check.ignore]]\ncode = 'x'\n", "[check]\n", "[verify]\n[audit]\n"])
def test_a_file_with_settings_of_commands_alone_is_not_a_policy(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (folder / "crossorigin.toml").write_text(text)
    (folder / "pyproject.toml").write_text(text.replace("[check", "[tool.crossorigin.check"))
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", A)
    assert settings.find() is None
    assert Policy.load() == Policy(allow_origins=[A])
    (folder / "pyproject.toml").write_text(text.replace("[check", "[tool.crossorigin.check") + PYPROJECT)
    assert settings.find() == folder / "pyproject.toml"


def test_a_file_may_be_closed(folder: Path) -> None:
    (folder / "crossorigin.toml").write_text("allow_origins = []\nallow_methods = []\n")
    assert Policy.load() == Policy.closed()


def test_an_empty_list_of_origins_alone_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", "[]")
    assert codes() == [("empty-policy", "allow_origins")]


def test_nothing_anywhere_is_an_empty_policy(folder: Path) -> None:
    assert codes() == [("empty-policy", "allow_origins")]
    assert settings.find() is None


DEVELOPMENT = [
    # A file that says development in one way or another, under a process that says production.
    (
        'environment = "development"\nallow_origins = ["*"]',
        "production",
        [("development-in-production", "environment")],
    ),
    ('[development]\nallow_origins = ["*"]', "production", None),
    ('[development]\nallow_origins = ["*"]', None, None),
]


@pytest.mark.parametrize(("text", "variable", "expected"), DEVELOPMENT)
def test_a_development_policy_does_not_load_in_production(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, variable: str | None, expected: Any
) -> None:
    file = folder / "crossorigin.toml"
    file.write_text(text)
    if variable:
        monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", variable)
    assert codes() == (expected or [("development-in-production", str(file))])


def test_a_file_may_say_its_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "crossorigin.toml").write_text('environment = "development"\n' + FILE)
    assert Policy.load().environment == "development"
    assert Policy.load().allow_origins == ("*",)


def test_the_process_may_be_stricter_or_laxer_than_a_file_for_production(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "crossorigin.toml").write_text('environment = "production"\n' + FILE)
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", "development")
    assert Policy.load().allow_origins == ("*",)


BROKEN: list[tuple[str, bytes, str]] = [
    ("crossorigin.toml", b"allow_origins = [", "file-not-toml"),
    ("crossorigin.toml", b"\xff\xfe", "file-not-toml"),
    ("crossorigin.toml", b"development = 3", "profile-invalid"),
    ("crossorigin.toml", b'[production]\nenvironment = "production"', "profile-invalid"),
    ("pyproject.toml", b"[tool]\ncrossorigin = 3", "profile-invalid"),
    ("crossorigin.toml", b'[check]\nallow_origins = ["https://a.example"]', "profile-invalid"),
    ("crossorigin.toml", b'max_age = 5\n[check]\nallow_origins = ["https://a.example"]', "profile-invalid"),
    ("pyproject.toml", b"[tool.crossorigin]\nmax_age = 5\nverify = 3", "profile-invalid"),
    ("pyproject.toml", b"tool = 3", "empty-policy"),
    ("crossorigin.toml", b'allow_origin = ["https://a.example"]', "unknown-keyword"),
]


@pytest.mark.parametrize(("name", "content", "code"), BROKEN)
def test_a_broken_file_is_one_clear_problem(folder: Path, name: str, content: bytes, code: str) -> None:
    (folder / name).write_bytes(content)
    assert [it for it, _ in codes()][:1] == [code]


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    missing = folder / "no.toml"
    assert codes(missing) == [("file-unreadable", str(missing))]
    assert codes(folder) == [("file-unreadable", str(folder))]
    with pytest.raises(PolicyError, match="No such file or directory"):
        Policy.load(missing)


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "crossorigin.toml")
    with pytest.raises(PolicyError, match="it is not a regular file"):
        Policy.load(folder / "crossorigin.toml")


def test_loading_changes_no_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", A)
    before = dict(os.environ)
    Policy.load()
    assert dict(os.environ) == before
