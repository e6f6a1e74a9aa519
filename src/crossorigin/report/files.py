"""Reading a file that somebody else may replace at any moment.

A name may stand for a device that never ends, or for a pipe that nobody writes to. Asking what it is and then opening
it is not enough: in between, the one may take the place of the other. So what was opened is asked.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_regular_file(file: Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes; never waits for a writer.

    Raises OSError: if it cannot be opened or read, is not a regular file, or is longer.
    """
    try:
        # Without O_NONBLOCK, opening a pipe waits until somebody writes to it. Windows has neither.
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError:  # Pythons differ in how they say it
        raise OSError(errno.EINVAL, "its name has a NUL byte") from None
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise OSError(errno.EISDIR, "it is a directory")
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        with open(handle, "rb", closefd=False) as opened:
            content = opened.read(limit + 1)
    finally:
        os.close(handle)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is longer than {size_in_words(limit)}")
    return content


def size_in_words(limit: int) -> str:
    """A limit in bytes, as a sentence names it."""
    return f"{limit // 2**20} MiB" if limit >= 2**20 else f"{limit // 2**10} KiB"
