"""The planner: from two placements to a proven plan."""

from importlib import import_module
from typing import TYPE_CHECKING

from planner.plan import find, plan

if TYPE_CHECKING:
    from planner.explaining.explain import explain
    from planner.explaining.explanation import Explanation
    from planner.explaining.of_goal import explain_goal
    from planner.explaining.parameters import ExplainParameters
    from planner.explaining.thresholds import (
        ThresholdWarning,
        TimedWarning,
        threshold_warnings,
        timed_warnings,
    )
    from planner.goals.balance import Balance
    from planner.goals.consolidate import Consolidate
    from planner.goals.drain import Drain
    from planner.goals.goal import Goal
    from planner.goals.make_room import MakeRoom
    from planner.goals.parameters import GoalParameters
    from planner.goals.reach import reach
    from planner.goals.repair import Repair
    from planner.many.many import WorkerDiedError, plan_many
    from planner.parameters import SearchParameters
    from planner.progress import OnProgress, Progress
    from planner.result import Result, Status
    from planner.rolling import RollingResult, roll
    from planner.rolling.parameters import RollingParameters
    from planner.scheduling.parameters import ScheduleParameters
    from planner.scheduling.schedule import ScheduledPlan, schedule
    from planner.verdict.detours import detour_reasons
else:

    def __getattr__(name: str) -> object:
        """Load what is exported when it is first asked for.

        Most of it brings the solver along; and as long as this file is being imported Ctrl-C is a traceback.
        """
        homes = {
            "Balance": "goals.balance",
            "Consolidate": "goals.consolidate",
            "Drain": "goals.drain",
            "ExplainParameters": "explaining.parameters",
            "Explanation": "explaining.explanation",
            "Goal": "goals.goal",
            "GoalParameters": "goals.parameters",
            "MakeRoom": "goals.make_room",
            "OnProgress": "progress",
            "Progress": "progress",
            "Repair": "goals.repair",
            "Result": "result",
            "RollingParameters": "rolling.parameters",
            "RollingResult": "rolling",
            "ScheduleParameters": "scheduling.parameters",
            "ScheduledPlan": "scheduling.schedule",
            "SearchParameters": "parameters",
            "Status": "result",
            "ThresholdWarning": "explaining.thresholds",
            "TimedWarning": "explaining.thresholds",
            "WorkerDiedError": "many.many",
            "detour_reasons": "verdict.detours",
            "explain": "explaining.explain",
            "explain_goal": "explaining.of_goal",
            "plan_many": "many.many",
            "reach": "goals.reach",
            "roll": "rolling",
            "schedule": "scheduling.schedule",
            "threshold_warnings": "explaining.thresholds",
            "timed_warnings": "explaining.thresholds",
        }
        if name not in homes:
            raise AttributeError(f"module 'planner' has no attribute {name!r}")
        return getattr(import_module(f"planner.{homes[name]}"), name)


__all__ = [
    "Balance",
    "Consolidate",
    "Drain",
    "ExplainParameters",
    "Explanation",
    "Goal",
    "GoalParameters",
    "MakeRoom",
    "OnProgress",
    "Progress",
    "Repair",
    "Result",
    "RollingParameters",
    "RollingResult",
    "ScheduleParameters",
    "ScheduledPlan",
    "SearchParameters",
    "Status",
    "ThresholdWarning",
    "TimedWarning",
    "WorkerDiedError",
    "detour_reasons",
    "explain",
    "explain_goal",
    "find",
    "plan",
    "plan_many",
    "reach",
    "roll",
    "schedule",
    "threshold_warnings",
    "timed_warnings",
]
