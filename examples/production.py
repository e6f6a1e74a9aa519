"""The tutorial's third program: two named origins, four methods, two headers.

Run it with: uvicorn examples.production:app --port 8000
"""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

app = FastAPI()

# Production environment: only allow specific domains
app.add_middleware(
    CORSMiddleware,
    allow_origins=[
        "https://example.com",  # Production front-end domain
        "https://www.example.com",  # Domain with www
    ],
    allow_credentials=True,
    allow_methods=["GET", "POST", "PUT", "DELETE"],
    allow_headers=["Authorization", "Content-Type"],
    max_age=600,  # Preflight cache for 10 minutes
)
