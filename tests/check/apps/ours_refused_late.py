"""Our middleware by `add_middleware`, which Starlette builds late; that of a mounted app decides below its mount."""

from fastapi import FastAPI

from crossorigin import CORSMiddleware, Policy

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)  #: star-with-credentials
sub = FastAPI()
policy = Policy(allow_origins=["https://app.example.com"], max_age=7201)  #: max-age-capped
sub.add_middleware(CORSMiddleware, policy=policy)
app.mount("/sub", sub)
