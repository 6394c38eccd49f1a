"""Glue of the functions: environment, telemetry, wiring, errors to answers."""
