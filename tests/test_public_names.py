"""The public names: each is loaded when it is first used, and none needs a framework."""

from __future__ import annotations

import subprocess
import sys

import pytest

import crossorigin


def printed(script: str) -> list[str]:
    """The words that a program prints in a fresh process."""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()


def test_importing_the_package_loads_nothing_else() -> None:
    loaded = printed("import sys; before = set(sys.modules); import crossorigin; print(*set(sys.modules) - before)")
    assert [name for name in loaded if name.startswith("crossorigin")] == ["crossorigin"]
    assert not {"pydantic", "ada_url", "asyncio", "urllib"} & set(loaded)


def test_every_public_name_is_found() -> None:
    assert sorted(crossorigin._MODULES) == sorted(crossorigin.__all__)
    assert [name for name in crossorigin.__all__ if name not in dir(crossorigin)] == []
    names = printed("import crossorigin as c; print(*(getattr(c, name).__name__ for name in c.__all__))")
    assert names == crossorigin.__all__
    for name in crossorigin.__all__:
        crossorigin.__dict__.pop(name, None)
        assert getattr(crossorigin, name).__module__.startswith(f"crossorigin.{crossorigin._MODULES[name]}")


def test_every_public_name_says_what_it_is() -> None:
    assert [name for name in crossorigin.__all__ if not getattr(crossorigin, name).__doc__] == []
    assert crossorigin.__all__ == sorted(crossorigin.__all__)


def test_what_decides_loads_no_framework() -> None:
    """What a process pays that only decides: no framework, no HTTP client, no command line."""
    loaded = printed("import sys; from crossorigin import Policy, decide; print(*sys.modules)")
    assert not {"starlette", "fastapi", "httpx2", "typer", "rich", "uvicorn", "asyncio"} & set(loaded)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'crossorigin' has no attribute 'Polcy'$"):
        _ = crossorigin.Polcy
