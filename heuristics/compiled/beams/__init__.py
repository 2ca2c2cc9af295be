"""Steps of beams. ALGORITHM.md, "Beams"."""
