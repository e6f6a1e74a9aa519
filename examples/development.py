"""The tutorial's second program: everything allowed, on a developer's machine only.

Run it with: CROSSORIGIN_ENVIRONMENT=development uvicorn examples.development:app --port 8000
Without the variable it is production, and the server refuses to start and says why.
"""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

app = FastAPI()

# Development environment: allow all origins (for development only!)
app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],  # Allow all origins
    allow_credentials=True,
    allow_methods=["*"],  # Allow all methods
    allow_headers=["*"],  # Allow all request headers
)
