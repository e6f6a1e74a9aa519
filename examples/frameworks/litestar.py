"""Litestar: the application is wrapped. Litestar(middleware=[…]) would run behind the router, and miss every 404.

Run it with: uvicorn examples.frameworks.litestar:app
"""

from litestar import Litestar, put
from litestar.params import FromPath

from crossorigin import CORSMiddleware, Policy

policy = Policy(allow_origins=["http://localhost:3000"], allow_methods=["PUT"], allow_credentials=True)


@put("/items/{n:int}")
async def put_item(n: FromPath[int]) -> dict[str, int]:
    return {"item": n}


api = Litestar([put_item])
app = CORSMiddleware(api, policy=policy)
