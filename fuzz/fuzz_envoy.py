"""Envoy's configurations: any bytes are read or refused in one line, in YAML and in JSON.

Documents that do not know each other are judged as if alone.
"""

from __future__ import annotations

import json

import yaml

from crossorigin.check import Kind
from fuzz.common import FuzzedDataProvider, bounded, fuzz
from fuzz.files import said, spoilt, together, twice

CORS = "envoy.filters.http.cors"
TYPES = "type.googleapis.com/envoy.extensions.filters"
POLICY = (
    '- exact: "*"', "- exact: https://app.example.com", "- prefix: https://app.example.com", "- suffix: example.com",
    "- safe_regex: {regex: https://.*example.com}", "- contains: example", "- exact: null",
    "- safe_regex: {regex: '.*'}",
    "- exact: https://app.example.com\n  ignore_case: true",
)  # fmt: skip
MORE = (
    "allow_credentials: true", 'allow_methods: "*"', 'allow_headers: "*"', 'expose_headers: "*"', 'max_age: "864000"',
    "filter_enabled: {default_value: {numerator: 0}}", "allow_credentials: {value: true}",
    "forward_not_matching_preflights: true",
)  # fmt: skip
PIECES = (
    "- ", ": ", "&a ", "*a", "{", "}", "[", "]", "static_resources", "cors:", "\t", "---\n", "typed_per_filter_config",
    "|\n",
    "allow_origin_string_match", "exact", "routes", "virtual_hosts", "!!int", "null", "~",
)  # fmt: skip
SURE = {"- safe_regex: {regex: '.*'}": "accepts-any-origin", "- suffix: example.com": "accepts-suffix"}
SEEDS = [
    b"\0static_resources:\n  listeners: []\n",
    b"\0static_resources: &a\n  x: *a\n",
    b"\0{",
    b"\1\0\1\0\1\0\1\5\3",
    b"\2\1\0\0\1\0\1\1\1",
    b"\2\0\1\3\1\0\1",
    b"\3\0\1\1\0\0",
    b"\3\0\1\1\0\1",
]


def indented(lines: list[str], by: int) -> str:
    """Lines of YAML, each so far in."""
    return "".join(f"{' ' * by}{line}\n" for text in lines for line in text.split("\n"))


def document(matchers: list[str], more: list[str]) -> str:
    """One configuration with one route, and a policy on its virtual host."""
    return f"""---
static_resources:
  listeners:
    - name: api
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": {TYPES}.network.http_connection_manager.v3.HttpConnectionManager
                route_config:
                  virtual_hosts:
                    - name: api
                      domains: ["*"]
                      typed_per_filter_config:
                        {CORS}:
                          "@type": {TYPES}.http.cors.v3.CorsPolicy
                          allow_origin_string_match:
{indented(matchers, 28)}{indented(more, 26)}                      routes:
                        - match: {{prefix: /}}
                          route: {{cluster: app}}
                http_filters:
                  - name: {CORS}
                    typed_config:
                      "@type": {TYPES}.http.cors.v3.Cors
                  - name: envoy.filters.http.router
"""


def config(given: FuzzedDataProvider) -> str:
    """One configuration."""
    more = {setting.partition(":")[0]: setting for setting in given.some(MORE, 2)}
    return document(list(dict.fromkeys(given.some(POLICY, 2, 1))), list(more.values()))


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about Envoy's files is broken."""
    given = FuzzedDataProvider(data)
    way = given.ConsumeIntInRange(0, 3)
    if way == 0:
        twice(given.ConsumeBytes(3000), Kind.ENVOY)
        return
    if way == 3:
        matcher, code = given.PickValueInList(list(SURE.items()))
        text = document([matcher], given.some(MORE[:1], 1))
        found = said(text, Kind.ENVOY)
        assert not isinstance(found, str), found
        assert (18, code) in {(line, what) for line, what, _ in found}, (text, found)
        written = json.dumps(yaml.safe_load(text))
        alike = said(written, Kind.ENVOY)
        assert not isinstance(alike, str), alike
        assert sorted(what for _, what, _ in alike) == sorted(what for _, what, _ in found), (alike, found)
        return
    documents = [config(given) for _ in range(given.ConsumeIntInRange(1, 2))]
    if way == 1:
        twice(spoilt(documents[0], given, PIECES), Kind.ENVOY)
        return
    together(documents, Kind.ENVOY, "# a comment")


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
