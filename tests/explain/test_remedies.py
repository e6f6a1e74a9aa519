"""Whatever a policy of ours denies: the remedy is accepted, and once it is applied, that is not the cause any more."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import assume, event, example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from crossorigin import ASGITransport, Browser, CORSMiddleware, Policy, PolicyError
from crossorigin.explain import Diagnosis, diagnose

HOSTS = [
    "app.example.com",
    "a.vercel.app",
    "www.example.com",
    "example.com",
    "shop.example",
    "localhost",
    "127.0.0.1",
    "10.0.0.8",
]
ORIGINS = st.builds(
    "{}://{}{}".format, st.sampled_from(["https", "http"]), st.sampled_from(HOSTS), st.sampled_from(["", ":3000"])
)
PATTERNS = ["https://*.example.com", "http://*.example.com", "http://localhost:*", "https://*.vercel.app", "https://*"]
ENTRIES = ORIGINS | st.sampled_from(["*", *PATTERNS])
POLICIES = st.fixed_dictionaries(
    {"allow_origins": st.lists(ENTRIES, min_size=1, max_size=3)},
    optional={
        "allow_credentials": st.just(True),
        "environment": st.sampled_from(["development", "production"]),
        "enforce": st.just(True),
        "accept_risks": st.just(["insecure-origin"]),
        "allow_origin_regex": st.just(r"https://[a-z]+\.example\.org"),
        "allow_methods": st.sampled_from([["GET"], ["PUT"], ["*"], ["PATCH"]]),
        "allow_headers": st.sampled_from([["X-One"], ["*"], []]),
    },
)
CALLS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "PUT", "DELETE", "patch", "QUERY"]),
        "headers": st.dictionaries(st.sampled_from(["X-One", "Authorization", "Content-Type"]), st.just("1")),
        "credentials": st.sampled_from(["omit", "include"]),
    }
)


async def endpoint(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def diagnosed(policy: Policy, page: str, call: dict[str, Any]) -> Diagnosis:
    app = Starlette(routes=[Route("/", endpoint, methods=["GET", "PUT", "DELETE", "PATCH", "QUERY"])])
    around = CORSMiddleware(app, policy=policy)
    with ASGITransport(around) as transport:
        outcome = Browser(page, transport=transport).fetch("https://api.example.net/", **call)
    return diagnose(outcome, around, page=page)


def applied(remedy: str, page: str, fields: dict[str, Any], call: dict[str, Any]) -> tuple[str, Any, Any]:
    """The page, the fields and the call that the remedy makes of these."""
    upper = re.fullmatch(r'fetch\(url, \{method: "([A-Z]+)"\}\)', remedy)
    if upper is not None:
        return page, fields, call | {"method": upper[1]}
    served = re.fullmatch(r"serve the page over https:(?:, and write (.*))?", remedy)
    written = remedy if served is None else served[1]
    if served is not None:
        page = page.replace("http:", "https:")
    changes = eval(f"dict({written or ''})")
    return page, fields | changes, call


@given(POLICIES, ORIGINS, CALLS)
@example({"allow_origins": ["https://shop.example"], "allow_credentials": True}, "http://app.example.com", {})
@example({"allow_origins": ["https://shop.example"], "allow_credentials": True}, "http://shop.example", {})
@example({"allow_origins": ["*"]}, "http://shop.example", {"credentials": "include"})
@example({"allow_origins": ["http://shop.example"]}, "http://shop.example", {"credentials": "include"})
@example({"allow_origins": ["https://*.vercel.app"]}, "https://a.vercel.app", {"credentials": "include"})
@example({"allow_origins": ["https://*", "https://b.example"]}, "https://a.example", {"credentials": "include"})
@example({"allow_origins": ["*", "https://b.example"], "enforce": True}, "https://a.example", {"method": "POST"})
@example({"allow_origins": ["*", "http://a.test"], "enforce": True}, "http://a.example", {"method": "POST"})
@example({"allow_origins": ["http://*.example.com"]}, "http://app.example.com", {"credentials": "include"})
@example({"allow_origins": ["http://a.example", "https://b.example"]}, "https://b.example", {"credentials": "include"})
def test_the_remedy_is_accepted_and_ends_the_cause(fields: dict[str, Any], page: str, call: dict[str, Any]) -> None:
    try:
        policy = Policy(**fields)
    except PolicyError:
        assume(False)
    found = diagnosed(policy, page, call)
    event(found.cause)
    if found.cause in ("allowed", "client-error"):
        return
    page, fields, call = applied(found.remedy, page, fields, call)
    assert diagnosed(Policy(**fields), page, call).cause != found.cause
