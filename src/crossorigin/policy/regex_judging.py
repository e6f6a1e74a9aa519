"""Which origins does a regular expression accept, of those that a browser sends?

Two questions. Which hosts does it name: the ends of hosts that it spells out, read from the right until they
make a domain that one owner registered. And does it accept an origin outside of a set of hosts: the automaton
of the expression and the grammar of origins are walked through together, shortest origins first, so the
answer is exact, and its proof is an origin, the witness.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from ..standards.origin import MAX_ORIGIN_BYTES, split_serialised
from ..standards.public_suffixes import open_to_registration
from . import origin_grammar
from .origin_grammar import ORIGIN_CHARACTERS, Reading
from .regex_automaton import Automaton, TooComplexRegex, bits
from .regex_syntax import Characters, mask_of

_MAX_STEPS: Final = 200_000  # half a second
_MAX_NAMES: Final = 256  # more than fit into an expression, each written out
_HOST: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
_ADDRESS: Final = frozenset("0123456789abcdef:.[]")
_EVERY_SCHEME: Final = frozenset(("http", "https", "other"))
# The order in which a witness prefers its characters.
_PREFERRED: Final = "xabcdefghijklmnopqrstuvwyz1234567890.-_:/[]+"


@dataclass(frozen=True, slots=True)
class Hosts:
    """A set of hosts: `exact` ones, `domains` and the names below them, and the names `below` a suffix.

    `ranges` are the beginnings of IPv4 addresses, such as `10.`.
    """

    exact: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    below: frozenset[str] = frozenset()
    ranges: frozenset[str] = frozenset()

    def __contains__(self, host: str) -> bool:
        name = host.removesuffix(".")
        if name in self.exact or name in self.domains:
            return True
        if any(name.endswith(f".{parent}") for parent in self.domains | self.below):
            return True
        return not set(name) - set("0123456789.") and name.startswith(tuple(self.ranges))


class Named(NamedTuple):
    """What an expression spells out: `hosts`, and the `tails` of the hosts that it leaves open to the left."""

    hosts: Hosts
    tails: frozenset[str]

    @property
    def spelled(self) -> frozenset[str]:
        """Every name that stands in the expression."""
        return self.hosts.exact | self.hosts.domains | self.tails


def named(automaton: Automaton) -> Named:
    r"""The hosts that an expression names. Raises TooComplexRegex.

    A name counts as spelled out if each of its characters is written once: `(a|b)\.github\.io` names two hosts,
    `[ab]\.github\.io` and `a+\.github\.io` name none, because nobody registers every name of a family.
    Names below a registered domain are read on, for the hosts that are spelled out to their beginning.
    """
    exact: set[str] = set()
    domains: set[str] = set()
    tails: set[str] = set()
    todo: list[tuple[int, str, frozenset[int], bool]] = [
        (p, "", frozenset(), False) for p in bits(_host_ends(automaton))
    ]
    seen = set(todo)
    while todo:
        if len(seen) > _MAX_STEPS:
            raise TooComplexRegex("it spells out too many names")
        position, name, used, owned = todo.pop()
        leaf = automaton.leaves[position]
        if name and not name.startswith(".") and _reads(leaf, "/"):
            exact.add(name)
        if not owned and _reads(leaf, ".") and _is_domain(name):
            domains.add(name)
            owned = _only_character(leaf) == "."
        character = _only_character(leaf)
        if character == "/" or (character == "." and not name):
            continue
        allowed = _ADDRESS if (character + name).endswith("]") else _HOST
        if character not in allowed or leaf.position in used or len(exact) + len(domains) >= _MAX_NAMES:
            tails |= set() if owned else {name}
            continue
        for before in bits(automaton.before[position]):
            further = (before, character + name, used | {leaf.position}, owned)
            if further not in seen:
                seen.add(further)
                todo.append(further)
    return Named(Hosts(frozenset(exact), frozenset(domains)), frozenset(tails))


def _host_ends(automaton: Automaton) -> int:
    """The positions that may read the last character of a host: at the end, before a port, before a root dot."""
    ends = port = automaton.last
    for _ in range(5):
        port = _back(automaton, port, "0123456789")
        ends |= _back(automaton, port, ":")
    return ends | _back(automaton, ends, ".")


def _back(automaton: Automaton, positions: int, characters: str) -> int:
    wanted, found = mask_of(characters), 0
    for p in bits(positions):
        if automaton.leaves[p].mask & wanted:
            found |= automaton.before[p]
    return found


def _reads(leaf: Characters, character: str) -> bool:
    return bool(leaf.mask >> ord(character) & 1)


def _only_character(leaf: Characters) -> str:
    """The one character of an origin that is read there, or an empty string."""
    found = [character for character in ORIGIN_CHARACTERS if _reads(leaf, character)]
    return found[0] if len(found) == 1 else ""


def _is_domain(name: str) -> bool:
    """Whether one owner has this name and all that are below it."""
    labels = name.split(".")
    if not all(labels) or name.endswith("]") or labels[-1].isdigit():
        return False
    return not open_to_registration(name)


class _Context(NamedTuple):
    """What matters of an origin for the rest of it: the grammar's part, and that of the hosts in question.

    `tail` is the longest end of the host, the slash before it included, with which a name in question begins.
    `ranged` is whether the host begins as an address of a range in question; behind the host, whether it is inside.
    """

    reading: Reading
    tail: str = ""
    ranged: bool = False


def witness(automaton: Automaton, outside: Hosts, schemes: frozenset[str] = _EVERY_SCHEME) -> str | None:
    """The shortest origin that is accepted, has one of the schemes, and has a host `outside` of these; or None.

    `schemes` are `http`, `https`, and `other` for the rest. Raises TooComplexRegex.
    """
    found = _Search(automaton, outside, schemes, counting=False).run()
    if found is None or split_serialised(found.encode()) is not None:
        return found
    # A label of more than 63 bytes: count them.
    found = _Search(automaton, outside, schemes, counting=True).run()
    if found is not None and split_serialised(found.encode()) is None:
        raise TooComplexRegex("the origins that it matches are too long to judge")
    return found


class _Search:
    """One walk through the automaton and the grammar. A layer maps contexts to the positions that are ready there."""

    def __init__(self, automaton: Automaton, outside: Hosts, schemes: frozenset[str], *, counting: bool) -> None:
        self._automaton = automaton
        self._schemes = schemes
        self._counting = counting
        names = {f"/{host}" for host in outside.exact | outside.domains}
        names |= {f".{host}" for host in outside.domains | outside.below}
        self._names = names | {f"{name}." for name in names}
        self._ranges = {f"/{beginning}" for beginning in outside.ranges}
        self._beginnings: set[str] = set().union(*(accumulate(name) for name in self._names | self._ranges))
        self._steps: dict[tuple[_Context, str], _Context | None] = {}
        self._in_scheme = _PREFERRED
        self._in_host = self._told_apart("".join(names) + "0123456789.-:/[]x")

    def _told_apart(self, special: str) -> str:
        """One character of each class that neither the automaton nor the hosts nor the grammar tell apart."""
        classes: dict[object, str] = {}
        for character in _PREFERRED:
            column = self._automaton.reading[ord(character)]
            kind: object = character if character in special else character in "abcdef"
            classes.setdefault((column, kind), character)
        return "".join(classes.values())

    def run(self) -> str | None:
        """The shortest witness, or None. Raises TooComplexRegex."""
        layers = [{_Context(origin_grammar.start()): self._automaton.first}]
        seen = dict(layers[0])
        steps = 0
        while layers[-1] and len(layers) <= MAX_ORIGIN_BYTES:
            following: dict[_Context, int] = {}
            for context, character, read, further in self._moves(layers[-1]):
                steps += 1
                if steps > _MAX_STEPS:
                    raise TooComplexRegex("there are too many ways through it to judge them all")
                ending = read & self._automaton.last
                if ending and further.reading.ends and not self._inside(further):
                    return self._spelled(layers, context, ending) + character
                new = self._automaton.after_any(read) & ~seen.get(further, 0)
                if new:
                    seen[further] = seen.get(further, 0) | new
                    following[further] = following.get(further, 0) | new
            layers.append(following)
        return None

    def _moves(self, layer: dict[_Context, int]) -> Iterator[tuple[_Context, str, int, _Context]]:
        """Each way on from a layer: from where, by which character, which positions read it, to where."""
        for context, ready in layer.items():
            for character in self._in_scheme if context.reading.phase == "scheme" else self._in_host:
                read = ready & self._automaton.reading[ord(character)]
                further = self._step(context, character) if read else None
                if further is not None:
                    yield context, character, read, further

    def _step(self, context: _Context, character: str) -> _Context | None:
        key = (context, character)
        if key not in self._steps:
            self._steps[key] = self._next(context, character)
        return self._steps[key]

    def _next(self, context: _Context, character: str) -> _Context | None:
        reading = origin_grammar.step(context.reading, character, self._counting)
        if reading is None or (reading.phase == "slash" and reading.scheme not in self._schemes):
            return None
        if reading.phase == "port":
            return _Context(reading, ranged=self._inside(context))
        if reading.phase not in ("host", "address", "closed"):
            return _Context(reading)
        tail = context.tail + character
        while tail not in self._beginnings and tail:
            tail = tail[1:]
        return _Context(reading, tail, context.ranged or tail in self._ranges)

    def _inside(self, context: _Context) -> bool:
        """Whether the host, if it ends here, is one of those in question."""
        if context.reading.phase == "port":
            return context.ranged
        if context.ranged and context.reading.ipv4:
            return True
        return any(context.tail[start:] in self._names for start in range(len(context.tail)))

    def _spelled(self, layers: list[dict[_Context, int]], context: _Context, positions: int) -> str:
        """The characters that lead to one of these positions in this context of the last layer."""
        text = ""
        for layer in reversed(layers[:-1]):
            ready = positions & layers[len(layers) - len(text) - 1][context]
            position = next(bits(ready))
            context, character, positions = self._way_to(context, position, layer)
            text = character + text
        return text

    def _way_to(self, context: _Context, position: int, layer: dict[_Context, int]) -> tuple[_Context, str, int]:
        """How one comes from a layer to a position in a context: from where, by which character and positions."""
        leading = self._automaton.before[position]
        moves = (move for move in self._moves(layer) if move[3] == context and move[2] & leading)
        before, character, read, _ = next(moves)
        return before, character, read & leading
