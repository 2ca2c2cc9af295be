"""Ctrl-C while a goal plans to a placement: it ends the whole of it, with what was found."""

from __future__ import annotations

import pytest

from heuristics import Found
from models import PoolState
from planner import Status, reach
from planner.goals import Drain
from tests.builders import host, vm, where
from tests.planner.solving import LIMIT_S


class Pressed:
    """Ctrl-C comes in the first plan; no other is begun while there is time."""

    name = "pressed"

    def __init__(self):
        self.times = 0

    def find(self, problem, deadline, seed=0, trace=None):
        if deadline.over:
            return Found(None)
        self.times += 1
        raise KeyboardInterrupt


def state():
    """h1 can be emptied only once h3 has made room."""
    hosts = [host("h1"), host("h2"), host("h3")]
    return PoolState(hosts, [vm("a", 6), vm("b", 5), vm("c", 5)], where("h1: a, h2: b, h3: c"))


@pytest.mark.parametrize("by", ["heuristic", "method"])
@pytest.mark.parametrize("options", [{}, {"schedule": True}, {"objective": "time"}])
def test_ctrl_c_in_a_plan_to_a_placement_ends_the_search_for_others(by, options):
    finder = Pressed()
    result = reach(state(), Drain("h1"), time_limit_s=LIMIT_S, workers=1, **{by: finder}, **options)
    assert (result.interrupted, result.status, finder.times) == (True, Status.NO_PLAN_FOUND, 1)
    assert result.reason.endswith("interrupted")
