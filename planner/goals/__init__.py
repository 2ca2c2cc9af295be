"""Goals: placements that are chosen, and the plans to them."""

from planner.goals.drain import Drain
from planner.goals.goal import BestGoal, Goal
from planner.goals.placement_model import PlacementModel
from planner.goals.reach import reach
from planner.goals.repair import Repair

__all__ = ["BestGoal", "Drain", "Goal", "PlacementModel", "Repair", "reach"]
