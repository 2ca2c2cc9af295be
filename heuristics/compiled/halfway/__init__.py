"""Annealing of a placement halfway. ALGORITHM.md, "Halfway"."""
