"""A policy that nothing reads: there is no middleware."""

from fastapi import FastAPI

from crossorigin import cors

app = FastAPI()


@app.get("/closed")  #: no-effect
@cors(None)
def closed() -> None: ...
