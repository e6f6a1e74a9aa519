"""`crossorigin check` as people type it: its targets, its exit status, and its one-line errors."""

from __future__ import annotations

import importlib
import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from crossorigin.check import Kind, kind_of, runs_a_server
from crossorigin.check.declarations import Sources, calls
from crossorigin.cli import check
from crossorigin.report.findings import Report

ROOT = Path(__file__).parent.parent.parent

APP = """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com/"])
text = "no app"
"""
NGINX = "server {\n    listen 8080;\n    add_header Access-Control-Allow-Origin *;\n}\n"
POLICY = 'allow_origins = ["https://app.example.com"]\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory of its own; what is imported from it is forgotten again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]
    importlib.invalidate_caches()


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command; its exit status, and the reports that it ends with."""
    ended: list[Report] = []

    def finish(reports: Any, **how: Any) -> None:
        ended[:] = reports
        real(reports, **how)

    real = check.finish
    monkeypatch.setattr(check, "finish", finish)
    app = typer.Typer()
    app.command()(check.command)

    def invoke(*words: str) -> tuple[int, list[Report]]:
        return CliRunner().invoke(app, list(words)).exit_code, list(ended)

    return invoke


def said(reports: list[Report]) -> list[tuple[str, list[str], str]]:
    return [(it.target, [f"{found.place} {found.code}" for found in it.findings], it.error) for it in reports]


TWO = ["errors-without-cors", "sends-star"]
NOWHERE = "name an app (main:app), or say --kind"
UNKNOWN = f"it is not a configuration that is known here; {NOWHERE}"
GUARD = 'put that below if __name__ == "__main__":'
NEITHER = "is neither an app nor a function that makes one, called with nothing"
FACTORY = """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
def make(debug=False):
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com/"])
    return app
async def raw(*message): ...
def takes(settings): ...
def fails(): return {}["x"]
def refuses():
    from crossorigin import Policy
    return Policy(allow_origins=["https://app.example.com/login"])
print = print
"""
LATE = "from crossorigin import *\nfields = {'max_age': 'x'}\nPolicy(**fields)\n"


@pytest.mark.parametrize(
    ("files", "words", "code", "reports"),
    [
        ({"crossorigin.toml": POLICY}, [], 0, [("crossorigin.toml", [], "")]),
        ({"crossorigin.toml": POLICY}, ["crossorigin.toml"], 0, [("crossorigin.toml", [], "")]),
        (
            {"crossorigin.toml": POLICY, "pyproject.toml": "[project]\nname = 'x'\n", "deploy/nginx.conf": NGINX},
            [".", "deploy"],
            1,
            [("crossorigin.toml", [], ""), ("deploy/nginx.conf", [f"deploy/nginx.conf:3 {it}" for it in TWO], "")],
        ),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, ["pyproject.toml"], 0, [("pyproject.toml", [], "")]),
        ({"main.py": APP}, ["main:app"], 1, [("main:app", ["main.py:6 no-effect"], "")]),
        ({"a.txt": NGINX}, ["--kind", "nginx", "a.txt"], 1, [("a.txt", [f"a.txt:3 {it}" for it in TWO], "")]),
        ({}, [], 2, [(".", [], "nothing to check in .: name an app (main:app), or a file")]),
        ({}, ["gone.conf"], 2, [("gone.conf", [], f"gone.conf: there is no such file; {NOWHERE}")]),
        ({}, ["nginx.conf"], 2, [("nginx.conf", [], "nginx.conf cannot be read: No such file or directory")]),
        ({"x": "?"}, ["x"], 2, [("x", [], f"x: {UNKNOWN}")]),
        ({"main.py": APP}, ["main:text"], 2, [("main:text", [], "main:text is not an ASGI app: it is str")]),
        ({"main.py": FACTORY}, ["main:make"], 1, [("main:make", ["main.py:6 no-effect"], "")]),
        ({"main.py": FACTORY}, ["main:make()"], 1, [("main:make()", ["main.py:6 no-effect"], "")]),
        ({"main.py": FACTORY}, ["main:raw"], 2, [("main:raw", [], "")]),  # it answers nothing: not judged
        (
            {"main.py": FACTORY},
            ["main:FastAPI"],
            2,
            [("main:FastAPI", [], "main:FastAPI is not an ASGI app: it is a class")],
        ),
        (
            {"main.py": FACTORY},
            ["main:takes", "main:fails", "main:refuses", "main:print"],
            2,
            [
                ("main:takes", [], f"main:takes {NEITHER}"),
                ("main:fails", [], "main:fails() fails: main.py:10: KeyError: 'x'"),
                ("main:refuses", ["main.py:13 origin-path"], ""),
                ("main:print", [], "main:print is not an ASGI app: it is NoneType"),
            ],
        ),
        ({"main.py": APP}, ["main.py"], 1, [("main.py", ["main.py:6 no-effect"], "")]),
        (
            {"main.py": "1 / 0\n"},
            ["main:app"],
            2,
            [("main:app", [], "main cannot be imported: main.py:1: ZeroDivisionError: division by zero")],
        ),
        (
            {"main.py": "raise SystemExit(3)\n"},
            ["main:app"],
            2,
            [("main:app", [], "main cannot be imported: main.py:1: SystemExit: 3")],
        ),
        (
            {"main.py": APP + "import uvicorn\nuvicorn.run(app)\n"},
            ["main:app"],
            2,
            [("main:app", [], f"main:app serves when it is imported (main.py:9: uvicorn.run(…)): {GUARD}")],
        ),
        (
            {"main.py": "from crossorigin import Policy\nPolicy.public()\nPolicy(\n    allow_origins=['x.com'],\n)\n"},
            ["main:app"],
            1,
            [("main:app", ["main.py:4 origin-scheme"], "")],
        ),
        (
            {"main.py": "import shop.cors\n", "shop/__init__.py": "", "shop/cors.py": LATE},
            ["main:app"],
            1,
            [("main:app", ["shop/cors.py:3 empty-policy", "shop/cors.py:3 max-age-invalid"], "")],
        ),
    ],
)
def test_targets(run: Any, files: dict[str, str], words: list[str], code: int, reports: Any) -> None:
    write(files)
    left, ended = run(*words)
    assert said(ended) == reports
    assert left == code
    assert all(it.kind == "check" and it.seconds > 0 and it.requests == 0 for it in ended)


def test_what_is_not_installed(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"envoy.yaml": "static_resources:\n"})
    monkeypatch.setitem(sys.modules, "yaml", None)
    for name in ("envoy_findings", "envoy_answers", "yaml_lines"):
        monkeypatch.delitem(sys.modules, f"crossorigin.check.{name}", raising=False)
    code, (report,) = run("envoy.yaml")
    assert (code, report.error) == (2, 'envoy.yaml needs yaml: pip install "crossorigin[check]"')


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("crossorigin.toml", "", Kind.POLICY),
        ("pyproject.toml", "", Kind.POLICY),
        ("Caddyfile", "", Kind.CADDY),
        ("prod.caddyfile", "", Kind.CADDY),
        ("nginx.prod.conf", "", Kind.NGINX),
        ("nginx.conf.j2", "", Kind.NGINX),
        ("Caddyfile.tmpl", "", Kind.CADDY),
        ("crossorigin.toml.in", "", Kind.POLICY),
        ("default", "server {\n}\n", Kind.NGINX),
        ("default", "  add_header X-A b;\n", Kind.NGINX),
        ("envoy-edge.yaml", "", Kind.ENVOY),
        ("edge.yaml", "static_resources:\n", Kind.ENVOY),
        ("site", ":80\nreverse_proxy :8000\n", Kind.CADDY),
        ("edge.yaml", "a: 1\n", None),
    ],
)
def test_kinds(name: str, text: str, kind: Kind | None) -> None:
    write({name: text})
    assert kind_of(name) is kind


@pytest.mark.parametrize(
    ("target", "kind"), [("a.b:c.d", Kind.APP), ("a:b", Kind.APP), ("Caddyfile", Kind.CADDY), ("a b", None)]
)
def test_kinds_of_what_is_not_there(target: str, kind: Kind | None) -> None:
    assert kind_of(target) is kind


@pytest.mark.parametrize(
    ("files", "kind", "expected"),
    [
        (["conf.d/a.conf", "sites-enabled/b"], None, ["conf.d/a.conf", "sites-enabled/b"]),
        (["nginx.conf", "conf.d/a.conf"], None, ["nginx.conf", "conf.d/a.conf"]),
        (["a.conf", "b.conf"], None, ["a.conf", "b.conf"]),
        (["Caddyfile", "a.conf"], None, ["Caddyfile"]),
        (["Caddyfile", "a.conf"], "nginx", ["a.conf"]),
        (["Caddyfile", "envoy.yaml"], None, ["Caddyfile", "envoy.yaml"]),
    ],
)
def test_folders(run: Any, files: list[str], kind: str | None, expected: list[str]) -> None:
    write({f"deploy/{it}": "" if it == "envoy.yaml" else "server {\n}\n" for it in files})
    _, reports = run("deploy", *(["--kind", kind] if kind else []))
    assert [it.target for it in reports] == [f"deploy/{it}" for it in expected]


def test_the_source_in_a_folder(run: Any) -> None:
    write({"shop/main.py": APP, "shop/other.py": "", "shop/again/main.py": APP})
    code, reports = run("shop", "shop/again")
    found = [
        (it.target, [(each.code, [str(place) for place in each.places]) for each in it.findings]) for it in reports
    ]
    assert found == [("shop", [("no-effect", ["shop/main.py:6", "shop/again/main.py:6"])])]
    assert code == 1


def test_the_source_in_a_folder_needs_starlette(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"shop/main.py": APP})
    monkeypatch.setitem(sys.modules, "starlette.middleware.cors", None)
    code, (report,) = run("shop")
    assert (code, report.error) == (2, 'shop needs starlette.middleware.cors: pip install "crossorigin[check]"')


@pytest.mark.parametrize("beside", [{}, {"top/crossorigin.toml": POLICY}])
def test_a_folder_that_cannot_be_listed_is_not_judged(run: Any, beside: dict[str, str]) -> None:
    write(beside)
    home = Path.cwd()
    for folder in ["top"] + ["d" * 250] * 17:  # below these, a path is longer than the kernel takes
        Path(folder).mkdir(exist_ok=True)
        os.chdir(folder)
    os.chdir(home)
    code, reports = run("top")
    (unread,) = (it for report in reports for it in report.not_judged)
    assert (code, unread.code) == (2, "unread-part")
    assert unread.evidence.endswith("d cannot be read: File name too long")


UNREADABLE = "/proc/self/mem"  # a regular file whose first byte nobody can read, root neither


@pytest.mark.parametrize(
    ("name", "looked_at"),
    [
        ("site.conf", True),
        ("edge.yaml", True),
        ("edge.yml", True),
        ("sites-enabled/default", True),
        ("dynamic.toml", True),
        ("haproxy.cfg", True),
        ("notes.txt", False),
    ],
)
def test_a_file_that_cannot_be_read_is_not_judged(run: Any, name: str, looked_at: bool) -> None:
    write({"deploy/crossorigin.toml": POLICY})
    Path("deploy", name).parent.mkdir(exist_ok=True)
    Path("deploy", name).symlink_to(UNREADABLE)
    code, reports = run("deploy")
    unread = [(str(it.place), it.code, it.evidence) for report in reports for it in report.not_judged]
    evidence = f"deploy/{name} cannot be read: Input/output error"
    assert unread == ([(f"deploy/{name}", "unread-part", evidence)] if looked_at else [])
    assert (code, [it.target for it in reports if not it.not_judged]) == (2 * looked_at, ["deploy/crossorigin.toml"])


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("crossorigin.toml", "deploy/crossorigin.toml"),
        ("crossorigin.toml", "deploy"),
        ("pyproject.toml", "deploy/pyproject.toml"),
        ("pyproject.toml", "deploy"),
        ("nginx.conf", "deploy/nginx.conf"),
        ("nginx.conf", "deploy"),
        ("dynamic.toml", "deploy/dynamic.toml"),
        ("main.py", "deploy/main.py"),
    ],
)
def test_a_file_of_a_known_kind_that_cannot_be_read_is_an_error(run: Any, name: str, target: str) -> None:
    Path("deploy").mkdir()
    Path("deploy", name).symlink_to(UNREADABLE)
    code, (report,) = run(target)
    assert (code, report.error) == (2, f"deploy/{name} cannot be read: Input/output error")


def test_folders_that_are_left_out_are_not_judged(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossorigin.check.folders.MAX_FILES", 3)
    write({"a/crossorigin.toml": POLICY, "b/x": "", "b/y": "", "b/z": ""})
    code, (policy, rest) = run(".")
    assert (code, policy.target, policy.not_judged) == (2, "a/crossorigin.toml", ())
    assert [it.evidence for it in rest.not_judged] == ["b and what comes after it: there are more than 20,000 files"]


# -- the source --------------------------------------------------------------------------------------


def test_calls_in_a_source() -> None:
    text = """
import crossorigin
from crossorigin import install as put, Policy
from starlette.middleware import Middleware as M
from starlette.middleware.cors import CORSMiddleware as C

origins = ["a", *more]
api.v1.add_middleware(C, allow_origins=origins)
app.add_middleware(Other)
app.add_middleware()
M(C)
C(app)
put(app, Policy(allow_origins=names))
names = names
crossorigin.install(app, policy)
install(x)
(lambda: 1)()
"""
    write({"a.py": text, "b.py": "("})
    found = list(calls(Path("a.py")))
    assert [(it.kind, it.node.lineno, it.receiver) for it in found] == [
        ("add_middleware", 8, "api.v1"),
        ("Middleware", 11, ""),
        ("CORSMiddleware", 12, "app"),
        ("install", 13, "app"),
        ("Policy", 13, ""),
        ("install", 15, "app"),
    ]
    assert str(found[0].place("allow_origins[1]")) == "a.py:7"
    assert str(found[4].place("allow_origins")) == "a.py:14"
    asked = [(0, "allow_origins"), (0, "allow_origins[0]"), (0, "max_age"), (4, "allow_origins")]
    assert [found[at].expression(field) for at, field in asked] == ["['a', *more]", "['a', *more]", "", "names"]
    assert list(calls(Path("b.py"))) == []
    assert list(calls(Path("gone.py"))) == []


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("import uvicorn\nuvicorn.run(app)\n", "serving.py:2: uvicorn.run(…)"),
        ("server.serve_forever()\n", "serving.py:1: server.serve_forever(…)"),
        ("if __name__ == '__main__':\n    uvicorn.run(app)\n", ""),
        ("print(uvicorn.run)\n", ""),
        ("(", ""),
    ],
)
def test_a_module_that_serves_when_it_is_imported(text: str, statement: str, folder: Path) -> None:
    write({"serving.py": text})
    assert runs_a_server("serving", [folder]) == statement


def test_each_call_is_taken_once() -> None:
    ages = ("a, max_age=1", "b, max_age=2", "c, max_age=f(x)")
    write({"shop.py": "from crossorigin import CORSMiddleware\n" + "".join(f"CORSMiddleware({it})\n" for it in ages)})
    sources = Sources("shop")
    taken = [sources.take(["CORSMiddleware"], {"max_age": it}) for it in (2, 3, 1, 0)]
    assert [it.node.lineno if it else 0 for it in taken] == [3, 4, 2, 0]
    assert Sources("no.such").take(["Policy"], {}) is None


def test_the_page_shows_what_the_command_prints() -> None:
    page = ROOT / "docs" / "check.md"
    assert page.read_text() == runpy.run_path(str(ROOT / "tools" / "blocked"))["page"](page), "run tools/blocked"


# -- the pre-commit hook and the action --------------------------------------------------------------


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def environment(**more: str) -> dict[str, str]:
    """This environment with the `crossorigin` that is tested first on its PATH."""
    return os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"} | more


def test_the_hook_runs() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert (hook["id"], hook["language"]) == ("crossorigin-check", "python")
    # pre-commit installs the repository without extras, so the hook names what they would bring.
    assert hook["additional_dependencies"] == [*EXTRAS["cli"], *(it for it in EXTRAS["check"] if "[" not in it)]
    files = re.compile(hook["files"])
    taken = [
        "crossorigin.toml",
        "pyproject.toml",
        "a/nginx.conf",
        "a/Caddyfile",
        "envoy.yaml",
        "nginx/conf.d/a.conf",
        "main.py",
    ]
    others = ["a.toml", "main.pyc", "values.yaml", "tests/a.conf", "notnginx.conf/x", "Caddyfile.md"]
    assert [it for it in [*taken, *others] if files.search(it)] == taken
    write({"deploy/nginx.conf": NGINX, "crossorigin.toml": POLICY})
    for names, code in ((["crossorigin.toml"], 0), (["crossorigin.toml", "deploy/nginx.conf"], 1)):
        ran = subprocess.run(
            [*shlex.split(hook["entry"]), *names], capture_output=True, text=True, check=False, env=environment()
        )
        assert (ran.returncode, "errors-without-cors" in ran.stdout) == (code, bool(code)), ran.stderr


LINES = "a\nstatus=0\nb"


def read_outputs(text: str) -> dict[str, str]:
    """A step's outputs as the runner reads them: `name=value`, or `name<<delimiter` and lines up to it."""
    outputs, lines = {}, iter(text.splitlines())
    for line in lines:
        name, _, delimiter = line.partition("<<")
        if delimiter:
            outputs[name] = "\n".join(iter(lambda: next(lines), delimiter))
        else:
            name, _, outputs[name] = line.partition("=")
    return outputs


def test_a_file_name_is_never_an_option_of_the_hook() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    write({"x-envoy.json": "mine", "--output=x-envoy.json": "{}", "--help-envoy.json": "{}"})
    names = ["--output=x-envoy.json", "--help-envoy.json", "x-envoy.json"]
    command = [*shlex.split(hook["entry"]), *names]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert (ran.returncode, Path("x-envoy.json").read_text()) == (0, "mine")
    assert all(name in ran.stdout for name in names)


def test_the_action_runs(folder: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    install, check_, upload, verdict = action["runs"]["steps"]
    # Installing is `pip install` of the action's own checkout; what it asks for is there.
    words = shlex.split(install["run"])
    assert words[:-1] == ["python", "-I", "-m", "pip", "install", "--quiet"]
    assert install["working-directory"] == "${{ runner.temp }}"
    (folder / "pip.py").write_text("raise SystemExit('the pip of the repository')")
    subprocess.run([sys.executable, *words[1:4], "--version"], check=True, capture_output=True)
    used = [step["uses"] for step in action["runs"]["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each) for each in used)
    extras = re.fullmatch(r"\$GITHUB_ACTION_PATH\[(.*)\]", words[-1])
    assert extras is not None
    assert set(extras[1].split(",")) <= EXTRAS.keys()
    # Nothing is uploaded unasked, and no input stands inside a script.
    assert upload["if"].startswith("inputs.upload == 'true'")
    assert action["inputs"]["upload"]["default"] == "false"
    assert all("${{" not in step.get("run", "") for step in action["runs"]["steps"])

    write({"deploy/nginx.conf": NGINX, "crossorigin.toml": POLICY, "unread/nginx.conf": "include gone.conf;\n"})
    defaults = {name: it["default"] for name, it in action["inputs"].items()}
    asked = [
        ({"targets": ""}, "report.json", "1"),
        ({"targets": "crossorigin.toml"}, str(folder / "at.json"), "0"),
        ({"targets": "crossorigin.toml deploy/nginx.conf"}, "-o x", "1"),
        ({"targets": "deploy", "fail-on": "high"}, "report.json", "0"),
        ({"targets": "unread"}, "report.json", "2"),
        ({"targets": "unread", "allow-not-judged": "true"}, "report.json", "0"),
        ({"targets": "gone:app"}, LINES, "2"),
    ]
    for given, output, code in asked:
        given = given | {"format": "json", "output": output}
        inputs = {f"${{{{ inputs.{name} }}}}": value for name, value in (defaults | given).items()}
        variables = {name: inputs[value] for name, value in check_["env"].items()}
        (folder / "outputs").unlink(missing_ok=True)
        ran = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", check_["run"]],
            env=environment(GITHUB_OUTPUT=str(folder / "outputs"), **variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        outputs = read_outputs((folder / "outputs").read_text())
        assert outputs == {"status": code, "report": str(folder / output)}
        assert (folder / output).is_file()
        ended = subprocess.run(["bash", "-c", verdict["run"]], env=environment(STATUS=outputs["status"]), check=False)
        assert ended.returncode == int(code)
