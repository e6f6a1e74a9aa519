"""What an operator declares: `Policy`, its validation, its problems, and where it is read from."""

from .origin_patterns import InvalidOrigin, OriginPattern
from .origin_set import OriginSet
from .policy import Policy
from .problems import PolicyError, Problem

__all__ = ["InvalidOrigin", "OriginPattern", "OriginSet", "Policy", "PolicyError", "Problem"]
