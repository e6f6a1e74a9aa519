"""What is wrong with an `allow_origin_regex`, and what to write instead.

Here belong the rules for regular expressions and their words; each problem has a witness, an origin that a
browser sends and that is accepted although it should not be. Not here: which origins an expression accepts
(`regex_automaton`), and which problems reject a policy (`validation`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import islice, product
from typing import Final, NamedTuple

from ..standards.origin import Origin, ip_address, is_loopback, is_private, split_serialised
from ..standards.public_suffixes import open_to_registration, registry_suffix
from .limits import Environment
from .regex_automaton import MAX_POSITIONS, Automaton, Matcher, TooComplexRegex
from .regex_judging import Hosts, Named, named, witness
from .regex_syntax import Choice, InvalidRegex, Node, UnsupportedRegex, parse, single_dots

# IPv4 networks that are not the Internet's: this machine, RFC 1918, RFC 3927, RFC 6598.
_PRIVATE: Final = frozenset(
    (
        "127.",
        "10.",
        "192.168.",
        "169.254.",
        *(f"172.{second}." for second in range(16, 32)),
        *(f"100.{second}." for second in range(64, 128)),
    )
)
_STRANGERS: Final = ("evil.example", "203.0.113.7", "[2001:db8::1]")
_FLAGS: Final = re.IGNORECASE | re.UNICODE | re.ASCII | re.DOTALL | re.MULTILINE

Regexes = str | tuple[str, ...] | None
_Insecure = Callable[[str], bool]  # of a host: whether its http: pages must not have credentials
_Suggestion = tuple[tuple[str, str | tuple[str, ...]], ...]


def as_tuple(regexes: Regexes) -> tuple[str, ...]:
    """The expressions of a policy's `allow_origin_regex`."""
    if regexes is None:
        return ()
    return (regexes,) if isinstance(regexes, str) else tuple(regexes)


def source_of(pattern: re.Pattern[str]) -> str:
    """A compiled expression as one string, its flags included. Raises UnsupportedRegex."""
    if pattern.flags & ~_FLAGS:
        raise UnsupportedRegex("a flag such as re.VERBOSE", 0, "write the expression without it")
    inline = re.compile(pattern.pattern).flags
    return f"(?i){pattern.pattern}" if pattern.flags & ~inline & re.IGNORECASE else pattern.pattern


@lru_cache(maxsize=32)
def compiled(regexes: Regexes) -> Matcher | None:
    """One matcher for all the expressions of a policy."""
    trees = tuple(parse(source) for source in as_tuple(regexes))
    return Matcher(Automaton(Choice(trees), len(trees) * MAX_POSITIONS)) if trees else None


class RegexProblem(NamedTuple):
    """One thing that is wrong with an expression.

    `suggestion` has the fields of a policy that allow what was meant; if none can be known, `advice` says what to
    decide. `witness` is an origin that is accepted and should not be.
    """

    code: str
    message: str
    suggestion: _Suggestion = ()
    advice: str = ""
    witness: str | None = None


def _suggest(field: str, value: str | tuple[str, ...]) -> _Suggestion:
    return ((field, value),) if value else ()


class _Judged:
    """An expression with what is known of it. Raises InvalidRegex, UnsupportedRegex, TooComplexRegex."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tree: Node = parse(source)
        self.automaton = Automaton(self.tree)
        self.matcher = Matcher(self.automaton)
        self.named: Named = named(self.automaton)

    @cached_property
    def dead(self) -> bool:
        """Whether no browser sends an origin that it accepts."""
        return witness(self.automaton, Hosts()) is None

    def accepts(self, origin: str) -> bool:
        return split_serialised(origin.encode()) is not None and self.matcher.matches(origin.encode())


_judged = lru_cache(maxsize=64)(_Judged)


@lru_cache(maxsize=256)
def examine(source: str, *, credentials: bool, environment: Environment = "production") -> tuple[RegexProblem, ...]:
    """Everything that is wrong with an expression; http: origins only with `credentials`."""

    def insecure(host: str) -> bool:
        return credentials and not (is_loopback(host) or (environment == "development" and is_private(host)))

    try:
        return tuple(_problems(_judged(source), insecure))
    except InvalidRegex as why:
        return (RegexProblem("regex-invalid", f"this is not a regular expression: {why}", advice="fix it there"),)
    except UnsupportedRegex as why:
        return (RegexProblem("regex-unsupported", str(why), advice=why.instead),)
    except TooComplexRegex as why:
        advice = 'write it shorter, or use patterns: allow_origins=["https://*.example.com"]'
        return (RegexProblem("regex-too-complex", f"this expression cannot be judged: {why}", advice=advice),)


def accepts_private_http(source: str) -> bool:
    """Whether an expression accepts an http: origin outside loopback, which production rejects."""
    return any(found.code == "origin-insecure" for found in examine(source, credentials=True))


def _problems(given: _Judged, insecure: _Insecure) -> Iterator[RegexProblem]:
    if given.dead:
        yield _dead(given, insecure)
        return
    meant = _with_dots_escaped(given)
    stranger = _through_a_dot(given, meant)
    if stranger is None:
        meant = given
    others = [*_outside(meant, insecure), *_insecure(meant, insecure)]
    if stranger is not None:
        suggestion = _suggest("allow_origin_regex", meant.source)
        if others:
            suggestion = others[0].suggestion
        yield RegexProblem(
            "regex-dot",
            f"an unescaped `.` matches any character; it accepts `{stranger}`",
            suggestion,
            r"write `\.` for each dot",
            stranger,
        )
    yield from others


def _through_a_dot(given: _Judged, meant: _Judged) -> str | None:
    """An origin that is accepted because a dot is not escaped, and that belongs to somebody else."""
    if meant is given:
        return None
    shortest = witness(meant.automaton, Hosts()) or ""
    dots = [index for index, character in enumerate(shortest) if character == "."]
    near = [f"{shortest[:index]}x{shortest[index + 1 :]}" for index in dots]
    return _stranger(given, _inside(meant.named.hosts), near)


def _with_dots_escaped(given: _Judged) -> _Judged:
    """The expression with a backslash before each `.` that is not repeated, if that matches something."""
    positions = list(single_dots(given.tree))
    if not positions:
        return given
    characters = list(given.source)
    for position in positions:
        characters[position] = r"\."
    escaped = _judged("".join(characters))
    return given if escaped.dead else escaped


# -- hosts that the expression does not name ------------------------------------------------------


def _inside(hosts: Hosts, suffixes: Iterable[str] = ()) -> Hosts:
    return Hosts(hosts.exact, hosts.domains, frozenset(suffixes), _PRIVATE)


def _outside(given: _Judged, insecure: _Insecure) -> Iterator[RegexProblem]:
    hosts = given.named.hosts
    found = _stranger(given, _inside(hosts))
    if found is None:
        return
    shared = sorted({suffix for tail in given.named.tails if (suffix := _shared_suffix(tail))})
    elsewhere = _stranger(given, _inside(hosts, shared)) if shared else found
    if elsewhere is None:
        under = " and ".join(f"`{suffix}`" for suffix in shared)
        yield RegexProblem(
            "public-suffix",
            f"anybody can register a name under {under} that it accepts, for example `{found}`",
            advice=f"list each name under {under} that is yours in allow_origins",
            witness=found,
        )
        return
    yield RegexProblem(
        "regex-look-alike",
        f"it accepts hosts of other owners, for example `{elsewhere}`",
        _suggest("allow_origins", _patterns(given, insecure)),
        "name the front ends in allow_origins, each by its origin",
        elsewhere,
    )


def _shared_suffix(tail: str) -> str:
    """The suffix below which an expression leaves the name open, or an empty string."""
    label, _, suffix = tail.partition(".")
    if not suffix or not open_to_registration(suffix):
        return ""
    # `-team.vercel.app` is part of a name that a stranger can take; `example.com` is a dot that is missing.
    return suffix if not label or not registry_suffix(suffix) else ""


def _stranger(given: _Judged, inside: Hosts, near: Iterable[str] = ()) -> str | None:
    """An origin that is accepted and whose host is not `inside`: one of `near`, one that an attacker would register,
    or the shortest."""
    found = witness(given.automaton, inside)
    if found is None:
        return None
    hosts = [*_STRANGERS]
    for name in islice((name.lstrip(".") for name in sorted(given.named.spelled) if "." in name), 8):
        hosts += [f"evil{name}", f"evil-{name}", f"evil.{name}", f"{name}.evil.example", f"{name}evil"]
    likely = (f"{scheme}://{host}{port}" for host, scheme, port in product(hosts, ("https", "http"), ("", ":8000")))
    for origin in (*near, *likely):
        host = _host(origin)
        if host and given.accepts(origin) and host not in inside:
            return origin
    return found


def _host(origin: str) -> str:
    """The host of an origin; empty if no browser could open it, such as a name that ends like an address."""
    try:
        return Origin.parse(origin).host
    except ValueError:
        return ""


def _patterns(given: _Judged, insecure: _Insecure) -> tuple[str, ...]:
    """Patterns for the hosts that the expression names, as far as it accepts them; none if one would be lost.

    Hosts that are `insecure` over http: are written with https:.
    """
    hosts = given.named.hosts
    openable = {host for host in given.named.spelled if _host(f"https://{host}") == host}
    parents = {host for host in openable if ip_address(host) is None}  # an address has no subdomains
    tails = given.named.tails & parents
    glued = {tail for tail in tails if _is_glued(tail) and (tail in hosts.exact or not hosts.exact)}
    above = hosts.domains & parents | glued
    ports = {"": "", ":49151": ":*"} | {port: port for port in re.findall(r":[0-9]{2,5}", given.source)}
    schemes = dict.fromkeys(("https", "http", *re.findall(r"([a-z][a-z0-9+.-]*)://", given.source)))
    found: dict[str, None] = {}
    for host, scheme in product(sorted((hosts.exact | hosts.domains) & openable | glued), schemes):
        wanted = "https" if scheme == "http" and insecure(host) else scheme
        for port, written in ports.items():
            if host in hosts.exact and given.accepts(f"{scheme}://{host}{port}"):
                found[f"{wanted}://{host}{written}"] = None
            if host in above and given.accepts(f"{scheme}://x.{host}{port}"):
                found[f"{wanted}://*.{host}{written}"] = None
    found |= {f"https://*.{host}": None for host in glued}  # which a missing dot has left out
    names = [pattern.partition("://")[2].partition(":")[0] for pattern in found]
    if not all(any(f".{name}".endswith(f".{domain}") for name in names) for domain in hosts.domains):
        return ()
    return tuple(pattern for pattern in found if f"{pattern}:*" not in found)


def _is_glued(tail: str) -> bool:
    """Whether a registered domain has something before it without a dot between, as in `.*example\\.com`."""
    return "." in tail and not tail.startswith(".") and not open_to_registration(tail)


# -- plain http:, and expressions that match nothing ----------------------------------------------------


def _insecure(given: _Judged, insecure: _Insecure) -> Iterator[RegexProblem]:
    """An http: page that gets credentials: on the network, anybody can be such a page."""
    found = _http(given, insecure)
    if found is not None:
        yield RegexProblem(
            "origin-insecure",
            f"it accepts `http://` origins, for example `{found}`; anybody on the network can be such a page",
            _secured(given, found, insecure),
            "write https://, or drop allow_credentials",
            found,
        )


def _http(given: _Judged, insecure: _Insecure) -> str | None:
    """An http: origin that is accepted and whose host is insecure."""
    if not insecure(_STRANGERS[0]):
        return None  # without credentials, nothing is
    hosts = given.named.hosts
    allowed = Hosts(
        exact=frozenset(host for host in hosts.exact if not insecure(host)),
        domains=frozenset(domain for domain in hosts.domains if not insecure(f"x.{domain}")) | {"localhost"},
        ranges=frozenset(beginning for beginning in _PRIVATE if not insecure(_address(beginning))),
    )
    found = witness(given.automaton, allowed, frozenset({"http"}))
    if found is None:
        return None
    return next((origin for host in _STRANGERS if given.accepts(origin := f"http://{host}")), found)


def _address(beginning: str) -> str:
    return beginning + ".".join("1" * (4 - beginning.count(".")))


def _secured(given: _Judged, found: str, insecure: _Insecure) -> _Suggestion:
    """The same with https: instead of http:, if it keeps the pages of this machine."""
    local = [f"http://{host}{port}" for host, port in product(("localhost", "127.0.0.1", "[::1]"), ("", ":3000"))]
    wanted = [*(origin for origin in local if given.accepts(origin)), "https" + found.removeprefix("http")]
    edited = re.sub(r"https\?|\((\?:)?https?\|https?\)|http(?=:)", "https", given.source)
    if _takes_all(edited, wanted, insecure):
        return _suggest("allow_origin_regex", edited)
    with_loopback = f"{edited.removeprefix('^').removesuffix('$')}|{_loopback(given)}"
    unnamed = witness(given.automaton, given.named.hosts) is not None  # such as a range of addresses, no pattern's
    if unnamed and _takes_all(with_loopback, wanted, insecure):
        return _suggest("allow_origin_regex", with_loopback)
    return _suggest("allow_origins", _patterns(given, insecure))


def _takes_all(regex: str, wanted: Iterable[str], insecure: _Insecure) -> bool:
    """Whether nothing is wrong with an expression, and it accepts what is wanted."""
    return _sound(regex, insecure) and all(_judged(regex).accepts(origin) for origin in wanted)


def _loopback(given: _Judged) -> str:
    """An expression for the http: pages of this machine that an expression accepts."""
    hosts = {"localhost": "localhost", "127.0.0.1": r"127\.0\.0\.1", "[::1]": r"\[::1\]"}
    ports = {"": [host for host in hosts if given.accepts(f"http://{host}")]}
    ports["(:[0-9]+)"] = [host for host in hosts if given.accepts(f"http://{host}:3000")]
    either = [host for host in hosts if any(host in accepted for accepted in ports.values())]
    port = "(:[0-9]+)?" if all(ports.values()) else "".join(port for port, accepted in ports.items() if accepted)
    return f"http://({'|'.join(hosts[host] for host in either)}){port}"


# -- expressions that match nothing -----------------------------------------------------------------


def _sound(source: str, insecure: _Insecure) -> bool:
    """Whether nothing is wrong with an expression."""
    try:
        given = _judged(source)
        if given.dead or _http(given, insecure) is not None:
            return False
        return witness(given.automaton, _inside(given.named.hosts)) is None
    except (InvalidRegex, UnsupportedRegex, TooComplexRegex):
        return False


def _dead(given: _Judged, insecure: _Insecure) -> RegexProblem:
    source = given.source
    without_port = re.sub(r":(?:443|80)(?!\d)", "", source)
    without_path = re.sub(r"\\?/\$?$", "", source)
    page = re.sub(r"^\^?ws(s?)://", r"http\1://", source)
    edits = (f"(?i){source}", without_port, without_path, page, "https://" + source.removeprefix("^"))
    edited = next((edit for edit in edits if _sound(edit, insecure)), "")
    return RegexProblem(
        "regex-dead",
        "no browser sends an origin that this matches: scheme, host and port in lower case, without the default "
        "port, path or slash",
        _suggest("allow_origin_regex", edited),
        "write the origin that the console shows, with its dots escaped",
    )
