"""Random pools by the thousand: every method held against every other, and all of them against the replay."""
