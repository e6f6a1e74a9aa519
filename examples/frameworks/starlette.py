"""Starlette: install() stands outside every middleware, the one that answers crashes included.

Run it with: uvicorn examples.frameworks.starlette:app
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from crossorigin import Policy, install

policy = Policy(allow_origins=["http://localhost:3000"], allow_methods=["PUT"], allow_credentials=True)


async def put_item(request: Request) -> JSONResponse:
    return JSONResponse({"item": request.path_params["n"]})


app = Starlette(routes=[Route("/items/{n:int}", put_item, methods=["PUT"])])
install(app, policy)
