"""The HTTP API: every route of `/v1`. Importing `functions.api.routes` registers them."""
