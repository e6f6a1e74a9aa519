"""Fuzzing: programs that look for inputs which break a promise of the package. README.md in this folder says how.

With atheris installed, importing this package makes atheris follow the branches of `crossorigin`; without, nothing.
"""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("atheris") is not None:
    import atheris

    # Left open on purpose: whatever is imported after this is instrumented.
    atheris.instrument_imports(include=["crossorigin"]).__enter__()
