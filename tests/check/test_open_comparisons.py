"""Comparisons that name no host: what they leave open, shown by an origin that a stranger can have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crossorigin.check import Kind, inspect_file
from crossorigin.check.envoy_answers import routes
from crossorigin.check.envoy_findings import judge
from crossorigin.check.nginx_variables import Evaluation
from crossorigin.check.origin_matching import anybody, of_regex, of_text
from crossorigin.check.proxy_answers import OriginTest, ProxyValue
from crossorigin.check.yaml_lines import read
from crossorigin.report.findings import Place, RunTimeValue


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("prefix", "https://", ("accepts-any-origin", "https://evil.example")),
        ("prefix", "https://app.", ("accepts-prefix", "https://app.evil.example")),
        ("prefix", "https://app", ("accepts-prefix", "https://app.evil.example")),
        ("contains", "//app.", ("accepts-prefix", "https://app.evil.example")),
        ("contains", "://shop-", ("accepts-prefix", "https://shop-evil.example")),
        ("contains", "app", ("accepts-infix", "https://app.evil.example")),
        ("contains", ":3000", ("accepts-infix", "https://evil.example:3000")),
        ("suffix", ":3000", ("accepts-suffix", "https://evil.example:3000")),
        ("suffix", "app", ("accepts-suffix", "https://evil.app")),
        ("suffix", ".app", ("accepts-shared-platform", "https://evil.app")),
        ("suffix", ".internal", None),
        ("suffix", "/", None),
    ],
)
def test_a_text(kind: str, text: str, found: tuple[str, str] | None) -> None:
    holes = of_text(OriginTest(kind, text, Place("nginx.conf", 1)), anybody)
    assert [(hole.code, hole.origin) for hole in holes] == ([found] if found else [])


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"^https://app\.", ("accepts-prefix", "https://app.evil.example")),
        (r"^https?://app-", ("accepts-prefix", "https://app-evil.example")),
        (r":3000$", ("accepts-suffix", "https://evil.example:3000")),
        (r":300[0-9]", ("accepts-infix", "https://evil.example:3001")),
        (r":\d+$", ("accepts-suffix", "https://evil.example:8000")),
        (r"\.shop$", ("accepts-shared-platform", "https://evil.shop")),
        (r"-shop$", ("accepts-suffix", "x://x-shop")),  # within a network, where one label is a name
        (r"^https://localhost(:\d+)?$", None),
    ],
)
def test_an_expression(pattern: str, found: tuple[str, str] | None) -> None:
    holes = of_regex(pattern, whole=False)
    assert [(hole.code, hole.origin) for hole in holes] == ([found] if found else [])


def test_one_expression_in_many_places_is_judged_once(tmp_path: Path) -> None:
    """Each time that it is judged takes from the steps that all expressions of a target have together."""
    sends = "add_header Access-Control-Allow-Origin $cors;\n add_header Vary Origin;\n return 200;"
    places = "".join(f"location /{number} {{\n {sends}\n}}\n" for number in range(12))
    pattern = r"^https://app-[a-z0-9]{1,250}\."
    file = tmp_path / "nginx.conf"
    file.write_text(f'map $http_origin $cors {{ default ""; "~{pattern}" $http_origin; }}\nserver {{\n{places}}}\n')
    results = [result for result in inspect_file(file, Kind.NGINX) if not isinstance(result, RunTimeValue)]
    assert [result.code for result in results] == ["accepts-prefix"]


def test_one_map_in_many_places_is_worked_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand entries in forty locations took 14 s."""
    asked: list[str] = []

    def select(self: Evaluation, entries: Any, directive: Any, source: ProxyValue, *, alone: bool) -> Any:
        asked.append(f"{directive.args[1]} {source.text}")
        return real(self, entries, directive, source, alone=alone)

    real = Evaluation._select
    monkeypatch.setattr(Evaluation, "_select", select)
    maps = "".join(
        f'map $http_origin ${name} {{ default ""; "~^(https://app{name}\\.example\\.com)$" $1; }}\n' for name in "ab"
    )
    sends = "add_header Access-Control-Allow-Origin $a$b always;\n add_header Vary Origin;\n return 200;"
    places = "".join(f"location /{number} {{\n {sends}\n}}\n" for number in range(5))
    file = tmp_path / "nginx.conf"
    file.write_text(f"{maps}server {{\n{places}}}\n")
    assert [result.code for result in inspect_file(file, Kind.NGINX) if not isinstance(result, RunTimeValue)] == []
    assert len(asked) == len(set(asked))


def test_routes_that_share_a_policy_are_one(tmp_path: Path) -> None:
    """A thousand origins above forty routes took 46 s."""
    shared = "".join(f"  - {{match: {{prefix: /{number}}}, route: {{cluster: a}}}}\n" for number in range(5))
    alone = "  - {match: {prefix: /}, direct_response: {status: 200}}\n"
    cors = "  cors: {allow_origin: ['https://app.example.com']}\n"
    file = tmp_path / "envoy.yaml"
    file.write_text(f"virtual_hosts:\n- name: a\n  domains: ['*']\n{cors}  routes:\n{shared}{alone}")
    assert len(judge(list(routes(read(file)))).endpoints) == 2
