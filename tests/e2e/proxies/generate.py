"""Configurations of nginx, Caddy and Envoy, drawn from the constructs that `check` reads."""

from __future__ import annotations

import json
from random import Random
from typing import Any

APP = "https://app.example.com"
ORIGINS = (
    APP,
    "https://admin.example.com",
    "http://app.example.com",
    "https://app.example.com.evil.example",
    "https://evilexample.com",
    "https://appxexample.com",
    "https://app.example.com:8443",
    "http://localhost:3000",
    "https://evil.example",
    "http://203.0.113.7:8080",
    "https://shop.example.org",
    "null",
)
REGEXES = (
    r"^https://app\.example\.com$",
    r"^https://app.example.com$",
    r"^https://app\.example\.com",
    r"example\.com$",
    r"example\.com",
    r"^https?://([a-z0-9-]+\.)?example\.com$",
    r"^https://(app|admin)\.example\.com(:[0-9]+)?$",
    r"^http://localhost:[0-9]{2,5}$",
    r"^(null|https://shop\.example\.org)$",
    r".*",
    r"^https://.+\.example\.(com|org)$",
    r"^(https://[a-z]+\.example\.com)$",
)
NOT_JUDGED = r"^https://(\w+)\.example\.com\b"


def regex(draw: Random) -> str:
    return NOT_JUDGED if draw.random() < 0.02 else draw.choice(REGEXES)


# -- nginx --------------------------------------------------------------------------------------------


def _key(line: str) -> str:
    """The key of an entry as nginx compares it: regular expressions as they are, strings without case."""
    key = line.rpartition(" ")[0]
    return key if key.startswith('"~') else key.lower()


class NginxSite:
    """One server, called `name`, with what it needs outside: `maps`."""

    def __init__(self, draw: Random, name: str, upstream: int, files: str) -> None:
        self._draw = draw
        self._number = 0
        self._name = name
        self._upstream = upstream
        self._files = files
        self.maps: list[str] = []
        self.text = self._server()

    def _new(self, what: str) -> str:
        self._number += 1
        return f"${what}_{self._name}_{self._number}"

    def _map(self) -> str:
        draw, name = self._draw, self._new("map")
        value = draw.choice(["$http_origin", "$http_origin", f'"{APP}"', '"*"'])
        default = draw.choice(['""', '""', '""', "$http_origin", '"*"', "null"])
        lines = [f"default {default};"]
        for _ in range(draw.randrange(1, 4)):
            kind = draw.randrange(5)
            if kind < 2:
                lines.append(f'"{draw.choice(ORIGINS)}" {value};')
            elif kind < 4:
                lines.append(f'"~{draw.choice(["", "*"])}{regex(draw)}" {draw.choice([value, chr(34) * 2])};')
            else:
                lines.append(f'"{draw.choice(ORIGINS).upper()}" {value};')
        lines = list({_key(line): line for line in lines}.values())
        draw.shuffle(lines)
        self.maps.append(f"map $http_origin {name} {{ {' '.join(lines)} }}")
        if draw.random() < 0.2:
            second = self._new("map")
            self.maps.append(f'map {name} {second} {{ default {name}; "" "{draw.choice(["", APP])}"; }}')
            return second
        return name

    def _flag(self) -> str:
        """A map that says yes or no."""
        name = self._new("flag")
        self.maps.append(f'map $http_origin {name} {{ default 0; "~{regex(self._draw)}" 1; "{APP}" 1; }}')
        return name

    def _headers(self, value: str) -> list[str]:
        draw = self._draw
        always = draw.choice([" always", " always", ""])
        lines = [f"add_header Access-Control-Allow-Origin {value}{always};"]
        if draw.random() < 0.6:
            cookies = draw.choice(["true", "true", "true", "false", '"True"'])
            lines.append(f"add_header Access-Control-Allow-Credentials {cookies}{draw.choice([' always', always])};")
        if draw.random() < 0.5:
            lines.append("add_header Vary Origin always;")
        if draw.random() < 0.05:
            lines.append(f"add_header Access-Control-Allow-Origin {APP} always;")
        if draw.random() < 0.4:
            lines.append(f"add_header Access-Control-Allow-Methods 'GET, PUT'{always};")
        return lines

    def _cors(self) -> list[str]:
        """Lines that send CORS headers, in one of the ways that people write."""
        draw = self._draw
        way = draw.randrange(9)
        if way == 0:
            return self._headers(draw.choice([APP, '"*"', "$http_origin", '"${http_origin}"', "null", '"a, b"']))
        if way in (1, 2):
            return self._headers(self._map())
        if way == 3:
            first, second = self._new("set"), self._new("set")
            return [f"set {first} $http_origin;", f"set {second} {first};", *self._headers(second)]
        if way == 4:
            operator = draw.choice(["~", "~*", "!~"])
            return [f'if ($http_origin {operator} "{regex(draw)}") {{', *self._headers("$http_origin"), "}"]
        if way == 5:
            flag = self._new("set")
            lines = [f'set {flag} "";', f'if ($http_origin ~ "{regex(draw)}") {{ set {flag} $http_origin; }}']
            if draw.random() < 0.3:
                lines.append(f'if ($http_origin = {APP}) {{ set {flag} ""; }}')
            return [*lines, *self._headers(flag)]
        if way == 6:
            cors = self._new("set")
            return [
                f'set {cors} "";',
                f'if ($http_origin ~* "{regex(draw)}") {{ set {cors} "true"; }}',
                f'if ($request_method = OPTIONS) {{ set {cors} "${{{cors[1:]}}}options"; }}',
                f'if ({cors} = "true") {{',
                *self._headers('"$http_origin"'),
                "}",
                f'if ({cors} = "trueoptions") {{',
                *self._headers("$http_origin"),
                "return 204;",
                "}",
            ]
        if way == 7:
            return [f"if ({self._flag()}) {{", *self._headers("$http_origin"), "}"]
        first, second = draw.sample(["$http_origin", APP, '"*"'], 2)
        return [
            f'if ($http_origin ~ "{regex(draw)}") {{',
            *self._headers(first),
            "}",
            f"if ($http_origin = {draw.choice(ORIGINS)}) {{",
            *self._headers(second),
            "}",
        ]

    def _preflight(self) -> list[str]:
        draw = self._draw
        way = draw.randrange(6)
        if way == 0:
            return []
        if way == 1:
            return ["if ($request_method = OPTIONS) {", *self._headers(self._map()), "return 204;", "}"]
        if way == 2:
            return [f"if ($request_method = 'OPTIONS') {{ return {draw.choice([200, 204, 403])}; }}"]
        if way == 3:
            return ["limit_except GET POST { deny all; }"]
        if way == 4:
            return ['auth_basic "x";', f"auth_basic_user_file {self._files}/htpasswd;"]
        return ["if ($request_method ~ ^(OPTIONS|HEAD)$) { add_header X-Preflight yes; return 204; }"]

    def _content(self) -> list[str]:
        upstream = f"http://127.0.0.1:{self._upstream}"
        return [
            self._draw.choice(
                [f"proxy_pass {upstream};", f"proxy_pass {upstream};", 'return 200 "ok";', f"root {self._files};"]
            )
        ]

    def _location(self, path: str) -> list[str]:
        draw = self._draw
        lines = [*self._cors(), *self._preflight()]
        if draw.random() < 0.3:
            lines = [*self._preflight(), *self._cors()]
        if draw.random() < 0.15:
            lines.append("if ($arg_debug) { add_header X-Debug 1; }")
        if draw.random() < 0.2:
            lines.append("proxy_intercept_errors on;")
        return [f"location {path} {{", *lines, *self._content(), "}"]

    def _server(self) -> str:
        draw = self._draw
        lines = ["listen {port};", f"server_name {self._name}.test;"]
        if draw.random() < 0.3:
            lines += self._headers(draw.choice([APP, "$http_origin", '"*"', self._map()]))
        if draw.random() < 0.25:
            page = draw.choice(["/failed", "@failed"])
            lines.append(f"error_page 404 500 {draw.choice(['', '=', '=200'])} {page};")
            lines += [f"location {'= ' if page == '/failed' else ''}{page} {{"]
            lines += [*(self._cors() if draw.random() < 0.6 else []), 'return 200 "failed";', "}"]
        if draw.random() < 0.15:
            lines.append("error_page 469 = @preflight;")
            lines.append("if ($request_method = OPTIONS) { return 469; }")
            lines += ["location @preflight {", *self._headers(self._map()), "return 204;", "}"]
        lines += self._location("/") if draw.random() < 0.6 else ["location / {", *self._content(), "}"]
        if draw.random() < 0.4:
            inner = ["location /in/ {", "add_header X-Inner yes;", *self._content(), "}"]
            lines += [*self._location("/api/")[:-1], *(inner if draw.random() < 0.5 else []), "}"]
        return "server {\n" + "\n".join(lines) + "\n}\n"


def nginx(draw: Random, name: str, upstream: int, files: str) -> str:
    """One server's configuration, its maps before it; `{port}` is where it listens."""
    site = NginxSite(draw, name, upstream, files)
    return "\n".join([*site.maps, site.text])


# -- Caddy --------------------------------------------------------------------------------------------


class CaddySite:
    def __init__(self, draw: Random, name: str, upstream: int, password: str) -> None:
        self._draw = draw
        self._number = 0
        self._name = name
        self._upstream = upstream
        self._password = password
        self.before: list[str] = []
        lines = self._site()
        self.text = "\n".join([*self.before, f"http://{name}.test:{{port}} {{", *lines, "}", ""])

    def _new(self) -> str:
        self._number += 1
        return f"@m{self._number}"

    def _origin_test(self) -> str:
        draw = self._draw
        way = draw.randrange(5)
        if way < 2:
            return f"header_regexp {draw.choice(['', 'cors '])}Origin `{regex(draw)}`"
        if way == 2:
            return f"header Origin {draw.choice(ORIGINS)}"
        if way == 3:
            return f"header Origin {draw.choice(['*example.com', 'https://app.*', '*example*', '*', 'https://*.example.com'])}"
        return "header Origin *.example.com"

    def _matcher(self) -> tuple[list[str], str]:
        """(the definition, its name)."""
        draw, name = self._draw, self._new()
        way = draw.randrange(6)
        if way < 3:
            return [f"{name} {self._origin_test()}"], name
        if way == 3:
            second = self._origin_test()
            lines = [f"header Origin {APP}", f"header Origin {draw.choice(ORIGINS)}"]
            return [f"{name} {{", *(lines if draw.random() < 0.5 else [second, "path /*"]), "}"], name
        if way == 4:
            return [
                f"{name} {{",
                self._origin_test(),
                f"method {draw.choice(['GET', 'GET OPTIONS', 'OPTIONS'])}",
                "}",
            ], name
        return [f"{name} {{", f"not {self._origin_test()}", "}"], name

    def _value(self) -> str:
        return self._draw.choice(["{header.Origin}", "{http.request.header.Origin}", APP, "*", '"{header.origin}"'])

    def _headers(self, matcher: str) -> list[str]:
        draw = self._draw
        prefix = draw.choice(["", "", "", "+", "?", ">"])
        value = self._value()
        if draw.random() < 0.5:
            lines = [f"header {matcher} {prefix}Access-Control-Allow-Origin {value}"]
            if draw.random() < 0.6:
                lines.append(
                    f"header {matcher} Access-Control-Allow-Credentials {draw.choice(['true', 'true', 'false'])}"
                )
            return lines
        lines = [f"header {matcher} {{", f"Access-Control-Allow-Origin {value}", "Access-Control-Allow-Methods GET"]
        if draw.random() < 0.6:
            lines.append("Access-Control-Allow-Credentials true")
        if draw.random() < 0.3:
            lines.append(draw.choice(["defer", "-Server", "+Vary Origin"]))
        return [*lines, "}"]

    def _cors(self) -> list[str]:
        draw = self._draw
        way = draw.randrange(6)
        if way == 0:
            return self._headers("")
        if way == 1:
            default = draw.choice(['""', "{header.Origin}", APP])
            rows = [f"{draw.choice(ORIGINS)} {{header.Origin}}", f"~{regex(draw)} {{header.Origin}}"]
            return [
                "map {header.Origin} {allowed} {",
                *rows,
                f"default {default}",
                "}",
                "header Access-Control-Allow-Origin {allowed}",
            ]
        if way == 2:
            name = f"cors{self._name}"
            self.before = [
                f"({name}) {{",
                "@from{args[0]} header Origin {args[1]}",
                "header @from{args[0]} Access-Control-Allow-Origin {args[1]}",
                "header @from{args[0]} Access-Control-Allow-Credentials true",
                "}",
            ]
            first, second = self._new()[1:], self._new()[1:]
            return [f"import {name} {first} {APP}", f"import {name} {second} {draw.choice(ORIGINS)}"]
        definition, name = self._matcher()
        lines = [*definition, *self._headers(name)]
        if draw.random() < 0.2:
            lines += self._headers(draw.choice(["", "/api/*"]))
        return lines

    def _preflight(self) -> list[str]:
        draw, name = self._draw, self._new()
        way = draw.randrange(6)
        if way == 0:
            return []
        if way == 1:
            return [f"{name} method OPTIONS", f"respond {name} {draw.choice([204, 200, 405])}"]
        if way == 2:
            return [f"{name} method OPTIONS", f"handle {name} {{", *self._cors(), "respond 204", "}"]
        if way == 3:
            return ["basic_auth {", f"someone {self._password}", "}"]
        if way == 4:
            return [f"{name} not method OPTIONS", f"basic_auth {name} {{", f"someone {self._password}", "}"]
        return ["route {", f"{name} method OPTIONS", *self._headers(name), f"respond {name} 204", "}"]

    def _content(self) -> list[str]:
        draw = self._draw
        proxied = f"reverse_proxy 127.0.0.1:{self._upstream}"
        way = draw.randrange(6)
        if way < 3:
            return [proxied]
        if way == 3:
            down = draw.choice(["-Access-Control-Allow-Origin", f"Access-Control-Allow-Origin {APP}", "+X-Down 1"])
            return [f"{proxied} {{", f"header_down {down}", "}"]
        if way == 4:
            return ['respond "ok"']
        missing = self._new()
        return [f"{missing} path *error", f"error {missing} 404", 'respond "ok"']

    def _site(self) -> list[str]:
        draw = self._draw
        lines = [*self._cors(), *self._preflight()]
        way = draw.randrange(5)
        if way == 0:
            inner = [*self._cors(), *self._content()]
            lines += ["handle /api/* {", *inner, "}", "handle {", *self._content(), "}"]
        elif way == 1:
            lines += [
                "handle_path /api/* {",
                *self._cors(),
                *self._preflight(),
                *self._content(),
                "}",
                *self._content(),
            ]
        elif way == 2:
            lines = ["route {", *lines, *self._content(), "}"]
        else:
            lines += self._content()
        if draw.random() < 0.3:
            inner = self._cors() if draw.random() < 0.5 else ["header X-Error yes"]
            lines += ["handle_errors {", *inner, 'respond "error"', "}"]
        if draw.random() < 0.3:
            draw.shuffle(blocks := _blocks(lines))
            lines = [line for block in blocks for line in block]
        return lines


def _blocks(lines: list[str]) -> list[list[str]]:
    """The lines with those of one block together."""
    blocks: list[list[str]] = [[]]
    depth = 0
    for line in lines:
        blocks[-1].append(line)
        depth += line.endswith(" {") - (line == "}")
        if depth == 0:
            blocks.append([])
    return [block for block in blocks if block]


def caddy(draw: Random, name: str, upstream: int, password: str) -> str:
    """One site of a Caddyfile, its snippets before it; `{port}` is where it listens."""
    return CaddySite(draw, name, upstream, password).text


# -- Envoy --------------------------------------------------------------------------------------------

_TYPE = "type.googleapis.com/envoy."
POLICY = f"{_TYPE}extensions.filters.http.cors.v3.CorsPolicy"


def _string_matcher(draw: Random) -> dict[str, Any]:
    way = draw.randrange(6)
    ignored = {"ignore_case": True} if draw.random() < 0.2 else {}
    if way == 0:
        return {"exact": draw.choice([*ORIGINS, "*", APP.upper()]), **ignored}
    if way == 1:
        return {
            "prefix": draw.choice(["https://app.example.com", "https://", "http://localhost:", "*", "HTTPS://APP"]),
            **ignored,
        }
    if way == 2:
        return {"suffix": draw.choice(["example.com", ".example.com", ".example.org", "*"]), **ignored}
    if way == 3:
        return {"contains": draw.choice(["example.com", "localhost", "//app."]), **ignored}
    return {"safe_regex": {"regex": regex(draw)}}


def _policy(draw: Random) -> dict[str, Any]:
    policy: dict[str, Any] = {}
    if draw.random() < 0.85:
        policy["allow_origin_string_match"] = [_string_matcher(draw) for _ in range(draw.randrange(1, 4))]
    if draw.random() < 0.6:
        policy["allow_credentials"] = draw.random() < 0.8
    if draw.random() < 0.7:
        policy["allow_methods"] = "GET, PUT"
    if draw.random() < 0.4:
        policy["max_age"] = "600"
    if draw.random() < 0.15:
        share = {"numerator": draw.choice([0, 100, 100]), "denominator": "HUNDRED"}
        policy["filter_enabled"] = {"default_value": share}
    return policy


def _typed(draw: Random) -> dict[str, Any]:
    return {"envoy.filters.http.cors": {"@type": POLICY, **_policy(draw)}}


def _added(draw: Random) -> list[dict[str, Any]]:
    action = draw.choice(["APPEND_IF_EXISTS_OR_ADD", "OVERWRITE_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT"])
    header = draw.choice(
        [
            {"key": "Access-Control-Allow-Origin", "value": draw.choice([APP, "*", "%REQ(origin)%"])},
            {"key": "access-control-allow-credentials", "value": "true"},
            {"key": "Vary", "value": "Origin"},
        ]
    )
    return [{"header": header, "append_action": action}]


def envoy_host(draw: Random, name: str) -> dict[str, Any]:
    """One virtual host."""
    route: dict[str, Any] = {"match": {"prefix": "/"}, "route": {"cluster": "up"}}
    host: dict[str, Any] = {"name": name, "domains": [f"{name}.test"], "routes": [route]}
    if draw.random() < 0.15:
        route.pop("route")
        route["direct_response"] = {"status": 200, "body": {"inline_string": "ok"}}
    elif draw.random() < 0.25:
        route["route"]["cors"] = _policy(draw)
    if draw.random() < 0.3:
        route["typed_per_filter_config"] = _typed(draw)
    if draw.random() < 0.5:
        host["typed_per_filter_config"] = _typed(draw)
    if draw.random() < 0.4:
        host["cors"] = _policy(draw)
    for level in (route, host):
        if draw.random() < 0.2:
            level["response_headers_to_add"] = _added(draw)
    return host


def envoy_config(hosts: list[dict[str, Any]], port: int, upstream: int) -> str:
    """A configuration with these virtual hosts."""
    http = f"{_TYPE}extensions.filters.http."
    manager = {
        "@type": f"{_TYPE}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "x",
        "route_config": {"virtual_hosts": hosts},
        "http_filters": [
            {"name": "envoy.filters.http.cors", "typed_config": {"@type": f"{http}cors.v3.Cors"}},
            {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{http}router.v3.Router"}},
        ],
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}

    def address(number: int) -> dict[str, Any]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": number}}

    endpoint = {"lb_endpoints": [{"endpoint": {"address": address(upstream)}}]}
    cluster = {"name": "up", "type": "STATIC", "load_assignment": {"cluster_name": "up", "endpoints": [endpoint]}}
    listener = {"name": "l", "address": address(port), "filter_chains": [chain]}
    return json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster]}}, indent=1)
