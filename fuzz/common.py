"""What all harnesses share: choices read from an input, a bound on time, and the inputs of the short form.

The reader has the few methods of atheris's FuzzedDataProvider that the harnesses need. It is our own even where atheris
is installed, so that an input which `make fuzz` has kept means the same in `make test`.
"""

from __future__ import annotations

import logging
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Final, TypeVar

CORPUS: Final = Path(__file__).parent / "corpus"
SECONDS: Final = 10  # of processor time for one input, on a slow machine and under instrumentation
_LONGEST: Final = 400

Check = Callable[[bytes], None]
Choice = TypeVar("Choice")


class FuzzedDataProvider:
    """Choices, read from the front of an input. If the input is at its end, each is the first possible one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def remaining_bytes(self) -> int:
        """How many bytes have not been read."""
        return len(self._data) - self._at

    def ConsumeBytes(self, count: int) -> bytes:
        """The next bytes, fewer at the end."""
        read = self._data[self._at : self._at + count]
        self._at += len(read)
        return read

    def ConsumeIntInRange(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        width = max(1, ((high - low).bit_length() + 7) // 8)
        return low + int.from_bytes(self.ConsumeBytes(width)) % (high - low + 1)

    def ConsumeBool(self) -> bool:
        """True or False."""
        return bool(self.ConsumeIntInRange(0, 1))

    def ConsumeUnicodeNoSurrogates(self, count: int) -> str:
        """A string of at most so many bytes of UTF-8."""
        return self.ConsumeBytes(count).decode("utf-8", "replace")

    def PickValueInList(self, values: Sequence[Choice]) -> Choice:
        """One of the values."""
        return values[self.ConsumeIntInRange(0, len(values) - 1)]

    def some(self, values: Sequence[Choice], most: int, least: int = 0) -> list[Choice]:
        """Several of the values, any of them repeatedly."""
        return [self.PickValueInList(values) for _ in range(self.ConsumeIntInRange(least, most))]


def bounded(check: Check) -> Check:
    """The same check, which also fails if one input takes too much processor time."""

    @wraps(check)
    def timed(data: bytes) -> None:
        before = time.process_time()
        check(data)
        taken = time.process_time() - before
        assert taken < SECONDS, f"{len(data)} bytes took {taken:.1f} s"

    return timed


def fuzz(test_one_input: Check) -> None:
    """Runs a harness under atheris, with libFuzzer's options from the command line."""
    import atheris

    log = logging.getLogger("crossorigin")  # it is written, and read by nobody
    log.addHandler(logging.NullHandler())
    log.propagate = False
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()


def kept(name: str) -> list[bytes]:
    """The inputs in `corpus/NAME`: those that found something once, and small seeds."""
    folder = CORPUS / name
    return [file.read_bytes() for file in sorted(folder.iterdir())] if folder.is_dir() else []


def inputs(name: str, seeds: Sequence[bytes], count: int, seed: int = 1) -> Iterator[bytes]:
    """The kept inputs and the seeds, then so many more: random bytes and mutated seeds, the same in each run."""
    known = [*kept(name), *seeds]
    yield from known
    dice = random.Random(seed)
    for number in range(count):
        if known and number % 2:
            yield mutated(dice.choice(known), dice)
        else:
            yield dice.randbytes(dice.randint(1, _LONGEST))


_BYTES: Final = b"\0\t\n\r \"#$%&'()*+,-./0:;<=>?@A[\\]^_`a{|}~\x7f\x80\xff"


def mutated(data: bytes, dice: random.Random) -> bytes:
    """An input with some bytes changed, added, removed or repeated."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randint(0, len(changed))
        until = min(len(changed), at + dice.randint(1, 8))
        piece = bytes([dice.choice(_BYTES)])
        replacements = (piece, piece + changed[at:until], b"", changed[at:until] * 2, dice.randbytes(until - at))
        changed[at:until] = dice.choice(replacements)
    return bytes(changed)
