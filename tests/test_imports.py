"""Imports that the layers in pyproject.toml, kept by import-linter, do not see: those inside functions and by name."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

import crossorigin
from crossorigin.standards.optional import MissingPackage, optional

PACKAGE: Final = Path(crossorigin.__file__).parent

# Who may import by name, and why.
BY_NAME: Final = {
    "__init__.py": "a public name is loaded when it is first used",
    "standards/optional.py": "the one helper for optional packages",
    "cli/__init__.py": "only the command that runs is loaded",
    "cli/load_app.py": "the user's own module, main:app",
    "check/target.py": "what reads a proxy's files needs the extra `check`",
    "report/formats/__init__.py": "a format's library is needed by that format alone",
    "testing.py": "pytest loads the plugin in every run",
}


class Import(NamedTuple):
    file: str
    line: int
    what: str


def sources() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file.relative_to(PACKAGE).as_posix(), ast.parse(file.read_text())


def inside_functions(file: str, tree: ast.Module) -> Iterator[Import]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield Import(file, node.lineno, ast.unparse(node))


def by_name(file: str, tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in ("import_module", "__import__"):
            yield Import(file, node.lineno, name)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("import a\ndef f():\n    import b", [3]),
        ("class C:\n    async def f(self):\n        from a import b", [3]),
        ("import a\nif True:\n    import b", []),
    ],
)
def test_an_import_inside_a_function_is_seen(program: str, found: list[int]) -> None:
    assert [each.line for each in inside_functions("x.py", ast.parse(program))] == found


def test_no_import_is_inside_a_function() -> None:
    assert [each for file, tree in sources() for each in inside_functions(file, tree)] == []


def test_who_imports_by_name() -> None:
    assert {each.file for file, tree in sources() for each in by_name(file, tree)} == BY_NAME.keys()


def test_no_class_name_is_used_twice() -> None:
    names = Counter(node.name for _, tree in sources() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_private_module_of_another_package_is_imported() -> None:
    modules = [
        name
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
        if not getattr(node, "level", 0) and name != "__future__"
    ]
    assert [name for name in modules if any(part.startswith("_") for part in name.split("."))] == []


def test_an_optional_package() -> None:
    assert optional("json", "cli") is sys.modules["json"]


def test_an_optional_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingPackage) as caught:
        optional("yaml", "audit")
    assert str(caught.value) == 'yaml is not installed: pip install "crossorigin[audit]"'
    assert caught.value.name == "yaml"


EAGER: Final = ("typer", "pydantic", "httpx2", "starlette", "fastapi", "uvicorn", "yaml", "jinja2")


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [(["--help"], {"typer"}), (["explain", "--help"], {"typer", "pydantic", "starlette"})],
)
def test_the_command_line_imports_what_runs(arguments: list[str], loaded: set[str]) -> None:
    program = (
        "import sys; from crossorigin.cli import main\n"
        f"sys.argv = ['crossorigin', *{arguments}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {EAGER} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(ast.literal_eval(ran.stdout.splitlines()[-1])) == loaded
