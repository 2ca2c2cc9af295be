"""Compile all that is compiled, at once: ``python -m heuristics.compiled``."""

from heuristics.compiled.at_hand import compile_all

if __name__ == "__main__":
    print("compiled" if compile_all() else "not compiled: there is no Numba here, or no place to keep it")
