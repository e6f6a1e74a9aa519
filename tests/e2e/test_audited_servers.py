"""An audit of every broken and every sound server over HTTP: what it finds is what was planted, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from crossorigin.audit import Options, audit
from crossorigin.report.findings import Report
from tests.audit.targets.all import BROKEN, SOUND
from tests.audit.targets.serving import served
from tests.audit.targets.target import WORTH_A_WORD, Target


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with served([*BROKEN, *SOUND], tmp_path_factory.mktemp("targets")) as found:
        yield found


def audited(target: Target, address: str) -> Report:
    host = address if target.host == "127.0.0.1" else target.host
    options = Options(origins=target.origins, write=target.write, local=target.local, connect=address)
    return asyncio.run(audit(f"http://{host}{target.path}", options=options))


@pytest.mark.parametrize("target", [*BROKEN, *SOUND], ids=lambda it: it.name)
def test_what_is_found(target: Target, addresses: dict[str, str]) -> None:
    began = time.process_time()
    report = audited(target, addresses[target.name])
    assert report.error == ""
    told = {it.code for it in report.findings if it.severity != "info" or it.code in WORTH_A_WORD}
    assert told == target.finds, report.findings
    assert report.requests < 200
    assert time.process_time() - began < 5  # seconds of this process; an audit takes some tenths
