"""Seeded random pools, each family in a file; those that are planted are the end of a legal walk."""
