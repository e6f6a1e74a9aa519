"""An app for tests of the command line and of servers: its store is what the environment says."""

from __future__ import annotations

import os
import threading
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy import create_engine

from crossorigin import CORSMiddleware, Policy, install
from crossorigin.origins import OriginSource, RedisOrigins, SQLOrigins, by_host

URL = os.environ.get("SHOPS", "sqlite:///:memory:")
STATEMENT = os.environ.get("STATEMENT", "SELECT domain FROM shop WHERE active")
INTERVAL = float(os.environ.get("INTERVAL", "600"))
POLICY = Policy(allow_origins=["https://app.example"], allow_credentials=True, allow_methods=["GET", "PUT"], max_age=60)


def source() -> OriginSource:
    options: dict[str, Any] = {"refresh_interval": INTERVAL, "required": "REQUIRED" in os.environ}
    options["max_stale"] = float(os.environ.get("MAX_STALE", "3600"))
    if "TENANTS" in os.environ:
        options["tenant"] = by_host
    if URL.startswith("redis:"):
        return RedisOrigins(URL, key="origins", **options)
    pool = {} if URL.startswith("sqlite") else {"pool_size": 2, "max_overflow": 0, "pool_timeout": 1}
    if URL.startswith("postgresql+asyncpg"):
        from sqlalchemy.ext.asyncio import create_async_engine

        return SQLOrigins(create_async_engine(URL, **pool), STATEMENT, notify=os.environ.get("NOTIFY"), **options)
    return SQLOrigins(create_engine(URL, **pool), STATEMENT, notify=os.environ.get("NOTIFY"), **options)


app = FastAPI()
install(app, POLICY, origins=source())

without = FastAPI()
added = FastAPI()
added.add_middleware(CORSMiddleware, policy=POLICY, origins=source())
itself = FastAPI()
itself.add_middleware(CORSMiddleware, allow_origins=["https://app.example"], origins=source())
wrapped = CORSMiddleware(FastAPI(), policy=POLICY, origins=source())


@app.get("/pid")
def pid() -> int:
    return os.getpid()


@app.get("/ready")
def ready(request: Request) -> dict[str, Any]:
    status = request.app.state.origins.status
    return {"ready": status.ready, "listening": status.listening, "origins": status.origins, "pid": os.getpid()}


@app.get("/exhaust")
def exhaust() -> str:
    """Takes every connection of the pool, and gives them back after a while, as slow handlers do."""
    engine = app.state.origins.engine
    connections = [engine.connect() for _ in range(2)]
    threading.Timer(1.5, lambda: [connection.close() for connection in connections]).start()
    return "exhausted"
