"""Origins of a source in an app: whom they let in, on which paths, for which tenant, and when."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request, WebSocket
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from crossorigin import ASGITransport, Browser, CORSMiddleware, Policy, PolicyError, cors, cors_router, install
from crossorigin.middleware.routing import INSTALLED
from crossorigin.origins import OriginSource, SQLOrigins, by_host, by_path_parameter
from tests.origins.stores import changing
from tests.origins.test_source import Store

PAGE = "https://app.example"
POLICY = Policy(allow_origins=[PAGE], allow_methods=["GET", "PUT"], max_age=60)
SHOP = "https://shop.example"


def api() -> FastAPI:
    app = FastAPI()

    @app.get("/items")
    def items() -> str:
        return "items"

    return app


def allowed(app: Any, origin: str, path: str = "/items", *, method: str = "GET", **headers: str) -> bool:
    """Whether a page may read a response, or, for OPTIONS, whether a preflight for PUT is allowed."""
    if method == "OPTIONS":
        headers["Access-Control-Request-Method"] = "PUT"
    client = app if isinstance(app, TestClient) else TestClient(app)
    response = client.request(method, path, headers={"Origin": origin} | headers)
    return response.headers.get("access-control-allow-origin") == origin


@pytest.fixture
def store() -> Store:
    return Store("shop.example")


@contextmanager
def stopping(source: OriginSource) -> Iterator[None]:
    try:
        yield
    finally:
        asyncio.run(source.stop())


KINDS: dict[str, Callable[[Path], OriginSource]] = {
    "sync": lambda _: OriginSource(Store("shop.example").load),
    "async": lambda _: OriginSource(Store("shop.example").load_async),
    "engine": lambda file: SQLOrigins(create_engine(f"sqlite:///{file}"), "SELECT domain FROM shop"),
    "async-engine": lambda file: SQLOrigins(
        create_async_engine(f"sqlite+aiosqlite:///{file}"), "SELECT domain FROM shop"
    ),
}


@pytest.fixture(params=KINDS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OriginSource]:
    file = tmp_path / "shops.db"
    with changing(f"sqlite:///{file}") as connection:
        connection.exec_driver_sql("CREATE TABLE shop (domain TEXT)")
        connection.exec_driver_sql("INSERT INTO shop VALUES ('shop.example')")
    made = KINDS[request.param](file)
    yield made
    asyncio.run(made.stop())
    if isinstance(made, SQLOrigins):
        asyncio.run(made.engine.dispose()) if request.param == "async-engine" else made.engine.dispose()  # type: ignore[func-returns-value]


@pytest.mark.parametrize("with_lifespan", [True, False])
@pytest.mark.parametrize("how", ["install", "add_middleware", "wrap"])
def test_rows_are_allowed_from_the_first_request(source: OriginSource, how: str, with_lifespan: bool) -> None:
    app: Any = api()
    if how == "install":
        install(app, POLICY, origins=source)
        assert app.state.origins is source
    elif how == "add_middleware":
        app.add_middleware(CORSMiddleware, policy=POLICY, origins=source)
    else:
        app = CORSMiddleware(app, policy=POLICY, origins=source)
    assert not source.running
    client = TestClient(app)
    if with_lifespan:
        with client:
            assert source.running
            check(client)
        assert not source.running
    else:
        check(client)
        assert source.snapshot.version == 1


def check(client: TestClient) -> None:
    answers = [(PAGE, True), (SHOP, True), ("https://other.example", False), ("null", False), (SHOP + ".evil", False)]
    for _ in range(2):
        for origin, expected in answers:
            assert allowed(client, origin) is expected
            assert allowed(client, origin, method="OPTIONS") is expected
    response = client.get("/items")
    assert response.headers["vary"] == "Origin"


def test_what_is_removed_is_refused_by_the_next_request(store: Store) -> None:
    app = api()
    source = OriginSource(store.load)
    install(app, POLICY, origins=source)
    with TestClient(app) as client:
        assert allowed(client, SHOP)
        store.rows = ["other.example"]
        source.refresh_sync()
        assert not allowed(client, SHOP)
        assert not allowed(client, SHOP, method="OPTIONS")
        assert allowed(client, "https://other.example")


def test_an_endpoint_refreshes_after_its_own_write(store: Store) -> None:
    app = api()

    @app.post("/shops")
    async def add(request: Request, domain: str) -> int:
        store.rows.append(domain)
        status = await request.app.state.origins.refresh()
        return int(status.version)

    install(app, POLICY, origins=OriginSource(store.load))
    with TestClient(app) as client:
        assert not allowed(client, "https://new.example")
        assert client.post("/shops", params={"domain": "new.example"}).json() == 2
        assert allowed(client, "https://new.example")


def test_a_routes_own_policy_gets_no_rows(store: Store) -> None:
    app = api()
    own = Policy(allow_origins=["https://partner.example"])

    @app.get("/partner")
    @cors(own)
    def partner() -> str:
        return "partner"

    @app.get("/same")
    @cors(POLICY)
    def same() -> str:
        return "same"

    router = APIRouter()

    @router.get("/router/items")
    def router_items() -> str:
        return "router"

    app.include_router(cors_router(router, POLICY))
    source = OriginSource(store.load)
    install(app, POLICY, origins=source, routes={"/rule/*": POLICY, "/closed/*": None})
    with stopping(source):
        assert allowed(app, SHOP)
        for path in ("/partner", "/same", "/router/items", "/rule/x", "/closed/x"):
            assert not allowed(app, SHOP, path)
        assert allowed(app, PAGE, "/same")
        assert allowed(app, PAGE, "/rule/x")


def test_methods_from_the_routes(store: Store) -> None:
    app = api()

    @app.put("/items")
    def put() -> str:
        return "put"

    source = OriginSource(store.load)
    install(app, Policy(allow_origins=[PAGE], allow_methods=["routes"], max_age=60), origins=source)
    with stopping(source):
        for origin, expected in ((SHOP, True), (PAGE, True), ("https://other.example", False)):
            assert allowed(app, origin, method="OPTIONS") is expected


def test_reconfigure_and_watch_and_install_keep_the_source(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "crossorigin.toml"
    file.write_text('allow_origins = ["https://one.example"]\nmax_age = 60\n')
    app = api()
    source = OriginSource(store.load)
    install(app, Policy.load(file), origins=source, watch=file)
    with TestClient(app) as client:
        assert allowed(client, SHOP)
        file.write_text('allow_origins = ["https://two.example"]\nmax_age = 60\n')
        until = time.monotonic() + 10
        while not allowed(client, "https://two.example"):
            assert time.monotonic() < until
        assert not allowed(client, "https://one.example")
        assert allowed(client, SHOP)
        install(app, POLICY)
        assert allowed(client, PAGE)
        assert allowed(client, SHOP)


def test_a_policy_with_credentials_refuses_rows_that_one_without_accepts(store: Store) -> None:
    app = api()
    store.rows = ["http://shop.example"]
    source = OriginSource(store.load)
    install(app, POLICY, origins=source)
    with TestClient(app) as client:
        assert allowed(client, "http://shop.example")
        install(app, POLICY.model_copy(update={"allow_credentials": True}))
        assert not allowed(client, "http://shop.example")
        install(app, POLICY)
        assert allowed(client, "http://shop.example")


@pytest.mark.parametrize("given", ["watch", "origins", "policy_for", "vary"])
def test_what_belongs_to_the_first_install(given: str, store: Store) -> None:
    app = api()
    install(app, POLICY)
    values: dict[str, Any] = {
        "watch": "x.toml", "origins": OriginSource(store.load), "policy_for": lambda scope: None, "vary": ["X-Tenant"]
    }  # fmt: skip
    with pytest.raises(TypeError, match=f"^{given}= belongs to the first install"):
        install(app, POLICY, **{given: values[given]})


@pytest.mark.parametrize(
    ("vary", "error"),
    [("X-Tenant", TypeError), (7, TypeError), ([""], ValueError), (["X Tenant"], ValueError), (["*"], ValueError)],
)
def test_vary_names_request_headers(vary: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        install(api(), POLICY, vary=vary)


# -- tenants ----------------------------------------------------------------------------------------

TENANTS = [("shop.example", "one.api.test"), ("*.other.example", "two.api.test"), ("both.example", "one.api.test"),
           ("both.example", "two.api.test"), ("nobody.example", None)]  # fmt: skip


@pytest.mark.parametrize("enforce", [False, True])
@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        ("https://shop.example", "one.api.test", True),
        ("https://shop.example", "ONE.api.test:8000", True),
        ("https://shop.example", "two.api.test", False),
        ("https://shop.example", "api.test", False),
        ("https://x.other.example", "two.api.test", True),
        ("https://x.other.example", "one.api.test", False),
        ("https://both.example", "one.api.test", True),
        ("https://both.example", "two.api.test", True),
        ("https://nobody.example", "one.api.test", False),
        (PAGE, "one.api.test", True),
        (PAGE, "api.test", True),
    ],
)
def test_tenants_by_host(origin: str, host: str, expected: bool, enforce: bool) -> None:
    app = api()
    source = OriginSource(Store(*TENANTS).load, tenant=by_host)
    install(app, Policy(allow_origins=[PAGE], allow_methods=["PUT"], enforce=enforce), origins=source)

    @app.post("/items")
    def post() -> str:
        return "posted"

    with TestClient(app) as client:
        for _ in range(2):
            assert allowed(client, origin, host=host) is expected
            assert allowed(client, origin, method="OPTIONS", host=host) is expected
        response = client.post("/items", headers={"Origin": origin, "Host": host})
        assert response.status_code == (403 if enforce and not expected else 200)
        assert "Origin" in response.headers["vary"]


def test_a_websocket_of_another_tenant_is_refused() -> None:
    app = FastAPI()

    @app.websocket("/ws")
    async def ws(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    source = OriginSource(Store(*TENANTS).load, tenant=by_host)
    install(app, Policy(allow_origins=[PAGE], enforce=True), origins=source)
    with TestClient(app) as client:
        headers = {"Origin": SHOP, "Host": "one.api.test"}
        with client.websocket_connect("/ws", headers=headers):
            pass
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("/ws", headers=headers | {"Host": "two.api.test"}),
        ):
            pass


@pytest.mark.parametrize(
    "tenant",
    [lambda scope: None, lambda scope: scope["no such key"], lambda scope: 1 / 0],
    ids=["none", "key", "error"],
)
def test_a_request_of_nobody_is_closed_to_the_policys_own_origins_too(tenant: Any, store: Store) -> None:
    app = api()
    source = OriginSource(store.load, tenant=tenant)
    install(app, POLICY, origins=source)
    with TestClient(app) as client:
        for origin in (PAGE, SHOP, "https://other.example", "null"):
            assert not allowed(client, origin)
            assert not allowed(client, origin, method="OPTIONS")
        assert client.get("/items").status_code == 200
        assert client.get("/items", headers={"Origin": PAGE}).status_code == 200


def realms() -> Starlette:
    def users(request: Any) -> Any:
        from starlette.responses import PlainTextResponse

        return PlainTextResponse(request.path_params["realm"])

    inner = Route("/users/{user}", users, methods=["GET", "PUT"])
    return Starlette(routes=[Mount("/realms/{realm}", routes=[inner])])


@pytest.mark.parametrize(
    ("origin", "path", "expected"),
    [
        (SHOP, "/realms/one/users/7", True),
        (SHOP, "/realms/two/users/7", False),
        (PAGE, "/realms/two/users/7", True),
        (PAGE, "/elsewhere", False),
        (SHOP, "/elsewhere", False),
    ],
)
def test_tenants_by_path_parameter(origin: str, path: str, expected: bool) -> None:
    app = realms()
    source = OriginSource(Store(("shop.example", "one")).load, tenant=by_path_parameter("realm"))
    install(app, POLICY, origins=source)
    with TestClient(app) as client:
        for _ in range(2):
            assert allowed(client, origin, path) is expected
            assert allowed(client, origin, path, method="OPTIONS") is expected


def test_a_path_parameter_needs_routes() -> None:
    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"bare"})

    source = OriginSource(Store(("shop.example", "one")).load, tenant=by_path_parameter("realm"))
    app = CORSMiddleware(bare, policy=POLICY, origins=source)
    with stopping(source):
        assert not allowed(app, SHOP, "/users/7")
        assert not allowed(app, PAGE, "/users/7")


def test_tenants_by_a_header_are_in_vary(store: Store) -> None:
    store.rows = [("shop.example", "one")]
    app = api()

    def tenant(scope: Any) -> str | None:
        return dict(scope["headers"]).get(b"x-tenant", b"").decode() or None

    install(app, POLICY, origins=OriginSource(store.load, tenant=tenant), vary=["X-Tenant"])
    with TestClient(app) as client:
        assert allowed(client, SHOP, **{"X-Tenant": "one"})
        for headers in ({}, {"Origin": SHOP}, {"Origin": SHOP, "X-Tenant": "one"}):
            assert client.get("/items", headers=headers).headers["vary"] == "Origin, X-Tenant"
        preflight = {"Origin": SHOP, "X-Tenant": "one", "Access-Control-Request-Method": "PUT"}
        assert client.options("/items", headers=preflight).headers["vary"] == (
            "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, X-Tenant"
        )


def test_a_mounted_apps_middleware_has_a_source_of_its_own(store: Store) -> None:
    inner, outer = api(), api()
    source = OriginSource(store.load)
    inner.add_middleware(CORSMiddleware, policy=Policy(allow_origins=["https://inner.example"]), origins=source)
    outer.mount("/inner", inner)
    install(outer, POLICY)
    with stopping(source), TestClient(outer) as client:
        assert allowed(client, SHOP, "/inner/items", method="OPTIONS")
        assert allowed(client, SHOP, "/inner/items")
        assert not allowed(client, SHOP, "/items")
        assert not allowed(client, PAGE, "/inner/items")


def behind_closure(app: Any) -> Any:
    async def closure(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return closure


@pytest.mark.parametrize("first", ["OPTIONS", "GET"])
def test_an_app_out_of_sight_has_a_source_of_its_own(first: str, store: Store) -> None:
    inner, outer = api(), api()
    source = OriginSource(store.load)
    install(inner, Policy(allow_origins=["https://inner.example"], allow_methods=["PUT"], max_age=60), origins=source)
    outer.mount("/inner", behind_closure(inner))
    install(outer, POLICY)
    with stopping(source):
        assert allowed(outer, SHOP, "/inner/items", method=first)
        for method in ("OPTIONS", "GET"):
            assert allowed(outer, SHOP, "/inner/items", method=method)
            assert not allowed(outer, PAGE, "/inner/items", method=method)
            assert not allowed(outer, SHOP, method=method)
        store.rows = ["other.example"]
        source.refresh_sync()
        for method in ("OPTIONS", "GET"):
            assert not allowed(outer, SHOP, "/inner/items", method=method)
            assert allowed(outer, "https://other.example", "/inner/items", method=method)


@pytest.mark.parametrize("wrap", [lambda app: app, behind_closure])
def test_an_endpoint_with_a_policy_does_not_stop_a_removal(wrap: Callable[[Any], Any], store: Store) -> None:
    app = api()

    @app.get("/own")
    @cors(Policy.public())
    def own() -> str:
        return "own"

    source = OriginSource(store.load)
    outer = CORSMiddleware(wrap(app), policy=POLICY, origins=source)
    with stopping(source):
        for _ in range(2):
            assert allowed(outer, SHOP)
            assert allowed(outer, SHOP, method="OPTIONS")
        store.rows = ["other.example"]
        source.refresh_sync()
        assert not allowed(outer, SHOP)
        assert not allowed(outer, SHOP, method="OPTIONS")
        assert allowed(outer, "https://other.example")


# -- a policy for each request ----------------------------------------------------------------------

PARTNER = Policy(allow_origins=["https://partner.example"], allow_credentials=True)


def test_policy_for() -> None:
    made: list[Any] = []

    def policy_for(scope: Any) -> Any:
        tenant = dict(scope["headers"]).get(b"x-tenant", b"")
        made.append(tenant)
        if tenant == b"error":
            raise LookupError(tenant)
        return {b"": POLICY, b"partner": PARTNER, b"public": Policy.public(), b"wrong": "a string"}.get(tenant)

    app = api()

    @app.get("/own")
    @cors(Policy.public())
    def own() -> str:
        return "own"

    install(app, POLICY, policy_for=policy_for, vary=["X-Tenant"], routes={"/rule/*": None})
    with TestClient(app) as client:
        table = [
            ("", PAGE, PAGE), ("", "https://partner.example", None), ("partner", PAGE, None),
            ("partner", "https://partner.example", "https://partner.example"), ("public", SHOP, "*"),
            ("unknown", PAGE, None), ("wrong", PAGE, None), ("error", PAGE, None),
        ]  # fmt: skip
        for tenant, origin, expected in table * 2:
            response = client.get("/items", headers={"Origin": origin, "X-Tenant": tenant})
            assert response.status_code == 200
            assert response.headers.get("access-control-allow-origin") == expected
            assert response.headers["vary"] == "Origin, X-Tenant"
        assert client.get("/items").headers["vary"] == "Origin, X-Tenant"
        before = len(made)
        assert client.get("/own", headers={"Origin": SHOP}).headers["access-control-allow-origin"] == "*"
        assert not allowed(client, PAGE, "/rule/x")
        assert len(made) == before


def test_policy_for_that_raises_is_recorded_once_and_is_no_500(caplog: pytest.LogCaptureFixture) -> None:
    app = api()
    install(app, POLICY, policy_for=lambda scope: 1 / 0)  # type: ignore[arg-type, return-value]
    with TestClient(app) as client:
        for _ in range(3):
            assert client.get("/items", headers={"Origin": PAGE}).status_code == 200
            assert not allowed(client, PAGE, method="OPTIONS")
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["policy_for= raised, so no other origin is let in"]


def test_policies_of_a_function_are_compiled_once_and_do_not_pile_up() -> None:
    app = api()
    seen: list[int] = []

    def policy_for(scope: Any) -> Policy:
        seen.append(len(seen))
        return Policy(allow_origins=[f"https://shop-{len(seen)}.example"])

    install(app, POLICY, policy_for=policy_for)
    with TestClient(app) as client:
        for _ in range(1100):
            client.get("/items", headers={"Origin": PAGE})
        rules = vars(app)[INSTALLED].crossorigin_rules
        assert len(rules._chosen) <= 1000


def test_preflights_of_split_methods_do_not_pile_up() -> None:
    app = api()

    @app.post("/items")
    @cors(Policy.public())
    def post() -> str:
        return "posted"

    install(app, POLICY, policy_for=lambda scope: Policy(allow_origins=[origin_of(scope)]))
    rules = vars(app)[INSTALLED].crossorigin_rules
    with TestClient(app) as client:
        for number in range(1100):
            preflight = {"Origin": f"https://shop-{number}.example", "Access-Control-Request-Method": "GET"}
            answer = client.options("/items", headers=preflight).headers
            assert answer["access-control-allow-origin"] == preflight["Origin"]
            assert answer["access-control-max-age"] == "0"
    assert len(rules._answers) <= 1000


def test_policy_for_enforces_what_its_policy_does(store: Store) -> None:
    app = api()

    @app.post("/items")
    def post() -> str:
        return "posted"

    strict = Policy(allow_origins=["https://partner.example"], enforce=True)
    source = OriginSource(store.load)
    install(app, POLICY, origins=source, policy_for=lambda scope: strict if scope["method"] == "POST" else POLICY)
    with TestClient(app) as client:
        assert client.post("/items", headers={"Origin": SHOP}).status_code == 403
        assert client.post("/items", headers={"Origin": "https://partner.example"}).status_code == 200
        assert allowed(client, SHOP)  # the default, with the rows


# -- revocation -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "warned"),
    [({}, True), ({"max_age": 61}, True), ({"max_age": 60}, False), ({"enforce": True}, False),
     ({"enforce": "report-only"}, True), ({"max_age": -1}, False)],
)  # fmt: skip
def test_a_preflight_that_outlives_its_origin_is_warned_of(
    fields: dict[str, Any], warned: bool, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    CORSMiddleware(api(), policy=Policy(allow_origins=[PAGE], **fields), origins=OriginSource(store.load))
    assert any("a DELETE reaches the handler" in record.getMessage() for record in caplog.records) is warned


@pytest.mark.parametrize(("enforce", "handled"), [(False, 2), (True, 1)])
def test_a_cached_preflight_after_a_removal(enforce: bool, handled: int, store: Store) -> None:
    app = FastAPI()
    ran: list[str] = []

    @app.delete("/items/1")
    def delete() -> str:
        ran.append("DELETE")
        return "deleted"

    source = OriginSource(store.load)
    policy = Policy(allow_origins=[PAGE], allow_methods=["DELETE"], max_age=7200, enforce=enforce)
    install(app, policy, origins=source)
    with stopping(source):
        browser = Browser(page=SHOP, transport=ASGITransport(app))
        assert browser.fetch("https://api.test/items/1", method="DELETE").allowed
        store.rows = []
        source.refresh_sync(force=True)
        outcome = browser.fetch("https://api.test/items/1", method="DELETE")
        assert not outcome.allowed
        assert len(outcome.preflights) == 0
    assert len(ran) == handled


# -- start ------------------------------------------------------------------------------------------


def test_a_store_that_is_down_leaves_the_policys_own_list(store: Store) -> None:
    store.down = OSError("gone")
    app = api()

    @app.get("/ready")
    def ready(request: Request) -> bool:
        return bool(request.app.state.origins.ready)

    install(app, POLICY, origins=OriginSource(store.load))
    with TestClient(app) as client:
        assert allowed(client, PAGE)
        assert not allowed(client, SHOP)
        assert client.get("/ready").json() is False
        store.down = None
        app.state.origins.refresh_sync()
        assert client.get("/ready").json() is True
        assert allowed(client, SHOP)


@pytest.mark.parametrize("how", ["install", "middleware"])
def test_required(how: str, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("crossorigin.origins.source._START", 0.2)
    store.down = OSError("gone")
    source = OriginSource(store.load, required=True)
    app: Any = api()
    if how == "install":
        install(app, POLICY, origins=source)
    else:
        app = CORSMiddleware(app, policy=POLICY, origins=source)
    sent: list[Any] = []

    async def lifespan() -> None:
        async def receive() -> Any:
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            sent.append(message)

        await app({"type": "lifespan", "app": app, "state": {}}, receive, send)

    asyncio.run(lifespan())
    message = "the origins are required, and cannot be loaded: OSError: gone"
    assert sent == [{"type": "lifespan.startup.failed", "message": message}]
    assert not source.running
    with stopping(source):  # a server without a lifespan: the policy's own list is all there is
        assert allowed(app, PAGE)
        assert not allowed(app, SHOP)
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.CRITICAL] == [message] * 2


def test_a_policy_that_is_refused_leaves_no_source_behind(store: Store) -> None:
    source = OriginSource(store.load)
    with pytest.raises(PolicyError):
        CORSMiddleware(api(), allow_origins=["nonsense"], origins=source)
    assert not source.running


# -- cases of other libraries that a list cannot say ------------------------------------------------


def origin_of(scope: Any) -> str:
    return dict(scope["headers"]).get(b"origin", b"").decode("latin-1")


COOKIES = Policy(allow_origins=[PAGE], allow_credentials=True, allow_methods=["PUT"])
ANYBODY = Policy.public()
READERS = Policy(allow_origins=["https://reader.example"], allow_methods=["GET"])


def by_a_function_of_the_origin(scope: Any) -> Policy | None:
    """As express's and flask-cors' callbacks: the origin decides."""
    return Policy(allow_origins=[origin_of(scope)]) if origin_of(scope).endswith(".tenant.example") else POLICY


def credentials_by_origin(scope: Any) -> Policy | None:
    """As polar's CORSMatcherMiddleware: front ends with cookies, everybody else without."""
    return COOKIES if origin_of(scope) == PAGE else ANYBODY


def methods_by_origin(scope: Any) -> Policy | None:
    return READERS if origin_of(scope) == "https://reader.example" else COOKIES


def by_the_request(scope: Any) -> Policy | None:
    """As express's `corsOptionsDelegate(req, callback)` and hono's function of origin and context."""
    mine = scope["scheme"] == "http" and scope["query_string"] == b"key=mine"
    return Policy(allow_origins=[PAGE], allow_methods=["DELETE"]) if mine else Policy.closed()


def by_nothing(scope: Any) -> Any:
    """As a callback that forgets to answer, or answers with something else than it may."""
    return {"origin": origin_of(scope)}


def by_path(scope: Any) -> Policy | None:
    return ANYBODY if scope["path"].startswith("/public") else None


def failing(scope: Any) -> Policy | None:
    raise RuntimeError("the database is down")


PEERS = [
    (by_a_function_of_the_origin, "https://one.tenant.example", "/items", "https://one.tenant.example", None, ""),
    (by_a_function_of_the_origin, "https://evil.example", "/items", None, None, ""),
    (by_a_function_of_the_origin, PAGE, "/items", PAGE, None, "GET, PUT"),
    (credentials_by_origin, PAGE, "/items", PAGE, "true", "PUT"),
    (credentials_by_origin, "https://evil.example", "/items", "*", None, None),
    (methods_by_origin, "https://reader.example", "/items", "https://reader.example", None, "GET"),
    (methods_by_origin, PAGE, "/items", PAGE, "true", "PUT"),
    (by_the_request, PAGE, "/items?key=mine", PAGE, None, "DELETE"),
    (by_the_request, "https://evil.example", "/items?key=mine", None, None, None),
    (by_the_request, PAGE, "/items?key=other", None, None, None),
    (by_nothing, PAGE, "/items", None, None, None),
    (by_path, PAGE, "/public/x", "*", None, None),
    (by_path, PAGE, "/items", None, None, None),
    (failing, PAGE, "/items", None, None, None),
]


@pytest.mark.parametrize("how", ["install", "add_middleware", "wrap"])
@pytest.mark.parametrize(("policy_for", "origin", "path", "allow", "credentials", "methods"), PEERS)
def test_what_other_libraries_say_with_a_callback(
    policy_for: Any, origin: str, path: str, allow: str | None, credentials: str | None, methods: str | None, how: str
) -> None:
    app: Any = api()
    if how == "install":
        install(app, POLICY, policy_for=policy_for)
    elif how == "add_middleware":
        app.add_middleware(CORSMiddleware, policy=POLICY, policy_for=policy_for)
    else:
        app = CORSMiddleware(app, policy=POLICY, policy_for=policy_for)
    with TestClient(app) as client:
        response = client.get(path, headers={"Origin": origin})
        assert response.status_code < 500
        preflight = client.options(path, headers={"Origin": origin, "Access-Control-Request-Method": "PUT"})
        for answer in (response, preflight):
            assert answer.headers.get("access-control-allow-origin") == allow
            assert answer.headers.get("access-control-allow-credentials") == credentials
            assert answer.headers["vary"].startswith("Origin")
        if methods:
            assert preflight.headers["access-control-allow-methods"] == methods
        if allow is None:
            assert preflight.status_code == 403


def test_an_async_policy_function_is_rejected() -> None:
    async def policy_for(scope: Any) -> Policy:
        return POLICY

    with pytest.raises(TypeError, match=r"^policy_for is a sync function of the scope"):
        install(api(), POLICY, policy_for=policy_for)  # type: ignore[arg-type]


def test_a_source_is_a_source() -> None:
    with pytest.raises(TypeError, match=r"^origins is an OriginSource"):
        install(api(), POLICY, origins=["https://shop.example"])  # type: ignore[arg-type]
