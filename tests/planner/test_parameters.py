"""Numbers that are handed over are those that are asked for, in whatever room, and not the defaults."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

from heuristics import Deadline
from models.parameters import Share
from planner import (
    Drain,
    ExplainParameters,
    GoalParameters,
    RollingParameters,
    ScheduleParameters,
    SearchParameters,
    Status,
    explain,
    explain_goal,
    plan,
    reach,
    roll,
    schedule,
)
from planner.goals.parameters import Turns
from tests.planner.small_pools import deadlock, making_way, swaps
from tests.planner.solving import LIMIT_S

if TYPE_CHECKING:
    from models.parameters import Parameters

OPTIONS: dict[str, Any] = {"workers": 1, "seed": 0}


class Watched:
    """Parameters that note which of their numbers are asked for, by path."""

    def __init__(self, parameters: Parameters, asked: set[str] | None = None, path: str = "") -> None:
        self._all = parameters, set() if asked is None else asked, path

    @property
    def __class__(self) -> type:
        """What they are taken for."""
        return type(self._all[0])

    def __getattr__(self, name: str) -> Any:
        parameters, asked, path = self._all
        value = getattr(parameters, name)
        if is_dataclass(value) and not isinstance(value, Share | Turns):
            return Watched(value, asked, f"{path}{name}.")  # type: ignore[arg-type]
        asked.add(path + name)
        return value


def asked(given: Watched) -> set[str]:
    """Give the numbers that were asked for."""
    return given._all[1]


def test_plan_asks_the_search_the_schedule_and_the_proof():
    pool, given = making_way(), Watched(SearchParameters())
    result = plan(
        pool.current,
        pool.target,
        schedule=True,
        proof=True,
        parameters=given,
        time_limit_s=LIMIT_S,
        **OPTIONS,
    )
    assert result.status is Status.OPTIMAL
    assert asked(given) >= {
        "certificates.conflicts",
        "conflicts.longest_ring",
        "exhaustive.tiny",
        "first_plan.aspiers_most",
        "reserve.schedule_s_a_move",
        "schedule.shakes_of_few",
        "schedule.write_s_an_action",
        "schedule.shares.lists_of_few",
        "schedule.waiting.most_pairs",
        "solver.work_a_second",
    }


def test_a_plan_that_is_handed_out_as_it_was_found_is_put_before_the_witness():
    pool = making_way()
    for timed in (False, True):
        given = Watched(SearchParameters())
        plan(
            pool.current,
            pool.target,
            schedule=timed,
            parameters=given,
            time_limit_s=LIMIT_S,
            **OPTIONS,
        )
        assert ("witness.most_moves" in asked(given)) is not timed


def test_schedule_asks_its_own():
    pool, given = making_way(), Watched(ScheduleParameters())
    found = plan(pool.current, pool.target, time_limit_s=LIMIT_S, **OPTIONS).plan
    assert found is not None
    schedule(pool, found, parameters=given, time_limit_s=LIMIT_S, **OPTIONS)
    assert asked(given) >= {
        "shakes_of_few",
        "lists.widths",
        "lists.idle",
        "loosening.fewest_tasks",
        "waiting.most_pairs",
        "waiting.most_reached",
        "waves.patience",
    }


def test_reach_asks_its_own_and_those_of_the_plan():
    given = Watched(GoalParameters())
    reach(making_way().current, Drain("h3"), parameters=given, time_limit_s=LIMIT_S, **OPTIONS)
    assert asked(given) >= {
        "shares.placement",
        "shares.shut",
        "cheapest.most_pairs",
        "plan.solver.work_a_second",
    }


def test_roll_asks_its_own_and_those_of_the_goals_on_the_way():
    given = Watched(RollingParameters())
    result = roll(
        swaps(2).current, home=True, schedule=True, parameters=given, time_limit_s=LIMIT_S, **OPTIONS
    )
    assert result.schedule is not None
    assert asked(given) >= {
        "most_ways",
        "most_states",
        "every_way",
        "goal.plan.schedule.waiting.most_pairs",
        "goal.plan.schedule.waves.patience",
    }


def test_explain_asks_its_own_and_those_of_all_plans():
    pool, given = deadlock(), Watched(ExplainParameters())
    explain(pool.current, pool.target, parameters=given, time_limit_s=LIMIT_S, **OPTIONS)
    assert asked(given) >= {
        "plan",
        "room",
        "attempt",
        "for_good",
        "most_stops",
        "goal.plan.first_plan.aspiers_most",
    }


def test_explain_goal_asks_its_own_and_those_of_the_goal():
    given = Watched(ExplainParameters())
    explain_goal(making_way().current, Drain("h3"), deadline=Deadline(LIMIT_S), parameters=given, **OPTIONS)
    assert asked(given) >= {"plan", "others", "goal.shares.placement", "goal.plan.solver.work_a_second"}
