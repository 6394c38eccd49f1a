"""The merchant's settings: one versioned document, defaults in code."""
