"""The tutorial's first program: two front ends in development, with cookies.

Run it with: uvicorn examples.basic:app --port 8000
"""

from fastapi import FastAPI

from crossorigin import CORSMiddleware

app = FastAPI()

# Configure CORS middleware
app.add_middleware(
    CORSMiddleware,
    allow_origins=[  # Allowed origins (domain list)
        "http://localhost:3000",  # Front-end development server
        "http://localhost:8080",
    ],
    allow_credentials=True,  # Allow cookies
    allow_methods=["*"],  # Allowed HTTP methods
    allow_headers=["*"],  # Allowed request headers
)


@app.get("/")
async def root():
    return {"message": "Hello World"}
