"""What planning comes to can be sent to another process, kept and copied: it is the same then."""

from __future__ import annotations

import copy
import pickle

import pytest

from models import Plan, Pool, Wanted
from planner import Drain, explain, find, plan, reach, roll, schedule
from tests.planner.solving import LIMIT_S

AT_ONCE = {"time_limit_s": LIMIT_S, "workers": 1}


def planned(pool: Pool) -> Plan:
    """Give a plan of a pool."""
    return plan(pool.current, pool.target, **AT_ONCE).plan


MADE = {
    "plan": planned,
    "result": lambda pool: plan(pool.current, pool.target, schedule=True, proof=True, **AT_ONCE),
    "found": lambda pool: find(pool.current, pool.target, method="squeaky", time_limit_s=LIMIT_S),
    "goal": lambda pool: reach(pool.current, Drain("h1"), **AT_ONCE),
    "rolling": lambda pool: roll(pool.current, schedule=True, **AT_ONCE),
    "explanation": lambda pool: explain(pool.current, pool.target, **AT_ONCE),
    "scheduled": lambda pool: schedule(pool, planned(pool), **AT_ONCE),
    "wanted": lambda pool: Wanted(pool.current, pool.target.placement),
    "no target": lambda pool: Wanted(pool.current),
}


@pytest.mark.parametrize(
    "copied",
    [lambda it: pickle.loads(pickle.dumps(it)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_what_planning_comes_to_can_be_copied(tiny, make, copied):
    made = make(tiny)
    assert copied(made) == made


def test_a_copy_of_a_plan_costs_what_it_costs(tiny):
    made = planned(tiny)
    again = copy.deepcopy(made)
    assert (again.cost, again.detours, str(again)) == (made.cost, made.detours, str(made))
