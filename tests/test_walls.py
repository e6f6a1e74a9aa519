"""The walls of the house: who may import whom, and what each file says of itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import crossorigin

PACKAGE = Path(crossorigin.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the ground up: a module imports only what stands before it.
ORDER = [
    "origin",
    "fetch",
    "suffixes",
    "automaton",
    "regex",
    "problems",
    "hosts",
    "paths",
    "checks",
    "presets",
    "policy",
    "decision",
    "preflight",
    "server",
    "browser",
    "settings",
    "watch",
    "refusal",
    "crash",
    "guard",
    "refuse",
    "marks",
    "routing",
    "rules",
    "stack",
    "asgi",
    "allow",
    "starlette",
    "transport",
    "diagnosis",
    "testing",
    "mistakes",
    "findings",
    "advisories",
    "inspection",
    "audit",
    "verify",
    "reports",
    "demo",
    "cli",
]
SANS_IO = ORDER[: ORDER.index("browser") + 1]
FRAMEWORKS = {
    "starlette",
    "fastapi",
    "httpx2",
    "anyio",
    "asyncio",
    "socket",
    "redis",
    "uvicorn",
    "threading",
    "logging",
}

# One import runs upward, inside a function: `Policy.load` is where people look for it, and files are `settings`' room.
DEFERRED = {("policy", "settings")}


def room(file: Path) -> str:
    """The name of the room that a file belongs to: a module, or a package."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def files(name: str) -> list[Path]:
    """The files of a room."""
    return [it for it in MODULES if room(it) == name]


def imports(file: Path, *, at_top: bool) -> set[tuple[str, bool]]:
    """(room or top-level package, whether it is ours) for every import of a file."""
    tree = ast.parse(file.read_text())
    depth = len(file.relative_to(PACKAGE).parts)
    found = set()
    inner = {node for top in ast.walk(tree) if isinstance(top, ast.FunctionDef) for node in ast.walk(top)}
    for node in ast.walk(tree):
        if (node in inner) is at_top:
            continue
        if isinstance(node, ast.Import):
            found |= {(it.name.partition(".")[0], False) for it in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(((node.module or "").partition(".")[0], False))
        elif isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [it.name for it in node.names]
            found |= {(it.partition(".")[0], True) for it in names}
    return found


@pytest.mark.parametrize("file", MODULES, ids=lambda it: str(it.relative_to(PACKAGE)))
def test_imports_run_one_way(file: Path) -> None:
    if room(file) == "__init__":
        return
    assert room(file) in ORDER, f"{file.name} has no place in the order"
    for name, ours in imports(file, at_top=True):
        if ours:
            assert ORDER.index(name) < ORDER.index(room(file)), f"{room(file)} imports {name}, which stands above it"
    deferred = {(room(file), name) for name, ours in imports(file, at_top=False) if ours}
    upward = {(a, b) for a, b in deferred if ORDER.index(b) > ORDER.index(a)}
    assert upward <= DEFERRED


@pytest.mark.parametrize("name", SANS_IO)
def test_the_core_does_no_io_and_knows_no_framework(name: str) -> None:
    for at_top in (True, False):
        for file in files(name):
            foreign = {it for it, ours in imports(file, at_top=at_top) if not ours}
            assert not foreign & FRAMEWORKS


@pytest.mark.parametrize(("one", "other"), [("server", "browser"), ("browser", "server")])
def test_the_two_halves_do_not_know_each_other(one: str, other: str) -> None:
    for at_top in (True, False):
        assert not any((other, True) in imports(file, at_top=at_top) for file in files(one))


def test_the_core_loads_without_any_framework() -> None:
    """What a process that only imports crossorigin pays for: no framework, no HTTP client, no CLI."""
    script = "import sys, crossorigin; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"starlette", "fastapi", "httpx2", "typer", "rich", "uvicorn", "pydantic_settings"} & set(loaded)


@pytest.mark.parametrize("file", MODULES, ids=lambda it: str(it.relative_to(PACKAGE)))
def test_a_file_is_one_room(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 400
    docstring = " ".join((ast.get_docstring(ast.parse(text)) or "").split())
    assert docstring, "its first lines say what belongs in it"
    if file.name != "__init__.py":
        assert "ere belong" in docstring, "what belongs in it"
        assert "Not here" in docstring or "Nothing here" in docstring, "and what does not"


def test_the_public_face_is_what_it_says() -> None:
    assert sorted(crossorigin.__all__) == crossorigin.__all__
    for name in crossorigin.__all__:
        assert getattr(crossorigin, name).__doc__, name
