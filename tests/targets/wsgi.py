"""Flask and its extension flask-cors, served as ASGI by a2wsgi."""

from __future__ import annotations

from a2wsgi import WSGIMiddleware
from flask import Flask, jsonify
from flask_cors import CORS

from .target import ASGIApp, app


def flask(**cors: object) -> ASGIApp:
    """An API with `CORS(app, ...)`."""
    api = Flask(__name__)
    CORS(api, **cors)  # type: ignore[arg-type]

    @api.get("/items")
    def items() -> object:
        return jsonify([1, 2, 3])

    return WSGIMiddleware(api)  # type: ignore[arg-type, return-value]


@app("flask-cors", "reflected-origin", "null-origin", "missing-vary", "request-headers-unbounded", "header-injection")
def star_with_credentials() -> ASGIApp:
    """`CORS(app, supports_credentials=True)`: the default `*` becomes a reflection of every origin."""
    return flask(supports_credentials=True)
