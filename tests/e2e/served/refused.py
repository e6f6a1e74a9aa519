"""An app with a policy that is refused where the module is imported."""

from __future__ import annotations

from crossorigin import CORSMiddleware
from examples.frameworks.bare import api

app = CORSMiddleware(api, allow_origins=["*"], allow_credentials=True)
