"""How findings are written down: every format, for the same reports."""
