"""What a folder holds: nothing that concerns CORS is left out without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossorigin.check import in_folder, inspect_file
from crossorigin.report.findings import RunTimeValue

SEND = (
    "add_header Access-Control-Allow-Origin $http_origin always;\n"
    "add_header Access-Control-Allow-Credentials true always;\nadd_header Vary Origin always;\n"
)
BAD = f"server {{ listen 80; location / {{\n{SEND}root /srv; }} }}\n"
MAIN = "events {}\nhttp { include conf.d/*.conf; }\n"
DOCKER = "events {}\nhttp { include /etc/nginx/conf.d/*.conf; }\n"
ANY = "accepts-any-origin"
TRAEFIK = "services:\n  a:\n    labels:\n    - traefik.http.middlewares.c.headers.accesscontrolalloworiginlist=*\n"
DYNAMIC = "http:\n  middlewares:\n    a:\n      headers:\n        accessControlAllowOriginList: ['*']\n"
TERRAFORM = 'resource "aws_apigatewayv2_api" "a" {\n  cors_configuration { allow_origins = ["*"] }\n}\n'
HELM = 'ingress:\n  annotations:\n    nginx.ingress.kubernetes.io/cors-allow-origin: "*"\n'
APACHE = '<VirtualHost *:80>\nHeader set Access-Control-Allow-Origin "*"\n</VirtualHost>\n'
UNKNOWN = "unknown-kind"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # nginx: only what another file includes is left out
        ({"nginx.conf": DOCKER, "default.conf": BAD}, {"nginx.conf": ["unread-include"], "default.conf": [ANY]}),
        ({"nginx.conf": "events {}\nhttp {}\n", "nginx.prod.conf": BAD}, {"nginx.conf": [], "nginx.prod.conf": [ANY]}),
        ({"nginx.conf": MAIN, "conf.d/a.conf": BAD}, {"nginx.conf": [ANY]}),
        ({"nginx.conf": MAIN, "conf.d/a.conf": BAD, "conf.d/b": BAD}, {"nginx.conf": [ANY], "conf.d/b": [ANY]}),
        ({"nginx.conf": "include http/*.conf;\n", "http/nginx.conf": "include http/b/*;\n", "http/b/a.conf": BAD},
         {"nginx.conf": [ANY]}),
        ({"a.conf": "include b.conf;\n" + BAD, "b.conf": "include a.conf;\n" + BAD},
         {"a.conf": [ANY, ANY, "unread-include"]}),
        ({"nginx.conf": "http { include a.conf;\n", "a.conf": BAD}, {"nginx.conf": None, "a.conf": [ANY]}),
        ({"nginx.conf": "http { include snippets/*; }\n", "snippets/cors.conf": SEND}, {"nginx.conf": [ANY]}),
        ({"snippets/cors": SEND}, {"snippets/cors": [ANY]}),
        # templates
        ({"main.py": "x = 1\n", "default.conf.template": BAD}, {"default.conf.template": [ANY]}),
        ({"main.py": "x = 1\n", "values.yaml.j2": HELM}, {"values.yaml.j2": [UNKNOWN]}),
        ({"main.py": "x = 1\n", "crossorigin.toml.in": "allow_origins = ['@ORIGIN@']\n"},
         {"crossorigin.toml.in": [UNKNOWN]}),
        # what is not read is said to be so, beside Python too
        ({"main.py": "x = 1\n", "docker-compose.yml": TRAEFIK}, {"docker-compose.yml": [UNKNOWN]}),
        ({"main.py": "x = 1\n", "dynamic.yml": DYNAMIC}, {"dynamic.yml": [UNKNOWN]}),
        ({"main.py": "x = 1\n", "main.tf": TERRAFORM}, {"main.tf": [UNKNOWN]}),
        ({"main.py": "x = 1\n", "modules/cdn.tf": "cors { allowed_methods = [] }\n"}, {"modules/cdn.tf": [UNKNOWN]}),
        ({"main.py": "x = 1\n", "values.yaml": HELM}, {"values.yaml": [UNKNOWN]}),
        ({"main.py": "x = 1\n", "values.yaml": f"snippet: |\n  {SEND.splitlines()[0]}\n"}, {"values.yaml": [UNKNOWN]}),
        ({"main.py": "x = 1\n", "a.properties": "endpoints.cors.allowed-origins=*\n"}, {"a.properties": [UNKNOWN]}),
        ({"main.py": "x = 1\n", "appsettings.json": '{"AllowedOrigins": "*"}\n'}, {"appsettings.json": [UNKNOWN]}),
        ({"sites-enabled/000-default": APACHE}, {"sites-enabled/000-default": [UNKNOWN]}),
        ({"lua.conf": "cors = { origins = '*' }\n"}, {"lua.conf": [UNKNOWN]}),
        # and what is no setting of CORS is left alone
        ({"main.py": "x = 1\n", "values.yaml": "# cors-allow-origin: '*'\na: 1\n"}, {}),
        ({"main.py": "x = 1\n", "environment.yml": "dependencies:\n- flask-cors=4.0\n- pip: [flask-cors==4.0]\n"}, {}),
        ({"main.py": "x = 1\n", "a.toml": 'rocket_cors = "0.6"\n'}, {}),
        ({"main.py": "x = 1\n", "Cargo.toml": "[package]\n[features]\ncors = ['tower-http/cors']\n"}, {}),
        ({"main.py": "x = 1\n", "setup.cfg": "[options.extras_require]\ncors = flask-cors\n"}, {}),
        ({"main.py": "x = 1\n", "cassette.yaml": "interactions:\n- access-control-allow-origin: ['*']\n"}, {}),
        ({"main.py": "x = 1\n", "mkdocs.yml": "site_name: x\nnav:\n- CORS: cors.md\n"}, {}),
        ({"main.py": "x = 1\n", "package.json": '{"dependencies": {"cors": "^2.8.5"}}\n'}, {}),
    ],
)  # fmt: skip
def test_a_folder(
    files: dict[str, str], expected: dict[str, list[str] | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content)
    found = in_folder(Path(), None)
    assert {str(file) for file in found.files} == set(expected)
    for file, kind in found.files.items():
        codes = expected[str(file)]
        if codes is not None:
            results = [result for result in inspect_file(file, kind) if not isinstance(result, RunTimeValue)]
            assert [result.code for result in results] == codes
