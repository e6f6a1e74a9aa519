"""A GraphQL API with sessions, for one front end: its pages query it, and no other page makes it work.

Run it with: uvicorn examples.graphql.server:app --port 8000
"""

import strawberry
from fastapi import FastAPI
from strawberry.fastapi import GraphQLRouter

from crossorigin import Policy, install

FRONT_ENDS = ["http://localhost:3000"]
stock = {"tea": 3}


@strawberry.type
class Query:
    @strawberry.field
    def stock(self, item: str) -> int:
        return stock.get(item, 0)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def sell(self, item: str) -> int:
        stock[item] -= 1
        return stock[item]


app = FastAPI()
app.include_router(GraphQLRouter(strawberry.Schema(Query, Mutation), allowed_origins=FRONT_ENDS), prefix="/graphql")
install(app, Policy.graphql(allow_origins=FRONT_ENDS, allow_credentials=True))
