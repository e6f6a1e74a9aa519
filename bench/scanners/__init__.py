"""The audit beside other CORS scanners, against the same servers.

Here belongs the comparison that `make scanners` writes to docs/scanners.md. Not here: the servers
(`tests.audit.targets`).
"""
