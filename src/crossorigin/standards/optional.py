"""Imports of modules that only some programs need: optional packages, and modules that are slow to import."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class MissingPackage(ImportError):
    """A package of one of our extras is not installed: the message has the command that installs it."""


def optional(module: str, extra: str) -> Any:
    """A module of an optional package, imported. `extra` is the extra of crossorigin that brings the package.

    Raises MissingPackage. Who does not use a command need not install what it needs.
    """
    try:
        return import_module(module)
    except ImportError as error:
        name = error.name or module
        raise MissingPackage(f'{name} is not installed: pip install "crossorigin[{extra}]"', name=name) from error


def when_needed(module: str) -> Any:
    """A module of the standard library that is slow to import. A program that does not need it does not wait for it."""
    return import_module(module)
