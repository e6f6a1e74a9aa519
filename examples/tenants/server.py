"""Shops that connect their own domains: each shop's pages may use its own tenant, from the next request on.

Run it with: uvicorn examples.tenants.server:app --port 8000
The store is SQLite, shops.db, unless SHOPS_DATABASE names another: postgresql+psycopg://user@host/shops. Then run
the output of `crossorigin origins sql shop.domain` once, so that every worker hears of a change at once.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy import create_engine, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from crossorigin import Policy, install
from crossorigin.origins import SQLOrigins, by_host

DATABASE = os.environ.get("SHOPS_DATABASE", "sqlite:///shops.db")
engine = create_engine(DATABASE)


class Base(DeclarativeBase):
    """The tables of this API."""


class Shop(Base):
    """A domain from which a shop's pages are served. The tenant is the host at which the shop uses this API."""

    __tablename__ = "shop"
    domain: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]


class NewShop(BaseModel):
    """What a shop sends to connect a domain."""

    domain: str
    tenant: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    Base.metadata.create_all(engine)
    await app.state.origins.refresh()
    yield


app = FastAPI(lifespan=lifespan)
policy = Policy(
    allow_origins=["https://admin.example.com"],
    allow_credentials=True,
    allow_methods=["GET", "POST", "DELETE"],
    allow_headers=["Content-Type"],
    enforce=True,
    trusted_hosts=["*.localhost", "*.api.example.com", "127.0.0.1"],
)
origins = SQLOrigins(
    engine,
    select(Shop.domain, Shop.tenant),
    notify="shop_origins" if engine.dialect.name == "postgresql" else None,
    tenant=by_host,
)
install(app, policy, origins=origins)


@app.get("/orders")
def orders() -> list[str]:
    return ["tea"]


@app.post("/shops", status_code=201)
def connect(shop: NewShop) -> dict[str, int]:
    with Session(engine) as session:
        session.add(Shop(domain=shop.domain, tenant=shop.tenant))
        try:
            session.commit()
        except IntegrityError:
            raise HTTPException(409, "This domain is connected already.") from None
    return {"origins": origins.refresh_sync().origins}


@app.delete("/shops/{domain}")
def disconnect(domain: str) -> dict[str, int]:
    with Session(engine) as session:
        session.execute(delete(Shop).where(Shop.domain == domain))
        session.commit()
    return {"origins": origins.refresh_sync().origins}


@app.get("/ready")
def ready(request: Request) -> dict[str, bool]:
    if not request.app.state.origins.ready:
        raise HTTPException(503, "The shops' origins are not loaded.")
    return {"ready": True}
