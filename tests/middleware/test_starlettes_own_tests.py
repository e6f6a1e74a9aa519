"""Starlette's own tests of its middleware, from its sdist, with our class in place of Starlette's.

Every assertion is tried, also after one that fails. Each that fails is a row here, with the reason, and the rows are
the table of docs/differences.md.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import starlette
from starlette.middleware.cors import CORSMiddleware as StarletteCORS
from starlette.testclient import TestClient

import crossorigin

FILE: Final = f"starlette-{starlette.__version__}/tests/middleware/test_cors.py"
SWAPPED: Final = {
    "from starlette.middleware.cors import CORSMiddleware": "from crossorigin import CORSMiddleware",
    "from tests.types import TestClientFactory": "TestClientFactory = object",
}
PAGE: Final = Path(__file__).parents[2] / "docs" / "differences.md"
PATIENCE: Final = 120  # seconds


class Row(NamedTuple):
    """One test of Starlette's: each assertion of it that fails, or the code of the problem in its policy, and why."""

    test: str
    fails: tuple[tuple[str, str], ...]

    @property
    def whys(self) -> str:
        """The reasons, each once."""
        return "; ".join(dict.fromkeys(why for _, why in self.fails))


# Why, and as it is in the page.
STAR_WITH_CREDENTIALS: Final = "`*` with credentials is rejected in production"
LOOK_ALIKES: Final = "`https://.*` with credentials is rejected: it lets every website in"
NO_CONTENT: Final = "a preflight from an allowed origin is 204, without a body"
DENIED: Final = "a preflight from a denied origin is 403, and its body says nothing about the policy"
TRUTH: Final = "a preflight from an allowed origin never fails, so that the browser names what is not allowed"
ANY_METHOD: Final = "`*` takes every method"
SAME_FOR_ALL: Final = "`*` without credentials answers every request alike, and adds no Vary"
NAMES: Final = "under `*`, the names of headers are said that a browser can keep: `*` and the usual ones"
LOWER_CASE: Final = "names of headers are written in lower case, as a browser compares them"
PRIVATE_NETWORK: Final = (
    "Access-Control-Request-Private-Network never fails a preflight, and Vary names it only if it is allowed"
)

OK: Final = ("response.status_code == 200", NO_CONTENT), ("response.text == 'OK'", NO_CONTENT)
VARY_OF_PREFLIGHTS: Final = (
    "response.headers['vary'] == 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers, "
    "Access-Control-Request-Private-Network'"
)
ROWS: Final = [
    Row("test_cors_allow_all", (("star-with-credentials", STAR_WITH_CREDENTIALS),)),
    Row(
        "test_cors_allow_all_except_credentials",
        (
            *OK,
            ("response.headers['access-control-allow-headers'] == 'X-Example'", NAMES),
            (VARY_OF_PREFLIGHTS, SAME_FOR_ALL),
            ("response.headers['access-control-expose-headers'] == 'X-Status'", LOWER_CASE),
            ("'access-control-allow-origin' not in response.headers", SAME_FOR_ALL),
            ("response.headers['vary'] == 'Origin'", SAME_FOR_ALL),
        ),
    ),
    Row(
        "test_cors_allow_specific_origin",
        (
            *OK,
            (
                "response.headers['access-control-allow-headers'] == "
                "'Accept, Accept-Language, Content-Language, Content-Type, X-Example'",
                LOWER_CASE,
            ),
        ),
    ),
    Row(
        "test_cors_disallowed_preflight",
        (
            ("response.status_code == 400", DENIED),
            ("response.text == 'Disallowed CORS origin, method, headers'", DENIED),
            (VARY_OF_PREFLIGHTS, PRIVATE_NETWORK),
            ("response.text == 'Disallowed CORS headers'", TRUTH),
        ),
    ),
    Row(
        "test_preflight_allows_request_origin_if_origins_wildcard_and_credentials_allowed",
        (("star-with-credentials", STAR_WITH_CREDENTIALS),),
    ),
    Row("test_cors_preflight_allow_all_methods", (OK[0],) * 8),
    Row(
        "test_cors_preflight_rejects_custom_method_with_wildcard",
        (
            ("response.status_code == 400", ANY_METHOD),
            ("response.text == 'Disallowed CORS method'", ANY_METHOD),
            ("'Access-Control-Request-Method' in response.headers['vary'].split(', ')", SAME_FOR_ALL),
        ),
    ),
    Row("test_cors_allow_all_methods", (("response.headers['vary'] == 'Origin'", SAME_FOR_ALL),)),
    Row("test_cors_allow_origin_regex", (("regex-look-alike", LOOK_ALIKES),)),
    Row(
        "test_cors_vary_header_is_set_for_non_credentialed_request",
        (("response.headers['vary'] == 'Accept-Encoding, Accept-Language, Origin'", SAME_FOR_ALL),),
    ),
    Row(
        "test_cors_vary_header_is_properly_set_for_credentialed_request",
        (("star-with-credentials", STAR_WITH_CREDENTIALS),),
    ),
    Row("test_cors_private_network_access_allowed", (*OK, *OK)),
    Row(
        "test_cors_private_network_access_disallowed",
        (
            *OK,
            ("response.status_code == 400", PRIVATE_NETWORK),
            ("response.text == 'Disallowed CORS private-network'", PRIVATE_NETWORK),
        ),
    ),
]


@pytest.fixture(scope="module")
def source(request: pytest.FixtureRequest) -> str:
    """The file of tests. pip fetches the sdist once, into pytest's cache."""
    folder = Path(request.config.cache.mkdir("starlette"))
    archive = folder / f"starlette-{starlette.__version__}.tar.gz"
    if not archive.exists():
        # Without a wheel of it: a wheel has no tests.
        wanted = ["--no-deps", "--no-binary", "starlette", f"starlette=={starlette.__version__}"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder), *wanted]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
    with tarfile.open(archive) as opened:
        file = opened.extractfile(FILE)
        assert file is not None
        return file.read().decode()


class Soft(ast.NodeTransformer):
    """Puts each assertion into `with tried("…")`, which notes that it fails, and goes on."""

    def visit_Assert(self, node: ast.Assert) -> ast.With:
        note = ast.Call(ast.Name("tried", ast.Load()), [ast.Constant(ast.unparse(node.test))], [])
        return ast.With([ast.withitem(note)], [node])


def failures(source: str) -> dict[str, tuple[str, ...]]:
    """What fails in each test of the file."""
    for theirs, ours in SWAPPED.items():
        assert source.count(theirs) == 1
        source = source.replace(theirs, ours)
    failed: list[str] = []

    @contextlib.contextmanager
    def tried(assertion: str) -> Iterator[None]:
        try:
            yield
        except (AssertionError, KeyError):  # a header that is looked up may be missing
            failed.append(assertion)

    namespace: dict[str, Any] = {"tried": tried}
    tree = ast.fix_missing_locations(Soft().visit(ast.parse(source)))
    exec(compile(tree, FILE, "exec"), namespace)
    found = {}
    for name, test in namespace.items():
        if not name.startswith("test_"):
            continue
        assert list(inspect.signature(test).parameters) == ["test_client_factory"]
        failed.clear()
        try:
            test(TestClient)
        except crossorigin.PolicyError as error:
            failed.extend(problem.code for problem in error.problems)
        found[name] = tuple(failed)
    return found


def test_every_failure_is_a_row(source: str) -> None:
    failed = {name: found for name, found in failures(source).items() if found}
    assert failed == {row.test: tuple(assertion for assertion, _ in row.fails) for row in ROWS}


def test_starlettes_own_class_passes(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So what fails with ours is not a mistake of this file."""
    monkeypatch.setattr(crossorigin, "CORSMiddleware", StarletteCORS)
    found = failures(source)
    assert len(found) == 18
    assert {name: failed for name, failed in found.items() if failed} == {}


def test_the_page_has_the_rows() -> None:
    section = PAGE.read_text().partition("## Starlette's own tests")[2].partition("##")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert rows == [f"| `{row.test}` | {row.whys} |" for row in ROWS]
