"""The server half of the CORS protocol, sans-IO: a request's method and headers in, a `Decision` out."""
