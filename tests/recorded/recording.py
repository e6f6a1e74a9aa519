"""Records status and headers of every response, where the app hands them to the server.

There are four sections: the rows of the Starlette parity table, a seeded sample of what the model tests draw, the
broken apps with and without their remedy, and the table of many policies. A row has a name and a list of exchanges:
request and response, as lines. The model's rows hold what was drawn, too: they are asked again, not drawn again.

`make record` adds rows. It never changes one: if the bytes are meant to change, say so with `tools/record --replace`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st

from crossorigin import ASGITransport, Browser, CORSMiddleware, Policy
from tests.explain.broken_apps import NAMES as BROKEN_APPS
from tests.explain.broken_apps import Broken, load
from tests.middleware.many_policies import API, ASKS, TABLE, page
from tests.middleware.test_hostile_bytes import App, body, drive, http, start
from tests.middleware.test_starlette_parity import EXAMPLES, ON_THE_WIRE, SAME, Scene
from tests.server.model_browser import REWRITES, Raw, fetch
from tests.server.test_model import APP, OWN, asked

FILE = Path(__file__).with_name("headers.json")
SAMPLE = 600
SEED = 20261127

Row = dict[str, Any]
Section = dict[str, Row]
Record = dict[str, Section]


def text(raw: bytes) -> str:
    return bytes(raw).decode("latin-1")


def lines(headers: Raw) -> list[str]:
    """Headers in the order and the case in which they are sent."""
    return [line(text(name), text(value)) for name, value in headers]


def line(name: str, value: str) -> str:
    """One header. Starlette writes Allow from a set, so its order is not the same in every run."""
    if name.lower() == "allow":
        value = ", ".join(sorted(value.split(", ")))
    return f"{name}: {value}"


def raw(written: list[str]) -> Raw:
    pairs = [header.split(": ", 1) for header in written]
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


class Recorder:
    """An ASGI app that passes everything on to another one, and keeps what was asked and what was sent."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.exchanges: list[Row] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        method = scope.get("method", "WEBSOCKET")
        exchange: Row = {"request": [f"{method} {scope['path']}", *lines(scope["headers"])], "response": []}
        self.exchanges.append(exchange)

        async def recording(message: Any) -> None:
            kind = message["type"]
            if kind.endswith((".start", ".accept", ".close")):
                status = str(message.get("status", message.get("code", kind)))
                exchange["response"] += [status, *lines(message.get("headers") or [])]
            await send(message)

        try:
            await self.app(scope, receive, recording)
        except Exception as error:
            exchange["raised"] = type(error).__name__
            raise


# The parity table.


def scene_name(scene: Scene) -> str:
    """Everything that a scene is made of, so that a row keeps its name wherever it stands in the table."""
    call = scene.call
    headers = ",".join(name for name, _ in call.headers)
    parts = [f"{call.method} from {call.origin}", f"credentials {call.credentials}", f"headers {headers}"]
    parts += [f"rewrite {scene.rewrite.__name__}", f"own {lines(scene.own)}", json.dumps(scene.keywords)]
    return "; ".join(parts)


def record_scene(scene: Scene) -> Row:
    recorder: list[Recorder] = []

    def wrap(app: App) -> Recorder:
        recorder.append(Recorder(CORSMiddleware(app, policy=scene.policy)))
        return recorder[-1]

    scene.verdict(wrap)
    return {"exchanges": recorder[0].exchanges}


def parity() -> Iterator[tuple[str, Callable[[], Row]]]:
    for scene in [row[1] for row in EXAMPLES] + [row[0] for row in SAME]:
        yield scene_name(scene), lambda scene=scene: record_scene(scene)
    for row in ON_THE_WIRE:
        method, headers = row.request
        drawn = {"policy": row.keywords, "app": lines(row.app), "requests": [[method, *lines(headers)]]}
        yield row.id, lambda drawn=drawn: {"exchanges": ask_again(drawn)["exchanges"]}


# The model tests.


@cache
def _policy(keywords: str) -> Policy:
    return Policy(**json.loads(keywords))


def ask_again(drawn: Row) -> Row:
    """The requests that were drawn, to the middleware with the policy that was drawn."""
    policy = _policy(json.dumps(drawn["policy"], sort_keys=True))
    recorder = Recorder(CORSMiddleware(App(start(raw(drawn["app"])), body()), policy=policy))
    for method, *headers in drawn["requests"]:
        drive(recorder, http(method, *raw(headers)))
    return drawn | {"exchanges": recorder.exchanges}


def draw_model() -> Section:
    """A sample of what tests/server/test_model.py draws: policy, page, script, gateway, and headers of the app."""
    found: Section = {}

    @hypothesis.seed(SEED)
    @hypothesis.settings(max_examples=SAMPLE, database=None, deadline=None, phases=[hypothesis.Phase.generate])
    @hypothesis.given(asked(), st.sampled_from(REWRITES), st.sampled_from([[], OWN]))
    def draw(drawn: Any, rewrite: Any, own: Raw) -> None:
        meant, origin, script = drawn
        requests: list[list[str]] = []
        middleware = CORSMiddleware(App(start([*own, *APP]), body()), policy=meant.policy())

        def server(method: str, headers: Raw) -> tuple[int, Raw]:
            headers = rewrite(headers)
            requests.append([method, *lines(headers)])
            sent = drive(middleware, http(method, *headers))
            return sent[0]["status"], sent[0]["headers"]

        fetch(script.call(origin), server)
        if requests:
            row = {"policy": meant.keywords, "app": lines([*own, *APP]), "requests": requests}
            found.setdefault(json.dumps(row, sort_keys=True), row)

    draw()
    return {f"{number:03}": found[key] for number, key in enumerate(sorted(found))}


# The broken apps.


def record_broken(case: Broken) -> Row:
    recorder = Recorder(case.app)
    with ASGITransport(recorder) as transport:
        browser = Browser(case.page, transport=transport, engine="chromium")
        if case.visit:
            Browser(case.base, transport=transport, engine="chromium").fetch(case.base + case.visit)
            for header in recorder.exchanges[-1]["response"]:
                name, _, value = header.partition(": ")
                if name.lower() == "set-cookie":
                    browser.cookies.set(case.base, value)
        if case.websocket:
            browser.websocket(case.url)
        else:
            browser.fetch(case.url, **case.call)
    return {"exchanges": recorder.exchanges}


def broken_apps() -> Iterator[tuple[str, Callable[[], Row]]]:
    for name in BROKEN_APPS:
        yield name, lambda name=name: record_broken(load(name))
        yield f"{name}, fixed", lambda name=name: record_broken(load(name, fixed=True))


# Many policies in one app.


@cache
def _recorder(make: Any) -> Recorder:
    return Recorder(make())


def record_ask(make: Any, place: str, kind: str, name: str) -> Row:
    recorder = _recorder(make)
    recorder.exchanges = []
    with ASGITransport(recorder) as transport:
        Browser(page(name), transport=transport).fetch(API + place + ASKS[kind].path, method=ASKS[kind].method)
    return {"exchanges": recorder.exchanges}


def many_policies() -> Iterator[tuple[str, Callable[[], Row]]]:
    """The page that the table names, and one that it does not."""
    for make, place, kind, expected in TABLE:
        other = "router" if expected != "router" else "default"
        for name in sorted({expected or "default", other}):
            key = f"{make.__name__}{place} {kind} from {name}"
            yield key, lambda make=make, place=place, kind=kind, name=name: record_ask(make, place, kind, name)


DRAWN = ("policy", "app", "requests")
SECTIONS: dict[str, Callable[[], Iterator[tuple[str, Callable[[], Row]]]]] = {
    "broken-apps": broken_apps,
    "many-policies": many_policies,
    "parity": parity,
}


# The file.


def read() -> Record:
    found: Record = json.loads(FILE.read_text())
    return found


def present(section: str, drawn: Section) -> Section:
    """What this tree sends. The model's requests are asked again as they were drawn."""
    if section == "model":
        return {name: ask_again({key: row[key] for key in DRAWN}) for name, row in drawn.items()}
    return {name: make() for name, make in SECTIONS[section]()}


def written(record: Record) -> str:
    """The file: sorted, one line for each row."""
    sections = []
    for section in sorted(record):
        named = sorted(record[section].items())
        rows = [f"{json.dumps(name)}: {json.dumps(row, sort_keys=True)}" for name, row in named]
        sections.append(f"{json.dumps(section)}: {{\n" + ",\n".join(rows) + "\n}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def differences(before: Section, after: Section) -> dict[str, list[str]]:
    """The names of the rows that are changed, missing afterwards, and added."""
    return {
        "changed": sorted(name for name in before.keys() & after.keys() if before[name] != after[name]),
        "missing": sorted(before.keys() - after.keys()),
        "added": sorted(after.keys() - before.keys()),
    }
