"""The page beside other scanners: every server is on it once, words mean codes that exist, answers are read.

The answers in `scanners/` are what the scanners wrote when `make scanners KEEP=…` ran them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from bench.scanners.front import fronted
from bench.scanners.page import ORIGIN, Heard, cell, heard, page
from bench.scanners.peers import PEERS, Asked, Peer
from crossorigin.report.catalogue import FINDINGS
from tests.audit.targets.all import BROKEN, SOUND
from tests.audit.targets.serving import served
from tests.audit.targets.target import TARGETS, Target
from tests.e2e.served.servers import ROOT, make_certificate

PAGE = (ROOT / "docs" / "scanners.md").read_text()
ANSWERS = Path(__file__).parent / "scanners"
NAMED = {it.name: it for it in PEERS}
CORSCANNER, CORSAIR, OVERREACHER = PEERS


def test_the_page_names_every_server_once() -> None:
    named = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)
    assert sorted(named) == sorted(TARGETS), "run make scanners"


def test_the_page_says_what_is_planted() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| ((?:`[^`]+`(?:, )?)+) \|", PAGE, re.MULTILINE))
    planted = {it.name: ", ".join(f"`{code}`" for code in sorted(it.finds)) for it in BROKEN}
    assert rows == planted, "run make scanners"


def test_no_scanner_failed_to_run() -> None:
    assert "error:" not in PAGE


@pytest.mark.parametrize("peer", PEERS, ids=lambda it: it.name)
def test_words_mean_codes(peer: Peer) -> None:
    assert {code for codes in peer.words.values() for code in codes} <= FINDINGS.keys() & ORIGIN
    assert f"{peer.version} |" in PAGE


WORDS = [  # scanner, answer, what it says
    (
        "CORScanner",
        "reflected",
        (
            "https_trust_http",
            "trust_null",
            "prefix_match",
            "trust_any_subdomain",
            "special_characters_bypass",
            "reflect_origin",
            "custom_third_parties",
            "include_match",
            "suffix_match",
            "not_escape_dot",
        ),
    ),
    ("CORScanner", "start", ("prefix_match", "special_characters_bypass")),
    ("CORScanner", "star", ()),
    ("CORScanner", "sound", ()),
    ("corsair-scan", "reflected", ("fake_origin", "post-domain", "sub-domain", "pre-domain")),
    ("corsair-scan", "start", ("post-domain",)),
    ("corsair-scan", "star", ("*",)),
    ("corsair-scan", "sound", ()),
    ("OverReacher", "reflected", ("Null origin", "Arbitrary data reflection")),
    ("OverReacher", "start", ("Post domain wildcard",)),
    ("OverReacher", "star", ("Target has wildcard ACAO",)),
    ("OverReacher", "sound", ()),
    ("OverReacher", "slash", ("Target has a 3rd Party set as allowed",)),
]


@pytest.mark.parametrize(("scanner", "answer", "words"), WORDS)
def test_an_answer_is_read(scanner: str, answer: str, words: tuple[str, ...]) -> None:
    peer = NAMED[scanner]
    read = peer.read(json.loads((ANSWERS / f"{scanner}-{answer}.json").read_text()))
    assert read == words
    assert set(read) <= peer.words.keys()


def test_a_word_without_a_row_is_no_silence() -> None:
    with pytest.raises(KeyError, match="new_check"):
        heard(["new_check"], CORSCANNER.words)


def target(*finds: str) -> Target:
    return Target("name", "story", "asgi", frozenset(finds))


CELLS = [  # what is planted, scanner, its words, the cell
    (["accepts-null"], CORSCANNER, ["trust_null"], "✓"),
    (["accepts-null", "missing-vary"], CORSCANNER, ["trust_null", "trust_any_subdomain"], "✓ 1/2"),
    (["accepts-infix"], CORSAIR, ["post-domain"], "✓"),  # the nearest class counts
    (["accepts-null"], CORSCANNER, ["trust_any_subdomain"], "trust_any_subdomain"),
    (["accepts-null"], CORSCANNER, [], "–"),
    (["missing-vary"], CORSCANNER, [], "·"),
    (["accepts-http"], CORSAIR, [], "·"),
    ([], CORSCANNER, [], "–"),
    ([], CORSCANNER, ["trust_any_subdomain"], "(trust_any_subdomain)"),
    ([], CORSCANNER, ["trust_any_subdomain", "trust_null"], "trust_null"),
    ([], OVERREACHER, ["Target has wildcard ACAO"], "(Target has wildcard ACAO)"),
    ([], OVERREACHER, ["Target has a 3rd Party set as allowed"], "Target has a 3rd Party set as allowed"),
]


@pytest.mark.parametrize(("planted", "peer", "words", "shown"), CELLS)
def test_a_cell(planted: list[str], peer: Peer, words: list[str], shown: str) -> None:
    assert cell(target(*planted), peer.name, heard(words, peer.words)) == shown


def test_a_run_that_failed_is_shown() -> None:
    assert cell(target("accepts-null"), "CORScanner", Heard(error="no answer")) == "error: no answer"


def test_counts() -> None:
    targets = [target("accepts-null", "missing-vary"), target(), target("missing-vary")]
    targets = [Target(f"n{at}", it.story, it.made_with, it.finds) for at, it in enumerate(targets)]
    said = {
        "n0": heard(["trust_null"], CORSCANNER.words, requests=1000, seconds=1.6),
        "n1": heard(["trust_any_subdomain"], CORSCANNER.words, requests=41),
        "n2": heard([], CORSCANNER.words, error="no answer"),
    }
    made = page(targets, {"CORScanner": said}, parallel=2, cores=2, patience=60.0)
    assert "| CORScanner | 1.0.1 | 1 of 2 | 1 of 1 | 0 of 1 | 1 of 1 | 1 of 3 | 0 of 1 (1) | 1 | 1,041 | 2 |" in made
    assert [line for line in made.splitlines() if line.startswith("| `n")] == [
        "| `n0` | `accepts-null`, `missing-vary` | ✓ 1/2 |",
        "| `n2` | `missing-vary` | error: no answer |",
        "| `n1` | story | (trust_any_subdomain) |",
    ]


def test_what_they_are_given(tmp_path: Path) -> None:
    asked = Asked(("api.example.com", "app.example.com"), "/items", ("https://app.example.com",), tmp_path)
    python = Path("/venv/bin/python")
    commands = [it.command(python, asked) for it in PEERS]
    urls = ["https://api.example.com/items", "https://app.example.com/items"]
    assert commands[0][2:] == [commands[0][2], f"{tmp_path}/answer.json", *urls]
    assert commands[1] == ["/venv/bin/corsair", f"{tmp_path}/asked.json", "-r", f"{tmp_path}/answer.json"]
    told = [{"url": urls[0], "verb": "get", "headers": {"Origin": "https://app.example.com"}}]
    assert json.loads((tmp_path / "asked.json").read_text()) == told
    assert commands[2][:3] == ["/venv/bin/overreacher", "--urls", "https://api.example.com,https://app.example.com"]


def test_the_front_hands_on_and_counts(tmp_path: Path) -> None:
    sound = next(it for it in SOUND if it.app is not None)
    made = make_certificate(tmp_path)
    with served([sound], tmp_path) as addresses, fronted(addresses[sound.name], sound.path, made) as front:
        statuses = []
        for method, path in (("GET", "/"), ("HEAD", "/"), ("GET", "/nothing/here"), ("POST", "/nothing/here")):
            wire = HTTPSConnection("127.0.0.1", front.port, context=made.trusted, timeout=30)
            wire.request(method, path, body=b"{}" if method == "POST" else None, headers={"Origin": sound.origins[0]})
            answer = wire.getresponse()
            answer.read()
            statuses.append((answer.status, answer.getheader("access-control-allow-origin") if path == "/" else ""))
            wire.close()
        assert statuses == [(200, sound.origins[0])] * 2 + [(404, "")] * 2
        assert front.asked == 4


RESOLVE = """
import socket, sys
try:
    print(socket.getaddrinfo(sys.argv[1], int(sys.argv[2]))[0][4])
except socket.gaierror as why:
    print(why.strerror)
"""


@pytest.mark.parametrize(
    ("name", "port", "said"),
    [
        ("api.example.com", "443", "('127.0.0.1', 4321)"),
        ("api.example.com", "80", "not in the name table"),
        ("raw.example.net", "443", "not in the name table"),
    ],
)
def test_the_name_table(name: str, port: str, said: str) -> None:
    names = {"PYTHONPATH": f"{ROOT}/bench/scanners/names", "SCANNED_NAMES": "api.example.com", "SCANNED_PORT": "4321"}
    command = [sys.executable, "-c", RESOLVE, name, port]
    ran = subprocess.run(command, env=os.environ | names, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == said
