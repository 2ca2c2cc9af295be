"""Steps that take long in a large pool leave off in time, or are left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heuristics import Deadline
from models import VM, Host, PoolState
from models.wanted import Wanted
from planner import Consolidate, Drain, GoalParameters
from planner.cp.solve import Effort
from planner.goals import cheapest, consolidate
from planner.goals.cheapest import better_tie, cheapest_placement
from planner.goals.choice import Choice


def choice_of(parameters=None):
    """Three hosts of 10 with a VM each: emptying ``h0`` takes one migration, and is more even to ``h2``."""
    hosts = [Host(f"h{number}", {"ram_mib": 10}) for number in range(3)]
    vms = [VM("a", {"ram_mib": 3}), VM("b", {"ram_mib": 5}), VM("c", {"ram_mib": 1})]
    state = PoolState(hosts, vms, {"a": "h0", "b": "h1", "c": "h2"})
    return Choice(Wanted(state), parameters=parameters or GoalParameters())


def test_consolidate_tries_nothing_by_force_once_the_time_of_its_start_is_up(monkeypatch):
    """What goes host after host is quick, and still gives a placement."""
    late = Deadline(60.0)
    late.stop()

    def not_now(*_):
        pytest.fail("tried all the same")

    monkeypatch.setattr(consolidate, "filled_by_force", not_now)
    at = Consolidate().start(choice_of(), late)
    assert len(set(at)) == 1


@pytest.mark.parametrize(("most", "is_even"), [(60_000, True), (2, False)])
def test_the_better_of_the_same_cost_is_asked_for_only_where_the_model_is_not_too_large(most, is_even):
    parameters = GoalParameters()
    sizes = replace(parameters.cheapest, most_pairs_at_all=most)
    choice, goal = choice_of(replace(parameters, cheapest=sizes)), Drain("h0")
    deadline, effort = Deadline(60.0), Effort(1, 0)
    uneven = [1, 1, 2]
    placed = replace(cheapest_placement(choice, goal, deadline, effort), at=uneven)
    at = better_tie(choice, goal, placed, deadline, effort)
    assert at == ([2, 1, 2] if is_even else uneven)


def test_where_not_everything_is_one_model_some_hosts_at_a_time_are_made_cheaper(monkeypatch):
    """From a placement that moves all three VMs, and no opening that finds better at first."""
    monkeypatch.setattr(cheapest, "openings", lambda *_: ())
    choice, kept = choice_of(GoalParameters.of("cheapest.most_pairs=1")), []
    goal, effort = Drain("h0"), Effort(1, 0)
    found = cheapest_placement(choice, goal, Deadline(60.0), effort, [2, 2, 1], keep=kept.append)
    assert [choice.cost(at) for at in kept] == [3, 1]
    assert (found.cost, found.bound) == (1, 1)
