"""The previewed dashboards, in a browser."""
