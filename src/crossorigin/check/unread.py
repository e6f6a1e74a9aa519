"""What keeps a file from being inspected.

Here belongs the one exception. Not here: what could be read and not judged, which is a `config-unread` finding.
"""


class Unreadable(Exception):
    """A file cannot be read at all: one clear line."""
