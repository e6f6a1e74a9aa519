"""An MCP server on your own machine, for pages on your own machine: MCP Inspector, a chat page, and nobody else's.

Run it with: uvicorn examples.mcp.server:app --port 8000
"""

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

from crossorigin import Policy, install

server = MCPServer("Shop")


@server.tool()
def price(item: str) -> str:
    """What an item costs."""
    return {"tea": "3.20", "cake": "4.50"}.get(item, "not sold here")


# The policy checks Host and Origin before the SDK sees a request; the SDK's own two lists would be a second place.
own_checks = TransportSecuritySettings(enable_dns_rebinding_protection=False)
app = server.streamable_http_app(transport_security=own_checks)
install(app, Policy.mcp())
