"""fetch() turns put into PUT, and leaves patch as it is."""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

CAUSE = "method-lower-case"
CALL = {"method": "patch"}
FIXED = {"CALL": {"method": "PATCH"}}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"], allow_methods=["PATCH"])


@app.patch("/items")
def items() -> list[str]:
    return ["a"]
