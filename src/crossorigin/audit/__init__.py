"""The audit of a server by its behaviour: hostile origins, asked politely, and what the answers give away.

Here belongs what others import of this package. Not here: anything else.
"""

from .options import Options
from .run import audit, audit_all

__all__ = ["Options", "audit", "audit_all"]
