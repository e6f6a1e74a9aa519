"""Packages that are installed for some commands only, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class MissingPackage(ImportError):
    """A package of one of our extras is not installed: the message has the command that installs it."""


def optional(module: str, extra: str) -> Any:
    """A module of an optional package, imported. `extra` is the extra of crossorigin that brings the package.

    Raises MissingPackage. This is the one place that imports inside a function: who does not use a command need not
    install, or wait for, what it needs.
    """
    try:
        return import_module(module)
    except ImportError as error:
        name = error.name or module
        raise MissingPackage(f'{name} is not installed: pip install "crossorigin[{extra}]"', name=name) from error
