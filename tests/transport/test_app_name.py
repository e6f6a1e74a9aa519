"""Names of apps, as servers have them: the module, the name in it, and the folders to import from."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossorigin.transport.app_name import AppName, is_app_name, parse_app_name


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("main.py", "backend/app.py", "shop/__init__.py", "shop/web/__init__.py", "shop/web/main.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("target", "app_dir", "module", "attribute", "folders"),
    [
        ("main:app", "", "main", "app", [""]),
        ("shop.web.main:make()", "", "shop.web.main", "make()", [""]),
        ("main:api.v1", "backend", "main", "api.v1", ["backend"]),
        ("main.py:app", "", "main", "app", [""]),
        ("./main.py:app", "", "main", "app", [""]),
        ("main.py", "", "main", "", [""]),
        ("backend/app.py:app", "", "app", "app", ["backend", ""]),
        ("backend/app.py:app", ".", "backend.app", "app", [""]),
        ("backend/app.py:app", "backend", "app", "app", ["backend"]),
        ("backend/app.py:app", "shop", "app", "app", ["backend", "shop"]),
        ("shop/web/main.py:app", "", "shop.web.main", "app", [""]),
        ("shop/web/__init__.py:app", "", "shop.web", "app", [""]),
        ("shop/web/main.py:app", "shop", "web.main", "app", ["shop"]),
        ("gone.py:app", "", "gone", "app", [""]),
    ],
)
def test_what_a_name_says(
    target: str, app_dir: str, module: str, attribute: str, folders: list[str], folder: Path
) -> None:
    assert parse_app_name(target, app_dir) == AppName(module, attribute, tuple(folder / each for each in folders))


def test_an_absolute_file(folder: Path) -> None:
    assert parse_app_name(f"{folder}/backend/app.py:app") == AppName("app", "app", (folder / "backend", folder))


@pytest.mark.parametrize(
    "target", ["", "main", "main:", ":app", "main:1", "main:app:app", "a b:c", "https://a.example/"]
)
def test_what_is_no_name(target: str) -> None:
    assert parse_app_name(target) is None
    assert not is_app_name(target)


@pytest.mark.parametrize(
    ("target", "expected"),
    [("main:app", True), ("backend/app.py:app", True), ("main.py", False), ("nginx.conf", False), ("a:8000", False)],
)
def test_what_names_an_app(target: str, expected: bool) -> None:
    assert is_app_name(target) is expected
