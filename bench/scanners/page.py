"""docs/scanners.md, made of what was heard.

Here belong the rules of counting and the page's words. Not here: running a scanner (`__main__`), and what its words
mean (`peers`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from bench.scanners.peers import PEERS
from crossorigin.report.catalogue import FINDINGS
from tests.audit.targets.target import Target

OURS = "crossorigin audit"
ORIGIN = frozenset(  # who is let in that should not be: the one kind that the other scanners look for
    code for code in FINDINGS if code.startswith(("accepts-", "sends-star"))
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one scanner said of one target. `mild` are those of its words that a scanner here calls information."""

    words: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()
    mild: frozenset[str] = frozenset()
    requests: int = 0
    seconds: float = 0.0
    error: str = ""

    @property
    def grave(self) -> tuple[str, ...]:
        """The words that accuse."""
        return tuple(it for it in self.words if it not in self.mild)


All = Mapping[str, Mapping[str, Heard]]  # by scanner, by target


def heard(words: Sequence[str], meaning: Mapping[str, tuple[str, ...]], **more: object) -> Heard:
    """A scanner's words in our codes. KeyError for a word that the table does not have: then it needs a row."""
    codes = frozenset(code for it in words for code in meaning[it])
    mild = frozenset(it for it in words if any(FINDINGS[code].severity == "info" for code in meaning[it]))
    return Heard(tuple(words), codes, mild, **more)  # type: ignore[arg-type]


def looked_for(scanner: str) -> frozenset[str]:
    """The codes that a scanner has a word for."""
    for peer in PEERS:
        if peer.name == scanner:
            return frozenset(code for codes in peer.words.values() for code in codes)
    return frozenset(FINDINGS)


def cell(target: Target, scanner: str, it: Heard) -> str:
    """What the table shows."""
    if it.error:
        return f"error: {it.error}"
    said = ", ".join(it.grave) or (f"({', '.join(it.words)})" if it.words else "")
    if not target.finds:
        return said or "–"
    hits = target.finds & it.codes
    if hits:
        return "✓" if len(target.finds) == 1 else f"✓ {len(hits)}/{len(target.finds)}"
    if it.words:
        return ", ".join(it.words)
    return "–" if target.finds & looked_for(scanner) else "·"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: int = 99) -> str:
    line = ["---:" if at >= right else "---" for at in range(len(head))]
    return "\n".join(f"| {' | '.join(it)} |" for it in (head, line, *rows)) + "\n"


def _found(targets: Sequence[Target], by: Mapping[str, Heard]) -> str:
    return f"{sum(bool(it.finds & by[it.name].codes) for it in targets)} of {len(targets)}"


def kinds(targets: Sequence[Target]) -> tuple[list[Target], list[Target], list[Target]]:
    """Those that let in whom they should not, those with other mistakes alone, those with none."""
    strangers = [it for it in targets if it.finds & ORIGIN]
    others = [it for it in targets if it.finds and not it.finds & ORIGIN]
    return strangers, others, [it for it in targets if not it.finds]


def _counts(targets: Sequence[Target], all_heard: All) -> str:
    strangers, others, sound = kinds(targets)
    broken = [*strangers, *others]
    planted = sum(len(it.finds) for it in broken)
    rows = []
    for scanner, by in all_heard.items():
        sought = [it for it in broken if it.finds & looked_for(scanner)]
        codes = sum(len(it.finds & by[it.name].codes) for it in broken)
        mild = sum(bool(by[it.name].words) and not by[it.name].grave for it in sound)
        version = next((it.version for it in PEERS if it.name == scanner), "this tree")
        rows.append(
            [
                scanner,
                version,
                _found(broken, by),
                _found(strangers, by),
                _found(others, by),
                _found(sought, by),
                f"{codes} of {planted}",
                f"{sum(bool(by[it.name].grave) for it in sound)} of {len(sound)} ({mild})",
                str(sum(bool(it.error) for it in by.values())),
                f"{sum(it.requests for it in by.values()):,}",
                f"{sum(it.seconds for it in by.values()):.0f}",
            ]
        )
    head = ["", "Version", "Broken found", "Origin mistakes", "Other mistakes", "Of those it looks for", "Mistakes"]
    return _table([*head, "Sound flagged (remarked on)", "Runs that failed", "Requests", "Seconds"], rows, right=2)


def _rows(targets: Sequence[Target], all_heard: All) -> list[list[str]]:
    return [
        [
            f"`{it.name}`",
            ", ".join(f"`{code}`" for code in sorted(it.finds)) or it.story.replace("|", "\\|"),
            *(cell(it, scanner, by[it.name]).replace("|", "\\|") for scanner, by in all_heard.items()),
        ]
        for it in targets
    ]


HEAD = """# Beside other scanners

Every server of `tests/audit/targets` was audited by `crossorigin audit` and by other CORS scanners, each installed from
PyPI and run for real. Some servers have mistakes planted in them, some are sound. Made by `make scanners`; no figure
is written by hand.

The other scanners ask with some hostile origins and look at who is let in. Preflights, `Vary`, WebSockets, writes and
the headers' own faults they do not look for, nor claim to: the columns and tables keep the two kinds apart. The
servers were planted by the authors of `crossorigin audit`, whose own test is that it finds all of them, so its column
shows what is looked for, not how it does among mistakes that nobody here has thought of.

"""
RULES = """
A server is **found** when the scanner names one of its mistakes, or the nearest class that it has a word for
(`bench/scanners/peers.py` is the table; one word may stand for several codes). *Of those it looks for* counts only
servers with a mistake that the scanner has a word for. *Mistakes* counts codes, not servers. A sound server is
**flagged** when a scanner reports something on it that we do not call information; a wildcard or an allowed subdomain
alone is only remarked on. *Seconds* are the runs' wall times, start of the interpreter included, {parallel} at a time
on {cores} cores.

In the tables: ✓ found (and how many of its mistakes), – not found, · not found and not looked for; other words are
what was reported instead, in the scanner's own language, and in brackets where it is information.
"""
SETTING = """
## How they were run

Each scanner has a virtual environment of its own with the versions of `bench/scanners/pins.txt`; none of them needs an
old dependency or a shim. They make hostile origins out of the target's name, so a name table
(`bench/scanners/names/sitecustomize.py`, in `socket.getaddrinfo`) leads api.example.com, and the names of the allowed
origins, to loopback; every other name is unknown to them. A front with TLS stands before each target, since they give
their origins the URL's scheme, and counts what is asked. `crossorigin audit` is the command with `--origin` for each
allowed origin, `--write` where a target has it, and `--connect`; it asks directly, without TLS, so *Seconds* is no
race. A run may take {patience:g} s. What each of the others is given:

"""
END = """
None of the others was given a cookie, which they could send: a server that reflects an origin only where a cookie comes
along is missed by them for that reason. With one, those that answer `*` to everybody else would be taken for broken.

To run it again: `make scanners`. It needs Python 3.11 and PyPI, installs nginx and openssl from Debian where they are
absent, contacts nothing but PyPI and loopback, and writes this page. `make scanners KEEP=folder` keeps the
environments and every scanner's answers there.
"""


def page(targets: Sequence[Target], all_heard: All, *, parallel: int, cores: int, patience: float) -> str:
    """The page as Markdown."""
    strangers, others, sound = kinds(targets)
    parts = [HEAD, _counts(targets, all_heard), RULES.format(parallel=parallel, cores=cores)]
    for title, second, group in (
        ("Who is let in", "Mistakes", strangers),
        ("Other mistakes", "Mistakes", others),
        ("Sound servers", "What it is", sound),
    ):
        parts += [f"\n## {title}\n\n", _table(["Server", second, *all_heard], _rows(group, all_heard))]
    parts.append(SETTING.format(patience=patience))
    parts += [fill(f"* **{it.name}**: {it.given}.", 118, subsequent_indent="  ") + "\n" for it in PEERS]
    return "".join([*parts, END])
