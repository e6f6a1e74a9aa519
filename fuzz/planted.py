"""Bugs to plant: five for each harness, to show that it would find them.

A bug is a small change of one function: `old` in its source becomes `new`. While it is planted, the function runs the
changed code, whatever name it was imported by. A bug whose `old` is not in the source any more has to be written anew.
"""

from __future__ import annotations
import __future__

import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple


class Bug(NamedTuple):
    """One bug: the harness that finds it, the function (`module:name`), the change, and what is wrong then."""

    harness: str
    target: str
    old: str
    new: str
    says: str


def function(target: str) -> FunctionType:
    """The Python function that a target names, out of whatever decorates it."""
    module, _, path = target.partition(":")
    found: Any = import_module(f"crossorigin.{module}")
    for name in path.split("."):
        found = inspect.getattr_static(found, name)
    for within in ("__func__", "fget", "func", "__wrapped__"):
        found = getattr(found, within, found)
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    assert isinstance(found, FunctionType), target
    return found


def changed(bug: Bug) -> CodeType:
    """The code of the function with the bug in it."""
    original = function(bug.target)
    source = textwrap.dedent(inspect.getsource(original))
    assert source.count(bug.old) == 1, f"{bug.target} has {bug.old!r} {source.count(bug.old)} times"
    flags = __future__.annotations.compiler_flag
    code = compile(source.replace(bug.old, bug.new), original.__code__.co_filename, "exec", flags)
    wanted = [each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == original.__name__]
    return wanted[0]


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """The package with this bug in it."""
    target = function(bug.target)
    before = target.__code__
    target.__code__ = changed(bug)
    forget()
    try:
        yield
    finally:
        target.__code__ = before
        forget()


def forget() -> None:
    """Empties the package's caches: an answer from before would hide a bug, one from after would remain."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("crossorigin", "fuzz"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


BUGS: Final = (
    Bug(
        "origin_grammar",
        "policy.origin_grammar:_in_port",
        'or (not at.port and character == "0")',
        "",
        "the grammar takes a port that begins with 0",
    ),
    Bug(
        "origin_grammar",
        "policy.origin_grammar:_in_port",
        "ends=port != default",
        "ends=True",
        "the grammar takes a default port that is written",
    ),
    Bug(
        "origin_grammar",
        "policy.origin_grammar:_in_host",
        "at.octets == 3",
        "at.octets in (2, 3)",
        "the grammar takes an IPv4 address of three parts",
    ),
    Bug(
        "origin_grammar",
        "standards.origin:split_serialised",
        "int(port) > 65535",
        "int(port) > 99999",
        "a serialised origin may have a port above 65535",
    ),
    Bug(
        "origin_grammar",
        "standards.origin:is_loopback",
        'name.endswith(".localhost")',
        'name.endswith("localhost")',
        "notlocalhost is this machine",
    ),
    Bug(
        "patterns",
        "policy.origin_set:OriginSet._takes",
        "self._below.get((scheme, name))",
        'self._below.get(("https".encode(), name))',
        "a set takes http: pages below a pattern with https:",
    ),
    Bug(
        "patterns",
        "policy.origin_patterns:covers_host",
        'host.endswith("." + listed)',
        "host.endswith(listed)",
        "a pattern takes the apex and every host that ends like it",
    ),
    Bug(
        "patterns",
        "policy.origin_set:OriginSet._takes_label",
        "not middle.translate(None, _LABEL_BYTES) and",
        "",
        "a `*` in a label takes any byte",
    ),
    Bug(
        "patterns",
        "policy.origin_set:_takes",
        "port in ports.listed",
        "port in ports.listed or port is None",
        "a pattern with a port takes the default port, too",
    ),
    Bug(
        "patterns",
        "policy.origin_patterns:OriginPattern.__str__",
        'f"*.{origin.host}" if self.subdomains',
        'f"*{origin.host}" if self.subdomains',
        "a pattern is written without its dot",
    ),
    Bug(
        "regexes",
        "policy.regex_automaton:Automaton._join",
        "first = a.first | b.first if a.empty else a.first",
        "first = a.first",
        "a match cannot skip what is optional at its start",
    ),
    Bug(
        "regexes",
        "policy.regex_automaton:Automaton._repeat",
        "for _ in range(high - low):",
        "for _ in range(high - low + 1):",
        "a repetition takes one more than it says",
    ),
    Bug(
        "regexes",
        "policy.regex_automaton:_ending",
        "if ready & automaton.first:",
        "if False:",
        "the ending that all matches have is taken for too long",
    ),
    Bug(
        "regexes",
        "policy.regex_automaton:Automaton._join",
        "last = a.last | b.last if b.empty else b.last",
        "last = b.last",
        "a match cannot end before what is optional at its end",
    ),
    Bug(
        "regexes",
        "policy.regex_automaton:Matcher.matches",
        "return state.accepting",
        "return True",
        "the start of an origin need not match",
    ),
    Bug(
        "policies",
        "policy.validation:check_methods",
        "elif fetch.is_forbidden_method(text):",
        "elif False:",
        "a method that no browser sends is accepted",
    ),
    Bug(
        "policies",
        "policy.validation:Stakes.rejects",
        "(self.strict and risk not in self.accepted)",
        "False",
        "plain http: and shared suffixes are accepted with credentials",
    ),
    Bug(
        "policies",
        "policy.validation:check_exposed_headers",
        'name == "*" and credentials',
        "False",
        "`*` is exposed with credentials, to which it means nothing",
    ),
    Bug(
        "policies",
        "policy.validation:check_request_headers",
        "name = text.lower()",
        "name = text",
        "the names of headers keep their capital letters",
    ),
    Bug(
        "policies",
        "policy.validation:check_origins",
        "stakes.credentials and not tiers and",
        "stakes.credentials and not tiers and declared and",
        "`*` with credentials is accepted in production unless it is declared",
    ),
    Bug(
        "decide",
        "server.compiled_policy:CompiledPolicy.decide",
        "origin = value if origin is None else REPEATED",
        "origin = value",
        "of two Origin lines the last one is believed",
    ),
    Bug(
        "decide",
        "server.compiled_policy:_serialised",
        "matches(origin) and split_serialised(origin) is not None",
        "matches(origin)",
        "a regex matches what is not an origin",
    ),
    Bug(
        "decide",
        "server.compiled_policy:_from_loopback",
        'parts[0] in (b"http", b"https") and',
        "",
        "in development, pages of any scheme get credentials if their host is localhost",
    ),
    Bug(
        "decide",
        "server.preflight:Preflights._read_names",
        "if name not in self._names]",
        "if name not in self._names and name != b'authorization']",
        "Authorization needs no listing",
    ),
    Bug(
        "decide",
        "server.decision:_answered",
        "elif name not in removed:",
        "elif name not in removed or name.endswith(b'credentials'):",
        "the app's own Access-Control-Allow-Credentials stays",
    ),
    Bug(
        "middleware",
        "server.decision:_read",
        ".strip().lower()",
        ".lower()",
        "a header name after white space is not the middleware's own",
    ),
    Bug(
        "middleware",
        "server.preflight:Preflights._read_names",
        'if not fetch.is_token(name.decode("latin-1"))]',
        "if b'\\0' in name]",
        "names that are not tokens are mirrored",
    ),
    Bug(
        "middleware",
        "server.decision:_as_bytes",
        'if isinstance(text, bytes | bytearray | memoryview) else b""',
        "",
        "a header that is not made of bytes ends the response with an error",
    ),
    Bug(
        "middleware",
        "server.decision:merge_vary",
        "names.setdefault(name.lower(), name)",
        "names.setdefault(name, name)",
        "Vary has a name twice, in two spellings",
    ),
    Bug(
        "middleware",
        "server.compiled_policy:CompiledPolicy.options",
        'method = value if method is None else b""',
        "method = value",
        "of two lines that announce a method, the last one is believed",
    ),
    Bug(
        "starlette",
        "server.preflight:Preflights._work_out",
        "headers.append((_ALLOW_METHODS, methods))",
        "headers.append((_ALLOW_METHODS, b''))",
        "a preflight names no method",
    ),
    Bug(
        "starlette",
        "server.compiled_policy:OriginDecisions.work_out",
        "if origin in self._listed:",
        "if origin.lower() in self._listed:",
        "a listed origin is compared without its case",
    ),
    Bug(
        "starlette",
        "server.preflight:Preflights._read_names",
        "if name not in self._names]",
        "if name not in self._names and name[1:2] != b'-']",
        "a name such as x-a needs no listing",
    ),
    Bug(
        "starlette",
        "server.compiled_policy:OriginDecisions.allow",
        "((ALLOW_ORIGIN, origin), *self._rest)",
        "((ALLOW_ORIGIN, origin), *self._rest[:1])",
        "what is exposed is left out beside credentials",
    ),
    Bug(
        "starlette",
        "server.decision:_answered",
        "kept += added",
        "kept += added if varies else ()",
        "a response without Vary gets no CORS header",
    ),
    Bug(
        "reports",
        "report.formats.escaping:visible",
        "if text.isprintable():",
        "if True:",
        "control characters are shown as they are",
    ),
    Bug(
        "reports",
        "report.formats.escaping:without_passwords",
        'if "@" in text else text',
        "if False else text",
        "passwords in URLs are shown",
    ),
    Bug(
        "reports",
        "report.formats.escaping:_shown",
        'or character in "\\t\\n"',
        'or character in "\\t\\n\\r\\x1b"',
        "an escape character reaches the terminal",
    ),
    Bug(
        "reports",
        "report.formats.text:_place",
        "visible_line(cut(str(place)))",
        "str(place)",
        "the name of a file is shown as it is",
    ),
    Bug(
        "reports",
        "report.formats.junit:as_junit",
        "document.append(suite)",
        "document.add_testsuite(suite)",
        "two targets of one name are one suite",
    ),
    Bug(
        "settings",
        "policy.settings:_read_list",
        're.split(r"[,\\s]+", text)',
        're.split(r"[,]+", text)[:1]',
        "a list in a variable has one element",
    ),
    Bug(
        "settings",
        "policy.settings:_read_bool",
        "_BOOLEANS.get(text.lower())",
        "_BOOLEANS.get(text.lower()[:1])",
        "true and false are told by their first letter",
    ),
    Bug(
        "settings",
        "policy.settings:_parse",
        "except (ValueError, RecursionError) as why:",
        "except (KeyError, RecursionError) as why:",
        "a file that is not TOML ends with another error",
    ),
    Bug(
        "settings",
        "policy.settings:load_fields",
        "fields = shared | profiles.get(profile, {}) | variables",
        "fields = variables | shared | profiles.get(profile, {})",
        "the file goes over the variables",
    ),
    Bug("settings", "policy.settings:_misspelt", "if near:", "if len(near) > 1:", "a misspelt variable is not told"),
    Bug(
        "console",
        "explain.console:read_console",
        "min(lines, key=lambda line: line.row.rank)",
        "max(lines, key=lambda line: line.row.rank)",
        "the least telling line is chosen",
    ),
    Bug(
        "console",
        "explain.console:_message",
        'facts["url"].rstrip(".")',
        'facts["url"].rstrip("./")',
        "the slash at the end of a URL is lost",
    ),
    Bug("console", "explain.console:_message", "int(written) if written.isdigit() else 0", "0", "the status is lost"),
    Bug(
        "console",
        "explain.console:_message",
        'origin_of(facts["page"]) or facts["page"]',
        'origin_of(facts["page"])',
        "a page whose origin is null is lost",
    ),
    Bug(
        "console",
        "explain.text:explanation",
        '"\\n".join(visible(line) for line in lines)',
        '"\\n".join(lines)',
        "an explanation is printed with control characters",
    ),
    Bug(
        "copied",
        "explain.copied:_page",
        'if "origin" in lower:',
        'if "origins" in lower:',
        "the page is not read from Origin",
    ),
    Bug(
        "copied",
        "explain.curl:_call",
        "headers = [(pair[1].strip(), pair[2].strip()) for pair in pairs if pair]",
        'headers = [(pair[1].strip(), pair[2].strip().split(";")[0]) for pair in pairs if pair]',
        "what follows a semicolon is lost",
    ),
    Bug("copied", "explain.curl:_call", "[-1]\n", "[0].lower()\n", "a method is written in lower case"),
    Bug(
        "copied",
        "explain.curl:_call",
        '"&".join(data) if data and not in_query else None',
        '"&".join(data).strip("{}") if data and not in_query else None',
        "braces are lost from a body",
    ),
    Bug(
        "copied",
        "explain.curl:_words",
        're.sub(r"\\\\\\r?\\n", " ", plain)',
        're.sub(r"\\\\", "", plain)',
        "a backslash is lost in a quoted word",
    ),
    Bug(
        "har",
        "explain.har:HarEntry._options",
        '"include" if self.credentials else "same-origin"',
        '"same-origin"',
        "a call with cookies is judged without",
    ),
    Bug(
        "har",
        "explain.har:read_har",
        "except (ValueError, OverflowError) as error:",
        "except ValueError as error:",
        "a number without end ends with another error",
    ),
    Bug(
        "har",
        "explain.har:_member",
        "if not isinstance(found, kind):",
        "if False:",
        "members of another type are taken",
    ),
    Bug("har", "explain.har:_page", 'call.lower.get("origin") or', "", "the page is not read from Origin"),
    Bug(
        "har",
        "browser.checks:cors_check",
        'if granted != "true":',
        'if granted.lower() != "true":',
        "True grants credentials",
    ),
    Bug(
        "nginx",
        "check.nginx_lexer:words",
        'text.count("\\n", at, blank.end())',
        'min(1, text.count("\\n", at, blank.end()))',
        "blank lines are not counted",
    ),
    Bug(
        "nginx",
        "check.nginx_lexer:_word",
        "    if found is None:\n        raise",
        "    if False:\n        raise",
        "a quote that is not closed ends with another error",
    ),
    Bug(
        "nginx",
        "check.nginx_findings:_concerned",
        "directive.first.lower() == ALLOW_ORIGIN",
        "directive.first == ALLOW_ORIGIN",
        "a header in capital letters is not seen",
    ),
    Bug(
        "nginx",
        "check.proxy_findings:Judgement.new",
        "key = code, result.place",
        "key = code, None",
        "what is found in two places is said of one",
    ),
    Bug("nginx", "check.nginx_lexer:Word.mark", "not self.quoted and", "", "a quoted `;` ends a directive"),
    Bug(
        "caddy",
        "check.caddyfile:_rows",
        'raise CannotRun(f"{file}:{line}: a quote is not closed")',
        "raise KeyError(file)",
        "a quote that is not closed ends with another error",
    ),
    Bug(
        "caddy",
        "check.caddyfile:_nested",
        'raise CannotRun(f"{place}: a `}}` closes nothing")',
        "raise KeyError(file)",
        "a brace that closes nothing ends with another error",
    ),
    Bug(
        "caddy",
        "check.proxy_findings:Judgement.new",
        "key = code, result.place",
        "key = code, None",
        "what is found in two places is said of one",
    ),
    Bug("caddy", "check.caddyfile:_sites", "for line in lines)", "for line in lines[:1])", "a second site is not read"),
    Bug(
        "caddy",
        "check.caddyfile:CaddyLine.arguments",
        "else self.words[1:]",
        "else self.words[2:]",
        "a directive loses its first argument",
    ),
    Bug(
        "yaml",
        "report.documents:parse_yaml",
        "(yaml.YAMLError, RecursionError, ValueError)",
        "(RecursionError, ValueError)",
        "what is not YAML ends with another error",
    ),
    Bug(
        "yaml",
        "check.yaml_lines:_snake",
        'f"_{letter[0].lower()}"',
        'f"{letter[0].lower()}"',
        "allowOrigin is not allow_origin",
    ),
    Bug(
        "yaml", "check.yaml_lines:Value.true", 'self.text.lower() == "true"', 'self.text == "true"', "TRUE is not true"
    ),
    Bug("yaml", "check.yaml_lines:Value.place", "start_mark.line + 1", "start_mark.line", "lines are counted from 0"),
    Bug(
        "yaml",
        "check.yaml_lines:Value.fields",
        "Value(value, self.file, key)",
        "Value(value, self.file)",
        "a value does not know its name",
    ),
    Bug(
        "envoy",
        "check.envoy_answers:string_matchers",
        "for name, value in matcher.fields():",
        "for name, value in list(matcher.fields())[1:]:",
        "the first field of a matcher is not read",
    ),
    Bug(
        "envoy",
        "check.envoy_answers:_string_matcher",
        'if name in ("safe_regex", "regex"):',
        'if name == "regex":',
        "a regex of today's Envoy is not known",
    ),
    Bug(
        "envoy",
        "check.proxy_findings:Judgement.new",
        "key = code, result.place",
        "key = code, None",
        "what is found in two places is said of one",
    ),
    Bug(
        "envoy",
        "check.envoy_findings:inspect_envoy",
        "documents = read(file)",
        "documents = read(file)[:1]",
        "a second document is not read",
    ),
    Bug("envoy", "check.yaml_lines:Value.place", "start_mark.line + 1", "start_mark.line", "lines are counted from 0"),
    Bug(
        "source",
        "check.source.files:_decoded",
        "except UnicodeDecodeError as why:",
        "except LookupError as why:",
        "bytes that are not UTF-8 end with another error",
    ),
    Bug(
        "source",
        "check.source.files:_parsed",
        "except SyntaxError as why:",
        "except KeyError as why:",
        "what is not Python ends with another error",
    ),
    Bug(
        "source",
        "check.source.files:_known",
        "if found not in _ENCODINGS:",
        "if not found:",
        "a codec that is not one of text ends with another error",
    ),
    Bug(
        "source",
        "check.source.calls:Calls._called",
        "prepares or _adds(callee)",
        "prepares",
        "add_middleware is not known",
    ),
    Bug(
        "source",
        "check.source.results:Results.add",
        "key = _key(result)",
        "key = (type(result),)",
        "of what is found in a file, one is told",
    ),
)
