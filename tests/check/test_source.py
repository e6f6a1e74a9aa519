"""Python source that is read and never imported: each code at its line, and files that nobody should run."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path

import flask
import flask_cors
import pytest
import quart
import quart_cors
import socketio

from crossorigin.browser import Request, Response
from crossorigin.check import Kind, in_folder, inspect_file, inspect_sources, kind_of
from crossorigin.check.folders import MAX_FILES
from crossorigin.report.findings import Finding, NotJudged, Result, RunTimeValue
from crossorigin.transport import ASGITransport
from tests.check.marks import HERE, expected, found, samples

SAMPLES = samples("source", "*.py")
APPS = samples("apps", "*.py")
# What is seen of an app by asking it, or by what is installed beside it.
OF_APPS = {"middleware-order", "stacked-cors"}
BY_ASKING = {"any_http_url.py": "no-effect", "parts_unread.py": "no-effect"}

IMPORTED = "from fastapi.middleware.cors import CORSMiddleware\n"


def name(file: Path) -> str:
    return file.name


@pytest.mark.parametrize("file", SAMPLES, ids=name)
def test_what_is_found(file: Path) -> None:
    results = list(inspect_file(file, Kind.SOURCE))
    assert found(results, file) == expected(file)
    assert all(each.evidence and each.remedy and each.title for each in results if not isinstance(each, RunTimeValue))


@pytest.mark.parametrize("file", APPS, ids=name)
def test_source_and_app_say_the_same_codes(file: Path) -> None:
    results = [each for each in inspect_file(file, Kind.SOURCE) if not isinstance(each, RunTimeValue)]
    of_app = expected(file)
    for place in list(of_app):
        if place[1] in OF_APPS or place[1] == BY_ASKING.get(file.name):
            del of_app[place]
    assert found(results, file) == of_app


def said(text: str | bytes, tmp_path: Path) -> list[str]:
    """One line for each result of a file: its line, its code or setting, and what was seen."""
    file = tmp_path / "main.py"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [line_of(each) for each in inspect_file(file, Kind.SOURCE)]


def line_of(result: Result) -> str:
    line = result.place.line if result.place is not None else 0
    if isinstance(result, RunTimeValue):
        return f"{line} {result.setting} = {result.expression}"
    return f"{line} {result.code}: " + "; ".join(result.evidence.splitlines())


STAR = "allow_origins[0] = '*'; Starlette allows https://evil.example, with cookies"
ADD = "app.add_middleware(CORSMiddleware, "
MIDDLEWARE = "async def dispatch(request, call_next):\n    response = await call_next(request)\n"
ORIGIN = "    origin = request.headers.get('origin')\n"
ALLOW_ORIGIN = "response.headers['Access-Control-Allow-Origin']"
SEND = f"{ALLOW_ORIGIN} = origin\n"
SENT = "Access-Control-Allow-Origin: request.headers.get('origin')"

CONDITIONS = [
    (
        "if settings.DEBUG:\n    o = ['*']\nelse:\n    o = settings.O\n"
        + ADD
        + "allow_origins=o, allow_credentials=True)",
        [f"3 star-with-credentials: {STAR}; if settings.DEBUG", "5 allow_origins = settings.O"],
    ),
    (
        "o = os.getenv('O', '*').split(',')\n" + ADD + "allow_origins=o, allow_credentials=True)",
        [
            "2 allow_origins = os.getenv('O', '*').split(',')",
            f"2 star-with-credentials: {STAR}; if 'O' is not set",
        ],
    ),
    (
        "o, c = ['*'], True\nif settings.A and settings.B == 1:\n    c = False\n"
        + ADD
        + "allow_origins=o, allow_credentials=c)",
        [
            "2 star-in-production: allow_origins = '*'; if settings.A and settings.B == 1",
            f"2 star-with-credentials: {STAR}",
        ],
    ),
    # Two settings that hang on one condition are judged together.
    (
        ADD + "allow_origins=['*'] if settings.OPEN else settings.O, allow_credentials=not settings.OPEN)",
        ["2 star-in-production: allow_origins = '*'; if settings.OPEN", "2 allow_origins = settings.O"],
    ),
    (
        "def setup(app, allowed=['*'], debug=False):\n    " + ADD + "allow_origins=allowed, allow_credentials=True)",
        ["3 allow_origins = allowed", f"2 star-with-credentials: {STAR}; if allowed is not given"],
    ),
    ("DEBUG = False\nif DEBUG:\n    " + ADD + "allow_origins=['*'], allow_credentials=True)", []),
    (
        "if settings.CORS:\n    o = [settings.F]\nelse:\n    o = []\n" + ADD + "allow_origins=o)",
        ["3 allow_origins = settings.F"],
    ),
    # That a file is run by itself is no condition.
    (
        "if __name__ == '__main__':\n    " + ADD + "allow_origins=['*'])",
        ["3 star-in-production: allow_origins = '*'"],
    ),
]


@pytest.mark.parametrize(("text", "lines"), CONDITIONS)
def test_conditions(text: str, lines: list[str], tmp_path: Path) -> None:
    assert said(IMPORTED + text, tmp_path) == lines


NO_SLASH = "4 no-effect: 'https://a.example.com/' is compared with the origin"
LONG = "a" * 3000
REFLECTED = [
    ("    " + SEND, [f"4 accepts-any-origin: {SENT}"]),
    ("    if origin is not None:\n        " + SEND, [f"5 accepts-any-origin: {SENT}"]),
    ("    if origin in ['https://a.example.com']:\n        " + SEND, []),
    (
        "    if origin == settings.FRONT_END:\n        " + SEND,
        ["5 Access-Control-Allow-Origin = origin == settings.FRONT_END"],
    ),
    ("    if allows(origin):\n        " + SEND, [f"5 unread-code: {SENT}, if allows(origin)"]),
    ("    if origin in BLOCKED:\n        return\n    " + SEND, [f"6 unread-code: {SENT}, if not (origin in BLOCKED)"]),
    (
        "    if '*' in ALLOWED or origin in ALLOWED:\n        " + SEND,
        [
            f"5 accepts-any-origin: {SENT}; if '*' in ALLOWED",
            "5 Access-Control-Allow-Origin = origin in ALLOWED",
        ],
    ),
    ("    if origin == None:\n        " + SEND, []),
    (
        "    if origin in 'https://a.example.com,https://b.example.com':\n        " + SEND,
        [],
    ),
    (
        "    if re.match(r'https://.*', origin, re.I):\n        " + SEND,
        [f"5 unread-code: {SENT}, if re.match('https://.*', origin, re.I)"],
    ),
    ("    if PATTERN.match(origin):\n        " + SEND, ["5 Access-Control-Allow-Origin = PATTERN.match(origin)"]),
    (
        "    if re.match(settings.P, origin):\n        " + SEND,
        ["5 Access-Control-Allow-Origin = re.match(settings.P, origin)"],
    ),
    (
        "    if re.match(r'(a)\\1', origin):\n        " + SEND,
        [f"5 unread-code: {SENT}, if re.match('(a)\\\\1', origin)"],
    ),
    (
        "    if re.match('a' * 1 + 'x', origin):\n        " + SEND,
        [f"5 unread-code: {SENT}, if re.match('a' * 1 + 'x', origin)"],
    ),
    (
        "    P = re.compile(r'https://(a|b)\\.example\\.com', re.I)\n    if P.fullmatch(origin):\n        " + SEND,
        [],
    ),
    (
        "    P = re.compile(r'https://.*\\.example\\.com')\n    if P.search(origin):\n        " + SEND,
        ["6 accepts-prefix: P.search(origin) accepts https://app.example.com.evil.example"],
    ),
    (
        "    P = re.compile(r'https://a\\.example\\.com', re.X)\n    if P.match(origin):\n        " + SEND,
        ["6 Access-Control-Allow-Origin = P.match(origin)"],
    ),
    (
        "    if origin.endswith(settings.SUFFIX):\n        " + SEND,
        ["5 Access-Control-Allow-Origin = origin.endswith(settings.SUFFIX)"],
    ),
    ("    if origin > 'https':\n        " + SEND, [f"5 unread-code: {SENT}, if origin > 'https'"]),
    (
        "    if origin in allowed_for(origin):\n        " + SEND,
        [f"5 unread-code: {SENT}, if origin in allowed_for(origin)"],
    ),
    ("    if settings.check[origin]:\n        " + SEND, [f"5 unread-code: {SENT}, if settings.check[origin]"]),
    (
        "    if origin in ['https://*.example.com', 'https://a.example.com']:\n        " + SEND,
        ["4 no-effect: 'https://*.example.com' is compared with the whole origin"],
    ),
    (
        "    if origin in {'https://a.example.com/x': 1, **settings.MORE}:\n        " + SEND,
        [
            "5 Access-Control-Allow-Origin = origin in {'https://a.example.com/x': 1, **settings.MORE}",
            "4 origin-path: Access-Control-Allow-Origin = 'https://a.example.com/x'",
        ],
    ),
    ("    origin = normalise(origin)\n    " + SEND, ["5 unread-code: Access-Control-Allow-Origin: normalise(origin)"]),
    (
        "    response.headers.add('Access-Control-Allow-Origin', '*' if request.url.path == '/' else origin)\n",
        [
            "4 sends-star: Access-Control-Allow-Origin: *; if request.url.path == '/'",
            f"4 accepts-any-origin: {SENT}; if not (request.url.path == '/')",
        ],
    ),
    (
        "    headers = {'Access-Control-Allow-Credentials': 'true'}\n"
        "    headers['Access-Control-Allow-Origin'] = origin\n",
        [f"5 accepts-any-origin: {SENT}"],
    ),
    (
        f"    if not origin:\n        {ALLOW_ORIGIN} = 'x'\n    if origin:\n        {SEND}",
        [f"7 accepts-any-origin: {SENT}"],
    ),
    ("    if str(origin) == 'https://a.example.com/':\n        " + SEND, [NO_SLASH]),
    ("    if origin.encode() == 'https://a.example.com/'.encode():\n        " + SEND, [NO_SLASH]),
    (
        "    if re.compile(settings.P).match(origin):\n        " + SEND,
        ["5 Access-Control-Allow-Origin = re.compile(settings.P).match(origin)"],
    ),
    # Literals in the conditions under which it is not sent.
    (
        "    A = {'https://a.example.com/'}\n    if origin not in A:\n        return Response('no')\n    " + SEND,
        ["4 no-effect: 'https://a.example.com/' is compared with the origin"],
    ),
    (
        "    A = {'https://a.example.com/'}\n    ok = origin in A\n    if not ok:\n        raise Forbidden\n    "
        + SEND,
        ["4 no-effect: 'https://a.example.com/' is compared with the origin"],
    ),
    (
        "    S = 'example.com'\n    for x in y:\n        if not origin.endswith(S):\n            continue\n        "
        + SEND,
        [
            "8 accepts-suffix: origin.endswith(S) accepts https://xexample.com",
            "8 accepts-http: origin.endswith(S) accepts http://example.com",
        ],
    ),
    ("    A = 'https://a.example.com'\n    if origin not in A:\n        return response\n    " + SEND, []),
    (
        "    A = {'https://a.example.com/'}\n    while origin not in A:\n        return response\n    " + SEND,
        ["4 no-effect: 'https://a.example.com/' is compared with the origin"],
    ),
    (
        "    match origin:\n        case 'https://a.example.com':\n            " + SEND,
        [f"6 unread-code: {SENT}, if match origin"],
    ),
    (
        "    match origin in A:\n        case False:\n            return response\n    " + SEND,
        [f"7 unread-code: {SENT}, if match origin in A"],
    ),
    # A part of the origin.
    *(
        (f"    {parts} = origin.split('://')\n    if host in ('example.com',):\n        " + SEND, [unread])
        for parts in ("scheme, host", "[scheme, *host]", "(scheme, (host, port))")
        for unread in [f"6 unread-code: {SENT}, if host in ('example.com',)"]
    ),
    # Too long to be judged.
    (
        f"    if re.match('{LONG}', origin):\n        " + SEND,
        ["5 unread-code: " + f"{SENT}, if re.match('{LONG}', origin)"[:120]],
    ),
    (
        "    if re.match('https://a[.]example', origin):\n        "
        + SEND
        + "    if re.match('https://a[.]example', origin):\n        other."
        + SEND,
        [
            f"{line} accepts-prefix: re.match('https://a[.]example', origin) accepts https://a.example.evil.example"
            for line in (5, 7)
        ],
    ),
    # The graver of two ways is told.
    (
        "    if settings.COOKIES:\n        response.headers['Access-Control-Allow-Credentials'] = 'true'\n    " + SEND,
        [f"6 accepts-any-origin: {SENT}; if settings.COOKIES"],
    ),
    # A way with so many branches that they join.
    (
        "".join(f"    if settings.A{n}: origin_{n} = 1\n    else: origin_{n} = 2\n" for n in range(6))
        + "    if allows(origin) or "
        + " or ".join(f"origin_{n} == 1" for n in range(6))
        + ":\n        "
        + SEND,
        [f"17 unread-code: {SENT}, if allows(origin)", f"17 unread-code: {SENT}, if not (allows(origin))"],
    ),
]


@pytest.mark.parametrize(("text", "lines"), REFLECTED)
def test_the_origin_sent_back(text: str, lines: list[str], tmp_path: Path) -> None:
    assert said(MIDDLEWARE + ORIGIN + text, tmp_path) == lines


CREDENTIALS = "response.headers['Access-Control-Allow-Credentials']"
REMOVED = [
    (f"del {CREDENTIALS}", ["sends-star"]),
    ("response.headers.pop('access-control-allow-credentials', None)", ["sends-star"]),
    ("del response.headers['Access-Control-Allow-Origin']", []),
    ("del response.headers['X']", ["sends-star-with-credentials"]),
    ("del other.headers['Access-Control-Allow-Credentials']", ["sends-star-with-credentials"]),
    (f"if settings.x:\n        del {CREDENTIALS}", ["sends-star-with-credentials"]),
]


@pytest.mark.parametrize(("text", "said_of_it"), REMOVED, ids=[text for text, _ in REMOVED])
def test_headers_that_are_removed_again(text: str, said_of_it: list[str], tmp_path: Path) -> None:
    program = f"def f(response):\n    {ALLOW_ORIGIN} = '*'\n    {CREDENTIALS} = 'true'\n    {text}\n"
    assert short(program, tmp_path) == said_of_it


# What else the request says, and the origin on its way through functions and methods.
TABLE = "{'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true'}"
RAW = "dict(scope['headers']).get(b'origin')"
START = (
    "    async def start(self, message):\n        message['headers'].append((b'access-control-allow-origin', self.o))\n"
)
CALL = "    async def __call__(self, scope, receive, send):\n"
FROM_REQUEST = [
    (
        f"def f(origin):\n    return {TABLE}\n"
        "def g(request):\n    return Response('x', headers=f(request.headers.get('origin')))",
        ["accepts-any-origin"],
    ),
    (
        f"def f(origin):\n    return {TABLE}\n"
        "async def g(request):\n    r = Response('x', headers={**f(request.origin)})",
        ["accepts-any-origin"],
    ),
    (
        "class H:\n    def do_GET(self):\n        self.allow(self.headers.get('Origin'))\n"
        "    def allow(self, origin):\n        self.send_header('Access-Control-Allow-Origin', origin)",
        ["accepts-any-origin"],
    ),
    (
        f"class M:\n{CALL}        self.o = {RAW}\n        async def start(message):\n"
        "            message['headers'].append((b'access-control-allow-origin', self.o))",
        ["accepts-any-origin"],
    ),
    (f"class M:\n{START}{CALL}        self.o = {RAW}", ["accepts-any-origin"]),
    (f"class M:\n{START}{CALL}        o = {RAW}\n        self.o = o if o in settings.x else None", ["unread-code"]),
    (f"class M:\n    o = '*'\n{START}", ["sends-star"]),
    (f"class M:\n    o = '*'\n{START}{CALL}        self.o = settings.x", ["Access-Control-Allow-Origin = self.o"]),
    (f"def f(request):\n    {ALLOW_ORIGIN} = request.headers.get('referer', '').rstrip('/')", ["unread-code"]),
    (f"def f(request):\n    {ALLOW_ORIGIN} = request.query_params['origin']", ["unread-code"]),
    (f"def f(request):\n    o = request.cookies.get('o')\n    o = o.strip()\n    {ALLOW_ORIGIN} = o", ["unread-code"]),
    (f"def f(environ):\n    {ALLOW_ORIGIN} = environ['HTTP_REFERER']", ["unread-code"]),
    (
        f"from os import environ\ndef f():\n    {ALLOW_ORIGIN} = environ['FRONT_END']",
        ["Access-Control-Allow-Origin = environ['FRONT_END']"],
    ),
    (
        f"def f(request):\n    {ALLOW_ORIGIN} = request.app.state.front_end",
        ["Access-Control-Allow-Origin = request.app.state.front_end"],
    ),
]


@pytest.mark.parametrize(("text", "said_of_it"), FROM_REQUEST, ids=[text for text, _ in FROM_REQUEST])
def test_what_the_request_says_is_no_setting(text: str, said_of_it: list[str], tmp_path: Path) -> None:
    assert short(text + "\n", tmp_path) == said_of_it


# flask-cors takes from `app.config` what its own keywords do not say.
FLASK = "from flask_cors import CORS, cross_origin\n"
LISTED = "app.config['CORS_ORIGINS'] = ['https://a.example.com/x']\n"
BASE = "class Base:\n    CORS_ORIGINS = '*'\n"
CONFIGURED = [
    ("CORS(app)", ["sends-star"]),
    (f"{LISTED}CORS(app)", ["origin-path"]),
    (f"{LISTED}CORS(app, origins='https://a.example.com')", []),
    (f"{LISTED}@cross_origin()\ndef f(): pass", ["origin-path"]),
    (f"if settings.x:\n    {LISTED}CORS(app)", ["origin-path", "sends-star"]),
    (
        "app.config['CORS_SUPPORTS_CREDENTIALS'] = True\napp.config['CORS_ORIGINS'] = '*'\nCORS(app)",
        ["accepts-any-origin"],
    ),
    (
        "app.config['CORS_SUPPORTS_CREDENTIALS'] = settings.x\nCORS(app)",
        ["supports_credentials = settings.x", "sends-star"],
    ),
    ("app.config['CORS_RESOURCES'] = {'/a': {'origins': 'https://a.example.com/x'}}\nCORS(app)", ["origin-path"]),
    ("app.config.update(CORS_ORIGINS='*', CORS_SUPPORTS_CREDENTIALS=True)\nCORS(app)", ["accepts-any-origin"]),
    ("app.config.from_mapping({'CORS_ORIGINS': 'https://a.example.com/x', 'X': 1})\nCORS(app)", ["origin-path"]),
    (
        f"{BASE}class C(Base):\n    CORS_SUPPORTS_CREDENTIALS = True\napp.config.from_object(C)\nCORS(app)",
        ["accepts-any-origin"],
    ),
    ("class C(settings.x):\n    X = 1\napp.config.from_object(C)\nCORS(app)", ["unread-code"]),
    ("app.config.from_object('settings')\nCORS(app)", ["unread-code"]),
    ("app.config.from_object('settings')\nCORS(app, origins='*')", ["unread-code", "sends-star"]),
    ("app.config.from_prefixed_env()\nCORS(app, origins='*', supports_credentials=False)", ["sends-star"]),
    ("app.config.update(**settings.x)\nCORS(app)", ["unread-code"]),
    ("def f(app):\n    app.config['CORS_ORIGINS'] = 'https://a.example.com/x'\nf(app)\nCORS(app)", ["origin-path"]),
    ("app.config.get('X')\nCORS(app)", ["sends-star"]),
    ("cors = CORS()", ["sends-star"]),
    (f"cors = CORS()\n{LISTED}cors.init_app(app)", ["origin-path"]),
    ("cors = CORS(supports_credentials=True)\ncors.init_app(app, origins='*')", ["accepts-any-origin"]),
    ("cors = settings.x()\ncors.init_app(app)\nCORS(app)", ["sends-star"]),
    ("db = settings.x()\ndb.init_app(app)\nCORS(app)", ["sends-star"]),
]


@pytest.mark.parametrize(("text", "said_of_it"), CONFIGURED, ids=[text for text, _ in CONFIGURED])
def test_settings_in_the_config_of_flask(text: str, said_of_it: list[str], tmp_path: Path) -> None:
    assert short(FLASK + text + "\n", tmp_path) == said_of_it


def test_flask_cors_reads_the_config_of_the_app() -> None:
    app = flask.Flask("shop")
    app.config.update(CORS_ORIGINS="*", CORS_SUPPORTS_CREDENTIALS=True)
    flask_cors.CORS(app)
    app.add_url_rule("/", view_func=lambda: "")
    answer = app.test_client().get("/", headers={"Origin": "https://evil.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://evil.example"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


# Settings of other libraries: their name says CORS, and nothing in the file reads them.
UNREAD = [
    ("CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOW_CREDENTIALS = True", ["unread-code"] * 2),
    ("CORS_ALLOWED_ORIGIN_REGEXES: list = [r'https://.*']", ["unread-code"]),
    ("class Config:\n    CORS_ORIGINS = '*'", ["unread-code"]),
    ("class Settings:\n    cors_origins: list[str] = Field(default=['null'])", ["unread-code"]),
    ("CORS_ORIGINS = '*'\nprint(CORS_ORIGINS)", []),
    ("class Config:\n    CORS_ORIGINS = '*'\nprint(Config.CORS_ORIGINS)", []),
    ("CORS_ALLOW_ALL_ORIGINS = False\nCORS_ORIGINS = []\nCORS_ALLOW_HEADERS = ['*']\nCORS_LIMIT = 3", []),
    ("cors_origins: list", []),
    ("app = falcon.App(cors_enable=True)", ["unread-code"]),
    ("app = falcon.App(cors_enable=False, **settings.x)", []),
    ("app = web(cors={'x': '*'})", ["unread-code"]),
    ("def web(cors): pass\nweb(cors='*')", []),
    ("app.config.CORS_ORIGINS = '*'", ["unread-code"]),
    ("app.config['CORS_ORIGINS'] = '*'", ["unread-code"]),
    ("app.config['CORS_ORIGINS'] = ''\napp[0] = '*'\n(a, b)[x] = '*'", []),
    ("cors = {}\ncors['cors'] = '*'\nprint(cors)", []),
    ("class A:\n    def f(self):\n        self.cors = '*'", []),
    (
        "response.access_control_allow_origin = request.origin\nresponse.access_control_allow_credentials = True",
        ["accepts-any-origin"],
    ),
    ("response.access_control_allow_origin = '*'\nresponse.access_control_max_age = 5\nresponse.x = 1", ["sends-star"]),
    ("from flask_socketio import SocketIO\nSocketIO(app, cors_allowed_origins=[])", ["accepts-any-origin"]),
]


@pytest.mark.parametrize(("text", "said_of_it"), UNREAD, ids=[text for text, _ in UNREAD])
def test_settings_that_nothing_reads(text: str, said_of_it: list[str], tmp_path: Path) -> None:
    assert short(text + "\n", tmp_path) == said_of_it


def test_werkzeug_sends_what_the_attributes_say() -> None:
    response = flask.Response()
    response.access_control_allow_origin = "https://evil.example"
    response.access_control_allow_credentials = True
    assert response.headers["Access-Control-Allow-Origin"] == "https://evil.example"
    assert response.headers["Access-Control-Allow-Credentials"] == "true"


def test_socket_io_without_origins_asks_nobody() -> None:
    app = socketio.ASGIApp(socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[]))
    url = "http://localhost/socket.io/?EIO=4&transport=polling"
    with ASGITransport(app) as transport:
        answer = transport(Request("GET", url, [(b"origin", b"https://evil.example")]))
    assert isinstance(answer, Response)
    assert answer.status == 200


@pytest.mark.parametrize("environment", ["dev", "no name"])
def test_the_environment_of_the_process_says_nothing_of_an_origin(
    environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", environment)
    program = f"{MIDDLEWARE}{ORIGIN}    if origin == 'https://a.example.com/':\n        {SEND}"
    assert said(program, tmp_path) == [NO_SLASH]


# The claims about other libraries, asked of them.


def test_flask_cors_sends_any_origin_back_with_credentials() -> None:
    app = flask.Flask("shop")
    flask_cors.CORS(app, supports_credentials=True)
    app.add_url_rule("/", view_func=lambda: "")
    answer = app.test_client().get("/", headers={"Origin": "https://evil.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://evil.example"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_flask_cors_tries_an_expression_from_the_start_alone() -> None:
    app = flask.Flask("shop")
    flask_cors.CORS(app, origins=[r"https://.*\.example\.com"])
    app.add_url_rule("/", view_func=lambda: "")
    evil = "https://app.example.com.evil.example"
    assert app.test_client().get("/", headers={"Origin": evil}).headers["Access-Control-Allow-Origin"] == evil


def test_socket_io_sends_any_origin_back_with_credentials() -> None:
    app = socketio.ASGIApp(socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*"))
    url = "http://localhost/socket.io/?EIO=4&transport=polling"
    with ASGITransport(app) as transport:
        answer = transport(Request("GET", url, [(b"origin", b"https://evil.example")]))
    assert isinstance(answer, Response)
    headers = {name.lower(): value for name, value in answer.headers}
    assert headers[b"access-control-allow-origin"] == b"https://evil.example"
    assert headers[b"access-control-allow-credentials"] == b"true"


def test_quart_cors_raises_for_star_with_credentials() -> None:
    app = quart_cors.cors(quart.Quart("shop"), allow_origin="*", allow_credentials=True)
    app.add_url_rule("/", view_func=lambda: "")

    async def status() -> int:
        answer = await app.test_client().get("/", headers={"Origin": "https://evil.example"})
        return answer.status_code

    assert asyncio.run(status()) == 500


DEEP = "it nests too deeply"
CORS = b"# CORS\n"
UNREADABLE: list[tuple[str | bytes, list[str]]] = [
    ("x = 1\n", []),
    ("def f(:\n", ["1 unread-source: it is not Python: invalid syntax"]),
    (
        "# CORS\nprint 'x'\n",
        ["2 unread-source: it is not Python: Missing parentheses in call to 'print'. Did you mean print(...)?"],
    ),
    (CORS + b"x = '\x00'\n", ["2 unread-source: it is not Python: it has a NUL character"]),
    (CORS + b"x = '\xff'\n", ["2 unread-source: it is not utf-8 (byte 12)"]),
    (b"# coding: latin-1\n" + CORS + b"x = '\xff'\n", []),
    (b"\xef\xbb\xbf" + CORS, []),
    (b"#!/usr/bin/python\n# -*- coding: cp1251 -*-\n" + CORS, []),
    (b"# coding: punycode\n" + CORS, ["1 unread-source: its encoding is not read here: punycode"]),
    (b"# coding: ../../x\n" + CORS, ["1 unread-source: its encoding is not read here: .."]),
    (b"# coding: rot13\n" + CORS, ["1 unread-source: its encoding is not read here: rot13"]),
    ("cors = " + "(" * 5000 + ")" * 5000, ["1 unread-source: it is not Python: too many nested parentheses"]),
    ("cors = " + "-" * 100_000 + "1", [f"1 unread-source: {DEEP}"]),
    ("cors = " + "+".join(["'x'"] * 20_000), [f"1 unread-source: {DEEP}"]),
    ("cors = a" + ".b" * 20_000, [f"1 unread-source: {DEEP}"]),
    ("cors = a\nif cors: pass\n" + "elif cors: pass\n" * 5_000, [f"1 unread-source: {DEEP}"]),
    ("cors = " + "+".join(["a"] * 900), [f"1 unread-source: {DEEP}"]),
]


@pytest.mark.parametrize(("text", "lines"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_files_that_are_no_python_or_nest_deeply(text: str | bytes, lines: list[str], tmp_path: Path) -> None:
    assert said(text, tmp_path) == lines


# Lists and strings that grow, branches by the thousand, functions that call themselves.
GROWING: list[tuple[str, list[str]]] = [
    ("cors = ['x']\n" + "cors = cors + cors\n" * 60, []),
    ("cors = 'x'\n" + "cors = f'{cors}{cors}'\n" * 60, []),
    ("cors = 'x'\n" + "cors = ','.join([cors, cors])\n" * 60, []),
    ("".join(f"if a{n}: cors{n} = 1\nelse: cors{n} = 2\n" for n in range(300)), []),
    ("def cors(x):\n    return cors(x)\ncors(1)\n", []),
    (
        "cors = 1\n" * 120_000,
        ["1 unread-source: it takes more than 100,000 steps to follow"],
    ),
    ("def cors(x):\n" + "    cors_of(x)\n" * 10 + "def cors_of(x):\n" + "    cors(x)\n" * 10 + "cors(1)\n" * 10, []),
    ("cors = []\n" + "cors.append(1)\n" * 10_000, []),
    ("cors = ['x']\n" + "cors.extend(cors)\n" * 60, []),
    ("cors = ['x']\n" + "cors = [*cors, *cors]\n" * 60, []),
    ("cors = {}\n" + "".join(f"cors['a{n}'] = 1\n" for n in range(14_000)), []),
    ("cors = {'x': 1}\n" + "cors.update(cors)\n" * 60, []),
    ("cors = {'x': 1}\n" + "cors = {**cors, **cors}\n" * 60, []),
    ("cors = {'x': 1}\n" + "cors |= cors\n" * 60, []),
    (
        "class cors: pass\n" + "".join(f"cors.a{n} = 1\n" for n in range(5_000)),
        ["1 unread-source: it takes more than 100,000 steps to follow"],
    ),
    (
        "cors = 1\nwhile cors:\n" + "".join(f"    if a{n}: continue\n    cors += {n}\n" for n in range(50)),
        [],
    ),
]


@pytest.mark.parametrize(("text", "lines"), GROWING, ids=range(len(GROWING)))
def test_files_that_take_long_to_follow(text: str, lines: list[str], tmp_path: Path) -> None:
    start = time.process_time()
    assert said(text, tmp_path) == lines
    assert time.process_time() - start < 30


def test_steps_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossorigin.check.source.statements._MAX_STEPS", 40)
    assert said("cors = 1\n" * 10, tmp_path) == []
    assert said("cors = 1\n" * 50, tmp_path) == ["1 unread-source: it takes more than 40 steps to follow"]


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


NGINX = "server {\n    add_header Access-Control-Allow-Origin *;\n}\n"
TREE = {
    "main.py": "",
    "app/cors.py": "",
    "app/__init__.py": "",
    "crossorigin.toml": "",
    "app/pyproject.toml": "[project]\n",
    "app/other.toml": "",
    "deploy/nginx.conf": NGINX,
    "deploy/conf.d/a.conf": NGINX,
    "deploy/edge/site.conf": NGINX,
    "deploy/edge/unrelated.conf": "server {\n}\n",
    "deploy/edge/sites-enabled/b": NGINX,
    "deploy/edge/sites-enabled/README": "",
    "deploy/Caddyfile": "",
    "deploy/proxy.yaml": "static_resources: {} # cors\n",
    "deploy/values.yaml": "cors: true\n",
    "deploy/silent.yaml": "static_resources: {}\n",
    ".git/hooks/x.py": "",
    ".venv/y.py": "",
    "env/pyvenv.cfg": "",
    "env/lib/z.py": "",
    "web/node_modules/a/nginx.conf": NGINX,
    "lib/site-packages/b.py": "",
    "app/__pycache__/c.py": "",
}


def test_what_is_found_in_the_folders_below(tmp_path: Path) -> None:
    write(tmp_path, TREE)
    (tmp_path / "app" / "up").symlink_to(tmp_path)
    (tmp_path / "app" / "loop.py").symlink_to("loop.py")
    (tmp_path / "app" / "gone.py").symlink_to("nowhere.py")
    (tmp_path / "app" / "linked.py").symlink_to("cors.py")
    os.mkfifo(tmp_path / "app" / "pipe.py")
    seen = in_folder(tmp_path, None)
    assert [str(file.relative_to(tmp_path)) for file in seen.files] == [
        "crossorigin.toml",
        "deploy/Caddyfile",
        "deploy/nginx.conf",
        "deploy/proxy.yaml",
        "deploy/values.yaml",
        "deploy/conf.d/a.conf",
        "deploy/edge/site.conf",
        "deploy/edge/sites-enabled/b",
    ]
    assert [str(file.relative_to(tmp_path)) for file in seen.sources] == [
        "main.py",
        "app/__init__.py",
        "app/cors.py",
        "app/linked.py",
    ]
    assert seen.cut_at is None
    assert in_folder(tmp_path, Kind.SOURCE).files == {}
    assert in_folder(tmp_path, Kind.CADDY).sources == ()


def test_a_folder_that_cannot_be_read_is_empty(tmp_path: Path) -> None:
    assert in_folder(tmp_path / "gone", None).files == {}


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_FILES == 20_000
    monkeypatch.setattr("crossorigin.check.folders.MAX_FILES", 3)
    write(tmp_path, {"a/1.py": "", "b/2.py": "", "c/3.py": ""})
    seen = in_folder(tmp_path, None)
    assert (seen.sources, seen.cut_at) == ((), tmp_path / "a")


def test_source_in_a_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.py": IMPORTED + ADD + "allow_origins=['*'], allow_credentials=True)\n",
            "b.py": "def f(:\n",
            "c.py": "def cors(:\n",
            "d.py": "",
        },
    )
    (tmp_path / "e.py").mkdir()
    (tmp_path / "f.py").write_bytes(b"x = '\xff'\n")
    files = [tmp_path / each for each in ("a.py", "b.py", "c.py", "d.py", "e.py", "f.py")]
    results, notes = inspect_sources(files)
    assert [line_of(each) for each in results if isinstance(each, Finding)] == [f"2 star-with-credentials: {STAR}"]
    assert [line_of(each) for each in results if isinstance(each, NotJudged)] == [
        "1 unread-source: it is not Python: invalid syntax",
        f"0 unread-source: {tmp_path}/e.py cannot be read: it is a directory",
    ]
    assert notes == ["6 Python files looked at, 2 of which mention CORS."]
    assert inspect_sources(files[3:4]) == ([], ["1 Python file looked at, 0 of which mention CORS."])
    assert inspect_sources(files[2:3])[1] == ["1 Python file looked at, 1 of which mentions CORS."]


def test_nothing_of_a_file_is_run(tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\nCORS = 1 / 0\n"
    assert said(trap, tmp_path) == []
    assert not (tmp_path / "ran").exists()


def test_the_kind_of_a_program() -> None:
    assert kind_of(str(HERE / "test_source.py")) is Kind.SOURCE


def short(text: str, tmp_path: Path) -> list[str]:
    """The code of each result, without line and evidence; of a value of run time, what it is."""
    lines = said(text, tmp_path)
    return [re.sub(r"^\d+ ([a-z-]+): .*|^\d+ ", r"\1", line, flags=re.DOTALL) for line in lines]


PATH = "https://a.example.com/x"
MANY_ORIGINS = ", ".join(f"'https://a{n}.example.com'" for n in range(1500))
NEITHER = " or ".join(f"([] if settings.a{n} else ())" for n in range(5))
X_OR_Y = [f"settings.x if settings.a{n} else settings.y" for n in range(5)]
MANY_ENTRIES = ", ".join(f"'a{n}': 1" for n in range(1500))
# How `o`, the allowed origins, comes about, and what is said of it.
VALUES = [
    (f"d = {{'dev': [], 'prod': ['{PATH}']}}\no = d['prod']", ["origin-path"]),
    (f"d = {{**settings.X, 'prod': ['{PATH}']}}\no = d['prod']", ["origin-path"]),
    (f"d = {{'prod': ['{PATH}'], **settings.X}}\no = d['prod']", ["allow_origins = d['prod']"]),
    (f"d = {{'prod': ['{PATH}']}}\no = d['other']", ["allow_origins = d['other']"]),
    (f"d = {{'prod': ['{PATH}']}}\no = d.get('prod')", ["origin-path"]),
    (f"d = {{'prod': ['{PATH}']}}\nd.clear()\no = d.get('prod')", ["unread-code"]),
    (f"d = {{'prod': ['{PATH}']}}\nd.get('prod')\ne = d.copy()\no = e.get('prod')", ["origin-path"]),
    (f"d = {{}}\nd.update({{'prod': ['{PATH}']}})\no = d['prod']", ["origin-path"]),
    (f"d = {{'a': 1}} | {{'prod': ['{PATH}']}}\no = d['prod']", ["origin-path"]),
    (f"d = {{'prod': ['{PATH}']}}\no = d['prod'] if 'prod' in d else settings.X", ["origin-path"]),
    (f"d = {{'prod': ['{PATH}']}}\no = d['prod'] if d else settings.X", ["origin-path"]),
    (f"l = [['{PATH}'], []]\no = l[0]", ["origin-path"]),
    (f"l = [['{PATH}'], settings.X]\no = l[0]", ["origin-path"]),
    (f"l = [['{PATH}']]\no = l[7]", ["allow_origins = l[7]"]),
    (f"l = [['{PATH}'], []]\no = l[-2]", ["origin-path"]),
    (f"a, *o = [1, '{PATH}']", ["allow_origins = o"]),
    (f"o = ['{PATH}']\no.count('x')", ["origin-path"]),
    (f"o = ['{PATH}']\no.remove('x')", ["unread-code"]),
    (f"o = ['{PATH}']\ndel o[0]", ["unread-code"]),
    (f"d = {{'prod': ['{PATH}']}}\nd['prod'].append(1)\no = d['prod']", ["not-text", "origin-path"]),
    (f"o = ['{PATH}'].copy()", ["origin-path"]),
    (f"o = list(('{PATH}',))", ["origin-path"]),
    (f"o = sorted({{'{PATH}'}})", ["origin-path"]),
    (f"o = [str('{PATH}')]", ["origin-path"]),
    (f"o = ['{PATH}'.lower().removesuffix('/x')]", []),
    ("o = ['https://a.example.com'.removesuffix()]", ["allow_origins = 'https://a.example.com'.removesuffix()"]),
    (f"o = '{PATH},https://b.example.com'.split(',')", ["origin-path"]),
    (f"o = '{PATH}'.split('')", ["allow_origins = '" + PATH + "'.split('')"]),
    (f"o = ','.join(['{PATH}', 'https://b.example.com']).split(',')", ["origin-path"]),
    ("o = [','.join([settings.X])]", ["allow_origins = ','.join([settings.X])"]),
    ("o = [','.join(settings.X)]", ["allow_origins = ','.join(settings.X)"]),
    (f"o = [each for each in ('{PATH}', 'https://b.example.com') if 'a' in each]", ["origin-path"]),
    (f"o = [x for y in [['{PATH}']] for x in y]", ["allow_origins = [x for y in [['" + PATH + "']] for x in y]"]),
    (f"o = (lambda: ['{PATH}'])()", ["allow_origins = (lambda: ['" + PATH + "'])()"]),
    (f"import json\no = json.loads('[\"{PATH}\"]')", ["origin-path"]),
    ("import json\no = json.loads('[')", ["allow_origins = json.loads('[')"]),
    ("import json\no = json.loads('{}')", ["allow_origins = json.loads('{}')"]),
    (f"import typing\no = typing.cast(list[str], ['{PATH}'])", ["origin-path"]),
    ("o = os.getenv('O')", ["allow_origins = os.getenv('O')"]),
    ("o = decouple.config('O', default='*')", ["allow_origins = decouple.config('O', default='*')", "not-a-list"]),
    ("X = None\no = settings.X if X is None else ['*']", ["allow_origins = settings.X"]),
    (f"X = 1\no = ['{PATH}'] if X is not None else settings.X", ["origin-path"]),
    ("o = ['*'] if 0 < 1 < 2 else settings.X", ["star-in-production", "allow_origins = settings.X"]),
    (f"o = ['{PATH}'] if 'a' != 'b' else settings.X", ["origin-path"]),
    (f"o = ['{PATH}'] if not [] else settings.X", ["origin-path"]),
    (f"o = ['{PATH}'] if bool(0) or 1 else settings.X", ["origin-path"]),
    (f"o: list[str]\no: list[str] = ['{PATH}']", ["origin-path"]),
    ("o = ['https://a.example.com']\no[0] = 'x'", ["unread-code"]),
    ("o = ['*'] if settings.X is None else settings.X", ["star-in-production", "allow_origins = settings.X"]),
    (
        "o = {**settings.a, **settings.b, 'max_age': -5}\nCORSMiddleware(app, **o)\no = settings.X",
        ["** = settings.a", "** = settings.b", "max-age-range", "allow_origins = settings.X"],
    ),
    (
        "for a in settings.A:\n    o = settings.X\n    if a:\n        break\nelse:\n    o = ['*']",
        ["star-in-production", "allow_origins = settings.X"],
    ),
    ("while True:\n    o = ['*']\n    break", ["star-in-production"]),
    ("break\no = ['*']", []),
    ("def f(*args, **words):\n    return words['cors']\no = f(1, cors=2)", ["not-a-list"]),
    ("def f():\n    yield 1\no = f()", ["allow_origins = f()"]),
    ("def f():\n    raise ValueError\no = f()", ["allow_origins = f()"]),
    ("def f(): return f()\no = f()", ["allow_origins = f()"]),
    ("def f(*a): return a\no = f(*settings.x)", ["allow_origins = f(*settings.x)"]),
    ("o = [*settings.x, *['https://a.example.com']]", ["allow_origins = settings.x"]),
    ("o = max(settings.x, key=len)", ["allow_origins = max(settings.x, key=len)"]),
    ("o = [each for each in settings.x if each]", ["allow_origins = [each for each in settings.x if each]"]),
    ("o = settings.x.join(*settings.y)", ["allow_origins = settings.x.join(*settings.y)"]),
    ("o = ['https://a.example.com'] * 2", ["allow_origins = ['https://a.example.com'] * 2"]),
    ("o = 'x'.zfill(3)", ["allow_origins = 'x'.zfill(3)"]),
    ("o = [-settings.x]", ["allow_origins = -settings.x"]),
    ("o = len(['a'])", ["allow_origins = len(['a'])"]),
    ("def o(): pass\nif settings.x:\n    o = ['*']", ["star-in-production", "allow_origins = o"]),
    ("with settings.x as o:\n    pass", ["allow_origins = settings.x"]),
    ("o = [each for each in ['*'] if 'z' in each]", ["empty-policy"]),
    ("o = {'https://a.example.com': 1}", ["not-a-list"]),
    ("o = ['*', settings.x]", ["allow_origins = settings.x", "star-in-production"]),
    ("def make(): pass\no = settings.x if make else ['*']", ["allow_origins = settings.x"]),
    ("try:\n    from local import o\nexcept:\n    o = ['*']", ["allow_origins = o", "star-in-production"]),
    # What is changed in its place, under its own name or below it.
    ("d = {'o': []}\nd['o'] += ['*']\no = d['o']", ["star-in-production"]),
    ("d = {'o': ['*']}\nd['o' if settings.x else 'p'] = []\no = d['o']", ["allow_origins = d['o']"]),
    ("d = {'o': []}\nd['o'][settings.x] = '*'\no = d['o']", ["unread-code"]),
    ("d = {'o': []}\nd.pop('o')\no = d['o']", ["unread-code"]),
    ("d = {}\nd.update(o=[] if settings.x else ['*'])\no = d['o']", ["star-in-production"]),
    ("d = {}\nd.update(**{'o': ['*']})\no = d['o']", ["star-in-production"]),
    ("o = {'https://a.example.com'}\no.update([], ['*'])", ["star-in-production", "star-covers-others"]),
    ("o = []\no.extend(*[['*']])", ["unread-code"]),
    (
        "p = []\ndef f(app):\n    p.append('*')\n    " + ADD + "allow_origins=p)\no = settings.x",
        ["allow_origins = settings.x", "star-in-production"],
    ),
    ("class D:\n    O = []\nD.O = ['*']\no = D.O", ["star-in-production"]),
    ("class D:\n    O = ['*']\nD.O = []\nD.P = 1\nD.O = [settings.x]\no = D.O", ["allow_origins = settings.x"]),
    ("class D:\n    O = []\nD.O += ['*']\no = D.O", ["star-in-production"]),
    ("class D:\n    O = []\nD.O.append('*')\no = D.O", ["star-in-production"]),
    ("class D:\n    O = {}\nD.O['o'] = ['*']\no = D.O['o']", ["star-in-production"]),
    ("class D:\n    O = []\nif settings.x:\n    D.O = ['*']\no = D.O", ["star-in-production"]),
    ("class D: pass\nD.inner.O = ['*']\no = D.inner.O", ["allow_origins = D.inner.O"]),
    ("settings.x = ['*']\no = settings.x", ["allow_origins = settings.x"]),
    (
        "class D:\n    O = []\nif settings.x: D = settings.y\nD.O = ['*']\no = D.O",
        ["allow_origins = D.O", "star-in-production"],
    ),
    (
        "class D:\n    if settings.x: O = ['*']\n    else: O = [settings.y]\no = D.O",
        ["star-in-production", "allow_origins = settings.y"],
    ),
    ("class D:\n    O = ['*']\n    raise ValueError\no = D.O", ["allow_origins = D.O"]),
    # Each of several values counts, not the first alone.
    (
        "o = []\nfor each in ([] if settings.x else ['*']):\n    o.append(each)",
        ["allow_origins = [] if settings.x else ['*']", "star-in-production"],
    ),
    (
        "o = [each if settings.x else '*' for each in ['https://a.example.com']]",
        ["allow_origins = each if settings.x else '*'"],
    ),
    (
        "def f(x=[] if settings.x else ['*'], y=1): return x\no = f(y=[])",
        ["allow_origins = [] if settings.x else ['*']"],
    ),
    ("def f(x=['*'], y=1): return x\no = f(y=[])", ["star-in-production"]),
    (
        f"o = {NEITHER} or ([settings.x] if settings.a0 else ['*'])",
        [f"allow_origins = {NEITHER} or ([settings.x] if settings.a0 else ['*'])"],
    ),
    (
        f"o = [{', '.join(X_OR_Y)}]",
        ["allow_origins = settings.x", f"allow_origins = {X_OR_Y[4]}", "allow_origins = settings.y"],
    ),
    # Long lists are read to their end; what is put together from them is not.
    (f"o = [{MANY_ORIGINS}, {MANY_ORIGINS}, '*']", ["star-in-production", "star-covers-others"]),
    (f"d = {{{MANY_ENTRIES}, {MANY_ENTRIES}, 'o': ['*']}}\no = d['o']", ["star-in-production"]),
    (f"l = [{MANY_ORIGINS}]\no = [*l, *l, '*']", ["allow_origins = *l", "star-in-production"]),
    (f"l = [{MANY_ORIGINS}]\no = l + l", ["allow_origins = l + l"]),
    (f"o = [{MANY_ORIGINS}]\no.extend(o)", ["unread-code"]),
    (f"d = {{{MANY_ENTRIES}}}\ne = {{**d, **d, 'o': ['*']}}\no = e['o']", ["star-in-production"]),
    (f"d = {{'o': ['*'], {MANY_ENTRIES}}}\ne = {{**d, **d}}\no = e['o']", ["allow_origins = e['o']"]),
    (f"d = {{'o': ['*'], {MANY_ENTRIES}}}\ne = dict(**d, **d)\no = e['o']", ["allow_origins = e['o']"]),
    (f"d = {{'o': ['*'], {MANY_ENTRIES}}}\nd.update(d)\no = d['o']", ["unread-code"]),
    (f"d = {{{MANY_ENTRIES}, {MANY_ENTRIES}}}\nd['o'] = ['*']\no = d['o']", ["unread-code"]),
    (f"t = '{'https://a.example.com,' * 2500}*'\no = t.split(',')", ["allow_origins = t.split(',')"]),
    ("import json\no = json.loads('[\"*\", {}]')", ["allow_origins = json.loads('[\"*\", {}]')", "star-in-production"]),
    (
        "async def f():\n    return ['*']\nasync def g():\n    o = await f()\n    "
        + ADD
        + "allow_origins=o)\no = settings.X",
        ["allow_origins = settings.X", "star-in-production"],
    ),
]


# What changes `o`, a list with one origin, out of sight of its own name. `D.O` and `d["o"]` are the same list.
LIST = "o = ['https://a.example.com']\nd = {'o': o}\nclass D:\n    O = o\n"
STAR_TOO = ["star-in-production", "star-covers-others"]
CHANGED = [
    ("def f():\n    o.append('*')\nf()", STAR_TOO),
    ("def f():\n    global o\n    o = ['*']\nf()", ["star-in-production"]),
    (
        "def f():\n    def g():\n        nonlocal p\n        p = '*'\n    p = 'x'\n    g()\n    o.append(p)\nf()",
        STAR_TOO,
    ),
    ("def f():\n    def g():\n        global o\n        o = ['*']\n    g()\nf()", ["star-in-production"]),
    ("def f(x):\n    x.append('*')\nf(o)", STAR_TOO),
    ("def f(x):\n    y = x\n    y += ['*']\nf(x=o)", STAR_TOO),
    ("def f():\n    return o\nf().append('*')", STAR_TOO),
    ("def f():\n    d['o'] = ['*']\nf()\no = d['o']", ["star-in-production"]),
    ("def f():\n    d['o'].append('*')\nf()", STAR_TOO),
    ("def f():\n    D.O += ['*']\nf()", STAR_TOO),
    (
        "class C:\n    O = []\n    @classmethod\n    def f(cls):\n        cls.O = ['*']\nC.f()\no = C.O",
        ["star-in-production"],
    ),
    ("class C:\n    @staticmethod\n    def f(x):\n        x.append('*')\nC.f(o)", STAR_TOO),
    ("class C:\n    def __init__(self):\n        self.f()\n    def f(self):\n        o.append('*')\nC()", STAR_TOO),
    ("class C:\n    O = o\n    def __init__(self):\n        self.O.append('*')\nC()", STAR_TOO),
    ("p = o\np.append('*')", STAR_TOO),
    ("p = o = []\np.append('*')", ["star-in-production"]),
    ("d['o'] += ['*']", STAR_TOO),
    ("D.O.append('*')", STAR_TOO),
    ("x = o.append('*')", STAR_TOO),
    ("if o.append('*'):\n    pass", STAR_TOO),
    ("o.clear()\no.append('*')", ["star-in-production"]),
    ("if settings.x and not o: pass\nelse: o.append('*')", STAR_TOO),
    ("if settings.x in o:\n    o.append('*')", STAR_TOO),
    ("p = list(o)\np.append('*')", []),
    ("p = o.copy()\np += ['*']", []),
    ("o = ('https://a.example.com',)\np = o\np += ('*',)", []),
    ("def f():\n    return []\np, q = f(), f()\np.append('*')\no = [settings.x, *q]", ["allow_origins = settings.x"]),
    (
        "l = []\nfor n in ('a', 'b'):\n    p = []\n    p.append(n)\n    l.append(p)\no = l[0]",
        ["origin-scheme"],
    ),
    # Who changes it is seen, and not what it is then.
    ("(lambda: o.append('*'))()", ["unread-code"]),
    ("[o.append(x) for x in ['*']]", ["unread-code"]),
    ("[o.append(x) for x in settings.x]", ["unread-code"]),
    ("add = o.append\nadd('*')", ["unread-code"]),
    ("def f(*x):\n    x[0].append('*')\nf(*[o])", STAR_TOO),
    ("def f():\n    yield o.append('*')\nlist(f())", ["unread-code"]),
    ("def f(n):\n    o.append('*')\n    f(n - 1)\nf(3)", ["unread-code"]),
    ("o &= {'*'}", ["unread-code"]),
    ("d[settings.x].append('*')", ["unread-code"]),
    ("def f(x, y):\n    x.append(y)\nf(o, **settings.x)", ["unread-code"]),
    (f"o.pop()\n{ALLOW_ORIGIN} = o[0]\no = []", ["empty-policy", "unread-code"]),
    ("o.pop()\nsocketio.AsyncServer(cors_allowed_origins=o)\no = ['*']", ["unread-code", "star-in-production"]),
    ("del D.O", []),
    # Nobody knows when this is called.
    ("@app.get('/')\ndef f():\n    o.append('*')", ["unread-code"]),
    ("@app.get('/')\ndef f():\n    global o\n    o = ['*']", ["unread-code"]),
    ("class C:\n    O = []\n    @classmethod\n    def f(cls):\n        cls.O = ['*']\no = C.O", ["unread-code"]),
    ("@app.get('/')\ndef f():\n    p = []\n    p.append('*')\n    return o", []),
]


@pytest.mark.parametrize(("text", "said_of_it"), CHANGED, ids=[text for text, _ in CHANGED])
def test_lists_that_are_changed_elsewhere(text: str, said_of_it: list[str], tmp_path: Path) -> None:
    assert short(f"{IMPORTED}{LIST}{text}\n{ADD}allow_origins=o)\n", tmp_path) == said_of_it


# How Starlette's middleware reaches `add_middleware`.
OPEN = "allow_origins=['*'], allow_credentials=True"
OPEN_TABLE = "{'allow_origins': ['*'], 'allow_credentials': True}"
IS_OPEN = ["star-with-credentials"]
FORWARD = "def f(app, cls, **kw):\n    app.add_middleware(cls, **kw)\n"
REACHED = [
    (f"for cls, kw in [(CORSMiddleware, {OPEN_TABLE})]:\n    app.add_middleware(cls, **kw)", IS_OPEN),
    (f"for m in [(CORSMiddleware, {OPEN_TABLE})]:\n    app.add_middleware(m[0], **m[1])", IS_OPEN),
    (f"{FORWARD}f(app, CORSMiddleware, {OPEN})", IS_OPEN),
    (f"{FORWARD}f(*(app, CORSMiddleware), **{OPEN_TABLE})", IS_OPEN),
    (f"{FORWARD}f(app, cls=CORSMiddleware, **settings.x)", ["** = settings.x"]),
    (f"{FORWARD}f(*settings.x)", ["unread-code"]),
    (FORWARD, ["unread-code"]),
    (f"def f(app, *m):\n    app.add_middleware(m[0], **m[1])\nf(app, CORSMiddleware, {OPEN_TABLE})", IS_OPEN),
    (f"add = app.add_middleware\nadd(CORSMiddleware, {OPEN})", IS_OPEN),
    (
        f"import importlib\nm = importlib.import_module('starlette.middleware.cors')\n"
        f"app.add_middleware(m.CORSMiddleware, {OPEN})",
        IS_OPEN,
    ),
    (f"m = importlib.import_module(settings.x)\napp.add_middleware(m.CORSMiddleware, {OPEN})", ["unread-code"]),
    (f"m = getattr(__import__('starlette.middleware.cors'), 'X')\napp.add_middleware(m, {OPEN})", ["unread-code"]),
    (f"app.add_middleware(*(CORSMiddleware,), {OPEN})", ["unread-code"]),
    (f"app.add_middleware({{'cors': CORSMiddleware}}[settings.x], {OPEN})", ["unread-code"]),
    (f"app.add_middleware(settings.MIDDLEWARE, {OPEN})", ["unread-code"]),
    (f"from starlette.middleware import Middleware\nm = [Middleware(settings.x(), {OPEN})]", ["unread-code"]),
    ("app.add_middleware(settings.cors_origins.split(','))", ["unread-code"]),
    ("from other import Login\napp.add_middleware(Login)\napp.add_middleware(None)", []),
    ("class Login: pass\napp.add_middleware(Login)", []),
]


@pytest.mark.parametrize(("text", "said_of_it"), REACHED, ids=[text for text, _ in REACHED])
def test_the_class_reaches_the_call_in_other_ways(text: str, said_of_it: list[str], tmp_path: Path) -> None:
    assert short(IMPORTED + text, tmp_path) == said_of_it


# Starlette compares with strings: a member of a plain Enum is none.
MEMBER = "    WEB = 'https://a.example.com/x'\n"
ENUMS = [
    (f"class E(Enum):\n{MEMBER}o = [E.WEB]", ["not-text"]),
    (f"class E(enum.Enum):\n{MEMBER}o = list(E)", ["not-text"]),
    (f"class E(Enum):\n{MEMBER}o = [E.WEB.value]", ["origin-path"]),
    (f"class E(Enum):\n{MEMBER}o = [e.value for e in E]", ["origin-path"]),
    (f"class E(Enum):\n{MEMBER}o = []\nfor e in E:\n    o.append(e.value)", ["origin-path"]),
    (f"class E(StrEnum):\n{MEMBER}o = [*E]", ["origin-path"]),
    (f"class E(str, Enum):\n{MEMBER}o = [E.WEB, E.WEB.value]", ["origin-path"] * 2),
    (f"class E(settings.x):\n{MEMBER}o = [*E]", ["allow_origins = [*E]"]),
]


@pytest.mark.parametrize(("text", "said_of_it"), ENUMS, ids=[text for text, _ in ENUMS])
def test_members_of_an_enum(text: str, said_of_it: list[str], tmp_path: Path) -> None:
    assert short(f"{IMPORTED}{text}\n{ADD}allow_origins=o)\n", tmp_path) == said_of_it


# More ways than are followed. Text that stands before their branches, text after them, and what is said.
MANY = "".join(f"a{n} = 'a' if settings.A{n} else 'b'\n" for n in range(6)) + "cors = [a0, a1, a2, a3, a4, a5]\n"
NINE = "".join(f"if settings.B{n}: f = '{n}'\n" for n in range(9))
READ = "origin = request.headers.get('origin')\n"
IF_OK = READ + "if ok(origin):\n    b = 1\nelse:\n    b = 2\n"
JOINED = [
    ("", "o = [f'https://{a0}.example.com/x']", ["origin-path", "origin-path"]),
    # Lists that were changed on some of the ways.
    ("o = ['https://a.example']\nif settings.B: o.append('*')\n", "", STAR_TOO),
    (
        "o = ['https://a.example']\nif settings.B: o.append('*')\n",
        "o.append('https://b.example')",
        STAR_TOO,
    ),
    (
        "def f(): return []\no = f()\np = o\nif settings.B:\n    o.append('*')\n    o = []\n",
        "o = p",
        ["star-in-production"],
    ),
    ("p = []\no = [p]\nif settings.B: p.append('*')\n", "o = o[0]", ["unread-code"]),
    ("o = [['x']]\nif settings.B: o[0].append('*')\n", "o = o[0]", ["unread-code"]),
    ("p, q = [], []\no = p\nif settings.B:\n    o = q\n    p.append('x')\n    q.append('*')\n", "", ["unread-code"]),
    (
        "def f(): pass\nif settings.B: f = 'x'\nif settings.C: f = '*'\n",
        "o = [f]",
        ["star-in-production", "origin-scheme", "allow_origins = [f]"],
    ),
    (NINE, "o = [f]", ["allow_origins = [f]"]),
    ("def f(): pass\n" + NINE, "o = [f]", ["allow_origins = [f]"]),
    (
        READ + NINE.replace("'0'", "origin"),
        f"{ALLOW_ORIGIN} = f\no = settings.O",
        ["allow_origins = settings.O", "unread-code"],
    ),
    ("if settings.B: b = ['*']\n", "o = b", ["star-in-production"]),
    (
        "o = [] if settings.B else ['https://a.example.com']\n",
        "o.append('*')",
        ["star-in-production", "star-covers-others"],
    ),
    (
        "d = {'o': ['*']} if settings.B else {}\n",
        "d['p'] = 1\no = d['o']",
        ["star-in-production", "allow_origins = d['o']"],
    ),
    ("d = {'o': ['*']} if settings.B else {}\n", "del d['o']\no = d['o']", ["unread-code"]),
    (
        "o = [] if settings.B else ['*']\n",
        "o = settings.O if settings.B else o",
        ["allow_origins = settings.O", "star-in-production"],
    ),
    (
        "",
        f"{IF_OK}{ALLOW_ORIGIN} = origin if b < 3 else a0\no = settings.O",
        ["allow_origins = settings.O", "unread-code", *["sends-invalid-allow-origin"] * 2, "unread-code"],
    ),
    (IF_OK, f"cors = [b]\n{ALLOW_ORIGIN} = origin\no = settings.O", ["allow_origins = settings.O", "unread-code"]),
]


@pytest.mark.parametrize(("before", "after", "said_of_it"), JOINED)
def test_more_ways_than_are_followed(before: str, after: str, said_of_it: list[str], tmp_path: Path) -> None:
    assert short(f"{IMPORTED}{before}{MANY}{after}\n{ADD}allow_origins=o)\n", tmp_path) == said_of_it


@pytest.mark.parametrize(("text", "said_of_it"), VALUES, ids=[text[:200] for text, _ in VALUES])
def test_values(text: str, said_of_it: list[str], tmp_path: Path) -> None:
    assert short(f"{IMPORTED}{text}\n{ADD}allow_origins=o)\n", tmp_path) == said_of_it
