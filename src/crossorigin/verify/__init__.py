"""Verify: does a deployment do what the policy says?

The policy is served by our own middleware in this process, and the same calls of the same pages are made of it and of
the real server, through the browser's half. What a browser would take differently is a difference.

`origins` is who asks, `calls` is what they ask, `enforce` is what `enforce=` guards, `sides` is how both sides are
reached, `differences` is what counts as one, `chromium` is a real browser, `run` is the whole.
This file re-exports; it defines nothing.
"""

from .chromium import chromium
from .run import verify
from .sides import serve_policy

__all__ = ["chromium", "serve_policy", "verify"]
