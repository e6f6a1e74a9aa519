"""`python -m crossorigin` is the command `crossorigin`."""

from __future__ import annotations

from .cli import main

main()
