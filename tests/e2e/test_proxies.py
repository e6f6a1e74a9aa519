"""What `check` says of Envoy and Caddy, asked of Envoy and Caddy themselves."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.check.marks import HERE

BIN = Path(sys.executable).parent
EVIL = "https://evil.example"
APP = "https://app.example.com"


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[str]:
    """A server, until it answers on its port; ended afterwards."""
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / f"{port}.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert server.poll() is None, (folder / f"{port}.log").read_text()
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(20)


def ask(url: str, origin: str) -> dict[str, list[str]]:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Origin": origin}), timeout=20) as answer:
        return {name.lower(): answer.headers.get_all(name) for name in answer.headers}


CADDYFILE = """
{
	admin off
	auto_https off
}
http://127.0.0.1:%d {
	@inside header Origin https://*.example.com
	@end header Origin *.example.com
	@start header Origin https://app*
	@middle header Origin *example*
	header @inside X-Inside yes
	header @end X-End yes
	header @start X-Start yes
	header @middle X-Middle yes
	header Access-Control-Allow-Origin https://a.example.com
	reverse_proxy 127.0.0.1:%d
}
http://127.0.0.1:%d {
	header Access-Control-Allow-Origin https://b.example.com
	respond "hello"
}
"""


def test_caddy(tmp_path: Path) -> None:
    front, back = free(), free()
    (tmp_path / "Caddyfile").write_text(CADDYFILE % (front, back, back))
    command = [str(BIN / "caddy"), "run", "--config", str(tmp_path / "Caddyfile")]
    with running(command, front, tmp_path) as url:
        answer = ask(url, APP)
        # A `*` inside is no wildcard; at the start, at the end, or at both, it is.
        assert [it for it in ("x-inside", "x-end", "x-start", "x-middle") if it in answer] == [
            "x-end",
            "x-start",
            "x-middle",
        ]
        # What the app behind sends is added to what `header` has set.
        assert answer["access-control-allow-origin"] == ["https://a.example.com", "https://b.example.com"]


def test_envoy(tmp_path: Path) -> None:
    front, back = free(), free()
    (tmp_path / "Caddyfile").write_text(f'{{\n\tadmin off\n}}\nhttp://127.0.0.1:{back} {{\n\trespond "hello"\n}}\n')
    sample = (HERE / "envoy" / "star.yaml").read_text()
    (tmp_path / "envoy.yaml").write_text(sample.replace("18080", str(front)).replace("8000}", f"{back}}}"))
    behind = [str(BIN / "caddy"), "run", "--config", str(tmp_path / "Caddyfile")]
    command = [str(BIN / "envoy"), "-l", "error", "--use-dynamic-base-id", "-c", str(tmp_path / "envoy.yaml")]
    with running(behind, back, tmp_path), running(command, front, tmp_path) as url:
        # `exact: "*"` reflects every origin, `null` too, with credentials, and nothing tells caches.
        for origin in (EVIL, "null"):
            answer = ask(url, origin)
            assert answer["access-control-allow-origin"] == [origin]
            assert answer["access-control-allow-credentials"] == ["true"]
            assert "vary" not in answer
