"""Large neighbourhoods: a part of a plan is opened, and CP-SAT re-plans it. One file an operator."""
