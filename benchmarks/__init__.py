"""The suite that compares the heuristic with the optimised plan."""
