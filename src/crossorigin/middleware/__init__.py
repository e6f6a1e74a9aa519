"""The server half over ASGI: `CORSMiddleware`, `install`, policies for routes, reload."""
