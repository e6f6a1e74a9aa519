"""What each construct of nginx, Caddy and Envoy means for CORS; what is not read is said to be so."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from crossorigin.check import Kind, inspect_file, kind_of
from crossorigin.report.findings import Finding, RunTimeValue

APP = "https://app.example.com"
SEND = "add_header Access-Control-Allow-Origin"
COOKIES = "add_header Access-Control-Allow-Credentials true always;"
VARY = "add_header Vary Origin always;"
LISTED = f'map $http_origin $o {{ default ""; "{APP}" $http_origin; }}\n'
ASKED = "add_header Access-Control-Allow-Headers authorization always;"


def location(*lines: str, content: str = "return 200;") -> str:
    return "server { location / {\n" + "\n".join((*lines, content)) + "\n} }\n"


def said(file: Path, kind: Kind | None = None, root: Path | None = None) -> list[tuple[int, str, str]]:
    """(line, code, grade) of each result; not judged and decided at run time have no grade."""
    found = []
    for result in inspect_file(file, kind or kind_of(str(file)) or Kind.OTHER, root):
        line = result.place.line if result.place is not None else 0
        code = result.setting if isinstance(result, RunTimeValue) else result.code
        grade = result.severity if isinstance(result, Finding) else type(result).__name__
        found.append((line, code, grade))
    return found


def forwards(*lines: str) -> str:
    return "server {\n" + "\n".join(lines) + "\n}\n"


TOLD = "unknown-matcher"
ANY, NULL, LOST = "accepts-any-origin", "accepts-null", "config-overrides"
NGINX: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "a map of the origin and the path": (
        'map "$http_origin|$request_uri" $o {\n"~^https://app\\.example\\.com\\|/api/" $http_origin;\n}\n'
        + location(f"{SEND} $o always;", COOKIES, VARY),
        [(2, TOLD, "NotJudged")],
    ),
    "a map of the origin and the host": (
        f'map $http_origin$http_host $o {{\n{APP}api.example.com $http_origin;\n}}\n' + location(f"{SEND} $o always;", COOKIES, VARY),
        [(2, TOLD, "NotJudged")],
    ),
    "a map of the origin and the host, by expression": (
        'map $http_origin$http_host $o {\n"~example.com" $http_origin;\n}\n' + location(f"{SEND} $o always;", COOKIES, VARY),
        [(2, TOLD, "NotJudged")],
    ),
    "a map of the origin and the method": (
        f'map "$http_origin $request_method" $o {{\n"{APP} GET" $http_origin;\n}}\n' + location(f"{SEND} $o always;", COOKIES),
        [(5, "missing-vary", "medium")],
    ),
    "a map of the origin and what is set elsewhere": (
        f'map "$http_origin $gone" $o {{\n"{APP} GET" $http_origin;\n}}\n' + location(f"{SEND} $o always;", COOKIES, VARY),
        [(1, "unset-variable", "NotJudged"), (2, TOLD, "NotJudged")],
    ),
    "a map of a map and the path": (
        LISTED.replace("$o", "$p") + 'map "$p|$uri" $o {\n"~example" $http_origin;\n}\n' + location(f"{SEND} $o always;", COOKIES, VARY),
        [(3, TOLD, "NotJudged")],
    ),
    "a condition on the origin and the path": (
        location(f'if ("$http_origin$uri" ~ example) {{ {SEND} $http_origin always; }}', VARY),
        [(2, TOLD, "NotJudged")],
    ),
    "a condition on the origin and the method": (
        location(f'if ($http_origin-$request_method = {APP}-GET) {{ {SEND} $http_origin always; }}'),
        [(2, "missing-vary", "medium")],
    ),
    "the origin, compared with another header": (
        location(f'if ($http_origin = "https://$http_x_forwarded_host") {{ {SEND} $http_origin always; }}', VARY),
        [(2, TOLD, "NotJudged")],
    ),
    "the origin, compared with the URL": (
        location(f'if ($http_origin = $arg_origin) {{ {SEND} $http_origin always; {VARY} }}', VARY), [(2, ANY, "low")]
    ),
    "a map of the host": (
        f'map $host $o {{ default ""; api.example.com {APP}; }}\n' + location(f"{SEND} $o always;", content="proxy_pass http://a;"),
        [(3, "duplicate-headers", "info")],
    ),
    "Vary in the condition": (
        location(f'if ($http_origin = "{APP}") {{', f"{SEND} $http_origin always;", VARY, "}"),
        [(4, "missing-vary", "medium")],
    ),
    "Vary in the condition and outside": (
        location(f'if ($http_origin = "{APP}") {{', f"{SEND} $http_origin always;", VARY, "}", VARY), []
    ),
    "Vary for some origins": (
        LISTED + f'map $http_origin $v {{ "{APP}" Origin; }}\n' + location(f"{SEND} $o always;", "add_header Vary $v always;"),
        [(5, "missing-vary", "medium")],
    ),
    "Vary on the same paths": (
        LISTED + location(f"if ($uri ~ ^/api) {{ {SEND} $o always; {VARY} }}"), []
    ),
    "Vary of a page for some": (
        location(f'if ($http_origin = "") {{ return 403; }} if ($http_origin = "{APP}") {{ {SEND} {APP} always; {VARY} }}'), []
    ),
    "a name with a colon": (location(f"{SEND}: *;"), [(2, "no-effect", "medium")]),
    "a name with its value": (location('add_header "Access-Control-Allow-Origin: *" always;'), [(2, "no-effect", "medium")]),
    "a name with a blank": (location('add_header "Vary " Origin;', 'add_header X: y;'), [(2, "no-effect", "medium")]),
    "what is not found goes to another location": (
        forwards("location / {", f"try_files $uri @app; {SEND} {APP} always;", "} location @app { proxy_pass http://a; }"),
        [(3, LOST, "medium")],
    ),
    "what is not found goes to a location that sends it too": (
        forwards(f"location / {{ try_files $uri @app; {SEND} {APP}; }} location @app {{ {SEND} {APP}; proxy_pass http://a; }}"),
        [(2, "errors-without-cors", "medium"), (2, "duplicate-headers", "info")],
    ),
    "what a server sends is lost once": (
        forwards(f"{SEND} {APP} always;", "rewrite ^ /b;", "location / { try_files $uri /b; }", "location /b { add_header X y; }"),
        [(5, LOST, "medium")],
    ),
    "what is not found stays": (
        forwards(f"location / {{ try_files $uri $uri/ /index.html =404; {SEND} {APP} always; }}"), []
    ),
    "what is not found goes to PHP": (
        forwards(f"location / {{ try_files $uri /index.php?$args; {SEND} {APP} always; }}", "location ~* \\.PHP$ { proxy_pass http://a; }"),
        [(2, LOST, "medium")],
    ),
    "what is not found goes to a location of its own": (
        forwards(f"location / {{ try_files $uri /x.html; {SEND} {APP} always; }}", "location = /x.html { } location ~ x { }"),
        [(2, LOST, "medium")],
    ),
    "an expression that may take it": (
        forwards(f"location / {{ rewrite ^/a/(.*) /b/$1 last; {SEND} {APP} always; }}", "location /b { } location ~ x { }"),
        [],
    ),
    "an expression that does not take it": (
        forwards(f"location / {{ try_files $uri /b/x; {SEND} {APP} always; }}", "location /b { } location ~ y { }"),
        [(2, LOST, "medium")],
    ),
    "a location that no expression takes": (
        forwards(f"location / {{ try_files $uri /b/x; {SEND} {APP} always; }}", "location ^~ /b { } location ~ x { }"),
        [(2, LOST, "medium")],
    ),
    "a rewrite to another location": (
        forwards(f"location / {{ rewrite ^/a/(.*) /b/$1 last; {SEND} {APP} always; }}", "location /b { }"),
        [(2, LOST, "medium")],
    ),
    "a rewrite that stays": (
        forwards(f"location / {{ rewrite ^/a/(.*) /b/$1 break; {SEND} {APP} always; }}", "location /b { }"), []
    ),
    "a rewrite to where it may be sent": (
        forwards(f"location / {{ rewrite ^ /b last; {SEND} {APP} always; }}", f"location /b {{ if ($arg_a) {{ {SEND} {APP}; }} }}"),
        [(3, "errors-without-cors", "medium")],
    ),
    "an alias in three steps": (
        location("set $a $http_origin;", 'set $b "${a}";', "set $c $b;", f"{SEND} $c always;", COOKIES, VARY),
        [(5, ANY, "high")],
    ),
    "without cookies it weighs less": (location(f"{SEND} $http_origin always;", VARY), [(2, ANY, "low")]),
    "a flag that is taken back": (
        location(
            "if ($http_origin ~ example) { set $ok 1; }", "set $ok 0;", f"if ($ok) {{ {SEND} $http_origin always; }}"
        ),
        [],
    ),
    "an expression that keeps out": (
        location(r"if ($http_origin ~* evil\.com) { return 403; }", f"{SEND} {APP} always;"),
        [],
    ),
    "an expression that keeps everybody else out": (
        location(r'if ($http_origin !~ "app\.example\.com$") { return 403; }', f"{SEND} $http_origin always;", VARY),
        [(2, "accepts-suffix", "low"), (2, "accepts-http", "low")],
    ),
    "a variable that is set elsewhere": (location(f"{SEND} $gone always;"), [(2, "unset-variable", "NotJudged")]),
    "a condition that is set elsewhere": (
        location(f"if ($gone) {{ {SEND} * always; }}"),
        [(2, "sends-star", "info"), (2, "unset-variable", "NotJudged")],
    ),
    "a condition that CORS does not depend on": (
        location("if ($gone) { set $x 1; }", f"{SEND} {APP} always;"),
        [],
    ),
    "a value that is never an origin": (
        location(f"{SEND} $request_uri always;"),
        [(2, "sends-invalid-allow-origin", "medium")],
    ),
    "its own origin": (location(f'{SEND} "$scheme://$host" always;'), [(2, "no-effect", "medium")]),
    "a part of the URL": (location(f"{SEND} $arg_origin always;", COOKIES), [(2, ANY, "high")]),
    "a group that is the whole origin": (
        location(r'if ($http_origin ~ "^(https://.*\.example\.com)$") {', f"{SEND} $1 always;", "}"),
        [(3, "missing-vary", "medium")],
    ),
    "a group that is a part": (
        location(r'if ($http_origin ~ "^https://(.*)\.example\.com$") {', f'{SEND} "https://$1.example.com" always; }}'),
        [(3, "unset-variable", "NotJudged")],
    ),
    "an error page": (
        LISTED
        + "server { error_page 418 = @preflight; location @preflight {\n"
        + f"{SEND} $o always; {ASKED} {VARY} return 204; }}\n"
        + f"location / {{ if ($request_method = OPTIONS) {{ return 418; }} {SEND} $o always; {VARY} return 200; }} }}",
        [],
    ),
    "a preflight for nobody": (
        location("if ($request_method = OPTIONS) { return 204; }", content="proxy_pass http://app;"),
        [(2, "preflight-refused", "medium")],
    ),
    "a method that is rejected on purpose": (
        location("if ($request_method !~ ^(GET|POST)$) { return 405; }", content="proxy_pass http://app;"),
        [],
    ),
    "a login": (
        location('auth_basic "x";', f"{SEND} {APP} always;", ASKED),
        [],
    ),
    "a login before an app": (
        location('auth_basic "x";', f"{SEND} {APP} always;", "proxy_hide_header Access-Control-Allow-Origin;",
                 content="proxy_pass http://app;"),
        [(2, "preflight-behind-auth", "medium")],
    ),
    "another login": (
        location("auth_request /auth;", f"{SEND} {APP} always;", content="root /srv;"),
        [(2, "preflight-behind-auth", "medium")],
    ),
    "a login, or an address": (
        location("satisfy any; allow all;", 'auth_basic "x";', f"{SEND} {APP} always;", content="root /srv;"),
        [],
    ),
    "limit_except": (
        location("limit_except GET { deny all; }", f"{SEND} {APP} always;", content="root /srv;"),
        [(2, "preflight-refused", "medium")],
    ),
    "an insecure origin with cookies": (location(f"{SEND} http://app.example.com always;", COOKIES),
                                        [(2, "origin-insecure", "high")]),
    "an insecure origin in a map": (
        'map $http_origin $o { "http://app.example.com" $http_origin; }\n'
        + location(f"{SEND} $o always;", COOKIES, VARY),
        [(1, "origin-insecure", "high")],
    ),
    "Lua": (
        location('header_filter_by_lua_block { ngx.header["Access-Control-Allow-Origin"] = "*" }'),
        [(2, "unknown-directive", "NotJudged")],
    ),
    "Lua that sets it before the app answers": (
        location('access_by_lua_block { ngx.header["Access-Control-Allow-Origin"] = ngx.var.http_origin }'),
        [(2, "unknown-directive", "NotJudged")],
    ),
    "Lua that says it with underscores": (
        location("rewrite_by_lua_block { ngx.header.access_control_allow_origin = ngx.var.http_origin }"),
        [(2, "unknown-directive", "NotJudged")],
    ),
    "Lua that answers": (
        location(content="content_by_lua_block { ngx.header[name] = ngx.var.http_origin ngx.say('{}') }"),
        [(2, "unknown-directive", "NotJudged")],
    ),
    "Lua of a file": (location("access_by_lua_file cors.lua;"), [(2, "unknown-directive", "NotJudged")]),
    "Lua of a package": (
        location('header_filter_by_lua_block { require("cors").run() }'),
        [(2, "unknown-directive", "NotJudged")],
    ),
    "Lua beside a header": (
        location("access_by_lua_block { require('auth').check() }", f"{SEND} $http_origin always;", COOKIES, VARY),
        [(3, ANY, "high"), (2, "unknown-directive", "NotJudged")],
    ),
    "Lua that sets a variable": (
        location("set_by_lua_block $o { return ngx.var.http_origin }", f"{SEND} $o always;", COOKIES, VARY),
        [(3, "unset-variable", "NotJudged")],
    ),
    "Lua that sends no header": (
        "init_by_lua_block { x = {} }\n" + location("log_by_lua_block { y() }", "set_by_lua_block $o { return 1 }"), []
    ),
    "njs": (location(content="js_content main.hello;"), [(2, "unknown-directive", "NotJudged")]),
    "Perl": (location(content="perl hello::handler;"), [(2, "unknown-directive", "NotJudged")]),
    "a module for streams": (
        location("nchan_access_control_allow_origin *;"),
        [(2, "unknown-directive", "NotJudged")],
    ),
    "an entry of a map that is called as a module": ('map $arg_mode $m { cors 1; perl 2; }\n' + location(), []),
    "a header for the app": (
        location(f"proxy_set_header Access-Control-Allow-Origin {APP};"),
        [(2, "no-effect", "medium")],
    ),
    "a redirect that CORS does not depend on": (
        location("rewrite ^/old /new permanent;", "if (-f $request_filename) { break; }", f"{SEND} {APP} always;"),
        [],
    ),
    "a file that is not there": (
        location("error_page 404 =200 https://www.example.com;", f"{SEND} {APP} always;", content="root /srv;"),
        [],
    ),
    "a look-ahead": (
        location(f'if ($http_origin ~ "^https://(?!evil)[a-z.]+$") {{ {SEND} $http_origin always; }}'),
        [(2, "unread-part", "NotJudged")],
    ),
    "hostnames": (
        'map $host $o { hostnames; default ""; .example.com "*"; }\n' + location(f"{SEND} $o always;"),
        [(1, "sends-star", "info")],
    ),
    "hostnames, by the origin": (
        "map $http_origin $o { hostnames;\n*.example.com $http_origin;\n.example.org $http_origin;\n"
        + "https://www.* $http_origin;\n}\n"
        + location(f"{SEND} $o always;", COOKIES, VARY),
        [(2, "accepts-http", "medium"), (3, "accepts-http", "medium"), (4, "accepts-prefix", "high")],
    ),
    "hostnames, the longest": (
        "map $http_origin $o { hostnames;\n*.app.example.com $http_origin;\n.example.com '';\n"
        + "https://www.* '';\nhttps://www.shop.* $http_origin;\n}\n"
        + location(f"{SEND} $o always;", COOKIES, VARY),
        [(2, "accepts-http", "medium"), (5, "accepts-prefix", "high")],
    ),
    "an origin that is compared with a variable": (
        location(f"set $o {APP};", f"if ($http_origin = $o) {{ {SEND} $http_origin always; {VARY} }}", VARY),
        [],
    ),
    "an origin with a path in a variable": (
        location(f"set $o {APP}/x;", f"if ($http_origin = $o) {{ {SEND} $http_origin always; {VARY} }}"),
        [(3, "sends-invalid-allow-origin", "medium")],
    ),
    "an origin that is compared with this server's": (
        location(f'if ($http_origin = "https://$host") {{ {SEND} $http_origin always; {VARY} }}'),
        [],
    ),
    "any origin but this server's is turned away": (
        location('if ($http_origin != "https://$host") { return 403; }', f"{SEND} $http_origin always;", VARY),
        [],
    ),
    "a variable that is set for some": (
        location(f'if ($http_origin = "{APP}") {{ set $o $http_origin; }}', f"{SEND} $o always;", VARY),
        [],
    ),
    "a variable of a module": (location(f'{SEND} "https://$http_x_forwarded_host" always;'), []),
    "an entry by envsubst": (
        'map $http_origin $o {\n"${ORIGIN}" $http_origin;\n}\n' + location(f"{SEND} $o always;", COOKIES, VARY),
        [(2, "template", "NotJudged")],
    ),
    "a map of the method": (
        "map $request_method $o {\nGET *;\n}\n" + location(f"{SEND} $o always;"),
        [(2, "sends-star", "info")],
    ),
    "a name that a server may have": (location(f"if ($host ~ ^api) {{ {SEND} * always; }}"), [(2, "sends-star", "info")]),
    "another that it may have": (location(f"if ($host = a.example) {{ {SEND} * always; }}"), [(2, "sends-star", "info")]),
    "an expression about what is set elsewhere": (
        location(f"if ($gone ~ ^api) {{ {SEND} * always; }}"),
        [(2, "sends-star", "info"), (2, "unset-variable", "NotJudged")],
    ),
    "what is set elsewhere, compared": (
        location(f"if ($http_origin = $gone) {{ {SEND} * always; }}"),
        [(2, "sends-star", "info"), (2, "unset-variable", "NotJudged")],
    ),
    "more conditions than can be tried": (
        location(*(f"if ($uri = /{number}) {{ set $x {number}; }}" for number in range(7)), f"{SEND} {APP} always;"),
        [(0, "unread-part", "NotJudged")],
    ),
    "a condition without parentheses": (
        location(f'if $http_origin ~ "^https://a[.]example" {{ {SEND} $http_origin always; {VARY} }}', VARY),
        [(2, "accepts-prefix", "low")],
    ),
    "null, kept out": (location(f'if ($http_origin = "null") {{ return 403; }} {SEND} {APP} always;'), []),
    "null, where nothing is sent": (
        location("set $o null;", "if ($http_origin = $o) { return 403; }", "if ($request_method = TRACE) { return 405; }"),
        [],
    ),
    "a location beside a server": (
        f"server {{ return 200; }}\nlocation /api {{ {SEND} * always; return 200; }}\n",
        [(2, "sends-star", "info")],
    ),
    "a map that nothing uses": (
        f"map $http_origin $o {{ default {APP}; }}\nmap $http_origin $p {{ default *; }}\n",
        [(2, "sends-star", "info")],
    ),
    "an error page that is not there": (
        location("deny all;", "error_page 403 @gone;", f"{SEND} $http_origin always;", content="root /srv;"),
        [],
    ),
    "error pages without CORS": ("server { error_page 404 /404.html; location / { root /srv; } }\n", []),
    "an error page of a snippet": (
        f'error_page 404 /404.html;\nif ($http_origin = "{APP}") {{ {SEND} $http_origin always; {VARY} }}\nroot /srv; {VARY}\n',
        [],
    ),
    "an error page behind a server's own answer": (
        f"server {{ error_page 403 = /open; return 403;\nlocation /open {{ {SEND} * always; return 200; }} }}\n",
        [],
    ),
    "an error page behind a server's answer to OPTIONS": (
        f"server {{ error_page 405 = /open; if ($request_method = OPTIONS) {{ return 405; }}\n{SEND} {APP} always;\n"
        f"location /open {{ add_header X-A 1; {SEND} {APP} always; {ASKED} return 204; }} }}\n",
        [],
    ),
    "envsubst": (location(f"{SEND} ${{CORS_ORIGIN}} always;", VARY), [(2, "template", "NotJudged")]),
    "envsubst in an expression": (
        location(f'if ($http_origin ~ "^https://${{DOMAIN}}$") {{ {SEND} $http_origin always; }}'),
        [(2, "template", "NotJudged")],
    ),
    "envsubst where CORS is not": ("server { listen ${PORT};\n" + f"{SEND} {APP} always;\n}}\n", []),
    "a name between underscores": (location(f"{SEND} __ORIGIN__ always;"), [(2, "template", "NotJudged")]),
    "an expression that names no domain": (
        'map $http_origin $o { default ""; "~^https://app\\." $http_origin; }\n' + location(f"{SEND} $o;"),
        [(1, "accepts-prefix", "low"), (3, "missing-vary", "medium")],
    ),
    "hostnames, of the origin": (
        "map $http_origin $o { hostnames; default ''; .example.com $http_origin; }\n" + location(f"{SEND} $o always;", VARY),
        [(1, "accepts-http", "low")],
    ),
    "hostnames, every label after the first": (
        "map $http_origin $o { hostnames; default '';\nhttps://app.* $http_origin; }\n" + location(f"{SEND} $o always;", VARY),
        [(2, "accepts-prefix", "low")],
    ),
    "hostnames, a whole origin beside them": (
        f"map $http_origin $o {{ hostnames; default '';\n{APP} $http_origin; }}\n" + location(f"{SEND} $o always;", VARY),
        [],
    ),
    "a key that is filled in": (
        "map $http_origin $o { default ''; '__ORIGIN__' $http_origin; }\n" + location(f"{SEND} $o always;", COOKIES, VARY),
        [(1, "template", "NotJudged")],
    ),
    "a variable of another location": (
        "server { location /a { set $x *; return 200; }\nlocation / { " + f"{SEND} $x always; return 200; }} }}\n",
        [],
    ),
    "a cookie": (location(f"{SEND} $cookie_origin always;"), [(2, "sends-invalid-allow-origin", "medium")]),
    "an expression on what is set elsewhere": (
        location(f"if ($gone ~ x) {{ {SEND} * always; }}"),
        [(2, "sends-star", "info"), (2, "unset-variable", "NotJudged")],
    ),
    "the origin is compared with what is set elsewhere": (
        location(f"if ($gone = $http_origin) {{ {SEND} $http_origin always; }}", VARY),
        [(2, "unset-variable", "NotJudged")],
    ),
    "Jinja": ("server { server_name {{ name }};\n" + f'{SEND} "{{{{ origin }}}}" always; }}\n', [(2, "template", "NotJudged")]),
    "ERB": (f"server {{ {SEND} <%= @origin %>; }}\n", [(1, "template", "NotJudged")]),
}  # fmt: skip


@pytest.mark.parametrize("name", NGINX)
def test_nginx(name: str, tmp_path: Path) -> None:
    text, expected = NGINX[name]
    (tmp_path / "nginx.conf").write_text(text)
    assert said(tmp_path / "nginx.conf") == expected


def site(*lines: str) -> str:
    return "api.example.com {\n" + "\n".join(lines) + '\nrespond "ok"\n}\n'


HEADER = "header Access-Control-Allow-Origin"
REFLECT = "Access-Control-Allow-Origin {header.Origin}"
STAR_HEADER = "Access-Control-Allow-Origin *"
GRANT = "header Access-Control-Allow-Credentials true"
CADDY: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "a snippet with arguments": (
        "(cors) {\n@o header Origin {args[0]}\nheader @o Access-Control-Allow-Origin {args[0]}\nheader Vary Origin\n}\n"
        + site(f"import cors {APP}"),
        [],
    ),
    "a snippet alone": (
        "(cors) {\nheader Access-Control-Allow-Origin *\n}\n",
        [(2, "sends-star", "info")],
    ),
    "the environment": (site(f"{HEADER} {{$ORIGIN}}"), [(2, "access-control-allow-origin", "RunTimeValue")]),
    "another placeholder": (site(f"{HEADER} {{nothing.sets.it}}"), [(2, "unset-variable", "NotJudged")]),
    "a placeholder that is never an origin": (
        site(f"{HEADER} {{header.Referer}}"),
        [(2, "sends-invalid-allow-origin", "medium")],
    ),
    "an unknown matcher": (
        site(f"@o origin {APP}", f"header @o {REFLECT}", "header @o Vary Origin"),
        [(2, "unknown-matcher", "NotJudged")],
    ),
    "a matcher that is not there": (site(f"header @o {REFLECT}"), [(2, "unknown-matcher", "NotJudged")]),
    "an expression": (
        site('@o expression {header.Origin}.endsWith(".example.com")', f"header @o {REFLECT}"),
        [(2, "unknown-matcher", "NotJudged")],
    ),
    "a tilde": (
        site(r"@o header Origin ~^https://.*\.example\.com$", f"header @o {REFLECT}"),
        [(2, "no-effect", "medium")],
    ),
    "not": (site(f"@o not header Origin {APP}", f"header @o {REFLECT}", "header Vary Origin"), [(3, ANY, "low")]),
    "forward_auth": (
        site(f"{HEADER} {APP}", "header Access-Control-Allow-Methods PUT", "forward_auth auth:80 {\nuri /check\n}"),
        [(4, "preflight-behind-auth", "medium")],
    ),
    "basic_auth": (
        site(f"{HEADER} {APP}", "basic_auth {\nbob x\n}"),
        [(3, "preflight-behind-auth", "medium")],
    ),
    "basic_auth for all but preflights": (
        site(f"{HEADER} {APP}", "@login not method OPTIONS", "basic_auth @login {\nbob x\n}"),
        [],
    ),
    "an insecure origin": (site(f"{HEADER} http://app.example.com", GRANT), [(2, "origin-insecure", "high")]),
    "a header that is deferred": (
        "api.example.com {\n" + f"{HEADER[:7]}>{HEADER[7:]} {APP}\n" + "file_server\n}\n",
        [(2, "errors-without-cors", "medium")],
    ),
    "a map": (
        site("map {header.Origin} {o} {", f"{APP} {{header.Origin}}", 'default ""', "}", f"{HEADER} {{o}}", "header Vary Origin"),
        [],
    ),
    "Caddy 1": ("example.com\n\nproxy / localhost:8000\nheader / Access-Control-Allow-Origin *\n", [(3, "unknown-kind", "NotJudged")]),
    "a directive of others": (site(f"cors {{\norigin {APP}\n}}"), [(2, "unknown-directive", "NotJudged")]),
    "envsubst": (
        site("@o header Origin $ORIGIN", "header @o Access-Control-Allow-Origin $ORIGIN"),
        [(3, "template", "NotJudged")],
    ),
    "an expression between underscores": (
        site("@o header_regexp Origin `__ORIGINS__`", f"header @o {REFLECT}"),
        [(2, "template", "NotJudged")],
    ),
    "Jinja": ("{{ domain }} {\n" + f'{HEADER} "{{{{ origin }}}}"\n}}\n', [(2, "template", "NotJudged")]),
    "another order": (
        "{\norder header last\n}\n" + "example.com {\nheader Access-Control-Allow-Origin *\nrespond ok\n}\n",
        [],
    ),
    "a named route": (
        "&(cors) {\nheader Access-Control-Allow-Origin *\n}\n" + site("invoke cors"),
        [(2, "sends-star", "info")],
    ),
    "vars": (site(f"vars o {APP}", f"{HEADER} {{vars.o}}"), []),
    "a redirect": ("example.com {\n" + f"{HEADER} *\nredir https://www.example.com{{uri}} permanent\n}}\n", [(2, "sends-star", "info")]),
    "errors of one kind": (
        "example.com {\n" + f"file_server\nhandle_errors 404 {{\n{HEADER} *\nrespond gone 404\n}}\n}}\n",
        [],
    ),
    "a response that is replaced": (
        "example.com {\nreverse_proxy a:80 {\nheader_down Access-Control-Allow-Origin *\nhandle_response {\n}\n}\n}\n",
        [(3, "sends-star", "info"), (2, "unread-part", "NotJudged")],
    ),
    "localhost without braces": (f"localhost\n\n{HEADER} *\nrespond ok\n", [(3, "sends-star", "info")]),
    "a module of others with a place in the order": (
        "{\norder cors before header\n}\n" + site("cors https://a.example.com"),
        [(5, "unknown-directive", "NotJudged")],
    ),
    "an address that is called cors": ("cors.example.com\n\nfile_server\n", []),
    "paths of a matcher": (site("@api path /api/*", f"header @api {STAR_HEADER}"), [(3, "sends-star", "info")]),
    "the longer path comes first": (
        "example.com {\nhandle /api/* {\nrespond ok\n}\nhandle /api/v1/* {\n" + f"header {STAR_HEADER}\nrespond ok\n}}\n}}\n",
        [(6, "sends-star", "info")],
    ),
    "a prefix that is taken away": (
        site("uri strip_prefix v1", "handle /api/* {", f"header {STAR_HEADER}", "respond ok", "}"),
        [(4, "sends-star", "info")],
    ),
    "a path by expression": (
        site("@api path_regexp ^/api/", f"header @api {REFLECT}", "header Vary Origin"),
        [(3, ANY, "low")],
    ),
    "errors in errors": (
        "example.com {\n" + f"file_server\nhandle_errors {{\n{HEADER} *\nfile_server\n}}\n}}\n",
        [],
    ),
    "errors that nothing else writes": (
        "example.com {\n" + f"{HEADER} {APP}\nfile_server\nhandle_errors {{\nheader >{HEADER[7:]} *\n}}\n}}\n",
        [(5, "sends-star", "info")],
    ),
    "errors that lose the header": (
        "example.com {\n" + f"{HEADER} {APP}\nfile_server\nhandle_errors {{\nheader -{HEADER[7:]}\n}}\n}}\n",
        [(2, "errors-without-cors", "medium")],
    ),
    "a preflight that is cut off": (
        site(f"{HEADER} {APP}", "@preflight method OPTIONS", "abort @preflight"),
        [(4, "preflight-refused", "medium")],
    ),
    "headers of some responses": (
        site("header {", STAR_HEADER, "match {", "status 2xx", "}", "}"),
        [(3, "sends-star", "info"), (2, "unknown-directive", "NotJudged")],
    ),
    "a replacement": (
        site(f"{HEADER} {APP}", f"{HEADER} ^https: http:"),
        [(3, "unknown-directive", "NotJudged")],
    ),
    "a variable that is compared": (
        site(f"@o vars {{header.Origin}} {APP} https://b.example.com", f"header @o {REFLECT}", GRANT, "header Vary Origin"),
        [],
    ),
    "a mode that is compared": (
        site("vars mode on", "@o vars mode on", f"header @o {STAR_HEADER}"), [(4, "sends-star", "info")]
    ),
    "a variable of vars that is compared": (
        site("vars o {header.Origin}", "vars up https://{header.X-Up}", "@o vars o {vars.up}", f"header @o {REFLECT}", "header Vary Origin"),
        [(4, TOLD, "NotJudged")],
    ),
    "a variable that an expression is compared with": (
        site("@o vars_regexp {header.Origin} ^https://.*example\\.com$", f"header @o {REFLECT}", GRANT, "header Vary Origin"),
        [(2, "accepts-suffix", "high")],
    ),
    "what an expression finds in a variable": (
        site("@o vars_regexp r {header.Origin} ^https://.*example\\.com$", "header @o Access-Control-Allow-Origin {re.r.0}", "header Vary Origin"),
        [(2, "accepts-suffix", "low")],
    ),
    "a variable of the origin and the host": (
        site(f"@o vars {{header.Origin}}{{host}} {APP}api.example.com", f"header @o {REFLECT}", "header Vary Origin"),
        [(2, TOLD, "NotJudged")],
    ),
    "an expression about the origin and the host": (
        site("@o vars_regexp {header.Origin}{host} example", f"header @o {REFLECT}", "header Vary Origin"),
        [(2, TOLD, "NotJudged")],
    ),
    "a variable that nothing sets": (
        site("@o vars {nothing.sets.it} a", f"header @o {REFLECT}", "header Vary Origin"),
        [(2, "unset-variable", "NotJudged")],
    ),
    "a map of the origin and the host": (
        site("map {header.Origin}{host} {o} {", f"{APP}api.example.com {{header.Origin}}", "}", f"{HEADER} {{o}}", "header Vary Origin"),
        [(2, TOLD, "NotJudged")],
    ),
    "a part of the URL": (site(f"{HEADER} {{query.origin}}", GRANT), [(2, ANY, "high")]),
    "Vary in the condition": (
        site(f"@o header Origin {APP}", "header @o {", REFLECT, "Vary Origin", "}"),
        [(5, "missing-vary", "medium")],
    ),
    "Vary on the same paths": (
        site("@api path_regexp ^/api/", f"@o header Origin {APP}", "handle @api {", f"header @o {REFLECT}",
             "header Vary Origin", "}"),
        [],
    ),
    "a name with a colon": (site(f"{HEADER}: *"), [(2, "no-effect", "medium")]),
    "a name with a colon in a block": (site("header {", "Access-Control-Allow-Origin: *", "}"), [(3, "sends-star", "info")]),
    "a name with a colon from the app": (
        "example.com {\nreverse_proxy a:80 {\nheader_down Access-Control-Allow-Origin: *\n}\n}\n",
        [(3, "no-effect", "medium")],
    ),
    "responses that are intercepted": (
        site(f"intercept {{\n@ok status 2xx\nhandle_response @ok {{\nheader {REFLECT}\n}}\n}}"),
        [(2, "unread-part", "NotJudged")],
    ),
    "responses whose status is replaced": (site(f"{HEADER} {APP}", "intercept {\nreplace_status 404\n}"), []),
    "templates": (site("route {\ntemplates\n}"), [(3, "unknown-directive", "NotJudged")]),
    "a module that runs code": (
        site(f"{HEADER} {APP}", "handle /api/* {\nstarlark script.star\n}"),
        [(4, "unknown-directive", "NotJudged")],
    ),
    "a module that keeps strangers out": (site(f"{HEADER} {APP}", "rate_limit {\nzone a\n}"), []),
    "a header of nothing": (site(f"{HEADER} *", HEADER), []),
    "its own origin": (site(f"{HEADER} {{scheme}}://{{host}}"), [(2, "no-effect", "medium")]),
    "a map of the host": (
        site("map {host} {o} {", "public.example.com *", f"default {APP}", "}", f"{HEADER} {{o}}"),
        [(3, "sends-star", "info")],
    ),
    "a map of what is set elsewhere": (
        site("map {vars.tenant} {o} {", "public *", f"default {APP}", "}", f"{HEADER} {{o}}"),
        [(3, "sends-star", "info"), (2, "unset-variable", "NotJudged")],
    ),
    "a map that leaves an output to the default": (
        site("map {header.Origin} {kind} {o} {", f"{APP} ours -", 'default others "*"', "}", f"{HEADER} {{o}}"),
        [(4, "sends-star", "info")],
    ),
    "a map with a part of the origin": (
        site(r"map {header.Origin} {o} {", r"~^https://(app|admin)\.example\.com$ https://$1.example.com", "}", f"{HEADER} {{o}}"),
        [(5, "unset-variable", "NotJudged")],
    ),
    "a map of a map": (
        site("map {header.Origin} {from} {", f"{APP} ours", "default others", "}",
             "map {from} {o} {", "others {header.Origin}", 'default ""', "}", f"{HEADER} {{o}}", "header Vary Origin"),
        [(7, ANY, "low")],
    ),
    "an expression about the method": (
        site('@get expression {method} == "GET"', f"header @get {STAR_HEADER}"),
        [(3, "sends-star", "info")],
    ),
    "another header of the request": (
        site("@debug header X-Debug *", f"header @debug {STAR_HEADER}"),
        [(3, "sends-star", "info")],
    ),
    "requests without an origin": (site("@same header !Origin", f"header @same {STAR_HEADER}"), []),
    "what a preflight asks for": (
        site("@put header_regexp Access-Control-Request-Method ^(PUT|POST)$", f"header @put {REFLECT}"),
        [],
    ),
    "an expression that is not understood": (
        site(r"@o header_regexp Origin ^https://\w+\.example\.com\b", f"header @o {REFLECT}", "header Vary Origin"),
        [(2, "unread-part", "NotJudged")],
    ),
    "what that finds": (
        site(r"@o header_regexp o Origin \w+\.example\.com\b", "header @o Access-Control-Allow-Origin https://{re.o.0}"),
        [(2, "unread-part", "NotJudged"), (3, "unset-variable", "NotJudged")],
    ),
    "what a search finds": (
        site(r"@o header_regexp o Origin [a-z]+\.example\.com", "header @o Access-Control-Allow-Origin https://{re.o.0}"),
        [(3, "missing-vary", "medium")],
    ),
    "a group that is the whole origin": (
        site(r"@o header_regexp o Origin ^(https://.*example\.com)$", "header @o Access-Control-Allow-Origin {re.o.1}", "header Vary Origin"),
        [(2, "accepts-suffix", "low")],
    ),
    "a group of one of two branches": (
        site(r"@o header_regexp o Origin ^(https://a\.example\.com)|(https://b\.example\.com)$", "header @o Access-Control-Allow-Origin {re.o.1}"),
        [(3, "unset-variable", "NotJudged")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CADDY)
def test_caddy(name: str, tmp_path: Path) -> None:
    text, expected = CADDY[name]
    (tmp_path / "Caddyfile").write_text(text)
    assert said(tmp_path / "Caddyfile") == expected


POLICY = '"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy'


def host(route: str = "", level: str = "") -> str:
    return (
        f"virtual_hosts:\n- name: a\n  domains: ['*']\n{level}"
        f"  routes:\n  - match: {{prefix: /}}\n    route:\n      cluster: up\n{route}"
    )


def legacy(matcher: str, more: str = "allow_credentials: true") -> str:
    return host(level=f"  cors:\n    allow_origin_string_match: [{matcher}]\n    {more}\n")


def on_route(*lines: str) -> str:
    """A virtual host whose one route has a policy for everybody, and these lines."""
    named = f"  typed_per_filter_config:\n    x:\n      {POLICY}\n      allow_origin_string_match: [prefix: '*']\n"
    return host(level=named + "".join(f"      {line}\n" for line in lines))


def weighted(matcher: str) -> str:
    return (
        "virtual_hosts:\n- domains: ['*']\n  routes:\n  - match: {prefix: /}\n    route:\n      weighted_clusters:\n"
        "        clusters:\n        - {name: next, weight: 0}\n        - name: up\n          weight: 100\n"
        f"          typed_per_filter_config:\n            x:\n              {POLICY}\n"
        f"              allow_origin_string_match: [{matcher}]\n"
    )


def added(*options: str) -> str:
    """A virtual host that adds Access-Control-Allow-Origin, in each of these lines from 5 on."""
    name = "key: Access-Control-Allow-Origin"
    return host(level="  response_headers_to_add:\n" + "".join(f"  - {{header: {{{name}, {it}\n" for it in options))


def lua(setting: str, kind: str = "Lua", package: str = "lua") -> str:
    """A chain of filters with one that runs code."""
    typed = f"'@type': type.googleapis.com/envoy.extensions.filters.http.{package}.v3.{kind}"
    return f"static_resources:\nhttp_filters:\n- name: x\n  typed_config: {{{typed}, {setting}}}\n"


OTHER_FILTER = "    lua:\n      '@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute\n"
SHARE = "filter_enabled: {runtime_key: cors.share, default_value: {numerator: 100}}"
NO_VARY = (5, "missing-vary", "info")
ENVOY: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "cors on a virtual host": (legacy('{prefix: "*"}'), [(5, ANY, "high"), NO_VARY]),
    "cors on a route": (
        host(route="      cors:\n        allowOriginStringMatch: [{exact: '*'}]\n        allowCredentials: true\n"),
        [(9, ANY, "high"), (9, "missing-vary", "info")],
    ),
    "the nearest policy with matchers decides": (
        host(
            route="    typed_per_filter_config:\n      x:\n        " + POLICY + "\n        max_age: '600'\n",
            level="  typed_per_filter_config:\n    x:\n      " + POLICY + f"\n      allow_origin_string_match: [exact: {APP}]\n",
        ),
        [(7, "missing-vary", "info")],
    ),
    "a suffix": (legacy("{suffix: example.com}"), [(5, "accepts-suffix", "high"), (5, "accepts-http", "medium"), NO_VARY]),
    "a part": (legacy("{contains: example.com}"), [(5, "accepts-infix", "high"), NO_VARY]),
    "a prefix": (legacy(f"{{prefix: '{APP}'}}"), [(5, "accepts-prefix", "high"), NO_VARY]),
    "a prefix that names no domain": (legacy("{prefix: 'https://app.'}"), [(5, "accepts-prefix", "high"), NO_VARY]),
    "a part that names no domain": (legacy("{contains: '//app.'}"), [(5, "accepts-prefix", "high"), NO_VARY]),
    "an ending that is a port": (legacy("{suffix: ':3000'}"), [(5, "accepts-suffix", "high"), NO_VARY]),
    "a prefix that ends within a host": (legacy("{prefix: 'https://www.'}"), [(5, "accepts-prefix", "high"), NO_VARY]),
    "a prefix that ends before a port": (legacy(f"{{prefix: '{APP}:'}}"), []),
    "case": (
        legacy(f"{{exact: '{APP}', ignore_case: true}}"),
        [NO_VARY],
    ),
    "an expression": (legacy("{safe_regex: {regex: 'https://.*example[.]com'}}"), [(5, "accepts-suffix", "high"), NO_VARY]),
    "an insecure origin": (legacy("{exact: 'http://app.example.com'}"), [(5, "origin-insecure", "high"), NO_VARY]),
    "a matcher of others": (legacy("{custom: {name: x}}"), [(5, "unknown-matcher", "NotJudged")]),
    "strings": (
        host(level="  cors:\n    allow_origin: ['*']\n    allow_credentials: true\n"),
        [(5, ANY, "high"), NO_VARY],
    ),
    "expressions": (
        host(level="  cors:\n    allow_origin_regex: ['.*example[.]com']\n    allow_credentials: true\n"),
        [(5, "accepts-suffix", "high"), (5, "accepts-http", "medium"), NO_VARY],
    ),
    "headers by hand": (
        host(level="  response_headers_to_add:\n  - header: {key: Access-Control-Allow-Origin, value: '%REQ(origin)%'}\n"),
        [(5, ANY, "low"), (5, "missing-vary", "info")],
    ),
    "a virtual host alone": (
        "name: a\ndomains: ['*']\ncors:\n  allow_origin: ['*']\n  allow_credentials: true\n",
        [(4, ANY, "high"), (4, "missing-vary", "info")],
    ),
    "a cluster of several": (weighted("prefix: '*'"), [(14, "sends-star", "info"), (14, "missing-vary", "info")]),
    "a cluster of several before the virtual host": (
        weighted(f"exact: '{APP}'").replace("  routes:", "  typed_per_filter_config:\n    x:\n      " + POLICY
                                            + "\n      allow_origin_string_match: [prefix: '*']\n  routes:"),
        [(18, "missing-vary", "info")],
    ),
    "another filter's settings": (
        on_route().replace("    x:\n", OTHER_FILTER + "    x:\n"),
        [(9, "sends-star", "info"), (9, "missing-vary", "info")],
    ),
    "a policy that is off": (legacy('{prefix: "*"}', "enabled: false"), []),
    "a policy that is on": (legacy('{prefix: "*"}', "enabled: true"), [(5, "sends-star", "info"), NO_VARY]),
    "a share that a running Envoy can change": (on_route(SHARE), [(8, "filter_enabled", "RunTimeValue")]),
    "a header without a value": (added("}}"), []),
    "a header that is added": (
        added("value: '*'}}", f"value: '{APP}'}}, append: true}}"),
        [(6, "duplicate-headers", "medium"), (5, "sends-star", "info")],
    ),
    "a header in place of another": (added("value: '*'}}", f"value: '{APP}'}}, append: false}}"), []),
    "a header if there is none": (
        added("value: '*'}}", f"value: '{APP}'}}, append_action: ADD_IF_ABSENT}}"),
        [(5, "sends-star", "info")],
    ),
    "a header in place of none": (added("value: '*'}, append_action: OVERWRITE_IF_EXISTS}"), []),
    "a header of what is not known": (
        added("value: 'https://%REQ(x-tenant)%.example.com'}}"),
        [(5, "unset-variable", "NotJudged")],
    ),
    "a header by envsubst": (added("value: '${ORIGIN}'}}"), [(5, "template", "NotJudged")]),
    "Lua": ("static_resources:\n  x: |\n    headers:add('Access-Control-Allow-Origin', '*')\n", [(2, "unknown-directive", "NotJudged")]),
    "Lua of a file": (lua("default_source_code: {filename: /etc/envoy/cors.lua}"), [(4, "unknown-directive", "NotJudged")]),
    "Lua that changes responses": (
        lua("inline_code: 'function envoy_on_response(h) h:headers():add(name(), \"*\") end'"),
        [(4, "unknown-directive", "NotJudged")],
    ),
    "Lua that answers": (
        lua("inline_code: 'function envoy_on_request(h) h:respond(headers) end'"),
        [(4, "unknown-directive", "NotJudged")],
    ),
    "Lua of a package": (lua("inline_code: 'require(\"cors\")'"), [(4, "unknown-directive", "NotJudged")]),
    "Lua for requests alone": (lua("inline_code: 'function envoy_on_request(h) h:headers():remove(\"x\") end'"), []),
    "Lua of another place": (lua("name: cors.lua", "LuaPerRoute"), [(4, "unknown-directive", "NotJudged")]),
    "Lua that is off": (lua("disabled: true", "LuaPerRoute"), []),
    "Wasm": (lua("config: {}", "Wasm", "wasm"), [(4, "unknown-directive", "NotJudged")]),
    "a process beside": (lua("grpc_service: {}", "ExternalProcessor", "ext_proc"), [(4, "unknown-directive", "NotJudged")]),
    "a filter of others": (
        lua("a: b", "x").replace("envoy.extensions.filters.http.lua.v3.x", "com.example.Cors"),
        [(4, "unknown-directive", "NotJudged")],
    ),
    "a policy that nothing reaches": ("static_resources:\n  cors: {allow_origin: ['*']}\n", [(2, "unread-part", "NotJudged")]),
    "envsubst": (legacy("{exact: '${ORIGIN}'}"), [(5, "template", "NotJudged")]),
    "Go": (legacy("{exact: '{{ .Origin }}'}"), [(5, "template", "NotJudged")]),
}  # fmt: skip


@pytest.mark.parametrize("name", ENVOY)
def test_envoy(name: str, tmp_path: Path) -> None:
    text, expected = ENVOY[name]
    (tmp_path / "envoy.yaml").write_text(text)
    assert said(tmp_path / "envoy.yaml") == expected


# -- what is known and not read -----------------------------------------------------------------------

OTHERS = {
    "ingress.yaml": ("apiVersion: networking.k8s.io/v1\nkind: Ingress\nx:\n  nginx.ingress.kubernetes.io/enable-cors: 'true'\n", 4),
    "snippet.yaml": (f"apiVersion: v1\nkind: Ingress\nx: |\n  {SEND} * always;\n", 4),
    "route.yaml": ("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nallowOrigins: ['*']\n", 3),
    "service.yaml": ("apiVersion: networking.istio.io/v1\nkind: VirtualService\ncorsPolicy: {}\n", 3),
    "middleware.yaml": ("apiVersion: traefik.io/v1\nkind: Middleware\naccessControlAllowOriginList: ['*']\n", 3),
    "docker-compose.yml": ("services:\n  a:\n    labels:\n    - traefik.http.middlewares.a.headers.accesscontrolalloworiginlist=*\n", 4),
    "dynamic.yml": ("http:\n  middlewares:\n    a:\n      headers:\n        accessControlAllowOriginList: ['*']\n", 5),
    "traefik.toml": ("[http.middlewares.a.headers]\naccessControlAllowOriginList = ['*']\n", 2),
    "haproxy.cfg": ("frontend a\n    http-response set-header Access-Control-Allow-Origin *\n", 2),
    ".htaccess": ('Header set Access-Control-Allow-Origin "*"\n', 1),
    "site.conf": ('<VirtualHost *:80>\nHeader set Access-Control-Allow-Origin "*"\n</VirtualHost>\n', 2),
    "lighttpd.conf": ('setenv.add-response-header = ("Access-Control-Allow-Origin" => "*")\n', 1),
    "template.yaml": ("Transform: AWS::Serverless-2016-10-31\nCors: '*'\n", 2),
    "serverless.yml": ("service: a\ncors: true\n", 2),
    "api.yaml": ("openapi: 3.0.1\nx-amazon-apigateway-cors: {}\n", 2),
    "_headers": ("/*\n  Access-Control-Allow-Origin: *\n", 2),
    "vercel.json": ('{"headers":\n"Access-Control-Allow-Origin"}\n', 2),
    "firebase.json": ('{"headers":\n"Access-Control-Allow-Origin"}\n', 2),
    "netlify.toml": ("[[headers]]\n", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_known_and_not_read(name: str, tmp_path: Path) -> None:
    text, line = OTHERS[name]
    (tmp_path / name).write_text(text)
    assert kind_of(str(tmp_path / name)) is Kind.OTHER
    (result,) = inspect_file(tmp_path / name, Kind.OTHER)
    assert said(tmp_path / name) == [(line, "unknown-kind", "NotJudged")]
    assert "crossorigin audit https://" in getattr(result, "remedy", "")


def test_a_helm_chart_is_a_template_too(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("apiVersion: v1\nkind: Ingress\ncors-allow-origin: {{ .Values.origin | quote }}\n")
    assert said(tmp_path / "x.yaml") == [(3, "template", "NotJudged"), (3, "unknown-kind", "NotJudged")]


# -- includes -----------------------------------------------------------------------------------------

STAR = f"{SEND} * always;\n"
INCLUDES: list[tuple[str, dict[str, str], str, list[tuple[int, str, str]]]] = [
    ("include /etc/nginx/snippets/cors.conf;", {"snippets/cors.conf": STAR}, "", [(1, "sends-star", "info")]),
    ("include /etc/nginx/snippets/cors.conf;", {"cors.conf": STAR}, "", [(1, "sends-star", "info")]),
    ("include snippets/cors.conf;", {"../snippets/cors.conf": STAR}, "", [(1, "sends-star", "info")]),
    ("include snippets/cors.conf;", {"root/etc/nginx/snippets/cors.conf": STAR}, "root", [(1, "sends-star", "info")]),
    ("include /srv/cors.conf;", {"root/srv/cors.conf": STAR}, "root", [(1, "sends-star", "info")]),
    ("include /etc/nginx/conf.d/*.conf;", {}, "", [(1, "unread-include", "NotJudged")]),
    ("server { location / { include snippets/cors-*.conf; } }", {}, "", [(1, "unread-include", "NotJudged")]),
    ("include snippets/cors-[ab].conf; include snippets/cors-?.conf;", {}, "", [(1, "unread-include", "NotJudged")]),
    ("include /etc/nginx/modules-enabled/*.conf; include ssl/*;", {}, "", []),
    ("include gone.conf;", {}, "", [(1, "unread-include", "NotJudged")]),
    ("include mime.types; include fastcgi_params; include /etc/nginx/proxy_params;", {}, "", []),
    ("include snippets/ssl-params.conf; include /etc/letsencrypt/options-ssl-nginx.conf;", {}, "", []),
    ("include snippets/fastcgi-php.conf; include uwsgi_params;", {}, "", []),
]


@pytest.mark.parametrize(("text", "files", "root", "expected"), INCLUDES)
def test_includes(
    text: str, files: dict[str, str], root: str, expected: list[tuple[int, str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "deploy"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "nginx.conf").write_text(text)
    assert said(folder / "nginx.conf", root=folder / root if root else None) == expected


def test_a_map_with_an_include(tmp_path: Path) -> None:
    text = (
        f'map $http_origin $o {{ default ""; include origins.map; }}\n{location(f"{SEND} $o always;", COOKIES, VARY)}'
    )
    (tmp_path / "nginx.conf").write_text(text)
    assert said(tmp_path / "nginx.conf") == [(1, "unread-include", "NotJudged")]
    (tmp_path / "origins.map").write_text(f'"{APP}" $http_origin;\n~example\\.com $http_origin;\n')
    assert said(tmp_path / "nginx.conf") == [(2, "accepts-infix", "high")]


def test_evidence_names_an_origin_that_is_accepted(tmp_path: Path) -> None:
    text = location(f'if ($http_origin ~* "^http://localhost:3000$") {{ {SEND} $http_origin always; {VARY} }}', VARY)
    (tmp_path / "nginx.conf").write_text(text)
    (result,) = inspect_file(tmp_path / "nginx.conf", Kind.NGINX)
    assert isinstance(result, Finding)
    assert (result.code, result.details["origin"]) == ("accepts-any-case", "HTTP://LOCALHOST:3000")
