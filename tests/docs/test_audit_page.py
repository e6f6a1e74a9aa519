"""docs/audit.md says what the command says: its classes, its output, its options.

`python -m tests.docs.test_audit_page` writes the first two.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from crossorigin.audit import Options
from crossorigin.audit.session import PATIENCE
from crossorigin.cli import audit
from crossorigin.probes.origins import Names, Probe, around, strangers
from crossorigin.report.catalogue import FINDINGS

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "audit.md"
BASES = ("https://app.example.com", "https://example.github.io", "http://localhost:3000", "https://192.0.2.1:8443")
NOT_OURS = {  # of `check` and `verify`
    *("verdict-differs", "answer-differs", "middleware-order", "stacked-cors"),
    *("config-overrides", "no-effect", "ignore-invalid", "ignore-expired", "ignore-unused"),
}
TABLE = re.compile(r"(<!-- classes: .*? -->\n).*?(<!-- end -->)", re.DOTALL)


def senders() -> dict[str, set[str]]:
    """For each class of origin the engines that can send one of it."""
    names = Names("https://api.example.com")
    probes: list[Probe] = [*strangers(names), *(it for base in BASES for it in around(base, names))]
    found: dict[str, set[str]] = {}
    for it in probes:
        found.setdefault(it.code, set()).update(it.engines)
    return found


def table() -> str:
    sent = senders()
    rows = ["| code | grade | sent by | |", "|---|---|---|---|"]
    for code, row in FINDINGS.items():
        if code not in NOT_OURS:
            by = ", ".join(sorted(sent[code])) or "lab" if code in sent else "—"
            rows.append(
                f"| `{code}` | {row.severity} | {'every browser' if by.count(',') == 2 else by} | {row.title} |"
            )
    return "\n".join(rows) + "\n"


def timeless(text: str) -> str:
    """How long it took is another every time."""
    return re.sub(r"in \d+\.\d s", "in 0.1 s", text)


def made() -> str:
    page = str(runpy.run_path(str(ROOT / "tools" / "blocked"))["page"](PAGE))
    return timeless(TABLE.sub(lambda it: f"{it[1]}{table()}{it[2]}", page))


def test_the_page_is_what_the_command_prints() -> None:
    printed, page = made(), PAGE.read_text()
    assert page == printed, "run python -m tests.docs.test_audit_page"


def test_every_class_of_origin_is_in_the_catalogue() -> None:
    assert senders().keys() <= FINDINGS.keys() - NOT_OURS
    assert FINDINGS.keys() >= NOT_OURS


def test_the_options_are_those_of_the_command() -> None:
    table = PAGE.read_text().partition("## Options")[2].partition("## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.count("|") > 2]
    told = set(re.findall(r"--[a-z][a-z-]+", "\n".join(rows)))
    taken = {f"--{it.replace('_', '-')}" for it in audit.command.__annotations__} - {"--targets", "--return"}
    assert told == taken


def test_the_numbers_are_those_of_the_code() -> None:
    text = PAGE.read_text()
    options = Options()
    assert f"At most {options.budget} requests" in text
    assert f"{audit._POLITE:g} requests a second" in text
    assert {5: "five"}[PATIENCE] + " in a row" in text


if __name__ == "__main__":
    PAGE.write_text(made())
