"""Steps of beams. ALGORITHM.md, "Beam"."""
