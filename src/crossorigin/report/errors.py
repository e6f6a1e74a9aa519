"""What a command says if it cannot do what it was asked to do."""

from __future__ import annotations


class CannotRun(Exception):
    """A target, a file or an option is not what a command needs: one clear line, and exit status 2."""
