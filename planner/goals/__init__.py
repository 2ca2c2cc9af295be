"""Goals: placements that are chosen, and the plans to them."""

from planner.goals.balance import Balance
from planner.goals.consolidate import Consolidate
from planner.goals.drain import Drain
from planner.goals.goal import BestGoal, Goal
from planner.goals.make_room import MakeRoom
from planner.goals.placement_model import PlacementModel
from planner.goals.reach import reach
from planner.goals.repair import Repair

__all__ = [
    "Balance",
    "BestGoal",
    "Consolidate",
    "Drain",
    "Goal",
    "MakeRoom",
    "PlacementModel",
    "Repair",
    "reach",
]
