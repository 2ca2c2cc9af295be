"""The planner: from two placements to a proven plan."""

from planner.explaining.explain import explain
from planner.explaining.explanation import Explanation
from planner.explaining.thresholds import ThresholdWarning, threshold_warnings
from planner.many.many import WorkerDiedError, plan_many
from planner.plan import find, plan
from planner.progress import OnProgress, Progress
from planner.result import Result, Status
from planner.verdict.detours import detour_reasons

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
