"""In words: what was proven, what stands in the way, and why a VM steps aside."""
