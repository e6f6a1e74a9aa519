"""Who is not logged in is sent to a login page, on another host, even by fetch()."""

from fastapi import FastAPI
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crossorigin import CORSMiddleware

BASE = "http://api.test:8000"
CAUSE = "redirect-elsewhere"


def build(redirects: bool) -> FastAPI:
    api, whole = FastAPI(), FastAPI()
    api.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"])

    @api.get("/")
    def items() -> Response:
        return RedirectResponse("http://login.test:8000/login", 303) if redirects else Response(status_code=401)

    @whole.get("/login")
    def login() -> HTMLResponse:
        return HTMLResponse("<form></form>")

    whole.mount("/items", api)
    return whole


PATH = "/items/"
app = build(redirects=True)
fixed = build(redirects=False)
