"""Pages of a private network, by their addresses."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

PRIVATE_NET_REGEX = (
    r"^https?://("  #: origin-insecure
    r"localhost|127\.0\.0\.1"
    r"|10\.\d{1,3}\.\d{1,3}\.\d{1,3}"
    r"|172\.(?:1[6-9]|2\d|3[0-1])\.\d{1,3}\.\d{1,3}"
    r"|192\.168\.\d{1,3}\.\d{1,3}"
    r")"
    r"(?::\d+)?$"
)
app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=[],
    allow_origin_regex=PRIVATE_NET_REGEX,
    allow_methods=["*"],
    allow_headers=["*"],
    allow_credentials=True,
)
