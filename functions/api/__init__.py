"""The HTTP API: every route of `/v1`. `functions.api.routes` loads them, an area at a time."""
