"""The rules: small functions from a case to a diagnosis, or to None if they have nothing to say.

One file for each place where the mistake may be: `request` (the call, the network, redirects), `response` (who
answered, and with what), `policy` (what is allowed), `allowed` (allowed, and still not as expected). Their order is in
`diagnose`. This file defines nothing.
"""
