"""Walks through the subsets of VMs that could have gone. ALGORITHM.md, "Conflicts"."""
