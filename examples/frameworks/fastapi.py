"""FastAPI: install() stands outside every middleware, whatever is added before it or after.

Run it with: uvicorn examples.frameworks.fastapi:app
"""

from fastapi import FastAPI

from crossorigin import Policy, install

policy = Policy(allow_origins=["http://localhost:3000"], allow_methods=["PUT"], allow_credentials=True)

app = FastAPI()
install(app, policy)


@app.put("/items/{n}")
async def put_item(n: int) -> dict[str, int]:
    return {"item": n}
