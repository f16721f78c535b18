"""Whole releases to real package indexes, and each target of theirs alone; with faults on the way."""
