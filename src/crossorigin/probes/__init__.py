"""Hostile origins, and what the answers to them mean: used by all that asks, a server (`audit`) or an app (`check`).

`origins` makes the origins, `verdicts` and `headers` judge the answers, `routes` says which paths of an app there are.
"""
