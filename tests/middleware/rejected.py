"""Apps whose policy is rejected, by every way in which a middleware comes into an app; and two that are sound."""

from __future__ import annotations

import functools
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Router

from crossorigin import CORSMiddleware, Policy, PolicyError, install

BAD: dict[str, Any] = {"allow_origins": ["*"], "allow_credentials": True}


class Mine(CORSMiddleware):
    """A team's own middleware, with the policy inside."""

    def __init__(self, app: Any) -> None:
        super().__init__(app, **BAD)


def factory(app: Any) -> Any:
    return CORSMiddleware(app, **BAD)


def factory_of_a_policy(app: Any) -> Any:
    return CORSMiddleware(app, policy=Policy(**BAD))


def factory_that_raises_its_own(app: Any) -> Any:
    try:
        return factory(app)
    except PolicyError as error:
        raise RuntimeError("the settings are wrong") from error


def factory_that_hides_the_cause(app: Any) -> Any:
    try:
        return factory(app)
    except PolicyError:
        raise RuntimeError("the settings are wrong")  # noqa: B904 - as many teams write it


class Registering(FastAPI):
    """A class of applications that says more when it is derived from, and builds its middleware itself."""

    def __init_subclass__(cls, *, name: str = "", **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        cls.name = name  # type: ignore[attr-defined]

    def build_middleware_stack(self) -> Any:
        stack = super().build_middleware_stack()

        async def outermost(scope: Any, receive: Any, send: Any) -> None:
            await stack(scope, receive, send)

        return outermost


class Registered(Registering, name="registered"):
    """Derived from it."""

    def build_middleware_stack(self) -> Any:
        return factory(super().build_middleware_stack())


def with_middleware(kind: Any, make: Any = FastAPI, **keywords: Any) -> Any:
    app = make()
    app.add_middleware(kind, **keywords)
    return app


def with_mounted(mounted: Any, make: Any = FastAPI) -> Any:
    app = make()
    app.mount("/sub", mounted)
    return app


plain = with_middleware(CORSMiddleware, **BAD)
starlette = with_middleware(CORSMiddleware, Starlette, **BAD)
subclass = with_middleware(Mine)
function = with_middleware(factory)
policy_in_a_function = with_middleware(factory_of_a_policy)
error_of_its_own = with_middleware(factory_that_raises_its_own)
error_without_its_cause = with_middleware(factory_that_hides_the_cause)
partial = with_middleware(functools.partial(CORSMiddleware, **BAD))
partial_of_a_function = with_middleware(functools.partial(factory_of_a_policy))
middleware_list = Starlette(middleware=[Middleware(CORSMiddleware, **BAD)])
middleware_of_fastapi = FastAPI(middleware=[Middleware(Mine)])
derived = with_middleware(Mine, Registering)
derived_again = Registered()
mounted = with_mounted(with_middleware(CORSMiddleware, **BAD))
mounted_subclass = with_mounted(with_middleware(Mine, Starlette), Starlette)
mounted_function = with_mounted(with_middleware(factory))
mounted_partial = with_mounted(with_middleware(functools.partial(factory)))
mounted_deep = with_mounted(Router([Mount("/deep", with_mounted(with_middleware(Mine)))]), Starlette)
installed_around = with_mounted(with_middleware(Mine))
install(installed_around, Policy(allow_origins=["https://app.example.com"]))

# Each of the above is rejected.
KINDS = [name for name, app in list(globals().items()) if isinstance(app, Starlette)]

sound = with_middleware(CORSMiddleware, allow_origins=["https://app.example.com"])
sound_mounted = with_mounted(with_middleware(CORSMiddleware, allow_origins=["https://app.example.com"]))


def make() -> Any:
    """What `uvicorn --factory` calls."""
    return with_middleware(factory_of_a_policy)
