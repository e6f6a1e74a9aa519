"""Reconfigured a thousand times a second under wrk's load: every response belongs wholly to one policy.

`app` is the server, `check.lua` what wrk does with every response, `expected` what one policy's headers are,
`campaign` runs them all: `make reload`.
"""
