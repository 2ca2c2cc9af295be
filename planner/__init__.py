"""The planner: from two placements to a proven plan."""

from planner.explaining.explain import explain
from planner.explaining.explanation import Explanation
from planner.explaining.thresholds import ThresholdWarning, threshold_warnings
from planner.goals.balance import Balance
from planner.goals.consolidate import Consolidate
from planner.goals.drain import Drain
from planner.goals.goal import Goal
from planner.goals.make_room import MakeRoom
from planner.goals.reach import reach
from planner.goals.repair import Repair
from planner.many.many import WorkerDiedError, plan_many
from planner.plan import find, plan
from planner.progress import OnProgress, Progress
from planner.result import Result, Status
from planner.rolling import RollingResult, roll
from planner.scheduling.schedule import ScheduledPlan, schedule
from planner.verdict.detours import detour_reasons

__all__ = [
    "Balance",
    "Consolidate",
    "Drain",
    "Explanation",
    "Goal",
    "MakeRoom",
    "OnProgress",
    "Progress",
    "Repair",
    "Result",
    "RollingResult",
    "ScheduledPlan",
    "Status",
    "ThresholdWarning",
    "WorkerDiedError",
    "detour_reasons",
    "explain",
    "find",
    "plan",
    "plan_many",
    "reach",
    "roll",
    "schedule",
    "threshold_warnings",
]
