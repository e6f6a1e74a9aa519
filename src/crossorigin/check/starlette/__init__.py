"""Starlette's own middleware, read: what its settings allow, and the same with crossorigin."""
