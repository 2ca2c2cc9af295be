"""Other tools on the same pools: how many moves, how even, how quick, and whether their plans can be run."""
