"""Releases handed to the warehouse, shipments, recalls."""
