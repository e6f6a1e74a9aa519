"""The position automaton of a regular expression (Glushkov, 1961), and a matcher that takes linear time.

Each set of characters in the tree is one position; a repetition with bounds is written out. The automaton is
in one set of positions at a time. The matcher remembers which set follows which: a deterministic automaton
that is built where requests go, and forgotten when it has grown to a bound. So a byte costs one look-up, or
at worst one step over the positions, whatever a stranger sends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ..standards.origin import MAX_ORIGIN_BYTES
from .regex_syntax import Anchor, Characters, Choice, Node, Repeat

MAX_POSITIONS: Final = 1000
_MAX_TRANSITIONS: Final = 10_000


class TooComplexRegex(ValueError):
    """The expression is too large to match or to judge."""


def bits(number: int) -> Iterator[int]:
    """The members of a set of positions."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


class Union:
    """The union of `sets[p]` over the members p of a set, eight members at a time."""

    def __init__(self, sets: list[int]) -> None:
        self._sets = sets
        self._known: list[dict[int, int]] = [{} for _ in range(0, len(sets), 8)]

    def __call__(self, members: int) -> int:
        union = 0
        for index, eight in enumerate(members.to_bytes(len(self._known), "little")):
            if eight:
                known = self._known[index]
                if eight not in known:
                    known[eight] = self._work_out(index * 8, eight)
                union |= known[eight]
        return union

    def _work_out(self, offset: int, members: int) -> int:
        union = 0
        for member in bits(members):
            union |= self._sets[offset + member]
        return union


class _Piece(NamedTuple):
    """A part of the expression: whether it matches the empty string, and the positions at its two ends."""

    empty: bool
    first: int = 0
    last: int = 0


_EMPTY: Final = _Piece(True)


class Automaton:
    """The position automaton of a syntax tree. Sets of positions are integers: bit n is position n.

    `leaves[p]` is what is read at position p; `follow[p]` may be read next, and `before[p]` before it, which
    `after_any` and `before_any` answer for sets;
    `first` and `last` may begin and end a match; `reading[c]` are the positions that read the byte c.
    Raises TooComplexRegex.
    """

    def __init__(self, tree: Node, limit: int = MAX_POSITIONS) -> None:
        self._limit = limit
        self.leaves: list[Characters] = []
        self.follow: list[int] = []
        whole = self._piece(tree)
        self.matches_empty, self.first, self.last = whole.empty, whole.first, whole.last
        self.reading = [self._reading(code) for code in range(128)] + [0] * 128
        self.before = [0] * len(self.leaves)
        for p, after in enumerate(self.follow):
            for q in bits(after):
                self.before[q] |= 1 << p
        self.after_any, self.before_any = Union(self.follow), Union(self.before)

    def _reading(self, code: int) -> int:
        return sum(1 << p for p, leaf in enumerate(self.leaves) if leaf.mask >> code & 1)

    def _piece(self, node: Node) -> _Piece:
        if isinstance(node, Characters):
            return self._position(node)
        if isinstance(node, Anchor):
            return _EMPTY
        if isinstance(node, Repeat):
            return self._repeat(node)
        if isinstance(node, Choice):
            whole = _Piece(False)
            for branch in node.parts:
                piece = self._piece(branch)
                whole = _Piece(whole.empty or piece.empty, whole.first | piece.first, whole.last | piece.last)
            return whole
        whole = _EMPTY
        for part in node.parts:
            whole = self._join(whole, self._piece(part))
        return whole

    def _position(self, leaf: Characters) -> _Piece:
        if len(self.leaves) == self._limit:
            raise TooComplexRegex(f"with its repetitions written out, it has more than {self._limit} characters")
        self.leaves.append(leaf)
        self.follow.append(0)
        position = 1 << len(self.leaves) - 1
        return _Piece(False, position, position)

    def _link(self, a: _Piece, b: _Piece) -> None:
        for p in bits(a.last):
            self.follow[p] |= b.first

    def _join(self, a: _Piece, b: _Piece) -> _Piece:
        self._link(a, b)
        first = a.first | b.first if a.empty else a.first
        last = a.last | b.last if b.empty else b.last
        return _Piece(a.empty and b.empty, first, last)

    def _repeat(self, node: Repeat) -> _Piece:
        # No origin is longer than MAX_ORIGIN_BYTES, so neither is a repetition of something.
        low = min(node.low, MAX_ORIGIN_BYTES + 1)
        high = node.high if node.high is not None and node.high <= MAX_ORIGIN_BYTES else None
        tail = _EMPTY
        if high is None:
            tail = self._piece(node.body)
            self._link(tail, tail)
            low -= 1
            if low < 0:
                tail = _Piece(True, tail.first, tail.last)
        else:
            for _ in range(high - low):  # x{0,3} is (x(x(x)?)?)?
                tail = self._join(self._piece(node.body), tail)
                tail = _Piece(True, tail.first, tail.last)
        for _ in range(low):
            tail = self._join(self._piece(node.body), tail)
        return tail


class _State(dict[int, "_State | None"]):
    """What follows after each byte, None if nothing does; what has not been asked yet is worked out."""

    __slots__ = ("_matcher", "accepting", "ready")

    def __init__(self, matcher: Matcher, ready: int, accepting: bool) -> None:
        super().__init__()
        self._matcher = matcher
        self.ready = ready
        self.accepting = accepting

    def __missing__(self, byte: int) -> _State | None:
        return self._matcher.follow(self, byte)


class Matcher:
    """Whether an expression matches the whole of an origin. Threads may share it.

    It reads from the right, because a stranger's host differs there: most are told after a few bytes.
    """

    def __init__(self, automaton: Automaton) -> None:
        self._automaton = automaton
        self._start = _State(self, automaton.last, automaton.matches_empty)
        self._states: dict[tuple[int, bool], _State] = {}
        self._transitions = 0
        self._ending = _ending(automaton)

    def matches(self, origin: bytes) -> bool:
        """Whether it matches these bytes, of which there are at most `MAX_ORIGIN_BYTES`. Takes linear time."""
        # What every match ends in is compared at once, which tells most strangers.
        if not origin.endswith(self._ending) or len(origin) > MAX_ORIGIN_BYTES:
            return False
        state = self._start
        for byte in reversed(origin):
            following = state[byte]
            if following is None:
                return False
            state = following
        return state.accepting

    def follow(self, state: _State, byte: int) -> _State | None:
        """The state after one more byte, or None; remembered, within the bound."""
        self._transitions += 1
        if self._transitions > _MAX_TRANSITIONS:
            # Strangers choose what comes. A state in use elsewhere goes on: it works out again what it needs.
            forgotten, self._states = [*self._states.values(), self._start], {}
            for each in forgotten:
                each.clear()
            self._transitions = 1
        automaton = self._automaton
        read = state.ready & automaton.reading[byte]
        following = None
        if read:
            key = (automaton.before_any(read), bool(read & automaton.first))
            following = self._states.setdefault(key, _State(self, *key))
        state[byte] = following
        return following


def _ending(automaton: Automaton) -> bytes:
    """The bytes that every match ends in, as far as they are the same in all of them."""
    ending = b""
    ready = 0 if automaton.matches_empty else automaton.last
    while ready:
        mask = 0
        for position in bits(ready):
            mask |= automaton.leaves[position].mask
        if mask.bit_count() != 1:
            break
        ending = bytes([mask.bit_length() - 1]) + ending
        if ready & automaton.first:  # a match may begin here
            break
        ready = automaton.before_any(ready)
    return ending
