"""Public suffixes: under which names can anybody register one?

Here belongs the question that the Public Suffix List answers. Not here: what to think of the answer. The
list comes with `publicsuffixlist`; it is read from disk once, the first time somebody asks.
"""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PSLFILE, PublicSuffixList


def open_to_registration(name: str) -> bool:
    """Whether a stranger can own a name below this one.

    True for a public suffix (`com`, `github.io`) and for an ancestor of one (`amazonaws.com`,
    above `s3.amazonaws.com`): below both, names belong to whoever asks first. False for names
    that no registry sells, such as `localhost` and `internal`.
    """
    name = name.lower().removesuffix(".")
    suffixes, ancestors = _suffixes()
    return name in ancestors or suffixes.publicsuffix(name) == name


def registry_suffix(name: str) -> bool:
    """Whether a registry sells the names below this one, as under `com`; not those of a platform, as `github.io`."""
    return _registries().publicsuffix(name) == name


def registrable_domain(name: str) -> str:
    """The name that somebody registered: `example.co.uk` of `www.example.co.uk` (HTML § registrable domain).

    A top-level domain that the list does not know counts as a suffix, as in every browser. Empty
    where the name is itself a suffix; not to be asked about IP addresses.
    """
    return _every_suffix().privatesuffix(name.lower().removesuffix(".")) or ""


@cache
def _registries() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


@cache
def _every_suffix() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


@cache
def _suffixes() -> tuple[PublicSuffixList, frozenset[str]]:
    # A name unknown to the list is not a suffix: `http://*.localhost` is nobody's to register.
    suffixes = PublicSuffixList(accept_unknown=False)
    ancestors: set[str] = set()
    with open(PSLFILE, encoding="utf-8") as lines:
        for line in lines:
            rule = line.strip().lower()
            if not rule or rule.startswith(("//", "!")):
                continue
            # `*.kobe.jp` makes every name below kobe.jp a suffix, so kobe.jp is an ancestor.
            name = rule.encode("idna").decode() if not rule.isascii() else rule
            while (name := name.partition(".")[2]) and not name.startswith("*"):
                ancestors.add(name)
    return suffixes, frozenset(ancestors)
