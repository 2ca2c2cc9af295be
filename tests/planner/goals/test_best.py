"""The best placement by the measure of a goal: never worse than what is known already."""

from __future__ import annotations

from fractions import Fraction

import pytest

from heuristics import Deadline
from models import VM, Host, PoolState
from models.wanted import Wanted
from planner import Balance, Consolidate
from planner.cp.solve import Effort
from planner.goals.best import best_placement
from planner.goals.choice import Choice
from planner.goals.parameters import DEFAULT


def spread(sizes, *, num_hosts, capacity=60):
    """Give what there is to choose from: VMs of these sizes, dealt out to hosts by turns."""
    hosts = [Host(f"h{number}", {"ram_mib": capacity}) for number in range(num_hosts)]
    vms = [VM(f"v{number}", {"ram_mib": size}) for number, size in enumerate(sizes)]
    current = PoolState(hosts, vms, {vm.name: f"h{n % num_hosts}" for n, vm in enumerate(vms)})
    return Choice(Wanted(current, None), "moves", DEFAULT)


@pytest.mark.parametrize("goal", [Balance(even=False), Balance(at_most=3, even=False), Consolidate()])
@pytest.mark.parametrize("sizes", [(7, 21, 30, 28, 27, 5, 11, 6, 18), (10, 12, 6, 26, 15, 18, 7, 5, 5)])
def test_each_placement_that_is_kept_is_better_than_the_one_before(goal, sizes):
    """What is had by hand was forgotten for any placement at all, and had to be found again."""
    choice, kept = spread(sizes, num_hosts=4), []
    best = best_placement(choice, goal, Deadline(20.0), Effort(1, 0), kept.append)
    values = [goal.measured(choice.wanted.current, choice.after(at)) for at in kept]
    assert values == sorted(set(values), reverse=True)
    assert best is not None
    assert best[1].value == values[-1]
    assert best[1].is_best


@pytest.mark.parametrize(
    ("sizes", "capacity", "least"),
    [
        pytest.param((4, 4, 4, 4), 10, Fraction(8, 10), id="16 of 30 by fours: somebody holds two"),
        pytest.param((4, 4, 4), 10, Fraction(4, 10), id="one each"),
        pytest.param(
            (6, 4, 2, 4), 7, Fraction(6, 7), id="16 of 21 by twos: up to 5 of 7 no host holds more than 4"
        ),
        pytest.param((0, 0), 7, Fraction(0), id="nothing"),
    ],
)
def test_loads_rise_by_what_all_vms_have_in_common(sizes, capacity, least):
    assert Balance().least(spread(sizes, num_hosts=3, capacity=capacity)) == least
