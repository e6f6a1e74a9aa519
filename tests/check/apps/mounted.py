"""Sub-applications, each with a policy of its own, below one that answers their preflights."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from crossorigin import CORSMiddleware as Ours
from crossorigin import Policy, install


async def home(request):
    raise NotImplementedError


public = FastAPI()
public.add_middleware(CORSMiddleware, allow_origins=["*"])  #: star-in-production stacked-cors

deep = Starlette(
    routes=[
        Route(
            "/one",
            home,
            middleware=[
                Middleware(CORSMiddleware, allow_origins=["https://one.example.com/"])  #: no-effect stacked-cors
            ],
        ),
        Route("/two", home),
    ]
)
guarded = Starlette(
    routes=[Mount("/deep", deep)],
    middleware=[
        Middleware(  # ours, inside ours: this one decides below its mount
            Ours,
            allow_origins=["https://app.example.com"],
            max_age=10000,  #: max-age-capped
        )
    ],
)

local = Policy(
    allow_origins=["http://intranet.local"],  #: origin-private-network
    allow_credentials=True,
    environment="development",
)
app = FastAPI()
install(app, local)
app.mount("/public", public)
app.mount("/guarded", guarded)
