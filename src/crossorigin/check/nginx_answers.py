"""What nginx answers to a request, worked out from its configuration in the order of nginx's own phases.

Rewriting (`set`, `if`, `return`, `rewrite`), then access (`auth_basic`, `auth_request`, `limit_except`, `deny`), then
the content, then `error_page`, which begins again in another location; at the end the headers of the block in
force. (nginx.org/en/docs/dev/development_guide.html#http_phases, ngx_http_headers_filter_module.c)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain as chained
from typing import Final, Literal

from ..report.findings import NotJudged, not_judged
from .nginx_config import UNREAD, Directive
from .nginx_variables import REFERENCE, Evaluation, Variables, not_read, unset
from .proxy_answers import Answer, Choices, PageRequest, ProxyValue, Unread, every_answer
from .proxy_headers import ALLOW_ORIGIN, Sent

Block = tuple[Directive, ...]

# ngx_http_headers_filter: without `always`, a header goes with these alone.
SAFE: Final = frozenset((200, 201, 204, 206, 301, 302, 303, 304, 307, 308))
PASSES: Final = ("proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass")
_INTERCEPTS: Final = ("proxy_intercept_errors", "fastcgi_intercept_errors", "uwsgi_intercept_errors")
_LOGINS: Final = ("auth_basic", "auth_request", "auth_jwt", "auth_oidc")
HIDING: Final = tuple(f"{name.removesuffix('_pass')}_hide_header" for name in PASSES)
# Modules of others that set headers, and code of every phase that can: what comes earlier or later cannot, and what
# sets a variable is said where the variable is used.
_MODULES: Final = r"\w*(?:cors|access_control_allow|allowed_origins?)\w*"
_CODE: Final = re.compile(
    r"(?:server_rewrite|rewrite|access|precontent|content|header_filter)_by_lua\w*|js_(?:access|content|header_filter)"
    r"|perl|(?:proxy_)?wasm|mruby_\w+"
)
FOREIGN: Final = re.compile(rf"more_(?:set|add|clear)_headers|{_MODULES}|{_CODE.pattern}")
_OF_EVERY_ANSWER: Final = re.compile(rf"{_MODULES}|js_header_filter|header_filter_by_lua_file")


@dataclass(frozen=True, slots=True)
class Location:
    """A block that answers requests: a location, or a server without one for them.

    `chain` are the blocks around it, from the outermost to its own.
    """

    chain: tuple[Block, ...]
    server: Block = ()
    location: Directive | None = None

    @property
    def depth(self) -> int:
        """How many of its blocks are the server's own or around that."""
        return next(index for index, block in enumerate(self.chain, 1) if block is self.server)


@dataclass(frozen=True, slots=True)
class Nginx:
    """A configuration that can be asked."""

    locations: tuple[Location, ...]
    variables: Variables

    @classmethod
    def of(cls, tree: Sequence[Directive]) -> Nginx:
        """A whole configuration, or the part of one that a site or a snippet is."""
        return cls(tuple(_endpoints(tuple(tree), ())), Variables.of(tree))

    def answers(self, endpoint: Location, asked: PageRequest) -> list[Answer]:
        """What it answers, for every choice that the configuration makes by something else."""
        return every_answer(lambda choices: _NginxRequest(self, endpoint, asked, choices).answer())

    def forwarded(self, here: Location, forward: Directive) -> Location | None:
        """The location in which a `try_files` or a `rewrite` goes on; None if it stays, or if that is not known."""
        mine = [other for other in self.locations if other.server is here.server]
        if forward.name == "try_files" and forward.args:
            return self._at(mine, forward.args[-1])
        if forward.name == "rewrite" and forward.args[2:3] in ((), ("last",)):
            return self._at(mine, " ".join(forward.args[1:2]))
        return None

    def _at(self, locations: Sequence[Location], target: str) -> Location | None:
        """The location that answers for a URI, or that has a name; None if an expression may take what is not known."""
        if target.startswith("@"):
            return next((other for other in locations if _name(other) == (target,)), None)
        path, _, unknown = target.partition("?")[0].partition("$")
        found = located(locations, path)
        expressions = [other for other in locations if _name(other)[:1] in (("~",), ("~*",))]
        if not path.startswith("/") or found is None or _name(found)[:1] in (("=",), ("^~",)):
            return found if path.startswith("/") and not unknown else None
        for other in expressions:
            operator, pattern = _name(other)
            matched = self.variables.regexes.match(pattern, path, ignore_case=operator == "~*")
            if matched is not False or unknown:
                return other if matched and not unknown else None
        return found


def _endpoints(block: Block, outer: tuple[Block, ...]) -> Iterator[Location]:
    """Every server's own block and its locations. A file without a server is taken for one's inside."""
    chain = (*outer, block)
    names = {directive.name for directive in block}
    if not names & {"server", "http", "stream"}:
        yield from _of_server(chain)
    for directive in block:
        if directive.block is None:
            continue
        if directive.name == "http" and not outer:
            yield from _endpoints(directive.block, chain)
        elif directive.name == "server":
            yield from _of_server((*chain, directive.block))
        elif directive.name == "location" and "server" in names:
            yield from _of_server((*chain, (directive,)))  # a file of parts


def _of_server(chain: tuple[Block, ...]) -> Iterator[Location]:
    server = chain[-1]
    if not any(directive.name == "location" and directive.args == ("/",) for directive in server):
        yield Location(chain, server)
    yield from _locations(server, chain, server)


def _locations(block: Block, chain: tuple[Block, ...], server: Block) -> Iterator[Location]:
    for directive in block:
        if directive.name == "location" and directive.block is not None:
            inner = (*chain, directive.block)
            yield Location(inner, server, directive)
            yield from _locations(directive.block, inner, server)


# -- one request --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Done:
    """A phase that ends the request: with a status, or with what another location answers."""

    status: int
    directive: Directive | None = None
    by: Literal["proxy", "app", "login"] = "proxy"


class _NginxRequest:
    def __init__(self, nginx: Nginx, endpoint: Location, asked: PageRequest, choices: Choices) -> None:
        self._nginx = nginx
        self._endpoint = endpoint
        self._asked = asked
        self._values = Evaluation(nginx.variables, asked, choices)
        self._unknown: list[Unread] = []
        self._chain: tuple[Block, ...] = ()

    def answer(self) -> Answer:
        """The answer in the end."""
        endpoint = self._endpoint
        alone = endpoint.location is None
        server_chain = endpoint.chain[: endpoint.depth]
        done = self._rewrite(endpoint.server, server_chain, in_server=not alone)
        chain = self._chain
        if done is None:
            start = chain if alone else endpoint.chain
            done, chain = self._in_location(start, rewrites=not alone)
        return self._finished(done, chain, redirected=False, status=0)

    # -- the phases -----------------------------------------------------------------------------------

    def _in_location(self, chain: tuple[Block, ...], *, rewrites: bool) -> tuple[_Done, tuple[Block, ...]]:
        # What passes a request on is inherited by an `if`, and by no inner location.
        outside = len(chain) - 1 if rewrites else self._endpoint.depth - 1
        limited = self._limited(chain)
        if limited is not None:
            # The block of limit_except takes the location's place, whose rewriting is not done.
            chain = (*chain, limited)
        elif rewrites:
            done = self._rewrite(chain[-1], chain, in_server=False)
            chain = self._chain
            if done is not None:
                return done, chain
        return self._access(chain) or self._content(chain[outside:]), chain

    def _rewrite(self, block: Block, chain: tuple[Block, ...], *, in_server: bool) -> _Done | None:
        """The directives of the rewrite module, in their order. The last true `if` is the block in force."""
        self._chain = chain
        done, _ = self._run(block, chain, in_server=in_server)
        return done

    def _run(self, block: Block, chain: tuple[Block, ...], *, in_server: bool) -> tuple[_Done | None, bool]:
        """(what ends the request, whether rewriting goes on)."""
        for directive in block:
            if directive.name == "set" and len(directive.args) == 2:
                value = self._values.expand(directive.args[1])
                self._values.assign(directive.first, value)
            elif directive.name == "if" and directive.block is not None:
                if not self._values.condition(directive):
                    continue
                inner = (*chain, directive.block)
                if not in_server:
                    self._chain = inner
                done, on = self._run(directive.block, inner, in_server=in_server)
                if done is not None or not on:
                    return done, on
            elif directive.name == "return" and directive.args:
                return _Done(_status_of(directive), directive), False
            elif directive.name == "break":
                return None, False
            elif directive.name == "rewrite":
                done = self._rewritten(directive)
                if done is not None:
                    return done, False
            elif directive.name == UNREAD:
                self._unknown.append(not_read(directive))
        return None, True

    def _rewritten(self, directive: Directive) -> _Done | None:
        """`rewrite` to another URL redirects if the path matches, which nobody asked."""
        flag = directive.args[2:3]
        away = directive.args[1:2] and re.match(r"https?://|\$scheme", directive.args[1])
        redirects = flag in (("redirect",), ("permanent",)) or bool(away)
        if redirects and self._values.choices.choose(directive.place):
            status = 301 if flag == ("permanent",) else 302
            return _Done(status, directive)
        return None

    def _limited(self, chain: tuple[Block, ...]) -> Block | None:
        for directive in chain[-1]:
            if directive.name == "limit_except" and directive.block is not None:
                methods = {method.upper() for method in directive.args}
                if self._values.method not in methods:
                    return directive.block
        return None

    def _access(self, chain: tuple[Block, ...]) -> _Done | None:
        """Who may come in. A page's request brings what a login asks for; its preflight cannot."""
        rules = _innermost(chain, ("allow", "deny"))
        denied = [rule for rule in rules if rule.name == "deny" and rule.first == "all"]
        allowed = [rule for rule in rules if rule.name == "allow"]
        refused = bool(denied) and not allowed
        login = self._login(chain)
        any_of_them = any(rule.first == "any" for rule in _innermost(chain, ("satisfy",)))
        if any_of_them and any(rule.first == "all" for rule in allowed):
            return None
        if login is not None and self._asked.preflight:
            return _Done(401, login, by="login")
        if refused and not (any_of_them and login is not None):
            return _Done(403, denied[0])
        return None

    def _login(self, chain: tuple[Block, ...]) -> Directive | None:
        for name in _LOGINS:
            asking = _innermost(chain, (name,))
            if asking and self._values.expand(asking[0].first).text != "off":
                return asking[0]
        return None

    def _content(self, chain: tuple[Block, ...]) -> _Done:
        passed = next(chained.from_iterable(_innermost(chain, (name,)) for name in PASSES), None)
        if passed is not None:
            status = 500 if self._asked.fails else 200
            return _Done(status, passed, by="app")
        if self._asked.preflight:
            return _Done(405)
        status = 404 if self._asked.fails else 200
        return _Done(status)

    # -- the end --------------------------------------------------------------------------------------

    def _finished(self, done: _Done, chain: tuple[Block, ...], *, redirected: bool, status: int) -> Answer:
        page = None
        if not redirected and (done.by != "app" or self._intercepted(chain)):
            page = _error_page(chain, done.status)
        if page is not None:
            target = page.args[-1]
            overwritten = _overwrite(page, done.status)
            found = self._target(target)
            if found is not None:
                return self._redirected(found, target, overwritten)
            if not target.startswith(("/", "@")):
                done = replace(done, status=302)
        return self._sent(done, chain, status or done.status)

    def _redirected(self, found: Location, target: str, status: int) -> Answer:
        """What the location of an error page answers. A URI is asked for by GET, and passes the server again."""
        done: _Done | None = None
        alone = found.location is None
        chain = found.chain
        if target.startswith("/"):
            self._values.method = "GET"
            done = self._rewrite(found.server, found.chain[: found.depth], in_server=not alone)
        if done is not None or alone:
            chain = self._chain
        if done is None:
            done, chain = self._in_location(chain, rewrites=not alone)
        return self._finished(done, chain, redirected=True, status=status)

    def _target(self, target: str) -> Location | None:
        """The location that an error page leads to."""
        mine = [other for other in self._nginx.locations if other.server is self._endpoint.server]
        if target.startswith("@"):
            return next((other for other in mine if _name(other) == (target,)), None)
        if not target.startswith("/") or "$" in target:
            return None
        return located(mine, target.partition("?")[0])

    def _intercepted(self, chain: tuple[Block, ...]) -> bool:
        found = chained.from_iterable(_innermost(chain, (name,)) for name in _INTERCEPTS)
        return any(directive.first == "on" for directive in found)

    def _sent(self, done: _Done, chain: tuple[Block, ...], status: int) -> Answer:
        level, unread = headers_in_force(chain)
        unknown: list[Unread] = [*self._unknown, *(not_read(directive) for directive in unread)]
        headers = []
        for directive in level:
            value = self._values.expand(directive.args[1])
            if _of_cors(directive):
                unknown += unset(value, directive)
            if value.text and value.known:
                conditional = directive in chain[-1] and _is_condition(chain)
                headers.append(replace(_sent_header(directive, value), conditional=conditional))
        directives = list(chained.from_iterable(chain))
        unknown += [foreign(directive) for directive in directives if sets_foreign(directive)]
        answering = done.directive
        place = answering.place if answering is not None else None
        adds = _adds(answering, chain) if done.by == "app" else ""
        return Answer(
            status,
            tuple(header for header in headers if header.always or status in SAFE),
            done.by,
            place,
            str(answering or ""),
            self._values.tests_made,
            tuple(self._values.passed),
            tuple(unknown),
            adds=adds,
        )


def _adds(passed: Directive | None, chain: Sequence[Block]) -> str:
    """Who stands behind the block of the headers and may send Access-Control-Allow-Origin too, unless it is hidden."""
    hidden = any(directive.first.lower() == ALLOW_ORIGIN for directive in _innermost(chain, HIDING))
    around = chained.from_iterable(block for block in chain if passed in block)
    beside = any(directive.name == "add_header" for directive in around)
    return " ".join(passed.args) if passed is not None and beside and not hidden else ""


def foreign(directive: Directive) -> NotJudged:
    """What a module of others does."""
    return not_judged("unknown-directive", str(directive)[:120], place=directive.place)


def is_foreign(directive: Directive) -> bool:
    """Whether a module of others, or code, sets CORS headers here, or may do so."""
    return sets_foreign(directive) or _CODE.fullmatch(directive.name) is not None


def sets_foreign(directive: Directive) -> bool:
    """Whether a module of others, or code, changes the CORS headers of the answers here, so that they are not known.

    Other code may send headers as well; it leaves those alone that `add_header` sends.
    """
    if not FOREIGN.fullmatch(directive.name):
        return False
    text = " ".join(map(str, directive.inside())).lower().replace("_", "-")  # ngx.header.access_control_allow_origin
    return "access-control" in text or _OF_EVERY_ANSWER.fullmatch(directive.name) is not None


def _sent_header(directive: Directive, value: ProxyValue) -> Sent:
    always = directive.args[2:] == ("always",)
    written = directive.args[1]
    source = written if REFERENCE.search(written) else ""
    return Sent(directive.first.lower(), value.text, directive.place, always, source=source, made_at=value.place)


def _is_condition(chain: Sequence[Block]) -> bool:
    """Whether the innermost block is an `if`'s."""
    around = chain[-2] if len(chain) > 1 else ()
    return any(directive.name == "if" and directive.block is chain[-1] for directive in around)


def _of_cors(directive: Directive) -> bool:
    return directive.first.lower().startswith("access-control-")


def _status_of(directive: Directive) -> int:
    """`return` with a URL alone is a redirect."""
    return int(directive.first) if re.fullmatch(r"[0-9]{3}", directive.first) else 302


def _innermost(chain: Sequence[Block], names: Sequence[str]) -> list[Directive]:
    """The directives of these names of the innermost block that has any: what nginx inherits as a whole."""
    for block in reversed(chain):
        found = [directive for directive in block if directive.name in names and directive.args]
        if found:
            return found
    return []


def headers_in_force(chain: Sequence[Block]) -> tuple[list[Directive], list[Directive]]:
    """The `add_header`s in force, and the includes around that may hold others.

    They are inherited if and only if there is none on the inner level, unless add_header_inherit says otherwise.
    """
    unread: list[Directive] = []
    headers: list[Directive] = []
    for block in reversed(chain):
        own = [directive for directive in block if directive.name == "add_header" and len(directive.args) >= 2]
        headers = [*own, *headers]
        unread += [directive for directive in block if directive.name == UNREAD]
        inherit = [directive.first for directive in block if directive.name == "add_header_inherit"]
        if (own and "merge" not in inherit) or "off" in inherit:
            break
    return headers, unread


def _error_page(chain: Sequence[Block], status: int) -> Directive | None:
    """The page for a status: `error_page 404 =200 /page`."""
    for page in _innermost(chain, ("error_page",)):
        if str(status) in page.args[:-1]:
            return page
    return None


def _overwrite(page: Directive, status: int) -> int:
    """The status that is sent in the end; 0 for that of the page itself."""
    for word in page.args[:-1]:
        if word.startswith("="):
            return int(word[1:]) if re.fullmatch(r"=[0-9]{3}", word) else 0
    return status


def _name(endpoint: Location) -> tuple[str, ...]:
    return endpoint.location.args if endpoint.location is not None else ()


def located(locations: Sequence[Location], path: str) -> Location | None:
    """The endpoint of a server that a path leads to; None if a regular expression may take it."""
    best: tuple[int, Location | None] = (-1, None)
    for endpoint in locations:
        name = _name(endpoint)
        if name == ("=", path):
            return endpoint
        prefix = name[-1] if name[:1] not in (("=",), ("~",), ("~*",)) and name else ""
        if (not name or prefix.startswith("/")) and path.startswith(prefix) and len(prefix) > best[0]:
            best = (len(prefix), endpoint)
    return best[1]
