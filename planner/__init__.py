"""The planner: from two placements to a proven plan."""
