"""What mypy and pyright say of a user's program: nothing of a good one; of a misspelt keyword, its name."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

from crossorigin import CORSMiddleware, Policy
from crossorigin.policy.presets import Fields, OtherFields

ROOT = Path(__file__).parent.parent

HEAD = """
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware

from crossorigin import AllowMiddleware, CORSMiddleware, Policy, install

api = FastAPI()
app = Starlette()
policy = Policy(allow_origins=["https://a.example"])
fields: dict[str, Any] = {}


async def bare(scope: dict[str, Any], receive: Any, send: Any) -> None: ...


class Mine(CORSMiddleware): ...

"""

GOOD = [
    'api.add_middleware(CORSMiddleware, allow_origins=["https://a.example"], allow_credentials=True)',
    'api.add_middleware(CORSMiddleware, allow_origins=("*",), allow_methods=["*"], allow_headers=["*"], max_age=5)',
    'api.add_middleware(CORSMiddleware, allow_origin_regex=r"https://.*\\.a\\.example", expose_headers={"X-A"})',
    'api.add_middleware(CORSMiddleware, ["https://a.example"], ["PUT"], ["X-A"], True)',
    'api.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods="routes")',
    'api.add_middleware(CORSMiddleware, allow_origins=["https://a.example"], environment="development")',
    'api.add_middleware(CORSMiddleware, allow_origins=["*"], enforce="report-only", exempt=["/h"])',
    'api.add_middleware(CORSMiddleware, policy=policy, routes={"/a": None, "/b/*": policy}, watch=Path("c.toml"))',
    "api.add_middleware(CORSMiddleware, **fields)",
    "api.add_middleware(Mine, policy=policy)",
    "api.add_middleware(AllowMiddleware)",
    'app.add_middleware(CORSMiddleware, allow_origins=["https://a.example"])',
    "app.add_middleware(CORSMiddleware, policy=policy)",
    'Starlette(middleware=[Middleware(CORSMiddleware, policy=policy), Middleware(CORSMiddleware, ["*"])])',
    "CORSMiddleware(app=CORSMiddleware(bare, policy=policy), policy=policy)",
    "Policy(**fields)",
    'Policy.graphql(allow_origins=["https://a.example"], max_age=5)',
    "install(api, policy, watch=True)",
]

# Each line, and the keyword that is wrong in it.
BAD = [
    ('api.add_middleware(CORSMiddleware, allow_origns=["https://a.example"])', "allow_origns"),
    ('app.add_middleware(CORSMiddleware, allow_origns=["https://a.example"])', "allow_origns"),
    ('Middleware(CORSMiddleware, allow_origns=["https://a.example"])', "allow_origns"),
    ('CORSMiddleware(api, allow_origns=["https://a.example"])', "allow_origns"),
    ("api.add_middleware(CORSMiddleware, polcy=policy)", "polcy"),
    ("api.add_middleware(CORSMiddleware, policy=policy, enforced=True)", "enforced"),
    ('api.add_middleware(CORSMiddleware, policy={"allow_origins": []})', "policy"),
    ('api.add_middleware(CORSMiddleware, allow_credentials="yes")', "allow_credentials"),
    ('Policy(allow_origns=["https://a.example"])', "allow_origns"),
    ("Policy.public(maxage=5)", "maxage"),
    ("Policy.development(maxage=5)", "maxage"),
    ("Policy.mcp(maxage=5)", "maxage"),
    ("Policy.graphql(maxage=5)", "maxage"),
    ("install(api, policy, route={})", "route"),
]

MYPY = ["-m", "mypy", "--config-file=", "--python-executable", sys.executable, "--cache-dir"]
CHECKERS = {
    "mypy": [*MYPY, str(ROOT / ".mypy_cache" / "programs" / "pinned"), "program.py"],
    "pyright": ["-m", "pyright", "--pythonpath", sys.executable, "program.py"],
}


def errors(checker: str, folder: Path, lines: list[str]) -> list[tuple[int, str]]:
    """(the place in `lines`, the message) of every error that a type checker sees in a program of these lines."""
    (folder / "program.py").write_text(HEAD + "\n".join(lines) + "\n")
    command = [sys.executable, *CHECKERS[checker]]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    first = HEAD.count("\n") + 1
    found = re.findall(r"program\.py:(\d+):(?:\d+ -)? error: (.*)", ran.stdout)
    assert (ran.returncode == 0) is (not found), ran.stdout
    return [(int(line) - first, message) for line, message in found]


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_good_program_has_no_error(checker: str, tmp_path: Path) -> None:
    assert errors(checker, tmp_path, GOOD) == []


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_wrong_keyword_is_an_error_that_names_it(checker: str, tmp_path: Path) -> None:
    found = errors(checker, tmp_path, [line for line, _ in BAD])
    named = [(BAD[place][0], re.findall(r'"(\w+)"', message)) for place, message in found]
    assert [line for line, _ in named] == [line for line, _ in BAD]
    assert [keyword for (_, names), (_, keyword) in zip(named, BAD, strict=True) if keyword not in names] == []


# The keywords of the middleware that are not fields of a policy.
OURS = {"app", "policy", "routes", "watch", "origins", "policy_for", "vary", "report_only", "on_decision", "others"}


def test_type_checkers_know_exactly_the_fields_of_a_policy() -> None:
    fields = set(Policy.model_fields)
    keywords = set(inspect.signature(CORSMiddleware).parameters) - OURS
    assert set(get_type_hints(Fields)) == fields
    assert set(get_type_hints(OtherFields)) == fields - keywords
    assert keywords < fields
