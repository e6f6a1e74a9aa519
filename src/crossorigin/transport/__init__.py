"""How the browser half reaches a server: an ASGI app in this process, or HTTP."""
