"""Ctrl-C, by a real signal, amid each search for a short schedule: it ends soon, and leaves its best."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from heuristics import Deadline
from heuristics.compiled.at_hand import CompiledPart, compile_part, is_kept
from heuristics.justify import short_schedule
from heuristics.tasks import TimedWork, everyone
from models.clock import Clock
from planner import plan
from planner.cp.solve import Effort
from planner.finishing import TIME
from planner.scheduling.freedom import any_way
from planner.scheduling.order_changes import Brief
from planner.scheduling.order_islands import searched_on_islands
from planner.scheduling.parameters import DEFAULT, ScheduleParameters
from planner.scheduling.reorder import reorder
from planner.scheduling.route_model import RouteModel, host_limits
from planner.scheduling.schedule import scheduled
from planner.scheduling.standing import Kept
from planner.scheduling.timetable import work_of_actions
from planner.soak.pools.shuffles import shuffled
from tests.in_time import broken
from tests.planner.ctrl_c import pressing

MUCH_S = 60.0
"""Far more than any of it takes."""


@contextmanager
def pressed(after_s):
    """Press Ctrl-C after so many seconds, which shall be raised."""
    with pressing(after_s=after_s) as presser:
        presser.press()
        with pytest.raises(KeyboardInterrupt):
            yield


@pytest.fixture(scope="module")
def of():
    return shuffled(np.random.default_rng(1), 40, 0.85)


@pytest.fixture(scope="module")
def actions(of):
    found = plan(of.current, of.target, workers=1, time_limit_s=20).plan
    assert found is not None
    return found


@pytest.fixture(scope="module")
def work(of, actions):
    problem = everyone(of)
    return work_of_actions(problem, Clock(problem), actions.actions)


@pytest.fixture(scope="module")
def starts(work):
    return short_schedule(work, Deadline(0.0))


def test_neighbourhoods_that_are_being_solved_are_not_waited_for(work, starts):
    """All tasks are free at once, which takes the solver longer than there is time."""
    large = ScheduleParameters.of("reordering.patience_s=60", "reordering.first_size=1000")
    deadline, heard = Deadline(MUCH_S), []
    with pressed(1.0):
        reorder(work, starts, deadline, Effort(2), listen=heard.append, parameters=large)
    assert not deadline.over
    lengths = [work.makespan(one) for one in heard]
    assert lengths == sorted(lengths, reverse=True)


def test_a_search_on_islands_leaves_the_best_of_a_cycle_in_its_midst(work, starts):
    """Of ten minutes a cycle takes one; a second is enough for a shorter schedule."""
    if not is_kept(CompiledPart.ORDERS):
        compile_part(CompiledPart.ORDERS)
    heard, how = [], DEFAULT.other_ways.suited_to(len(work.tasks))
    begun, brief = TimedWork(work, starts), Brief(any_way(work.problem), any_cost=True)
    # What is compiled is loaded first, by a search that ends with the first schedule that is shorter.
    soon = brief._replace(bound=begun.makespan - 1)
    assert searched_on_islands(begun, soon, Deadline(MUCH_S), Effort(2), how).makespan < begun.makespan
    with pressed(2.0):
        searched_on_islands(begun, brief, Deadline(600.0), Effort(2), how, heard.append)
    (found,) = heard
    assert found.makespan < begun.makespan
    assert broken(*found) == []


def test_a_model_of_all_tasks_leaves_its_starts_and_its_bound(work, starts):
    model, left = RouteModel(work, host_limits(work), 1, work.makespan(starts)), []
    model.hint(starts)
    with pressed(1.0):
        model.solve(Deadline(MUCH_S), Effort(2), left.append)
    (times,) = left
    assert times.starts is None or broken(work, times.starts) == []
    assert not times.proven


@pytest.mark.parametrize("cost_is_free", [True, False])
def test_who_asks_again_with_what_was_kept_is_given_that(of, actions, cost_is_free):
    kept, asked = Kept(), (of, actions, TIME if cost_is_free else "moves")
    with pressing() as presser, pytest.raises(KeyboardInterrupt):
        scheduled(
            *(*asked, Deadline(MUCH_S), Effort(1)),
            cost_is_free=cost_is_free,
            listen=presser.hear,
            kept=kept,
        )
    end_s, bound_s = presser.best
    again, times = scheduled(*(*asked, Deadline(0.0), Effort(1)), cost_is_free=cost_is_free, kept=kept)
    assert times.makespan_s == kept.timetable.makespan_s <= end_s
    assert times.makespan_bound_s == kept.timetable.bound_s >= bound_s
    assert cost_is_free or again.cost == actions.cost
