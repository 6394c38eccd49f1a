"""Bugs put into the code on purpose, one at a time: a suite that lets one through would let a real one through too."""
