"""Flask and its extension flask-cors, served as ASGI by a2wsgi."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from a2wsgi import WSGIMiddleware
from flask import Flask, Response, jsonify, request
from flask_cors import CORS, cross_origin

from .target import APP, ASGIApp, app

NARROW: dict[str, Any] = {"origins": [APP], "methods": ["GET"], "allow_headers": ["content-type"]}
VARY = "missing-vary"  # flask-cors leaves it out of what denied origins get, and of what no origin gets
ECHO = ("request-headers-unbounded", "header-injection")  # flask-cors allows any request header, if not told


def bare() -> Flask:
    """An API without a word of CORS."""
    api = Flask(__name__)

    @api.get("/items")
    def items() -> object:
        return jsonify([1, 2, 3])

    return api


def served(api: Flask) -> ASGIApp:
    """A Flask app as ASGI."""
    return WSGIMiddleware(api)  # type: ignore[arg-type, return-value]


def flask(**cors: Any) -> ASGIApp:
    """An API with `CORS(app, ...)`."""
    api = bare()
    CORS(api, **cors)
    return served(api)


@app("flask-cors", "accepts-any-origin", "accepts-null", VARY, *ECHO)
def star_with_credentials() -> ASGIApp:
    """`CORS(app, supports_credentials=True)`: the default `*` becomes a reflection of every origin."""
    return flask(supports_credentials=True)


@app("flask-cors", "accepts-infix", VARY, *ECHO)
def star_in_a_name() -> ASGIApp:
    """`origins=["https://.*.example.com"]`: taken for an expression, whose end is open and whose dots match all."""
    return flask(origins=["https://.*.example.com"], supports_credentials=True)


@app("flask-cors", "accepts-other-character", VARY)
def dots() -> ASGIApp:
    """An expression, anchored at both ends, with its dots unescaped."""
    return flask(**NARROW | {"origins": [r"^https://app.example.com$"]}, supports_credentials=True)


@app("flask-cors", "accepts-prefix", VARY)
def no_end() -> ASGIApp:
    """A well-escaped expression without `$`: flask-cors compares the start alone."""
    return flask(**NARROW | {"origins": [r"https://app\.example\.com"]}, supports_credentials=True)


@app("flask-cors", "duplicate-headers", VARY)
def twice() -> ASGIApp:
    """`CORS(app)`, and the `after_request` of an older answer on the same forum."""
    api = bare()

    @api.after_request
    def again(response: Response) -> Response:
        response.headers.add("Access-Control-Allow-Origin", APP)
        response.headers.add("Access-Control-Allow-Headers", "Content-Type,Authorization")
        response.headers.add("Access-Control-Allow-Methods", "GET,PUT,POST,DELETE,OPTIONS")
        return response

    CORS(api, **NARROW)
    return served(api)


@app("flask-cors", "max-age-overlong", VARY)
def a_year() -> ASGIApp:
    """`max_age=timedelta(days=365)`, to save preflights."""
    return flask(**NARROW, max_age=timedelta(days=365))


@app("flask-cors", "private-network-granted", VARY)
def private_network() -> ASGIApp:
    """`allow_private_network=True`, which was the default until 4.0.2."""
    return flask(**NARROW, allow_private_network=True)


@app("flask-cors", "sends-expose-star", VARY)
def exposes_star() -> ASGIApp:
    """`expose_headers="*"` with cookies, where `*` is the name of a header."""
    return flask(**NARROW, expose_headers="*", supports_credentials=True)


@app("flask-cors", VARY)
def no_vary() -> ASGIApp:
    """A list of two origins, and `vary_header=False`, since a CDN kept too many copies."""
    origins = [APP, "https://admin.example.com"]
    return flask(**NARROW | {"origins": origins}, supports_credentials=True, vary_header=False)


@app("flask-cors", "preflight-behind-auth")
def login_first() -> ASGIApp:
    """`before_request` asks for a token, of OPTIONS too."""
    api = bare()

    @api.before_request
    def login() -> Response | None:
        if request.headers.get("Authorization") == "Bearer wave":
            return None
        return Response("who are you?", 401, {"WWW-Authenticate": "Bearer"})

    CORS(api, **NARROW)
    return served(api)


@app("flask-cors", "accepts-null", VARY)
def null_listed() -> ASGIApp:
    """`"null"` in the list, for a page that was opened from a file."""
    return flask(**NARROW | {"origins": [APP, "null"]}, supports_credentials=True)


@app("flask-cors", "accepts-loopback", "accepts-prefix", VARY)
def localhost_left() -> ASGIApp:
    """Development's `http://localhost:*` reached production: it is an expression, and `:*` is any number of colons."""
    return flask(**NARROW | {"origins": [APP, "http://localhost:*"]}, supports_credentials=True)


@app("flask-cors", "errors-without-cors", VARY)
def decorated() -> ASGIApp:
    """`@cross_origin` on the one route: errors of the app carry nothing."""
    api = Flask(__name__)

    @api.get("/items")
    @cross_origin(**NARROW)
    def items() -> object:
        return jsonify([1, 2, 3])

    return served(api)


@app("flask-cors", "cross-site-write", VARY, write=True)
def cookie_alone() -> ASGIApp:
    """A sound list, and a POST that takes any form: CORS does not keep it out."""
    api = bare()
    CORS(api, **NARROW, supports_credentials=True)

    @api.post("/items")
    def add() -> object:
        return jsonify(request.get_data(as_text=True)), 201

    return served(api)


@app("flask-cors", "cross-site-write", VARY, write=True)
def forced_json() -> ASGIApp:
    """`get_json(force=True)` reads JSON from `text/plain`, which needs no preflight."""
    api = bare()
    CORS(api, **NARROW, supports_credentials=True)

    @api.post("/items")
    def add() -> object:
        return jsonify(request.get_json(force=True)), 201

    return served(api)


@app("flask-cors", "sends-star-on-private-network", "dns-rebinding", host="127.0.0.1", local=True)
def local_tool() -> ASGIApp:
    """A notebook's server on localhost, open to everybody because "it is only local"."""
    return flask(send_wildcard=True, allow_headers=["content-type"])


@app("flask-cors", write=True)
def sound_writes() -> ASGIApp:
    """Writes need an Origin of the list; `Vary: Origin` is there."""
    api = bare()

    @api.before_request
    def guard() -> Response | None:
        foreign = request.method == "POST" and request.headers.get("Origin") != APP
        return Response("not from there", 403) if foreign else None

    @api.after_request
    def vary(response: Response) -> Response:
        response.vary.add("Origin")
        return response

    CORS(api, **NARROW, supports_credentials=True)

    @api.post("/items")
    def add() -> object:
        return jsonify(request.get_data(as_text=True)), 201

    return served(api)


@app("flask-cors", origins=(APP, "https://admin.example.com"))
def sound_list() -> ASGIApp:
    """Two origins, written out, with cookies, and the `Vary` that flask-cors leaves out."""
    api = bare()

    @api.after_request
    def vary(response: Response) -> Response:
        response.vary.add("Origin")
        return response

    CORS(api, **NARROW | {"origins": [APP, "https://admin.example.com"]}, supports_credentials=True, max_age=600)
    return served(api)


@app("flask-cors")
def sound_public() -> ASGIApp:
    """A public API: `*` itself, no cookies, named headers."""
    return flask(send_wildcard=True, allow_headers=["content-type"], max_age=600)
