"""Which rules and which profile an environment has; variables and files that are almost right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crossorigin import Policy, PolicyError
from crossorigin.standards.origin import is_private

A, B, C, D = (f"https://{name}.example" for name in "abcd")
STAR = {"allow_origins": ["*"], "allow_credentials": True}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CROSSORIGIN_ENVIRONMENT", raising=False)
    return tmp_path


def codes(raised: pytest.ExceptionInfo[PolicyError]) -> list[str]:
    return [each.code for each in raised.value.problems]


@pytest.mark.parametrize("name", ["production", "staging", "prod", "test-2", "eu.live", "Development", "dev"])
def test_every_name_but_development_has_the_rules_of_production(name: str) -> None:
    with pytest.raises(PolicyError) as raised:
        Policy(**STAR, environment=name)
    assert codes(raised) == ["star-with-credentials"]
    assert Policy(allow_origins=[A], environment=name).environment == name


def test_development_has_rules_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Policy(**STAR, environment="development").allow_credentials
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", "staging")
    with pytest.raises(PolicyError) as raised:
        Policy(**STAR, environment="development")
    assert codes(raised) == ["development-in-production"]
    assert raised.value.problems[0].value == "development"


@pytest.mark.parametrize("name", ["dev", "devel", "Development", "developement", "devlopmnt", "local", "develop"])
def test_a_name_that_may_mean_development_is_warned_of(name: str) -> None:
    (warning,) = Policy(allow_origins=[A], environment=name).warnings
    assert (warning.code, warning.field, warning.value) == ("environment-near", "environment", name)


@pytest.mark.parametrize("name", ["deploy", "prod", "demo", "staging", "production", "product", "deployment"])
def test_a_name_that_means_something_else(name: str) -> None:
    assert Policy(allow_origins=[A], environment=name).warnings == ()


@pytest.mark.parametrize("name", ["", '"production"', "'development'", "a b", "x" * 65, 7])
def test_what_is_not_a_name(name: Any) -> None:
    with pytest.raises(PolicyError) as raised:
        Policy(allow_origins=[A], environment=name)
    assert codes(raised) == ["environment-invalid"]


FILE = f"""
allow_methods = ["GET", "PUT"]
[production]
allow_origins = ["{A}"]
[development]
allow_origins = ["{B}"]
[staging]
allow_origins = ["{C}"]
[check]
ignore = []
[audit]
rate = 1
[verify]
"""


@pytest.mark.parametrize(
    ("environment", "origin"),
    [("", A), ("production", A), ("development", B), ("staging", C), ("preview", A), ("dev", A)],
)
def test_the_profile_of_an_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch, environment: str, origin: str
) -> None:
    (folder / "crossorigin.toml").write_text(FILE)
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", environment)
    policy = Policy.load()
    assert (policy.allow_origins, policy.allow_methods) == ((origin,), ("GET", "PUT"))
    assert policy.environment == (environment or "production")


@pytest.mark.parametrize(
    ("text", "environment", "code"),
    [
        (f'[development]\nallow_origins = ["{A}"]', "production", "development-in-production"),
        (f'[development]\nallow_origins = ["{A}"]', "staging", "development-in-production"),
        (f'[staging]\nallow_origins = ["{A}"]', "", "profile-missing"),
        (f'allow_origins = ["{A}"]', "staging", ""),
        (f'allow_origins = ["{A}"]\n[check]\nignore = []', "staging", ""),
    ],
)
def test_a_file_without_a_profile(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, environment: str, code: str
) -> None:
    (folder / "crossorigin.toml").write_text(text)
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", environment)
    if not code:
        assert Policy.load().allow_origins == (A,)
        return
    with pytest.raises(PolicyError) as raised:
        Policy.load()
    assert codes(raised) == [code]


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("CROSSORIGIN_ALLOW_ORIGIN", "CROSSORIGIN_ALLOW_ORIGINS"),
        ("CROSSORIGIN_ALOW_ORIGINS", "CROSSORIGIN_ALLOW_ORIGINS"),
        ("CROSSORIGIN_ALLOW_CREDENTIAL", "CROSSORIGIN_ALLOW_CREDENTIALS"),
        ("CROSSORIGIN_ENVIROMENT", "CROSSORIGIN_ENVIRONMENT"),
        ("CROSSORIGIN_TRUSTED_HOST", "CROSSORIGIN_TRUSTED_HOSTS"),
    ],
)
def test_a_misspelt_variable_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, meant: str) -> None:
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", A)
    monkeypatch.setenv(variable, "x")
    with pytest.raises(PolicyError) as raised:
        Policy.load()
    assert [(each.code, each.field, each.suggestion) for each in raised.value.problems] == [
        ("variable-unknown", variable, meant)
    ]


@pytest.mark.parametrize("variable", ["CROSSORIGIN_LOG", "CROSSORIGIN_DEPLOYED_BY", "CROSSORIGIN_SOURCE"])
def test_other_variables_are_left_alone(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", A)
    monkeypatch.setenv(variable, "full")
    assert Policy.load().allow_origins == (A,)


@pytest.mark.parametrize("written", [f'"{A}"', f"'{A}'", f'"{A},{B}"'])
def test_quotes_that_a_file_of_variables_left_are_named(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", written)
    with pytest.raises(PolicyError) as raised:
        Policy.load()
    (found,) = raised.value.problems
    assert (found.code, found.field) == ("variable-invalid", "CROSSORIGIN_ALLOW_ORIGINS")
    assert "quotes" in found.message


@pytest.mark.parametrize("end", ["pyproject.toml", ".git"])
def test_the_search_ends_where_the_project_does(folder: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    (folder / "crossorigin.toml").write_text(f'allow_origins = ["{A}"]')
    inner = folder / "project" / "src"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert Policy.load().allow_origins == (A,)
    (folder / "project" / end).write_text("") if end == "pyproject.toml" else (folder / "project" / end).mkdir()
    with pytest.raises(PolicyError) as raised:
        Policy.load()
    assert codes(raised) == ["empty-policy"]
    (folder / "project" / "crossorigin.toml").write_text(f'allow_origins = ["{B}"]')
    assert Policy.load().allow_origins == (B,)


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("frontend", True),
        ("frontend.", True),
        ("100.64.0.1", True),
        ("100.127.255.254", True),
        ("100.128.0.1", False),
        ("10.1.2.3", True),
        ("nas.local", True),
        ("example.com", False),
        ("8.8.8.8", False),
    ],
)
def test_private_names(host: str, private: bool) -> None:
    assert is_private(host) is private
    fields: Any = {"allow_origins": [f"http://{host}:5173"], "allow_credentials": True}
    if private:
        assert Policy(**fields, environment="development").allow_origins
    with pytest.raises(PolicyError):
        Policy(**fields)
