"""The stories behind the findings: complete, well-formed, and as long as they should be."""

from __future__ import annotations

import re

import pytest

from crossorigin.report.advisories import ADVISORIES, Advisory
from crossorigin.report.catalogue import FINDINGS

NUMBER = re.compile(r"CVE-\d{4}-\d{4,7}|GHSA(-[23456789cfghjmpqrvwx]{4}){3}|PYSEC-\d{4}-\d+")
USED = sorted({row.advisory for row in FINDINGS.values() if row.advisory})


def test_every_class_that_a_finding_names_has_its_story_and_no_other_has() -> None:
    assert sorted(ADVISORIES) == USED


@pytest.mark.parametrize("row", ADVISORIES.values(), ids=ADVISORIES.keys())
def test_numbers_are_numbers_and_each_has_its_link(row: Advisory) -> None:
    assert [it for it in row.ids if not NUMBER.fullmatch(it)] == []
    assert len(set(row.ids)) == len(row.ids)
    assert all(any(link.endswith("/" + it) for link in row.links) for it in row.ids)
    assert row.links, "a class without a number links the research that showed it"
    assert all(it.startswith("https://") for it in row.links)


@pytest.mark.parametrize("row", ADVISORIES.values(), ids=ADVISORIES.keys())
def test_a_story_is_two_sentences(row: Advisory) -> None:
    sentences = re.findall(r"[^.!?]+(?:[.!?](?!\s|$)[^.!?]*)*[.!?](?:\s|$)", row.story)
    assert "".join(sentences) == row.story
    assert len(sentences) == 2
    assert row.name
    assert not row.name.endswith(".")


@pytest.mark.parametrize(
    ("key", "number", "link"),
    [
        ("null", "CVE-2024-47165", "https://nvd.nist.gov/vuln/detail/CVE-2024-47165"),
        ("null", "GHSA-89v2-pqfv-c5r9", "https://github.com/advisories/GHSA-89v2-pqfv-c5r9"),
        ("csrf", "PYSEC-2021-100", "https://osv.dev/vulnerability/PYSEC-2021-100"),
    ],
)
def test_links_lead_to_the_number(key: str, number: str, link: str) -> None:
    assert number in ADVISORIES[key].ids
    assert link in ADVISORIES[key].links
