"""The scanners: how each is asked, how its answer is read, and which codes of ours its words mean.

Here belong one row for every scanner, and the table of words. A word may mean several codes: the nearest ones count
as found. Not here: running them (`__main__`), and counting (`page`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PINS = Path(__file__).parent / "pins.txt"

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a scanner is told: names of the target that it may put into a URL, its path, origins that are allowed."""

    hosts: tuple[str, ...]
    path: str
    origins: tuple[str, ...]
    folder: Path  # the run's own

    @property
    def urls(self) -> list[str]:
        """One for each name."""
        return [f"https://{it}{self.path}" for it in self.hosts]


@dataclass(frozen=True, slots=True)
class Peer:
    """One scanner. `command` may write files; the scanner leaves its answer in `answer.json`, which `read` reads."""

    name: str
    distribution: str
    command: Callable[[Path, Asked], list[str]]
    read: Callable[[Any], Words]
    words: Mapping[str, tuple[str, ...]]
    given: str
    swaps: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # in a file of its own: this for that

    @property
    def version(self) -> str:
        """The one that is pinned."""
        lines = PINS.read_text().lower().split()
        return next(it for it in lines if it.startswith(f"{self.distribution}==")).partition("==")[2]


_HOSTS_THAT_BEGIN = ("accepts-prefix", "accepts-infix")
_HOSTS_THAT_END = ("accepts-suffix", "accepts-infix")
_SUBDOMAINS = ("accepts-subdomains", "accepts-shared-platform")
_STARS = ("sends-star", "sends-star-with-credentials", "sends-star-on-private-network")
_SPECIAL = ("accepts-special-characters", "accepts-prefix")

# CORScanner's command ends at the first thing that it finds; this runs all its checks.
_EVERY_CHECK = """
import json, sys
from CORScanner.cors_scan import CORSCheck, Log
found = []
for url in sys.argv[2:]:
    found += CORSCheck(url, {"logger": Log(None, 4), "headers": None, "timeout": 5}).check_all_in_parallel()
json.dump(found, open(sys.argv[1], "w"), indent=1)
"""


def _corscanner(python: Path, asked: Asked) -> list[str]:
    return [str(python), "-c", _EVERY_CHECK, str(asked.folder / "answer.json"), *asked.urls]


def _corscanner_words(answer: Any) -> Words:
    return tuple(dict.fromkeys(it["type"] for it in answer))


def _corsair(python: Path, asked: Asked) -> list[str]:
    told = [{"url": asked.urls[0], "verb": "get", "headers": {"Origin": it}} for it in asked.origins]
    (asked.folder / "asked.json").write_text(json.dumps(told))
    command = [str(python.parent / "corsair"), str(asked.folder / "asked.json")]
    return [*command, "-r", str(asked.folder / "answer.json")]


def _corsair_words(answer: Any) -> Words:
    found = []
    for report in answer["report"]:
        for test, said in report.items():
            if isinstance(said, dict) and said["misconfigured"]:
                allowed = said["Access-Control-Allow-Origin"]
                found.append(test if allowed not in ("*", "null") else allowed)
    return tuple(dict.fromkeys(found))


def _overreacher(python: Path, asked: Asked) -> list[str]:
    urls = ",".join(f"https://{it}" for it in asked.hosts)  # it makes origins of whole URLs: no path
    command = [str(python.parent / "overreacher"), "--urls", urls, "--ignore-acac", "--no-color"]
    return [*command, "-o", str(asked.folder / "answer.json")]


def _overreacher_words(answer: Any) -> Words:
    found = [it for results in answer["scan_res"].values() for it in results]
    words = (it["attack_result" if it["attack_name"] == "Passive Tests" else "attack_name"] for it in found)
    return tuple(dict.fromkeys(it for it in words if it))  # a passive result without words is none: its threads race


PEERS = (
    Peer(
        "CORScanner",
        "cors",
        _corscanner,
        _corscanner_words,
        {
            "reflect_origin": ("accepts-any-origin",),
            "prefix_match": _HOSTS_THAT_BEGIN,
            "suffix_match": _HOSTS_THAT_END,
            "trust_null": ("accepts-null",),
            "include_match": ("accepts-prefix", "accepts-infix", "accepts-suffix"),  # a part of the name
            "not_escape_dot": ("accepts-other-character",),
            "custom_third_parties": ("accepts-shared-platform",),
            "special_characters_bypass": _SPECIAL,
            "trust_any_subdomain": _SUBDOMAINS,
            "https_trust_http": ("accepts-http",),
        },
        "the target's URL under its own name, and under the name of each allowed origin; all its checks, where its"
        " command ends at the first that finds something; it is the distribution `cors`, since `corscanner` 0.9.7 is"
        " older and has the same checks",
    ),
    Peer(
        "corsair-scan",
        "corsair-scan",
        _corsair,
        _corsair_words,
        {
            "fake_origin": ("accepts-any-origin",),
            "post-domain": _HOSTS_THAT_BEGIN,
            "pre-domain": _HOSTS_THAT_END,
            "sub-domain": _SUBDOMAINS,
            "*": _STARS,
            "null": ("accepts-null",),
        },
        "the target's URL, and each allowed origin in its `Origin` header",
    ),
    Peer(
        "OverReacher",
        "overreacher",
        _overreacher,
        _overreacher_words,
        {
            "Target has wildcard ACAO": _STARS,
            "Target passively returns a null ACAO": ("accepts-null",),
            "Target has a 3rd Party set as allowed": (),  # its own front end, mostly
            "Null origin": ("accepts-null",),
            "Arbitrary data reflection": ("accepts-any-origin",),
            "Arbitrary url reflection": ("accepts-any-origin",),
            "Post domain wildcard": _HOSTS_THAT_BEGIN,
            "Post domain wildcard (subdomain)": _HOSTS_THAT_BEGIN,
            "Pre domain wildcard": _HOSTS_THAT_END,
            "Underscore append bypass": _SPECIAL,
            "Backtick append bypass": _SPECIAL,
            "Backtick append bypass, electric boogaloo": _SPECIAL,
            "Regex unescaped dot": ("accepts-other-character",),
        },
        "the target's URL under its own name, and under the name of each allowed origin; no path, which it would put"
        " into every `Origin` (the front asks for the target's path instead); `--ignore-acac`, so that it also reports"
        " what is let in without cookies; in its list of attacks `example.com`, its hostile name, is `evil.test`,"
        " since the targets are themselves under example.com",
        {"overreacher/data/attacks.json": ("example.com", "evil.test")},
    ),
)
