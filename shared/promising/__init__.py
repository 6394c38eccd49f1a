"""Dates: what can be promised, and what changed."""
