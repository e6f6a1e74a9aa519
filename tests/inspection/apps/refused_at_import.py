"""A policy of ours that does not even start."""

from crossorigin import Policy

policy = Policy(
    allow_origins=[
        "https://app.example.com",
        "https://*.github.io",  #: public-suffix
    ],
    allow_methods=["GET", "TRACE"],  #: method-forbidden
)
