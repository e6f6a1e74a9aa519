"""BlackSheep: the application is wrapped; app.use_cors() stays unused.

Run it with: uvicorn examples.frameworks.blacksheep:app
"""

from blacksheep import Application

from crossorigin import CORSMiddleware, Policy

policy = Policy(allow_origins=["http://localhost:3000"], allow_methods=["PUT"], allow_credentials=True)

api = Application()
app = CORSMiddleware(api, policy=policy)


@api.router.put("/items/{int:n}")
async def put_item(n: int) -> dict[str, int]:
    return {"item": n}
