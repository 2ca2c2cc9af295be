"""The planner: from two placements to a proven plan."""

from planner.plan import find, plan
from planner.result import OnProgress, Progress, Result, Status

__all__ = ["OnProgress", "Progress", "Result", "Status", "find", "plan"]
