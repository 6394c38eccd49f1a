"""Importing this module registers every operation of the API; one module per area."""

from __future__ import annotations

from functions.api import catalog, imports, meta, settings

MODULES = (catalog, imports, meta, settings)
