"""As above, and the console says that two equal origins are not equal."""

from fastapi import FastAPI, Response
from starlette.responses import RedirectResponse

PATH = "/old"
CAUSE = "redirect-origin-null"
FIXED = {"BASE": "http://127.0.0.1:8000", "PATH": "/items"}
ALLOW = {"Access-Control-Allow-Origin": "http://localhost:3000"}

app = FastAPI()


@app.get("/old")
def old() -> RedirectResponse:
    return RedirectResponse("http://127.0.0.1:8000/items", headers=ALLOW)


@app.get("/items")
def items(response: Response) -> list[str]:
    response.headers.update(ALLOW)
    return ["a"]
