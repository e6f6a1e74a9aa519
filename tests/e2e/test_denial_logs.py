"""The record of denials in real servers: under each way to set logging up it appears exactly once."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from crossorigin.explain.denial_log import read_denials
from tests.e2e.served.servers import end, free_ports, listening, start

UVICORN = "uvicorn tests.e2e.served.logged:app --host 127.0.0.1 --port {port}"
GUNICORN = "gunicorn tests.e2e.served.logged:app -k uvicorn_worker.UvicornWorker --bind 127.0.0.1:{port}"
SERVERS = [
    ("uvicorn's default", UVICORN, ""),
    ("uvicorn, access log off", UVICORN + " --no-access-log --log-level warning", ""),
    ("a template's dictConfig", UVICORN, "template"),
    ("structlog", UVICORN, "structlog"),
    ("loguru", UVICORN, "loguru"),
    ("gunicorn", GUNICORN, ""),
    ("gunicorn and loguru", GUNICORN, "loguru"),
]
ASKS = {"origin": "https://www.example.com", "access-control-request-method": "PUT"}


@pytest.mark.parametrize(("command", "logging"), [row[1:] for row in SERVERS], ids=[row[0] for row in SERVERS])
def test_the_record_appears_exactly_once(command: str, logging: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    [port] = free_ports(1)
    process = start(command.format(port=port), log, LOGGING=logging)
    try:
        listening(process, port, log)
        for number in range(3):
            url = f"http://127.0.0.1:{port}/items/{number}?token=secret"
            assert httpx2.request("OPTIONS", url, headers=ASKS).status_code == 403
    finally:
        end(process)
    lines = log.read_text().splitlines()
    assert sum("crossorigin: denied kind=preflight" in line for line in lines) == 1, lines
    assert sum("crossorigin: denied again total=2" in line for line in lines) == 1, lines
    report = read_denials(lines)
    assert [(group.cause, group.count, dict(group.routes)) for group in report.denied] == [
        ("mismatch-subdomain", 3, {"PUT /items/{number}": 3})
    ]
    assert not any("secret" in line for line in lines if "crossorigin" in line)
