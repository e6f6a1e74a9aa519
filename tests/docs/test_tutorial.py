"""docs/tutorial.md by copy and paste: its programs are saved, its commands run, in a fresh virtual environment."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent.parent
PAGE: Final = ROOT / "docs" / "tutorial.md"
BLOCK: Final = re.compile(r'```(\w+)(?: title="([^"]+)")?\n(.*?)```', re.DOTALL)
PATIENCE: Final = 30.0  # seconds until a server answers


class Block(NamedTuple):
    """A block of code of the page."""

    language: str
    title: str
    code: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def blocks() -> list[Block]:
    """The page's blocks, with ports that are free here and with the path of this clone."""
    text = PAGE.read_text()
    for port in (8000, 8001):
        text = re.sub(rf"(localhost:|--port ){port}\b", rf"\g<1>{free_port()}", text)
    return [Block(*found) for found in BLOCK.findall(text.replace("../crossorigin", str(ROOT)))]


def environment() -> dict[str, str]:
    """Variables of a user, without those of the tests' own Python."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START", "CROSSORIGIN_ENVIRONMENT")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "NO_COLOR": "1", "COLUMNS": "100"}


def serve(command: str, folder: Path) -> subprocess.Popen[bytes]:
    """A server of the page, once it answers."""
    started = subprocess.Popen(
        ["bash", "-c", f"exec env {command}"], cwd=folder, env=environment(), start_new_session=True
    )
    port = int(command.rpartition(" ")[2])
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return started
        time.sleep(0.05)  # a server says nothing when it is ready
    started.kill()
    raise AssertionError(f"{command} does not answer")


def printed(command: str, folder: Path) -> str:
    run = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    return run.stdout.replace("\r", "").strip()


def test_the_tutorial_by_copy_and_paste(tmp_path: Path) -> None:
    servers: list[subprocess.Popen[bytes]] = []
    compared = 0
    try:
        for block in blocks():
            if block.title:
                (tmp_path / block.title).write_text(block.code)
            elif block.language == "sh" and "uvicorn" in block.code:
                servers.append(serve(block.code.strip(), tmp_path))
            elif block.language == "sh":
                subprocess.run(
                    ["bash", "-ec", block.code], cwd=tmp_path, env=environment(), check=True, capture_output=True
                )
            elif block.language == "console":
                command, _, shown = block.code.strip().partition("\n")
                pattern = re.escape(shown).replace(re.escape("...\n"), "(?s:.*)\n?").replace(r"\n\.\.\.", "(?s:.*)")
                pattern = re.sub(r"\\?\.\\?\.\\?\.$", "(?s:.*)", pattern)
                said = printed(command.removeprefix("$ "), tmp_path)
                assert re.fullmatch(pattern, said), f"{command}\n{said}"
                compared += 1
    finally:
        for server in servers:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(10)
    assert len(servers) == 2
    assert compared == 6
