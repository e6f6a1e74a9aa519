"""Every remedy for a proxy works: when what it says is written, the finding is gone, and nothing new is there."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from crossorigin.check import inspect_file, kind_of
from crossorigin.check.proxy_remedies import REMEDIES, Language, ProxyRemedy
from crossorigin.report.findings import Finding

NGINX = "server {{\nlocation / {{\n{}\n}}\n}}\n"
SEND = "add_header Access-Control-Allow-Origin"
COOKIES = "add_header Access-Control-Allow-Credentials true always;"
VARY = "add_header Vary Origin always;"
METHODS = "add_header Access-Control-Allow-Methods PUT always;"


def nginx(*lines: str) -> str:
    return NGINX.format("\n".join(lines))


def nginx_if(pattern: str) -> str:
    return nginx(
        f'if ($http_origin ~ "{pattern}") {{', f"{SEND} $http_origin always;", COOKIES, VARY, "}", "return 200;"
    )


def caddy(*lines: str) -> str:
    return "example.com {\n" + "\n".join(lines) + '\nrespond "ok"\n}\n'


def caddy_test(test: str) -> str:
    reflect = "header @o Access-Control-Allow-Origin {header.Origin}"
    return caddy(f"@o {test}", reflect, "header Access-Control-Allow-Credentials true", "header Vary Origin")


def envoy(*matchers: str, more: str = "", vary: str = "") -> str:
    listed = "".join(f"    - {matcher}\n" for matcher in matchers)
    return (
        f"virtual_hosts:\n- name: a\n  domains: ['*']\n{vary}  cors:\n    allow_origin_string_match:\n{listed}{more}"
        "  routes: [{match: {prefix: /}, route: {cluster: a}}]\n"
    )


ENVOY_VARY = "  response_headers_to_add: [{header: {key: Vary, value: Origin}}]\n"
CREDENTIALS = "    allow_credentials: true\n"

CASES: list[tuple[Language, str, str]] = [
    ("nginx", "accepts-any-origin", nginx(f"{SEND} $http_origin always;", COOKIES, VARY, "return 200;")),
    ("nginx", "accepts-infix", nginx_if("example.com")),
    ("nginx", "accepts-suffix", nginx_if(r"example\.com$")),
    ("nginx", "accepts-prefix", nginx_if(r"^https://app\.example\.com")),
    ("nginx", "accepts-other-character", nginx_if("^https://app.example.com$")),
    ("nginx", "accepts-http", nginx_if(r"^https?://app\.example\.com$")),
    ("nginx", "accepts-http", "map $http_origin $o {\nhostnames;\n*.example.com $http_origin;\n}\n"
     + nginx(f"{SEND} $o always;", COOKIES, VARY, "return 200;")),
    ("nginx", "accepts-shared-platform", nginx_if(r"^https://.*\.vercel\.app$")),
    ("nginx", "accepts-null", nginx_if(r"^(null|https://app\.example\.com)$")),
    ("nginx", "sends-star-with-credentials", nginx(f"{SEND} * always;", COOKIES)),
    ("nginx", "sends-star", nginx(f"{SEND} * always;")),
    ("nginx", "sends-invalid-allow-credentials",
     nginx(f"{SEND} https://app.example.com always;", "add_header Access-Control-Allow-Credentials yes always;")),
    ("nginx", "missing-vary", 'map $http_origin $o { "https://app.example.com" $http_origin; }\n'
     + nginx(f"{SEND} $o always;", "return 200;")),
    ("nginx", "errors-without-cors", nginx(f"{SEND} https://app.example.com;", "root /srv;")),
    ("nginx", "preflight-refused", nginx("if ($request_method = OPTIONS) {", "return 204;", "}", "root /srv;")),
    ("nginx", "preflight-behind-auth", nginx('auth_basic "x";', f"{SEND} https://app.example.com always;", "root /srv;")),
    ("nginx", "max-age-overlong",
     nginx(f"{SEND} https://app.example.com always;", "add_header Access-Control-Max-Age 999999;", METHODS)),
    ("nginx", "sends-expose-star", nginx(f"{SEND} https://app.example.com always;", COOKIES,
                                         "add_header Access-Control-Expose-Headers * always;")),
    ("nginx", "private-network-granted",
     nginx(f"{SEND} https://app.example.com always;", "add_header Access-Control-Allow-Private-Network true always;")),
    ("nginx", "timing-allow-star",
     nginx(f"{SEND} https://app.example.com always;", COOKIES, "add_header Timing-Allow-Origin * always;")),
    ("nginx", "duplicate-headers", nginx(f"{SEND} https://app.example.com always;", f"{SEND} https://b.example.com always;")),
    ("caddy", "accepts-any-origin", caddy("header Access-Control-Allow-Origin {header.Origin}", "header Vary Origin")),
    ("caddy", "accepts-infix", caddy_test("header Origin *example.com*")),
    ("caddy", "accepts-suffix", caddy_test("header Origin *example.com")),
    ("caddy", "accepts-prefix", caddy_test(r"header_regexp Origin ^https://app\.example\.com")),
    ("caddy", "accepts-other-character", caddy_test("header_regexp Origin ^https://app.example.com$")),
    ("caddy", "accepts-shared-platform", caddy_test(r"header_regexp Origin ^https://.*\.vercel\.app$")),
    ("caddy", "accepts-http", caddy_test("header Origin *.example.com")),
    ("caddy", "sends-star-with-credentials",
     caddy("header Access-Control-Allow-Origin *", "header Access-Control-Allow-Credentials true")),
    ("caddy", "sends-star", caddy("header Access-Control-Allow-Origin *")),
    ("caddy", "sends-invalid-allow-credentials",
     caddy("header Access-Control-Allow-Origin https://a.example.com", "header Access-Control-Allow-Credentials yes")),
    ("caddy", "missing-vary", caddy_test("header Origin https://app.example.com").replace("header Vary Origin\n", "")),
    ("caddy", "max-age-overlong",
     caddy("header Access-Control-Allow-Origin https://a.example.com", "header Access-Control-Max-Age 999999")),
    ("caddy", "preflight-behind-auth",
     caddy("header Access-Control-Allow-Origin https://a.example.com", "basic_auth {\nbob x\n}")),
    ("caddy", "sends-expose-star",
     caddy("header Access-Control-Allow-Origin https://a.example.com", "header Access-Control-Allow-Credentials true",
           "header Access-Control-Expose-Headers *")),
    ("caddy", "private-network-granted",
     caddy("header Access-Control-Allow-Origin https://a.example.com", "header Access-Control-Allow-Private-Network true")),
    ("caddy", "timing-allow-star",
     caddy("header Access-Control-Allow-Origin https://a.example.com", "header Access-Control-Allow-Credentials true",
           "header Timing-Allow-Origin *")),
    ("envoy", "accepts-any-origin", envoy("exact: '*'", more=CREDENTIALS, vary=ENVOY_VARY)),
    ("envoy", "accepts-infix", envoy("contains: example.com", more=CREDENTIALS, vary=ENVOY_VARY)),
    ("envoy", "accepts-suffix", envoy("suffix: example.com", more=CREDENTIALS, vary=ENVOY_VARY)),
    ("envoy", "accepts-prefix", envoy("prefix: https://app.example.com", more=CREDENTIALS, vary=ENVOY_VARY)),
    ("envoy", "accepts-other-character",
     envoy("safe_regex: {regex: 'https://app.example.com'}", more=CREDENTIALS, vary=ENVOY_VARY)),
    ("envoy", "sends-star", envoy("exact: '*'", vary=ENVOY_VARY)),
    ("envoy", "missing-vary", envoy("exact: https://app.example.com")),
    ("envoy", "max-age-overlong", envoy("exact: https://app.example.com", more="    max_age: '999999'\n", vary=ENVOY_VARY)),
    ("envoy", "sends-expose-star", envoy("exact: https://app.example.com", vary=ENVOY_VARY,
                                         more=CREDENTIALS + "    expose_headers: '*'\n")),
    ("envoy", "private-network-granted", envoy("exact: https://app.example.com", vary=ENVOY_VARY,
                                               more="    allow_private_network_access: true\n")),
]  # fmt: skip


def checked(file: Path) -> list[Finding]:
    kind = kind_of(str(file))
    assert kind is not None
    return [result for result in inspect_file(file, kind) if isinstance(result, Finding)]


def indented(code: str, line: str) -> str:
    return line[: len(line) - len(line.lstrip())] + code


def applied(text: str, finding: Finding, row: ProxyRemedy, language: Language) -> str:
    """The text with what the remedy says written into it."""
    assert finding.place is not None
    lines = text.splitlines()
    at = finding.place.line - 1
    line = lines[at]
    instead = finding.details.get("instead")
    if isinstance(instead, str):
        tested = finding.evidence.partition(" accepts ")[0]
        lines[at] = line.replace(tested, instead)
        return "\n".join(lines) + "\n"
    if "leave out this line" in finding.remedy:
        return "\n".join(lines[:at] + lines[at + 1 :]) + "\n"
    if row.instead:
        code = finding.remedy[finding.remedy.index(row.instead.partition("{value}")[0]) :]
        code = code.removesuffix(f"; {row.beside}") if row.beside else code
        lines[at] = indented(code + (" {" if line.endswith("{") else ""), line)
    if row.beside:
        above = next(line for line in lines if line.startswith("  domains")) if language == "envoy" else line
        lines.insert(lines.index(above) + 1 if language == "envoy" else at, indented(row.beside, above))
    return "\n".join(([row.outside] if row.outside else []) + lines) + "\n"


@pytest.mark.parametrize(("language", "code", "text"), CASES)
def test_a_remedy_works(language: Language, code: str, text: str, tmp_path: Path) -> None:
    names = {"nginx": "nginx.conf", "caddy": "Caddyfile", "envoy": "envoy.yaml"}
    file = tmp_path / names[language]
    file.write_text(text)
    before = checked(file)
    finding = next(result for result in before if result.code == code)
    assert finding.remedy
    row = REMEDIES[language].get(code, ProxyRemedy())
    file.write_text(applied(text, finding, row, language))
    after = {result.code for result in checked(file)}
    assert code not in after, file.read_text()
    assert after <= {result.code for result in before}, file.read_text()


@pytest.mark.parametrize("written", ['"%REQ(Origin)%"', '"*"'])
def test_a_header_that_envoy_adds_gets_one_origin(written: str, tmp_path: Path) -> None:
    vary = "{header: {key: Vary, value: Origin}}"
    text = (
        "static_resources:\n  listeners: []\nvirtual_hosts:\n- name: a\n  domains: ['*']\n  response_headers_to_add: "
        f"[{vary}, {{header: {{key: Access-Control-Allow-Origin, value: {written}}}}}]\n"
        "  routes: [{match: {prefix: /}, route: {cluster: a}}]\n"
    )
    file = tmp_path / "envoy.yaml"
    file.write_text(text)
    (result,) = checked(file)
    one = 'value: "https://app.example.com"'
    assert result.remedy.removeprefix("leave it, if this is public; otherwise ").startswith(
        f"write the one origin, {one};"
    )
    file.write_text(text.replace(f"value: {written}", one))
    assert checked(file) == []


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r"^https://app\.example\.com$", r"~^(https://app\.example\.com)$"),
        (r"^https://.*example\.com$", r"~^(https://([a-z0-9-]+\.)*example\.com)$"),
        (r"example\.com", r"~^(https://([a-z0-9-]+\.)*example\.com)$"),
        (r"^(?=https)https://app\.example\.com$", r"~^(https://app\.example\.com)$"),
    ],
)
def test_a_row_of_a_map_gets_a_group(pattern: str, instead: str, tmp_path: Path) -> None:
    """Caddy 2.11 sends `{http.request.header.origin}`, letter by letter."""
    text = caddy(
        "map {header.origin} {cors} {", f"~{pattern} {{header.origin}}", 'default ""', "}",
        "header Access-Control-Allow-Origin {cors}", "header Vary Origin",
    )  # fmt: skip
    file = tmp_path / "Caddyfile"
    file.write_text(text)
    result = next(each for each in checked(file) if "Caddy fills" in each.remedy)
    why = "Caddy fills in groups, and no placeholders, in the row of an expression"
    assert result.remedy == f'{why}: write {instead} "${{1}}"'
    file.write_text(text.replace(f"~{pattern} {{header.origin}}", f'{instead} "${{1}}"'))
    assert checked(file) == []


def test_a_row_whose_expression_is_not_understood_gets_no_code(tmp_path: Path) -> None:
    rows = ("map {header.origin} {cors} {", "~^https://(?:a|b)+?[.]x {header.origin}", "}")
    file = tmp_path / "Caddyfile"
    file.write_text(caddy(*rows, "header Access-Control-Allow-Origin {cors}", "header Vary Origin"))
    (result,) = (each for each in checked(file) if each.code == "sends-invalid-allow-origin")
    assert result.remedy.endswith('write ~^(…)$ "${1}"')


@pytest.mark.parametrize("inside", [VARY, ""])
def test_vary_goes_outside_a_condition(inside: str, tmp_path: Path) -> None:
    lines = ('if ($http_origin = "https://app.example.com") {', f"{SEND} $http_origin always;", "}", "return 200;")
    file = tmp_path / "nginx.conf"
    file.write_text(nginx(*lines[:2], inside, *lines[2:]))
    (result,) = checked(file)
    written = "write add_header Vary Origin always; inside the condition and outside of it"
    assert (result.code, result.remedy) == ("missing-vary", written)
    file.write_text(nginx(*lines[:2], VARY, lines[2], VARY, lines[3]))
    assert checked(file) == []


@pytest.mark.parametrize("vary", ["header @o Vary Origin", ""])
def test_vary_goes_without_a_matcher(vary: str, tmp_path: Path) -> None:
    lines = ("@o header Origin https://app.example.com", "header @o Access-Control-Allow-Origin {header.Origin}", vary)
    file = tmp_path / "Caddyfile"
    file.write_text(caddy(*lines))
    (result,) = checked(file)
    assert (result.code, "header +Vary Origin" in result.remedy) == ("missing-vary", True)
    file.write_text(caddy(*lines, "header +Vary Origin"))
    assert checked(file) == []
