"""Goods that arrive."""
