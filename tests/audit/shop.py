"""An API whose regular expression lets `https://evilexample.com` in: what docs/audit.md audits."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origin_regex=r"https://.*example\.com", allow_credentials=True)


@app.get("/orders/{id}")
def order(id: int) -> dict[str, int]:
    return {"id": id}
