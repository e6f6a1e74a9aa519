"""The server: an app behind a policy, and a thread that gives it one policy after the other.

`python -m tests.e2e.reload.app middleware` wraps the app, `… installed` installs the policy in a Starlette app around
it; a second word, `torn` or `doubled`, breaks it.

/page, /other   answer at once, with their path as the body
/slow           answers after 20 ms: some twenty policies later
/hold, /held    the first answers when released; the second, when the first is being held
/set/3          puts a policy in force and then answers
/release        lets the held request go
/turn, /stop    begin and end the turning of policies; the second says how often and how long
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from crossorigin import CORSMiddleware, Policy, install
from tests.e2e.reload.expected import COUNT, OTHER, PAGE

POLICIES = [
    Policy(
        allow_origins=[PAGE, OTHER] if k == 0 else [PAGE],
        allow_methods=["GET", f"TURN-{k}"],
        allow_headers=[f"x-only-{k}"],
        expose_headers=[f"x-policy-{k}"],
        allow_credentials=k % 2 == 1,
        max_age=100 + k,
    )
    for k in range(COUNT)
]

Reconfigure = Callable[[Policy], None]

# Short of what a loaded machine can do, so that the server answers, too.
PAUSE = 1 / 4000


class Turning:
    """A thread that reconfigures as often as it comes to it."""

    def __init__(self, reconfigure: Reconfigure) -> None:
        self.reconfigure = reconfigure
        self.count = 0
        self.began = 0.0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        self.began = time.perf_counter()
        for policy in itertools.cycle(POLICIES):
            if self.stopping.is_set():
                return
            self.reconfigure(policy)
            self.count += 1
            time.sleep(PAUSE)

    def stop(self) -> dict[str, float]:
        self.stopping.set()
        seconds = time.perf_counter() - self.began
        self.thread.join()
        return {"count": self.count, "seconds": seconds}


class App:
    """What answers. `outer` is it with a policy around it."""

    def __init__(self, through: str) -> None:
        self.outer: Any
        self.reconfigure: Reconfigure
        if through == "installed":
            self.outer = Starlette(routes=[Mount("/", self)])
            self.reconfigure = partial(install, self.outer)
            self.reconfigure(POLICIES[0])
        else:
            self.outer = CORSMiddleware(self, policy=POLICIES[0])
            self.reconfigure = self.outer.reconfigure
        self.turning = Turning(self.reconfigure)
        self.held, self.released = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = scope["path"].encode()
        match scope["path"].split("/")[1:]:
            case ["slow"]:
                await asyncio.sleep(0.02)
            case ["hold"]:
                self.held.set()
                await self.released.wait()
                self.released.clear()
            case ["held"]:
                await self.held.wait()
                self.held.clear()
            case ["release"]:
                self.released.set()
            case ["set", k]:
                self.reconfigure(POLICIES[int(k)])
            case ["turn"]:
                self.turning.thread.start()
            case ["stop"]:
                body = json.dumps(self.turning.stop()).encode()
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def broken(app: Any, how: str) -> Any:
    """A broken server, to see that the check sees it: every hundredth response is torn, or has a line twice."""
    counter = itertools.count(1)
    torn = {b"access-control-max-age": b"1", b"access-control-expose-headers": b"x-policy-99"}

    async def breaking(scope: Any, receive: Any, send: Any) -> None:
        now = next(counter) % 100 == 0

        async def broken_send(message: Any) -> None:
            if now and message["type"] == "http.response.start":
                headers = message["headers"]
                if how == "torn":
                    headers = [(name, torn.get(name, value)) for name, value in headers]
                else:
                    headers = [*headers, *(it for it in headers if it[0] == b"access-control-allow-origin")]
                message["headers"] = headers
            await send(message)

        await app(scope, receive, broken_send)

    return breaking


def main() -> None:
    sys.setswitchinterval(0.0001)  # threads take turns within a request, not only between two
    # Named as TCP, or asyncio leaves Nagle's delay on, and every response takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # before the port is told, or the first client is refused
    print(listener.getsockname()[1], flush=True)
    through, *how = sys.argv[1:]
    app = App(through).outer
    if how:
        app = broken(app, *how)
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
