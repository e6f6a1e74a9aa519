"""What the server half and the broken apps put on the wire, written down in headers.json and compared on every run."""
