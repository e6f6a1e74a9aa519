"""A file is read if it is a regular one when it is opened, whatever its name stood for a moment before."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from crossorigin.report.files import read_regular_file

LIMIT = 8  # bytes
PLACES = 3_000  # times that a pipe and a file change places
LONG = 30.0  # seconds after which the test gives up


def write(content: bytes) -> Callable[[Path], object]:
    return lambda file: file.write_bytes(content)


def link_to(name: str) -> Callable[[Path], object]:
    return lambda file: file.symlink_to(name)


@pytest.mark.parametrize("content", [b"", b"\0\xff\r\n", b"x" * LIMIT], ids=["empty", "binary", "as-long-as-may-be"])
def test_what_is_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    (tmp_path / "link").symlink_to("file")
    assert read_regular_file(tmp_path / "file", LIMIT) == content
    assert read_regular_file(tmp_path / "link", LIMIT) == content


UNREAD: list[tuple[str, Callable[[Path], object], str]] = [
    ("nothing", lambda file: None, "No such file or directory"),
    ("longer", write(b"x" * (LIMIT + 1)), "it is longer than 0 KiB"),
    ("folder", Path.mkdir, "it is a directory"),
    ("pipe", os.mkfifo, "it is not a regular file"),
    ("link-to-itself", link_to("file"), "Too many levels of symbolic links"),
    ("device", link_to("/dev/zero"), "it is not a regular file"),
    ("terminal", link_to("/dev/ptmx"), "it is not a regular file"),
]


@pytest.mark.parametrize(("make", "why"), [row[1:] for row in UNREAD], ids=[row[0] for row in UNREAD])
def test_what_is_not_read(tmp_path: Path, make: Callable[[Path], object], why: str) -> None:
    make(tmp_path / "file")
    opened = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match=re.escape(why)):
        read_regular_file(tmp_path / "file", LIMIT)
    assert len(os.listdir("/proc/self/fd")) == opened


def test_a_name_with_a_nul_byte() -> None:
    with pytest.raises(OSError, match="its name has a NUL byte"):
        read_regular_file(Path("a\0b"), LIMIT)


def test_a_pipe_that_takes_the_place_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    """The two change places without a pause; a reader that asks first and opens then waits for ever."""
    file, other = tmp_path / "file", tmp_path / "other"
    file.write_bytes(b"here")
    answers: set[str] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                answers.add(read_regular_file(file, LIMIT).decode())
            except OSError as why:
                answers.add(str(why.strerror))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    for _ in range(PLACES):
        os.mkfifo(other)
        other.replace(file)
        other.write_bytes(b"here")
        other.replace(file)
    done.set()
    reader.join(LONG)
    assert not reader.is_alive()
    assert answers == {"here", "it is not a regular file"}
