"""nginx, Caddy and Envoy configurations as people write them: every code on its line, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crossorigin.check import Kind, inspect_file, kind_of
from crossorigin.check.regex_dialects import in_full
from crossorigin.report.errors import CannotRun
from crossorigin.report.findings import Finding, NotJudged
from tests.check.marks import HERE, expected, found, samples

NGINX = samples("nginx", "*.conf")
CADDY = samples("caddy", "*.Caddyfile")
ENVOY = samples("envoy", "*.yaml")
BIN = Path(sys.executable).parent


def ids(file: Path) -> str:
    return file.name


@pytest.mark.parametrize("file", [*NGINX, *CADDY, *ENVOY], ids=ids)
def test_what_is_found(file: Path) -> None:
    kind = kind_of(str(file))
    assert kind is not None
    assert kind == file.parent.name
    findings = list(inspect_file(file, kind))
    assert found(findings, file) == expected(file)
    assert all(it.evidence and it.remedy and it.title for it in findings if isinstance(it, Finding | NotJudged))


def test_json_is_read_as_yaml_is() -> None:
    both = [
        sorted(it.code for it in inspect_file(HERE / "envoy" / name, Kind.ENVOY)) for name in ("star.json", "star.yaml")
    ]
    assert both[0] == both[1]


# -- the samples are what the servers take -----------------------------------------------------------


@pytest.mark.parametrize("file", NGINX, ids=ids)
def test_nginx_takes_it(file: Path, tmp_path: Path) -> None:
    text = file.read_text()
    if "http {" not in text:  # a site's own file
        main = tmp_path / "nginx.conf"
        main.write_text(f"events {{}}\nhttp {{ access_log off; include {file}; }}\n")
        file = main
    run = [
        shutil.which("nginx") or "/usr/sbin/nginx",
        "-t",
        "-c",
        str(file),
        "-g",
        f"error_log stderr; pid {tmp_path}/pid;",
    ]
    ran = subprocess.run(run, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("file", CADDY, ids=ids)
def test_caddy_takes_it(file: Path) -> None:
    run = [str(BIN / "caddy"), "validate", "--adapter", "caddyfile", "--config", str(file)]
    ran = subprocess.run(run, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("file", [*ENVOY, HERE / "envoy" / "star.json"], ids=ids)
def test_envoy_takes_it(file: Path) -> None:
    run = [str(BIN / "envoy"), "--mode", "validate", "-l", "error", "-c", str(file)]
    ran = subprocess.run(run, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr + ran.stdout


# -- several files, and files that are none ----------------------------------------------------------


def seen(file: Path, kind: Kind) -> list[tuple[str, int, str]]:
    results = [result for result in inspect_file(file, kind) if isinstance(result, Finding | NotJudged)]
    return [(Path(it.place.file).name, it.place.line, it.code) for it in results if it.place]


def test_nginx_includes(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "nginx.conf").write_text(
        "events {}\nhttp {\n include mime.types;\n include gone.conf;\n include conf.d/*.conf;\n include none/*;\n}\n"
    )
    (tmp_path / "conf.d" / "a.conf").write_text("server {\n include cors.inc;\n add_header X-A 1;\n}\n")
    (tmp_path / "cors.inc").write_text("add_header Access-Control-Allow-Origin * always;\n")
    assert seen(tmp_path / "nginx.conf", Kind.NGINX) == [
        ("cors.inc", 1, "sends-star"),
        ("nginx.conf", 4, "unread-include"),
        ("nginx.conf", 6, "unread-include"),
    ]


def test_nginx_modules_of_others(tmp_path: Path) -> None:
    text = "server {\n more_set_headers 'Access-Control-Allow-Origin: *';\n more_set_headers 'Server: x';\n}\n"
    (tmp_path / "a.conf").write_text(text)
    assert seen(tmp_path / "a.conf", Kind.NGINX) == [("a.conf", 2, "unknown-directive")]


def test_caddy_imports(tmp_path: Path) -> None:
    (tmp_path / "Caddyfile").write_text(
        "import snippets/*\nimport none/*\nimport gone\n:80 {\n\timport cors\n\timport cors\n}\n"
    )
    (tmp_path / "snippets").mkdir()
    (tmp_path / "snippets" / "a").write_text('(cors) {\n\theader Access-Control-Allow-Origin `{args.1}` # "x"\n}\n')
    (tmp_path / "snippets" / "b").write_text(':81 {\n\theader Access-Control-Allow-Origin "a\\"b" \\\n\t\tx\n}\n')
    assert seen(tmp_path / "Caddyfile", Kind.CADDY) == [
        ("a", 2, "unset-variable"),
        ("Caddyfile", 2, "unread-include"),
        ("Caddyfile", 3, "unread-include"),
    ]


def test_a_text_over_lines_is_one_word(tmp_path: Path) -> None:
    page = "respond <<HTML\n\t<style>a { b: c }</style>\n\t}\n\tHTML 200"
    (tmp_path / "Caddyfile").write_text(f":80 {{\n{page}\nheader Access-Control-Allow-Origin *\n}}\n")
    assert seen(tmp_path / "Caddyfile", Kind.CADDY) == [("Caddyfile", 6, "sends-star")]


def test_a_last_line_without_a_newline(tmp_path: Path) -> None:
    (tmp_path / "Caddyfile").write_text(":80\nheader Access-Control-Allow-Origin *")
    assert seen(tmp_path / "Caddyfile", Kind.CADDY) == [("Caddyfile", 2, "sends-star")]


def test_a_caddyfile_that_imports_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "Caddyfile").write_text(
        "(a) {\n\timport a\n\theader Access-Control-Allow-Origin *\n}\n:80 {\n\timport a\n}\n"
    )
    assert seen(tmp_path / "Caddyfile", Kind.CADDY) == [
        ("Caddyfile", 3, "sends-star"),
        ("Caddyfile", 2, "unread-include"),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        (Kind.NGINX, "server {", 'x is no nginx configuration: unexpected end of file, expecting "}" in x:1'),
        (Kind.NGINX, "server { add_header a b; }}", 'x is no nginx configuration: unexpected "}" in x:1'),
        (Kind.NGINX, "server { ; }", 'x is no nginx configuration: unexpected ";" in x:1'),
        (Kind.NGINX, "\nlisten 80\n}", 'x is no nginx configuration: "listen" does not end before x:3'),
        (Kind.NGINX, 'add_header a "b;', "x:1 is no nginx configuration: a quote is not closed"),
        (Kind.NGINX, "content_by_lua_block { a {\n", "x:1 is no nginx configuration: a block of Lua is not closed"),
        (Kind.NGINX, "listen 80\\", 'x is no nginx configuration: "listen" does not end in x:1'),
        (Kind.CADDY, ":80 {\n", "x: a block is not closed"),
        (Kind.CADDY, ":80\n}\n", "x:2: a `}` closes nothing"),
        (Kind.CADDY, ':80\nrespond "a', "x:2: a quote is not closed"),
        (Kind.CADDY, b"\xff", "x cannot be read: it is not UTF-8 (byte 0)"),
        (Kind.ENVOY, "a: [", "x:1 is not YAML: expected the node content, but found '<stream end>'"),
        (Kind.ENVOY, b"\xff", "x cannot be read: it is not UTF-8 (byte 0)"),
        (Kind.ENVOY, "- " * 5000, "x is not YAML: it nests too deeply"),
    ],
)
def test_what_cannot_be_read(
    kind: Kind, text: str | bytes, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(CannotRun) as caught:
        list(inspect_file(Path("x"), kind))
    assert str(caught.value) == why


@pytest.mark.parametrize("kind", [Kind.NGINX, Kind.CADDY, Kind.ENVOY])
def test_a_file_that_is_not_there(kind: Kind, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"gone cannot be read: .*No such file"):
        list(inspect_file(tmp_path / "gone", kind))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^https://a\.example$", r"(?:^https://a\.example$)"),
        (r"https://a\.example", r".*(?:https://a\.example).*"),
        (r"^https://a\.example\$", r"(?:^https://a\.example\$).*"),
        (r"^a$|b", r"(?:^a$)|.*(?:b).*"),
        (r"(^a$|^b$)", r"(?:(?:^a$)|(?:^b$))"),
        (r"(?:^a$)", r"(?:(?:^a$))"),
        (r"(a)|(b$)", r"(?:.*(?:a).*)|(?:.*(?:b$))"),
        (r"[|(](a|b)", r".*(?:[|(](a|b)).*"),
        (r"[]|]$", r".*(?:[]|]$)"),
        (r"\(a|\)b$", r".*(?:\(a).*|.*(?:\)b$)"),
        (r"(?i)^a$", r"(?i)(?:^a$)"),
        (r"^(?<name>a)$", r"(?:^(?P<name>a)$)"),
        (r"(a", r".*(?:(a).*"),
    ],
)
def test_a_search_is_written_as_a_match_of_the_whole(pattern: str, expected: str) -> None:
    assert in_full(pattern, whole=False, ignore_case=False) == expected
