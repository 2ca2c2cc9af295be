"""The planner: from two placements to a proven plan."""

from planner.detours import detour_reasons
from planner.explain import explain
from planner.explanation import Explanation
from planner.many import WorkerDiedError, plan_many
from planner.plan import find, plan
from planner.result import OnProgress, Progress, Result, Status
from planner.thresholds import ThresholdWarning, threshold_warnings

__all__ = [
    "Explanation",
    "OnProgress",
    "Progress",
    "Result",
    "Status",
    "ThresholdWarning",
    "WorkerDiedError",
    "detour_reasons",
    "explain",
    "find",
    "plan",
    "plan_many",
    "threshold_warnings",
]
