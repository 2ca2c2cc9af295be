"""The model of placements that knows who cannot all go straight."""

from __future__ import annotations

from heuristics import Deadline
from models import PoolState
from models.wanted import Wanted
from planner import Repair
from planner.cp.solve import Effort
from planner.goals.choice import Choice
from planner.goals.cuts import Cuts
from planner.goals.placement_model import whole_opening
from tests.builders import host, vm, where


def test_a_plan_may_cost_more_than_all_vms_together():
    """Two of 2^52 - 1 change places, and one of them steps aside: that takes more than 2^53."""
    cost = 2**52 - 1
    state = PoolState(
        [host(name, 3) for name in "abc"], [vm(name, 2, cost=cost) for name in "xy"], where("a: x, b: y")
    )
    choice = Choice(Wanted(state, {"x": "b", "y": "a"}), "custom")
    cuts = Cuts(conflicts=[({0: 1, 1: 0}, [0, 1])])
    found = cuts.ask(choice, Repair(), whole_opening(choice), 0, None, Deadline(30.0), Effort())
    assert (found.at, found.bound) == ([1, 0], 3 * cost)
