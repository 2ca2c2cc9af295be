"""The CP-SAT models: the interval model that optimises and bounds, and the step model that judges."""
