"""Walks of shifts. ALGORITHM.md, "Shifts"."""
