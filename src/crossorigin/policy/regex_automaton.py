"""The position automaton (Glushkov) of a regular expression over origins.

Here belong its construction from what `re` parses, and the two questions asked of it: can matching
take more than linear time, and which host names does it accept. Not here: what we think of the
answers (`regex`).

The automaton is an over-approximation: anchors and word boundaries cost nothing in it, and a
repetition of more than `_UNROLLED` times counts as unbounded. So it may refuse an expression
that is safe, and never passes one that is not.
"""

from __future__ import annotations

import re
import re._constants as op  # type: ignore[import-not-found, unused-ignore]
import re._parser as parser  # type: ignore[import-not-found, unused-ignore]
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from ..standards.public_suffixes import open_to_registration

_UNROLLED: Final = 8
_MAX_POSITIONS: Final = 400
_MAX_STEPS: Final = 300_000
_MAX_NAMES: Final = 256

_LABEL: Final = "abcdefghijklmnopqrstuvwxyz0123456789-_"
_IPV6: Final = "0123456789abcdef:"


class Unsupported(ValueError):
    """The expression uses what cannot be analysed: look-around, back-references, great size."""


def _mask(characters: str) -> int:
    return sum(1 << ord(it) for it in set(characters) if ord(it) < 128)


def _bits(mask: int) -> Iterator[str]:
    return (chr(it) for it in range(128) if mask >> it & 1)


def _ascii(character: int) -> int:
    # A serialised origin is ASCII; what else matches an ASCII letter when case is ignored is not ours to model.
    if character > 127:
        raise Unsupported("it has a character that no origin has")
    return character


_ALL: Final = (1 << 128) - 1
_HOST: Final = _mask(_LABEL + ".")
_CATEGORIES: Final = {
    op.CATEGORY_DIGIT: _mask("0123456789"),
    op.CATEGORY_SPACE: _mask(" \t\n\r\f\v"),
    op.CATEGORY_WORD: _mask("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
}
_NEGATED: Final = {
    op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
    op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
    op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
}


@dataclass(slots=True)
class _Piece:
    """A part of the expression: in how many ways it matches nothing, and where it begins and ends."""

    empty: int
    first: Counter[int] = field(default_factory=Counter)
    last: Counter[int] = field(default_factory=Counter)


class Automaton:
    """The position automaton of one expression.

    `masks[p]` is the set of ASCII characters read at position p; `follow[p][q]` is the number of
    ways to go from p to q, two of which are an ambiguity. With `as_meant`, a `.` is read as its
    author most likely meant it: a dot, or any byte of a host name where it is repeated.

    Raises re.error, Unsupported.
    """

    def __init__(self, pattern: str, *, as_meant: bool = False) -> None:
        self.masks: list[int] = []
        self.follow: dict[int, Counter[int]] = {}
        self.bare_dot = False
        self.crosses_slash = False
        self._as_meant = as_meant
        tree = parser.parse(pattern)
        self._whole = self._sequence(list(tree), tree.state.flags, repeated=False)
        self.first, self.last = set(self._whole.first), set(self._whole.last)
        self.matches_nothing = self._whole.empty > 0
        self.before: dict[int, set[int]] = {it: set() for it in range(len(self.masks))}
        for p, after in self.follow.items():
            for q in after:
                self.before[q].add(p)

    # -- construction -------------------------------------------------------------------------

    def _position(self, mask: int, flags: int) -> _Piece:
        if flags & re.IGNORECASE:
            mask |= _mask("".join(_bits(mask)).swapcase())
        if len(self.masks) >= _MAX_POSITIONS:
            raise Unsupported("it is too long to check")
        at = len(self.masks)
        self.masks.append(mask)
        self.follow[at] = Counter()
        return _Piece(0, Counter([at]), Counter([at]))

    def _join(self, a: _Piece, b: _Piece) -> _Piece:
        self._link(a, b)
        first, last = Counter(a.first), Counter(b.last)
        for it, count in b.first.items():
            first[it] += count * a.empty
        for it, count in a.last.items():
            last[it] += count * b.empty
        return _Piece(min(a.empty * b.empty, 2), +first, +last)

    def _link(self, a: _Piece, b: _Piece) -> None:
        for p, ways in a.last.items():
            for q, more in b.first.items():
                self.follow[p][q] += ways * more

    def _sequence(self, items: list[Any], flags: int, *, repeated: bool) -> _Piece:
        whole = _Piece(1)
        for item in items:
            whole = self._join(whole, self._item(item, flags, repeated))
        return whole

    def _item(self, item: tuple[Any, Any], flags: int, repeated: bool) -> _Piece:
        kind, argument = item
        if kind is op.AT:
            return _Piece(1)
        if kind is op.SUBPATTERN:
            _, add, remove, body = argument
            return self._sequence(list(body), (flags | add) & ~remove, repeated=repeated)
        if kind is op.ATOMIC_GROUP:
            return self._sequence(list(argument), flags, repeated=repeated)
        if kind is op.BRANCH:
            branches = [self._sequence(list(it), flags, repeated=repeated) for it in argument[1]]
            return _Piece(
                min(sum(it.empty for it in branches), 2),
                sum((it.first for it in branches), Counter()),
                sum((it.last for it in branches), Counter()),
            )
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            low, high, body = argument
            return self._repeat(low, high, body, flags, repeated)
        return self._position(self._characters(kind, argument, repeated), flags)

    def _repeat(self, low: int, high: int, body: Any, flags: int, repeated: bool) -> _Piece:
        many = high > 1 or repeated
        unbounded = high > _UNROLLED

        def once() -> _Piece:
            return self._sequence(list(body), flags, repeated=many)

        tail = _Piece(1)
        if unbounded:
            tail = once()
            self._link(tail, tail)
            tail.empty = min(tail.empty + 1, 2)
        else:
            for _ in range(high - low):  # x{0,3} is (x(x(x)?)?)?, as the matcher tries it
                tail = self._join(once(), tail)
                tail.empty = min(tail.empty + 1, 2)
        for _ in range(min(low, _UNROLLED)):
            tail = self._join(once(), tail)
        return tail

    def _characters(self, kind: Any, argument: Any, repeated: bool) -> int:
        if kind is op.ANY:
            self.crosses_slash |= repeated
            self.bare_dot |= not repeated
            if self._as_meant:
                return _HOST if repeated else _mask(".")
            return _ALL
        if kind is op.LITERAL:
            return 1 << _ascii(argument)
        if kind is op.NOT_LITERAL:
            mask = _ALL & ~(1 << _ascii(argument))
        elif kind is op.IN:
            mask = self._class(argument)
        else:
            raise Unsupported("it uses look-around or a back-reference")
        self.crosses_slash |= bool(mask & _mask("/")) and mask != _mask("/")
        if self._as_meant and mask & _mask("/") and mask & _HOST:
            mask &= _HOST
        return int(mask)

    @staticmethod
    def _class(items: list[tuple[Any, Any]]) -> int:
        mask, negate = 0, False
        for kind, argument in items:
            if kind is op.NEGATE:
                negate = True
            elif kind is op.LITERAL:
                mask |= 1 << _ascii(argument)
            elif kind is op.RANGE:
                mask |= sum(1 << it for it in range(argument[0], _ascii(argument[1]) + 1))
            else:
                mask |= _CATEGORIES[argument] if argument in _CATEGORIES else _ALL & ~_CATEGORIES[_NEGATED[argument]]
        return _ALL & ~mask if negate else mask

    # -- time ---------------------------------------------------------------------------------

    @cached_property
    def _cyclic(self) -> set[int]:
        """The positions that can come back to themselves."""
        return {p for p in self.follow if p in self._reachable(set(self.follow[p]))}

    def _reachable(self, start: set[int]) -> set[int]:
        seen, todo = set(start), list(start)
        while todo:
            for q in self.follow[todo.pop()]:
                if q not in seen:
                    seen.add(q)
                    todo.append(q)
        return seen

    def linear(self) -> bool:
        """Whether a backtracking matcher needs time linear in the length of what it reads.

        That is so where the number of ways to match a word is bounded: no position has two ways
        back to itself over the same word, which makes matching exponential, and no two positions
        share a word that keeps both and leads from one to the other, which makes it polynomial
        (Weber and Seidl, 1991: criteria EDA and IDA). Raises Unsupported past a bound of work.
        """
        self._steps = 0
        return not any(self._exponential(p) for p in self._cyclic) and not any(
            self._polynomial(p, q) for p in self._cyclic for q in self._cyclic & self._reachable({p}) if p != q
        )

    def _moves(self, state: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Where the positions of `state` can go together, all reading the same character."""
        partial: list[tuple[int, tuple[int, ...]]] = [(_ALL, ())]
        for p in state:
            partial = [(m & self.masks[q], (*done, q)) for m, done in partial for q in self.follow[p]]
            partial = [it for it in partial if it[0]]
            self._steps += len(partial) + 1
        if self._steps > _MAX_STEPS:
            raise Unsupported("it is too ambiguous to check")
        return (it[1] for it in partial)

    def _search(self, start: tuple[int, ...]) -> dict[tuple[int, ...], set[tuple[int, ...]]]:
        """Every state reachable from `start`, with the states that lead to it."""
        sources: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
        todo, seen = [start], {start}
        while todo:
            state = todo.pop()
            for after in self._moves(state):
                sources.setdefault(after, set()).add(state)
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        return sources

    def _exponential(self, p: int) -> bool:
        sources = self._search((p, p))
        todo, back = [(p, p)], {(p, p)}
        while todo:
            state = todo.pop()
            for before in sources.get(state, ()):
                if before[0] != before[1] or self.follow[before[0]][state[0]] > 1 < self.follow[before[1]][state[1]]:
                    return True
                if before not in back:
                    back.add(before)  # type: ignore[arg-type]
                    todo.append(before)  # type: ignore[arg-type]
        return False

    def _polynomial(self, p: int, q: int) -> bool:
        return (p, q, q) in self._search((p, p, q))

    # -- language -----------------------------------------------------------------------------

    def reads(self, text: str, start: set[int] | None = None) -> set[int]:
        """The positions that can be read next, after `text` has been read from the beginning."""
        ready = self.first if start is None else start
        for character in text:
            hit = {p for p in ready if self.masks[p] >> ord(character) & 1}
            ready = {q for p in hit for q in self.follow[p]}
        return ready

    def reads_after(self, state: int | None, character: str) -> Iterator[int]:
        """The positions that can read this character after the position `state`; None is the beginning."""
        following = self.first if state is None else self.follow[state]
        return (p for p in following if self.masks[p] >> ord(character) & 1)

    def may_end(self, state: int | None) -> bool:
        """Whether a match may end with the position `state`; None is the beginning."""
        return self.matches_nothing if state is None else state in self.last

    def forced_host(self) -> str:
        """The characters with which every accepted host must begin."""
        ready, text = self.reads("http://") | self.reads("https://"), ""
        while ready and len(text) < 64:
            mask = 0
            for p in ready:
                mask |= self.masks[p]
            characters = list(_bits(mask))
            if len(characters) != 1 or ready & self.last:
                break
            text += characters[0]
            ready = self.reads(characters[0], ready)
        return text

    def only_addresses(self) -> bool:
        """Whether every accepted host is written in digits and dots, as an IPv4 address is."""
        address = _mask("0123456789.:")
        return all(self.masks[p] & ~address == 0 for p in self.after("http://") | self.after("https://"))

    def _back(self, state: frozenset[int], character: str) -> frozenset[int]:
        bit = 1 << ord(character)
        return frozenset(q for p in state if self.masks[p] & bit for q in self.before[p])

    def after(self, text: str) -> set[int]:
        """The positions that can be reached once `text` has been read."""
        return self._reachable(self.reads(text))

    def hosts(self, within: set[int]) -> Hosts:
        """The ends of the hosts that are accepted, reading only positions in `within`."""
        end = frozenset(self.last & within)
        ends, port = end, end
        for _ in range(5):
            port = frozenset(q for digit in "0123456789" for q in self._back(port, digit)) & within
            ends |= self._back(port, ":") & within
        ends |= self._back(ends, ".") & within  # the root dot
        found = Hosts(set(), None)
        if self._reads_at(ends, "]"):
            self._labels(self._back(ends, "]") & within, "", within, found, _IPV6, "[")
        self._labels(ends, "", within, found, _LABEL, "./")
        return found

    def _labels(
        self, state: frozenset[int], domain: str, within: set[int], found: Hosts, alphabet: str, boundary: str
    ) -> None:
        """Reads labels from the right until they make a name that one owner holds."""
        labels: list[tuple[str, frozenset[int]]] = []
        useful = self._leading_to(state, within, alphabet, boundary)
        todo = deque([("", state)])
        while todo:
            label, at = todo.popleft()
            for mark in boundary if label else "":
                if not self._reads_at(at, mark):
                    continue
                name = f"{label}.{domain}" if domain else label
                if mark != "." or not (open_to_registration(name) or name.replace(".", "").isdigit()):
                    found.domains.add(name)
                else:
                    labels.append((name, self._back(at, mark) & within))
            if len(found.domains) + len(labels) + len(todo) > _MAX_NAMES:
                found.open = domain if found.open is None else found.open
                return
            todo.extend((it + label, after) for it, after in self._left_of(at, within, alphabet) if after in useful)
        for name, after in labels:
            self._labels(after, name, within, found, alphabet, boundary)

    def _leading_to(self, start: frozenset[int], within: set[int], alphabet: str, boundary: str) -> set[frozenset[int]]:
        """The states to the left of `start`, inside one label, from which a boundary can be read."""
        right_of: dict[frozenset[int], set[frozenset[int]]] = {start: set()}
        todo = [start]
        while todo:
            at = todo.pop()
            for _, after in self._left_of(at, within, alphabet):
                if after not in right_of:
                    right_of[after] = set()
                    todo.append(after)
                right_of[after].add(at)
        useful = {at for at in right_of if any(self._reads_at(at, mark) for mark in boundary)}
        todo = list(useful)
        while todo:
            for at in right_of[todo.pop()] - useful:
                useful.add(at)
                todo.append(at)
        return useful

    def _left_of(self, at: frozenset[int], within: set[int], alphabet: str) -> Iterator[tuple[str, frozenset[int]]]:
        return ((it, after) for it in alphabet if (after := self._back(at, it) & within))

    def _reads_at(self, at: frozenset[int], character: str) -> bool:
        return any(self.masks[p] >> ord(character) & 1 for p in at)


@dataclass(slots=True)
class Hosts:
    """What hosts an expression accepts: the names that end them, and where that set is open.

    `domains` are whole names or registrable domains. `open` is None where they are all; otherwise
    it is the name to the left of which anything may stand ("" where even the last label is free).
    """

    domains: set[str]
    open: str | None
