"""Many pools, or the parts of one, on any executor."""
