"""`python -m bench.scanners [--keep FOLDER]`: installs the scanners, runs them, writes docs/scanners.md.

Here belongs running: environments, processes, clocks. Not here: how a scanner is asked (`peers`), counting (`page`).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bench.scanners.front import fronted
from bench.scanners.page import OURS, Heard, heard, page
from bench.scanners.peers import PEERS, PINS, Asked, Peer
from tests.audit.targets.all import BROKEN, SOUND
from tests.audit.targets.serving import served
from tests.audit.targets.target import Target
from tests.e2e.served.servers import Certificate, make_certificate

ROOT = Path(__file__).parent.parent.parent
NAMES = Path(__file__).parent / "names"
PATIENCE = 60.0
PARALLEL = 2
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
AUDIT = [sys.executable, "-c", "from crossorigin.cli import main; main()", "audit"]


class FailedError(Exception):
    """A run that ended without an answer: why, in a few words."""


def installed(peer: Peer, folder: Path) -> Path:
    """The Python of an environment with this scanner alone."""
    home = folder / peer.distribution
    python = home / "bin" / "python"
    if (home / "ready").exists():
        return python
    print(f"Installing {peer.name} {peer.version}")
    subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
    install: list[str | Path] = [python, *PIP, "-c", PINS, peer.distribution]
    ran = subprocess.run(install, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{peer.name} could not be installed:\n{ran.stderr}")
    for name, (this, that) in peer.swaps.items():
        file = next(home.glob(f"lib/*/site-packages/{name}"))
        file.write_text(file.read_text().replace(this, that))
    (home / "ready").touch()
    return python


def ran(command: Sequence[str], folder: Path, environment: dict[str, str]) -> float:
    """Runs it to its end, or to ours; the seconds that it took."""
    began = time.monotonic()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the session that was started above, and nothing else
            process.wait()
            raise FailedError(f"not done within {PATIENCE:g} s") from None
    return time.monotonic() - began


def answer(folder: Path) -> object:
    """What it left behind."""
    try:
        return json.loads((folder / "answer.json").read_text())
    except (OSError, ValueError):
        raise FailedError("no answer") from None


def hosts(target: Target) -> tuple[str, ...]:
    """The target's name, and those of the allowed origins: a scanner may find the list by either."""
    named = [urlsplit(it).hostname or "" for it in target.origins]
    return tuple(dict.fromkeys([target.host, *(it for it in named if "." in it)]))


def asked_by(peer: Peer, python: Path, target: Target, address: str, folder: Path, certificate: Certificate) -> Heard:
    """One scanner, one target."""
    asked = Asked(hosts(target), target.path, target.origins or (f"https://{target.host}",), folder)
    with fronted(address, target.path, certificate) as front:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(NAMES),
            "REQUESTS_CA_BUNDLE": str(certificate.certificate),
            # Reading all of the system's for every request is what takes the time.
            "SSL_CERT_FILE": str(certificate.certificate),
            "TLDEXTRACT_CACHE": str(folder / "suffixes"),
            "SCANNED_NAMES": " ".join(asked.hosts),
            "SCANNED_PORT": str(front.port),
        }
        began = time.monotonic()
        try:
            ran(peer.command(python, asked), folder, environment)
            words, error = peer.read(answer(folder)), ""
        except FailedError as why:
            words, error = (), str(why)
        seconds = time.monotonic() - began
        if not front.asked:
            error = error or "asked nothing"
        if unknown := [it for it in words if it not in peer.words]:
            words, error = (), f"no row in peers.py for {', '.join(unknown)}"
        return heard(words, peer.words, requests=front.asked, seconds=seconds, error=error)


def audited(target: Target, address: str, folder: Path) -> Heard:
    """Ours, by its command."""
    host = address if target.host == "127.0.0.1" else target.host
    options = [f"--origin={it}" for it in target.origins] + ["--write"] * target.write
    options += ["--local"] * target.local
    command = [*AUDIT, f"http://{host}{target.path}", "--connect", address, "--rate", "0", *options]
    began = time.monotonic()
    try:
        ran([*command, "--format", "json", "--output", str(folder / "answer.json")], folder, dict(os.environ))
        report: dict = answer(folder)  # type: ignore[type-arg, assignment]
    except FailedError as why:
        return Heard(seconds=time.monotonic() - began, error=str(why))
    seconds = time.monotonic() - began
    found = {it["code"]: it["severity"] for it in report["findings"]}
    mild = frozenset(code for code, severity in found.items() if severity == "info")
    return Heard(tuple(found), frozenset(found), mild, report["requests"], seconds, report["error"] or "")


@contextmanager
def workplace(keep: Path | None) -> Iterator[Path]:
    """A folder that is gone at the end, unless it is to be kept."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with TemporaryDirectory(prefix="scanners-") as made:
        yield Path(made)


def main() -> None:
    """Writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder for environments and answers, used again the next time")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers end too
    targets = [*BROKEN, *SOUND]
    with workplace(arguments.keep) as folder:
        pythons = {it.name: installed(it, folder) for it in PEERS}
        certificate = make_certificate(folder, dict.fromkeys(name for it in targets for name in hosts(it)))
        (folder / "servers").mkdir(exist_ok=True)
        all_heard: dict[str, dict[str, Heard]] = {it: {} for it in (OURS, *pythons)}

        def one(target: Target, address: str) -> dict[str, Heard]:
            said = {}
            for name in all_heard:
                own = folder / "answers" / name.replace(" ", "-") / target.name
                own.mkdir(parents=True, exist_ok=True)
                (own / "answer.json").unlink(missing_ok=True)
                peer = next((it for it in PEERS if it.name == name), None)
                if peer is None:
                    said[name] = audited(target, address, own)
                else:
                    said[name] = asked_by(peer, pythons[name], target, address, own, certificate)
            return said

        with served(targets, folder / "servers") as addresses, ThreadPoolExecutor(PARALLEL) as pool:
            running = {pool.submit(one, it, addresses[it.name]): it for it in targets}
            try:
                for at, done in enumerate(as_completed(running), 1):
                    for name, said in done.result().items():
                        all_heard[name][running[done].name] = said
                    print(f"{at} of {len(targets)}: {running[done].name}", flush=True)
            finally:
                pool.shutdown(cancel_futures=True)
    made = page(targets, all_heard, parallel=PARALLEL, cores=os.cpu_count() or 1, patience=PATIENCE)
    (ROOT / "docs" / "scanners.md").write_text(made)
    print("docs/scanners.md is written")


if __name__ == "__main__":
    main()
