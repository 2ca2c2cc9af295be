"""Code that Numba compiles: what takes most of the time in large and scarce pools."""
