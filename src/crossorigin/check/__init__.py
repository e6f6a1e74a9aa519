"""Inspection: what `check` finds without sending anything to anybody.

A policy file, an app, Python source, an nginx, Caddy or Envoy configuration, each a room here; `kinds` says which a
target is.
"""

from .app import inspect_app, refused
from .declarations import runs_a_server
from .ignores import Ignores, add_ignores, read_ignores
from .kinds import Kind, in_folder, kind_of
from .target import inspect_file, inspect_sources

__all__ = [
    "Ignores",
    "Kind",
    "add_ignores",
    "in_folder",
    "inspect_app",
    "inspect_file",
    "inspect_sources",
    "kind_of",
    "read_ignores",
    "refused",
    "runs_a_server",
]
