"""The page counts pages by a header that scripts cannot read."""

from collections.abc import Collection

from fastapi import FastAPI, Response

from crossorigin import CORSMiddleware

CAUSE = "header-not-exposed"
READ = ("X-Total-Count",)


def build(expose: Collection[str]) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"], expose_headers=expose)

    @app.get("/items")
    def items(response: Response) -> list[str]:
        response.headers["X-Total-Count"] = "1"
        return ["a"]

    return app


app = build([])
fixed = build(["X-Total-Count"])
