"""Seeded random pools, a kind in each file: for soak tests, benchmarks and tests alike.

Those that are planted are the end of a legal walk, so that a plan exists.
"""
