"""Free units to waiting lines, in the stated order."""
