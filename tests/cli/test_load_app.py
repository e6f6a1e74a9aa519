"""Importing an app: which is found, and what an import that fails says."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crossorigin.cli.load_app import load_app
from crossorigin.report.errors import CannotRun


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory of its own; what is imported from it is forgotten again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", None) or sys.modules[name].__dict__):
            del sys.modules[name]
    importlib.invalidate_caches()


def write(files: dict[str, str]) -> None:
    for name, source in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(source)


MAKES = "from fastapi import FastAPI\ndef made(title='made', **more): return FastAPI(title=title)\n"


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("app = made('a'); api = made('b')", "a"),
        ("api = made('b'); web = made('c')", "b"),
        ("application = made('d')", "d"),
        ("app = 'no app'; web = made('c')", "c"),
        ("app = FastAPI; web = made('c')", "c"),
        ("def app(): ...\nweb = made('c')", "c"),
        ("def create_app(): return made('e')", "e"),
        ("def get_app(debug=False): return made('f')", "f"),
        ("def create_app(settings): ...\ndef make_app(): return made('g')", "g"),
        ("async def create_app(): ...\ndef make_app(): return made('g')", "g"),
    ],
)
def test_an_app_that_is_not_named(source: str, title: str) -> None:
    write({"main.py": f"{MAKES}{source}\n"})
    assert load_app("main.py").title == title


def test_an_asgi_function_that_is_not_named() -> None:
    write({"main.py": "async def app(scope, receive, send): ...\n"})
    assert load_app("main.py").__name__ == "app"


@pytest.mark.parametrize(
    ("files", "words", "title"),
    [
        ({"backend/main.py": f"{MAKES}app = made('a')"}, {"name": "backend/main.py:app"}, "a"),
        ({"backend/main.py": f"{MAKES}app = made('a')"}, {"name": "main:app", "app_dir": "backend"}, "a"),
        (
            {"backend/main.py": f"{MAKES}import shared\napp = made('a')", "shared.py": ""},
            {"name": "backend/main.py:app"},
            "a",
        ),
        (
            {
                "shop/__init__.py": "",
                "shop/main.py": "from .made import app",
                "shop/made.py": f"{MAKES}app = made('b')",
            },
            {"name": "./shop/main.py:app"},
            "b",
        ),
        ({"main.py": MAKES}, {"name": "main:made", "factory": True}, "made"),
        ({"main.py": MAKES}, {"name": "main:FastAPI", "factory": True}, "FastAPI"),
    ],
)
def test_where_an_app_is(files: dict[str, str], words: dict[str, Any], title: str) -> None:
    write(files)
    assert load_app(**words).title == title


@pytest.mark.parametrize(
    ("source", "words", "error"),
    [
        (
            "def app(scope, receive): ...\n",
            {"name": "main:app"},
            "main:app is neither an app nor a function that makes one, called with nothing",
        ),
        ("class App: ...\n", {"name": "main:App"}, "main:App is not an ASGI app: it is a class"),
        ("app = 7\n", {"name": "main:app"}, "main:app is not an ASGI app: it is int"),
        (
            "from crossorigin import Policy\ndef create_app(): Policy(allow_origins=['null'])\n",
            {"name": "main:create_app"},
            "[lists-null]",
        ),
        ("x = 7\n", {"name": "main.py"}, "main.py has no app that is found by its name: name it (main.py:app)"),
    ],
)
def test_what_is_no_app(source: str, words: dict[str, Any], error: str) -> None:
    write({"main.py": source})
    with pytest.raises(CannotRun) as raised:
        load_app(**words)
    assert error in str(raised.value)


INSTALL = "install the package that has stripe in this environment"
OR = f"({sys.prefix}), or install crossorigin in the environment of the app"
SETTINGS = "from pydantic import BaseModel\nclass Settings(BaseModel):\n    secret_key: str\n    port: int\n"
UNSET = "class UndefinedValueError(Exception): ...\nraise UndefinedValueError('KEY not found')"


@pytest.mark.parametrize(
    ("files", "name", "error", "remedy", "without_options"),
    [
        (
            {"main.py": "\nimport stripe\n"},
            "main:app",
            "main cannot be imported: main.py:2: ModuleNotFoundError: No module named 'stripe'",
            f"{INSTALL} {OR}",
            f"{INSTALL} {OR}",
        ),
        (
            {"main.py": "import shop.cors", "shop/cors.py": "x = 1\nimport stripe.checkout\n"},
            "main:app",
            "main cannot be imported: shop/cors.py:2: ModuleNotFoundError: No module named 'stripe'",
            f"{INSTALL} {OR}",
            f"{INSTALL} {OR}",
        ),
        (
            {"backend/app/main.py": "from app.db import engine", "backend/app/db.py": ""},
            "backend/app/main.py:app",
            "main cannot be imported: backend/app/main.py:1: ModuleNotFoundError: No module named 'app'",
            "app is in backend: --app-dir backend",
            "app is in backend: run this command in backend",
        ),
        (
            {"shop/main.py": "from .db import engine", "shop/db.py": ""},
            "shop/main.py:api",
            "main cannot be imported: shop/main.py:1: "
            "ImportError: attempted relative import with no known parent package",
            "name it with its package, shop.main:api: --app-dir .",
            "name it with its package, shop.main:api: run this command in .",
        ),
        (
            {"main.py": "import os\nos.environ['SECRET_KEY']"},
            "main:app",
            "main cannot be imported: main.py:2: KeyError: 'SECRET_KEY'",
            "if SECRET_KEY is an environment variable, --env-file .env reads variables from a file",
            "if SECRET_KEY is an environment variable, set it in the environment first",
        ),
        (
            {"main.py": "from starlette.config import Config\nConfig()('API_KEY')"},
            "main:app",
            """main cannot be imported: main.py:2: KeyError: "Config 'API_KEY' is missing, and has no default.\"""",
            "if API_KEY is an environment variable, --env-file .env reads variables from a file",
            "if API_KEY is an environment variable, set it in the environment first",
        ),
        ({"main.py": "{}['x']"}, "main:app", "main cannot be imported: main.py:1: KeyError: 'x'", "", ""),
        ({"main.py": "{}[1]"}, "main:app", "main cannot be imported: main.py:1: KeyError: 1", "", ""),
        (
            {"main.py": UNSET},
            "main:app",
            "main cannot be imported: main.py:2: UndefinedValueError: KEY not found",
            "--env-file .env reads variables from a file",
            "set it in the environment first",
        ),
        (
            {"main.py": f"{SETTINGS}Settings()"},
            "main:app",
            "main cannot be imported: main.py:5: ValidationError: 2 validation errors for Settings",
            "missing: SECRET_KEY, PORT; if these are environment variables, "
            "--env-file .env reads variables from a file",
            "missing: SECRET_KEY, PORT; if these are environment variables, set it in the environment first",
        ),
        (
            {"main.py": f"{SETTINGS}Settings(secret_key='x', port='y')"},
            "main:app",
            "main cannot be imported: main.py:5: ValidationError: 1 validation error for Settings",
            "",
            "",
        ),
        (
            {"main.py": "open('config/settings.toml')"},
            "main:app",
            "main cannot be imported: main.py:1: "
            "FileNotFoundError: [Errno 2] No such file or directory: 'config/settings.toml'",
            "the working directory is HERE",
            "the working directory is HERE",
        ),
        (
            {"main.py": "x = 1\ny = ("},
            "main:app",
            "main cannot be imported: main.py:2: SyntaxError: '(' was never closed (main.py, line 2)",
            "",
            "",
        ),
        (
            {"main.py": "raise ModuleNotFoundError"},
            "main:app",
            "main cannot be imported: main.py:1: ModuleNotFoundError: ModuleNotFoundError()",
            "",
            "",
        ),
        (
            {"main.py": "raise ImportError('no relative imports')"},
            "main:app",
            "main cannot be imported: main.py:1: ImportError: no relative imports",
            "",
            "",
        ),
        ({}, "main:app", "there is no module 'main' here (HERE)", "", ""),
        ({"a/main.py": ""}, "main:app", "there is no module 'main' here (HERE)", *2 * ["there is one in a: RUN a"]),
        (
            {"back/app/main.py": ""},
            "app.main:app",
            "there is no module 'app.main' here (HERE)",
            *2 * ["there is one in back: RUN back"],
        ),
        (
            {"back/app/main/__init__.py": ""},
            "app.main:app",
            "there is no module 'app.main' here (HERE)",
            *2 * ["there is one in back: RUN back"],
        ),
        ({"main.py": "x = 1"}, "main:app", "module 'main' has no 'app'", "", ""),
        ({"main.py": f"{MAKES}api = made()"}, "main:app", "module 'main' has no 'app'", *2 * ["it has api"]),
        (
            {"main.py": "def make(): return open('x')"},
            "main:make",
            "main:make() fails: main.py:1: FileNotFoundError: [Errno 2] No such file or directory: 'x'",
            "the working directory is HERE",
            "the working directory is HERE",
        ),
        ({"main.py": ""}, "main.py", "main.py has no app that is found by its name: name it (main.py:app)", "", ""),
        (
            {"main.py": "def create_app(): import gone"},
            "main.py",
            "main.py:create_app() fails: main.py:1: ModuleNotFoundError: No module named 'gone'",
            *2 * [f"{INSTALL} {OR}".replace("stripe", "gone")],
        ),
    ],
)
def test_what_an_import_that_fails_says(
    files: dict[str, str], name: str, error: str, remedy: str, without_options: str, folder: Path
) -> None:
    write(files)
    for options, words, run in ((True, remedy, "--app-dir"), (False, without_options, "run this command in")):
        with pytest.raises(CannotRun) as raised:
            load_app(name, options=options)
        expected = f"{error}; {words}" if words else error
        assert str(raised.value) == expected.replace("HERE", str(folder)).replace("RUN", run)


class Broken:
    find_spec = staticmethod(len)


def test_an_error_that_no_line_of_the_app_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [Broken()])
    with pytest.raises(CannotRun) as raised:
        load_app("nowhere_at_all:app")
    words = "nowhere_at_all cannot be imported: TypeError: len() takes exactly one argument (3 given)"
    assert str(raised.value) == words
