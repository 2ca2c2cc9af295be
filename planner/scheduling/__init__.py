"""When each action of a plan runs: short schedules, bounds of their length, and what waits for what."""
