"""The API of the bare example behind a policy that is enforced."""

from __future__ import annotations

from crossorigin import CORSMiddleware, Policy
from examples.frameworks.bare import api

policy = Policy(
    allow_origins=["http://localhost:3000"], allow_methods=["PUT"], enforce=True, trusted_hosts=["localhost"]
)
app = CORSMiddleware(api, policy=policy)
