"""The campaign: `python -m tests.e2e.proxies.campaign --count 200`; `make proxies`.

Configurations that are drawn by chance are given to the real nginx, Caddy and Envoy. Each is asked by pages of twelve
origins: a request that succeeds, one that fails, and a preflight. Who may read the real answer is compared with who
may read the one that `check` works out. One line for each proxy; exit 1 for a disagreement, or if more than a tenth is
not judged.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

from crossorigin.check.caddy_answers import Site
from crossorigin.check.caddyfile import read as read_caddy
from crossorigin.check.envoy_answers import routes
from crossorigin.check.nginx_answers import Nginx, located
from crossorigin.check.nginx_config import read_nginx
from crossorigin.check.proxy_answers import Answer, PageRequest, readers
from crossorigin.check.proxy_headers import Sent
from crossorigin.check.yaml_lines import read as read_yaml
from crossorigin.report.findings import Place
from tests.e2e.proxies import constructs, generate

BIN = Path(sys.executable).parent
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
AUTHORIZATION = "Basic " + base64.b64encode(b"someone:secret").decode()
SEED = 20261127
MOST_NOT_JUDGED = 0.1

Predict = Callable[[PageRequest, str], Sequence[Answer]]


class Text(NamedTuple):
    """What is written for one server, and the path that is asked; `{port}` is where it listens."""

    name: str
    text: str
    path: str


@dataclass
class Configuration:
    """One configuration: its name, its text as it stands alone, the path that is asked, and what `check` predicts."""

    name: str
    text: str
    path: str
    predict: Predict


@dataclass
class Outcome:
    """What came of one proxy's configurations."""

    proxy: str
    configurations: int = 0
    compared: int = 0
    not_judged: int = 0
    disagreements: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        asked = self.compared + self.not_judged
        return asked > 0 and not self.disagreements and self.not_judged <= asked * MOST_NOT_JUDGED

    def __str__(self) -> str:
        asked = self.compared + self.not_judged
        return (
            f"{self.proxy}: {self.configurations} configurations, {asked:,} answers, "
            f"{len(self.disagreements)} disagreements, {self.not_judged:,} not judged ({self.not_judged / asked:.1%})"
        )


# -- servers ------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """A server, until it answers on its port; ended afterwards."""
    log_file = folder / f"{port}.log"
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with log_file.open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            for _ in range(1200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if server.poll() is not None:
                    raise RuntimeError(log_file.read_text()[-3000:])
                time.sleep(0.05)
            yield
        finally:
            server.terminate()
            server.wait(30)


NGINX_MAIN = """daemon off;
error_log stderr error;
pid %(folder)s/%(port)s.pid;
events { worker_connections 512; }
http {
    access_log off;
    server_names_hash_max_size 4096;
    map_hash_max_size 8192;
    variables_hash_max_size 8192;
    client_body_temp_path %(folder)s/body; proxy_temp_path %(folder)s/proxy; fastcgi_temp_path %(folder)s/f;
    uwsgi_temp_path %(folder)s/u; scgi_temp_path %(folder)s/s;
%(inside)s
}
"""
UPSTREAM = """server {
    listen %d;
    location / { return 200 "ok"; }
    location ~ error$ { return 500 "failed"; }
}
"""


def nginx_with(folder: Path, port: int, inside: str) -> list[str]:
    file = folder / f"nginx-{port}.conf"
    file.write_text(NGINX_MAIN % {"folder": folder, "port": port, "inside": inside})
    return [NGINX, "-p", str(folder), "-c", str(file), "-e", "stderr"]


@contextmanager
def upstream(folder: Path) -> Iterator[int]:
    """An app that every proxy stands before. It sends no CORS headers."""
    port = free_port()
    with running(nginx_with(folder, port, UPSTREAM % port), port, folder):
        yield port


# -- asking -------------------------------------------------------------------------------------------


class Client:
    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def close(self) -> None:
        self._connection.close()

    def ask(self, host: str, path: str, request: PageRequest) -> tuple[int, tuple[Sent, ...]]:
        """The status and the headers of the real answer; 0 and none if the connection is closed in place of one."""
        headers = {"Host": host, "Origin": request.origin}
        if request.preflight:
            headers |= {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
        else:
            headers["Authorization"] = AUTHORIZATION
        self._connection.request("OPTIONS" if request.preflight else "GET", path, headers=headers)
        try:
            answer = self._connection.getresponse()
        except http.client.RemoteDisconnected:
            return 0, ()
        answer.read()
        place = Place()
        return answer.status, tuple(Sent(name.lower(), value.strip(), place) for name, value in answer.getheaders())


def requests() -> list[PageRequest]:
    asked = []
    for origin in generate.ORIGINS:
        asked += [PageRequest(origin), PageRequest(origin, fails=True), PageRequest(origin, preflight=True)]
    return asked


def compare(proxy: str, sites: Sequence[Configuration], port: int) -> Outcome:
    """Asks every configuration, and compares."""
    outcome = Outcome(proxy, len(sites))
    with closing(Client(port)) as client:
        _compare(client, outcome, sites)
    return outcome


def _compare(client: Client, outcome: Outcome, sites: Sequence[Configuration]) -> None:
    for site in sites:
        for request in requests():
            path = site.path + ("error" if request.fails else "ok")
            status, headers = client.ask(f"{site.name}.test", path, request)
            actual = readers(status, headers, request)
            predicted = {answer.readers(request) for answer in site.predict(request, path)}
            if None in predicted or len(predicted) != 1:
                outcome.not_judged += 1
                continue
            outcome.compared += 1
            said = predicted.pop()
            if said != actual:
                shown = [str(sent) for sent in headers if sent.cors]
                what = f"predicted {said}, is {actual} ({status} {shown})"
                outcome.disagreements.append(f"{outcome.proxy} {site.name} {path} {request}: {what}\n{site.text}")
                break


# -- nginx --------------------------------------------------------------------------------------------


def of_nginx(text: str, folder: Path, name: str) -> Predict:
    file = folder / f"{name}.conf"
    file.write_text(text)
    tree, _ = read_nginx(file)
    nginx = Nginx.of(tree)

    def predict(request: PageRequest, path: str) -> Sequence[Answer]:
        location = located(nginx.locations, path)
        assert location is not None
        return nginx.answers(location, request)

    return predict


def drawn_nginx(count: int, seed: int, folder: Path, behind: int) -> Iterator[Text]:
    draw = Random(seed)
    files = folder / "files"
    password = subprocess.run(["openssl", "passwd", "-apr1", "secret"], capture_output=True, text=True, check=True)
    (files / "htpasswd").write_text(f"someone:{password.stdout}")
    for number in range(count):
        name = f"n{number}"
        text = generate.nginx(draw, name, behind, str(files))
        paths = ["/", *(["/api/"] if "/api/" in text else []), *(["/api/in/"] if "location /in/" in text else [])]
        text = text.replace("location /in/", "location /api/in/")
        yield Text(name, text, draw.choice(paths))


def chosen_nginx(folder: Path, behind: int) -> Iterator[Text]:
    for number, (path, text) in enumerate(constructs.NGINX):
        text = text.replace("FILES", str(folder / "files")).replace("APP_BEHIND", f"http://127.0.0.1:{behind}")
        yield Text(f"k{number}", text.replace("NAME", f"k{number}"), path)


def nginx(texts: Iterable[Text], folder: Path, behind: int) -> Outcome:
    port = free_port()
    sites = []
    for name, text, path in texts:
        text = text.replace("{port}", f"127.0.0.1:{port}")
        sites.append(Configuration(name, text, path, of_nginx(text, folder, name)))
    command = nginx_with(folder, port, "\n".join(site.text for site in sites))
    with running(command, port, folder):
        return compare("nginx", sites, port)


# -- Caddy --------------------------------------------------------------------------------------------


def of_caddy(text: str, folder: Path, name: str) -> Predict:
    file = folder / f"{name}.Caddyfile"
    file.write_text(text)
    caddyfile = read_caddy(file)
    (block,) = caddyfile.sites
    site = Site(block, caddyfile.routes)
    return lambda request, path: site.answers(request, path)


def drawn_caddy(count: int, seed: int, folder: Path, behind: int) -> Iterator[Text]:
    draw = Random(seed)
    command = [str(BIN / "caddy"), "hash-password", "--bcrypt-cost", "4", "--plaintext", "secret"]
    password = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    for number in range(count):
        name = f"c{number}"
        text = generate.caddy(draw, name, behind, password)
        yield Text(name, text, draw.choice(["/", "/api/"]) if "/api/" in text else "/")


def chosen_caddy(folder: Path, behind: int) -> Iterator[Text]:
    for number, (path, text) in enumerate(constructs.CADDY):
        yield Text(f"k{number}", f"http://k{number}.test:{{port}} {{\n{text}\n}}\n", path)


def caddy(texts: Iterable[Text], folder: Path, behind: int) -> Outcome:
    port = free_port()
    sites = []
    for name, text, path in texts:
        text = text.replace("{port}", str(port))
        sites.append(Configuration(name, text, path, of_caddy(text, folder, name)))
    file = folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + "\n".join(site.text for site in sites))
    with running([str(BIN / "caddy"), "run", "--adapter", "caddyfile", "--config", str(file)], port, folder):
        return compare("Caddy", sites, port)


# -- Envoy --------------------------------------------------------------------------------------------


def of_envoy(text: str, folder: Path, name: str) -> Predict:
    file = folder / f"{name}.json"
    file.write_text(text)
    (route,) = routes(read_yaml(file))
    return lambda request, path: route.answers(request)


def drawn_envoy(count: int, seed: int, folder: Path, behind: int) -> Iterator[Text]:
    draw = Random(seed)
    for number in range(count):
        yield Text(f"e{number}", json.dumps(generate.envoy_host(draw, f"e{number}")), "/")


def chosen_envoy(folder: Path, behind: int) -> Iterator[Text]:
    for number, host in enumerate(constructs.ENVOY):
        yield Text(f"k{number}", json.dumps({"name": f"k{number}", "domains": [f"k{number}.test"], **host}), "/")


def envoy(texts: Iterable[Text], folder: Path, behind: int) -> Outcome:
    port = free_port()
    sites, hosts = [], []
    for name, text, path in texts:
        host = json.loads(text)
        hosts.append(host)
        alone = generate.envoy_config([host], port, behind)
        sites.append(Configuration(name, text, path, of_envoy(alone, folder, name)))
    file = folder / "envoy.json"
    file.write_text(generate.envoy_config(hosts, port, behind))
    command = [str(BIN / "envoy"), "-l", "error", "--use-dynamic-base-id", "--concurrency", "1", "-c", str(file)]
    with running(command, port, folder):
        return compare("Envoy", sites, port)


PROXIES = {
    "nginx": (nginx, drawn_nginx, chosen_nginx),
    "caddy": (caddy, drawn_caddy, chosen_caddy),
    "envoy": (envoy, drawn_envoy, chosen_envoy),
}


@contextmanager
def place() -> Iterator[tuple[Path, int]]:
    """A folder for everything, and the port of the app behind."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="proxies-")))
        folder.chmod(0o755)  # nginx's workers are another user
        for inner in ("files", "files/api", "files/api/in"):
            (folder / inner).mkdir()
            (folder / inner / "ok").write_text("ok")
        yield folder, stack.enter_context(upstream(folder))


def outcomes(proxies: Sequence[str], count: int, seed: int) -> Iterator[Outcome]:
    """What came of each proxy, with configurations that are drawn by chance."""
    with place() as (folder, behind):
        for proxy in proxies:
            serve, drawn, _ = PROXIES[proxy]
            yield serve(drawn(count, seed, folder, behind), folder, behind)


def outcome_of_constructs(proxy: str) -> Outcome:
    """What came of the constructs that chance does not draw."""
    serve, _, chosen = PROXIES[proxy]
    with place() as (folder, behind):
        return serve(chosen(folder, behind), folder, behind)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("proxies", nargs="*", default=list(PROXIES))
    given = parser.parse_args()
    good = True
    for outcome in outcomes(given.proxies, given.count, given.seed):
        print(outcome, flush=True)
        for disagreement in outcome.disagreements[:5]:
            print(disagreement)
        good = good and outcome.good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
