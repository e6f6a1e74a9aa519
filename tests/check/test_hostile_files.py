"""Files as a pull request may bring them: they cannot hang `check`, fill the memory or end it with a traceback."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from crossorigin.check import Kind, inspect_file, kind_of, nginx_config
from crossorigin.check.bounds import for_one_target, spend_on_regexes
from crossorigin.report.documents import files_named
from crossorigin.report.errors import CannotRun
from crossorigin.report.findings import Finding, NotJudged

SECONDS = 90  # a hang never ends; a busy machine takes its time
NGINX, CADDY, ENVOY, POLICY = Kind.NGINX, Kind.CADDY, Kind.ENVOY, Kind.POLICY
PAIRS = zip("abcdefg", "bcdefgh", strict=True)
ALIASES = "".join(f"  {new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in PAIRS)
TWICE = "".join(f"(s{n}) {{\n import s{n + 1}\n import s{n + 1}\n}}\n" for n in range(20))
LONGER = (
    "(a) {\n import b " + "{args[0]}" * 300 + "\n}\n"
    "(b) {\n import c " + "{args[0]}" * 300 + "\n}\n"
    "(c) {\n respond {args[0]}\n}\n"
    ":80 {\n import a " + "x" * 300 + "\n}\n"
)
ITSELF = "import x: it imports itself"
STAR = "add_header Access-Control-Allow-Origin * always;"
CADDY_STAR = "header Access-Control-Allow-Origin *"


@pytest.fixture(autouse=True)
def in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test in a folder of its own; one that hangs fails."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"it still runs after {SECONDS} s")

    monkeypatch.chdir(tmp_path)
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def said(file: str, kind: Kind) -> list[tuple[str, int, str, str]] | str:
    """(file, line, code, evidence) of each finding, or why the file cannot be read."""
    try:
        findings = list(inspect_file(Path(file), kind))
    except CannotRun as why:
        return str(why)
    seen = [result for result in findings if isinstance(result, Finding | NotJudged)]
    return [(it.place.file, it.place.line, it.code, it.evidence) for it in seen if it.place is not None]


def unread(line: int, evidence: str, code: str = "unread-include") -> list[tuple[str, int, str, str]]:
    return [("x", line, code, evidence)]


def origins(pattern: str) -> str:
    return f'map $http_origin $o {{\n"~{pattern}" $http_origin;\n}}\n'


def refused(pattern: str, why: str) -> tuple[str, list[tuple[str, int, str, str]]]:
    return origins(pattern), unread(2, f"{pattern}: {why}", "unread-part")


TOO_DEEP = "it is inside more than 100 blocks and files"

DIGITS = (
    "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; "
    "use sys.set_int_max_str_digits..."
)

ONE_FILE: list[tuple[Kind, str | bytes, list[tuple[str, int, str, str]] | str]] = [
    # includes and imports
    (NGINX, "include x;\ninclude x;\n", unread(1, "x includes itself") + unread(2, "x includes itself")),
    (NGINX, "include ./x;\n", unread(1, "./x includes itself")),
    (NGINX, "include /dev/zero;\n", unread(1, "/dev/zero cannot be read: it is not a regular file")),
    (NGINX, "include /proc;\n", unread(1, "/proc cannot be read: it is a directory")),
    (NGINX, "include gone;\n", unread(1, "not found: gone")),
    (NGINX, "include /*/*/*/*;\n", unread(1, "/*/*/*/* has wildcards in more than 2 folders")),
    (NGINX, "include ;\n", 'x is no nginx configuration: invalid number of arguments in "include" directive in x:1'),
    (NGINX, "include a\0b;\n", unread(1, "not found: a\0b")),
    (CADDY, "import x\nimport x\n", unread(1, ITSELF) + unread(2, ITSELF)),
    (CADDY, "import /dev/zero\n", unread(1, "/dev/zero cannot be read: it is not a regular file")),
    (CADDY, "import /etc/caddy/sites/*\n:80 {\n respond ok\n}\n", unread(1, "import /etc/caddy/sites/*: not found")),
    (CADDY, "import /*/*/*\n", unread(1, "/*/*/* has wildcards in more than 2 folders")),
    (CADDY, "import a\0b\n", unread(1, "import a\0b: not found")),
    (
        CADDY,
        "(s) {\n header X {args[0]}\n import s " + "{args[0]}" * 4 + "\n}\nimport s aaaa\n",
        unread(3, "import s " + "aaaa" * 4 + ": it imports itself"),
    ),
    (
        CADDY,
        TWICE + "(s20) {\n}\n:80 {\n import s0\n}\n",
        "x:74: with everything that is included, it has more than 10,000 lines",
    ),
    (
        CADDY,
        LONGER,
        "x:5: with everything that is included, it has more than 4,194,304 characters",
    ),
    (CADDY, "(a) {\n respond {args[" + "9" * 5000 + "]}\n}\n:80 {\n import a b\n}\n", []),
    # depth
    (NGINX, "a {\n" * 300 + "}\n" * 300, f"x:102: {TOO_DEEP}"),
    (CADDY, "a {\n" * 3000 + "}\n" * 3000, f"x:102: {TOO_DEEP}"),
    (ENVOY, "- " * 10_000, "x is not YAML: it nests too deeply"),
    (ENVOY, "[" * 10_000, "x is not YAML: it nests too deeply"),
    (ENVOY, '{"a":' * 10_000, "x is not YAML: it nests too deeply"),
    # aliases
    (ENVOY, "static_resources:\n  a: &a [x,x,x,x,x,x,x,x,x]\n" + ALIASES, []),
    (ENVOY, "static_resources: &a\n  x: *a\n", []),
    (ENVOY, "? &a [*a, *a]\n: 1\n? {b: *a}\n: 2\n", []),
    # regular expressions
    (NGINX, origins(r"^https://([a-z.]+)+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com!$"), []),
    (NGINX, *refused(r"^https://(?=a)a\.example\.com$", r"a lookahead `(?=` is not judged")),
    (NGINX, *refused(r"^https://(a)\1\.example\.com$", r"a backreference `\1` is not judged")),
    (NGINX, *refused(r"^https://[[:alnum:]]+\.example\.com$", r"a class such as `[:alpha:]` is not judged")),
    (NGINX, origins("a" * 3000), unread(2, "a" * 200 + ": it is longer than 2,000 characters", "unread-part")),
    # malformed
    (NGINX, "server { if; }\n", []),
    (NGINX, "server { set; map; return; proxy_pass http://a; }\n", []),
    (NGINX, "\0" * 1000, f'x is no nginx configuration: "{chr(0) * 40}" does not end in x:1'),
    (CADDY, "\0" * 1000, []),
    (CADDY, "{\n{\n}\n}\n:80 {\n@a {\n{\n}\n}\nheader\nheader @a\nrespond\nimport\n}\n", []),
    (CADDY, ":80 {\nrespond <<A\n" + "A \n" + "<<A\n" * 100_001, "x:100004: a here-document is not closed"),
    (CADDY, ":80 {\nrespond <<A\n" + " " * 500_000, "x:2: a here-document is not closed"),
    (ENVOY, "\0" * 1000, "x is not YAML: unacceptable character #x0000: special characters are not allowed"),
    (ENVOY, "a: !!python/object/apply:os.system [exit]\n", []),
    (POLICY, "allow_origins = [" + "[" * 10_000, [("x", 1, "file-not-toml", "x = 'maximum recursion depth exceeded'")]),
    (POLICY, "max_age = " + "9" * 5000, [("x", 1, "file-not-toml", f"x = '{DIGITS}")]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "content", "expected"), ONE_FILE)
def test_one_file(kind: Kind, content: str | bytes, expected: object) -> None:
    Path("x").write_bytes(content.encode() if isinstance(content, str) else content)
    assert said("x", kind) == expected


def test_nginx_blocks_too_deep() -> None:
    Path("x").write_text("a {" * 10_000 + "}" * 10_000)
    assert said("x", NGINX) == f"x:1: {TOO_DEEP}"


def make_pipe(file: Path) -> None:
    os.mkfifo(file)


def make_large(file: Path) -> None:
    with file.open("wb") as opened:
        opened.truncate(100 * 2**20)


def make_link(file: Path) -> None:
    file.symlink_to("/dev/zero")


SPECIAL = [
    (Path.mkdir, "it is a directory"),
    (make_pipe, "it is not a regular file"),
    (make_link, "it is not a regular file"),
    (make_large, "it is longer than 2 MiB"),
]


@pytest.mark.parametrize(("make", "why"), SPECIAL)
@pytest.mark.parametrize("kind", [NGINX, CADDY, ENVOY, POLICY])
def test_what_is_not_a_file_of_text(make: Callable[[Path], None], why: str, kind: Kind) -> None:
    if kind is ENVOY:
        why = why.replace("2 MiB", "512 KiB")
    make(Path("x"))
    assert said("x", kind) == f"x cannot be read: {why}"


@pytest.mark.parametrize(("make", "why"), SPECIAL)
def test_what_is_included_and_not_a_file_of_text(make: Callable[[Path], None], why: str) -> None:
    make(Path("y"))
    Path("x").write_text("include y;\n" + STAR)
    star = ("x", 2, "sends-star", "Access-Control-Allow-Origin: *")
    unread_include = ("x", 1, "unread-include", f"y cannot be read: {why}")
    assert said("x", NGINX) == [star, unread_include]
    Path("x").write_text("import y\n:80 {\n" + CADDY_STAR + "\n}\n")
    if make is not Path.mkdir:
        assert said("x", CADDY) == [("x", 3, *star[2:]), unread_include]


@pytest.mark.parametrize("make", [Path.mkdir, make_pipe, make_link, make_large])
def test_the_kind_of_what_is_not_a_file_of_text(make: Callable[[Path], None]) -> None:
    make(Path("x"))
    assert kind_of("x") is None


@pytest.mark.parametrize("text", ["\n", "location x\n", "location" + " " * 1000 + "\n", "server\n", "add_header x\n"])
def test_the_kind_of_a_long_text(text: str) -> None:
    Path("x").write_text(text * (1_500_000 // len(text)))
    assert kind_of("x") is None


def test_wildcards_that_name_too_many_files() -> None:
    Path("d").mkdir()
    for number in range(1001):
        Path("d", str(number)).touch()
    Path("x").write_text("include d/*;\n")
    assert said("x", NGINX) == unread(1, "d/* names more than 1000 files")
    Path("x").write_text("import d/**\n")
    assert said("x", CADDY) == unread(1, "d/** names more than 1000 files")


def test_files_that_include_one_another_twice() -> None:
    for number in range(25):
        Path(f"n{number}").write_text(f"include n{number + 1};\ninclude n{number + 1};\n")
    Path("n25").write_text(STAR)
    message = "with everything that is included, it has more than 50,000 directives"
    assert str(said("n0", NGINX)).endswith(message)


def test_many_files_are_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nginx_config, "_MAX_BYTES", 40_000)  # the parser reads one character at a time
    for number in range(3):
        Path(f"n{number}.conf").write_text("#" * 19_000)
    Path("x").write_text("include n*.conf;\n")
    assert str(said("x", NGINX)) == "n2.conf: with everything that is included, it has more than 40,000 bytes"


def test_regular_expressions_are_judged_up_to_a_bound() -> None:
    expressions = "".join(f'"~^https://{"(a|b)?" * 100}{number}\\.example\\.com$" 1;\n' for number in range(200))
    Path("x").write_text(f"map $http_origin $o {{\n{expressions}}}\n")
    findings = said("x", NGINX)
    assert isinstance(findings, list)
    last = "the regular expressions before it took all the steps that one target may take"
    assert findings[-1][:3] == ("x", 201, "unread-part")
    assert findings[-1][3].endswith(last)


@pytest.mark.parametrize(
    ("positions", "why"),
    [
        ([464, 46], ""),
        ([464, 47], "the regular expressions before it took all the steps that one target may take"),
        ([465], "the regular expressions before it took all the steps that one target may take"),
        ([464], ""),  # each target has an allowance of its own
    ],
)
def test_what_regular_expressions_of_one_target_may_take(positions: list[int], why: str) -> None:
    def spent() -> str:
        try:
            for each in positions:
                spend_on_regexes(each)
        except ValueError as error:
            return str(error)
        return ""

    assert for_one_target(spent) == why


@pytest.mark.parametrize("comparison", ["exact", "prefix", "suffix", "contains", "safe_regex"])
def test_long_comparisons(comparison: str) -> None:
    Path("x").write_text(
        'static_resources: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy,\n'
        f" allow_origin_string_match: [{{{comparison}: {'a' * 400_000}}}]}}\n"
    )
    code = "sends-invalid-allow-origin" if comparison == "exact" else "unread-part"
    findings = said("x", ENVOY)
    assert isinstance(findings, list)
    assert findings[0][:3] == ("x", 2, code)


def test_a_reader_that_nests_too_deeply_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def nests(file: Path, kind: Kind, root: Path | None) -> Iterator[object]:
        raise RecursionError
        yield

    monkeypatch.setattr("crossorigin.check.target._inspect", nests)
    Path("x").write_text("a;\n")
    assert str(said("x", NGINX)).endswith("x cannot be read: it nests too deeply")


@pytest.mark.parametrize("pattern", ["sub\0/*.conf", "sub\0/x/*"])
def test_a_pattern_for_names_that_cannot_be_one(pattern: str) -> None:
    with pytest.raises(CannotRun, match="is not a pattern for names"):
        files_named(pattern, Path())
