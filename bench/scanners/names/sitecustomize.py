"""A name table for the scanners: their names lead to one port of this machine, and no other name leads anywhere.

Here belongs what a hosts file cannot do, which is to give the port. Python imports this from PYTHONPATH at its
start. SCANNED_NAMES are the names, SCANNED_PORT is the port.
"""

import _socket
import os

NAMES = frozenset(os.environ["SCANNED_NAMES"].split())
PORT = int(os.environ["SCANNED_PORT"])
_real = _socket.getaddrinfo


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):  # type: ignore[no-untyped-def]
    """The front's address for a listed name on 443; "not known" for all others."""
    name = host.decode() if isinstance(host, bytes) else host
    if name not in NAMES or str(port) not in ("443", "https"):
        raise _socket.gaierror(_socket.EAI_NONAME, "not in the name table")
    return _real("127.0.0.1", PORT, _socket.AF_INET, _socket.SOCK_STREAM, 0, 0)


_socket.getaddrinfo = getaddrinfo
