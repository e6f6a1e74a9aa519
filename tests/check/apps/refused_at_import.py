"""A policy of ours that does not even start."""

from crossorigin import Policy

first = Policy(allow_origins=["https://app.example.com"])
policy = Policy(
    allow_origins=[
        "https://app.example.com",
        "https://*.github.io",  #: public-suffix
    ],
    allow_methods=["GET", "TRACE"],  #: method-forbidden
    allow_credentials=True,
)
